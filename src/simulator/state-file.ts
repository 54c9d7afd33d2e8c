import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createWorld } from './cast.ts';
import type { World } from './world.ts';

/** Saves the world soon after it changed, at most once in this time. */
const SAVE_AFTER_MS = 250;

export interface StateFile {
  world: World;
  changed(): void;
  flush(): void;
}

/** The world, kept in one JSON file that is replaced as a whole. Without a path it lives in memory. */
export const openStateFile = (path: string | undefined): StateFile => {
  const world = createWorld();
  if (path !== undefined && existsSync(path)) Object.assign(world, JSON.parse(readFileSync(path, 'utf8')));
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    if (timer === undefined || path === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    mkdirSync(dirname(path), { recursive: true });
    // It holds client secrets: nobody but the owner may read it, from the first byte on.
    writeFileSync(`${path}.new`, JSON.stringify(world), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return {
    world,
    changed(): void {
      if (path !== undefined) timer ??= setTimeout(flush, SAVE_AFTER_MS);
    },
    flush,
  };
};
