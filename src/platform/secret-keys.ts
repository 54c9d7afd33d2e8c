/** The keys of an embedded start, which nobody has configured. */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RandomBytes } from '../ports.ts';

/** The text of `SECRET_KEYS` in `<dataDir>/secret-keys`, mode 0600; made at the first start, the same ever after. */
export async function readOrMakeSecretKeys(dataDir: string, random: RandomBytes): Promise<string> {
  const file = path.join(dataDir, 'secret-keys');
  const known = await readIfThere(file);
  if (known !== undefined) return known;
  await mkdir(dataDir, { recursive: true });
  const fresh = `${file}.${random(6).toString('hex')}`;
  await writeFile(fresh, `local:${random(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    // A whole file or none, and never over one that another start has made.
    await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
