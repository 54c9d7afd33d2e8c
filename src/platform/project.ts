/** Where the program stands. This file runs as `src/platform/` and as `dist/src/platform/`. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, migrations/ and examples/, with a slash at its end. */
export function findProjectFolder(): string {
  const places = ['../../', '../../../'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(`${place}migrations`));
  if (found === undefined) throw new Error('the folder migrations/ is missing beside the program');
  return found;
}

export function readVersion(): string {
  return (JSON.parse(readFileSync(`${findProjectFolder()}package.json`, 'utf8')) as { version: string })
    .version;
}
