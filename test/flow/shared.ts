/** A process takes seconds to start, so the tests of a file share one; it ends after the last of them. */
import test from 'ava';
import type { Teardown } from '../helpers/database.ts';

type End = () => void | Promise<void>;

/** Call it once, at the top of the file. `setup` runs when the first test asks. */
export function sharedByFile<World>(setup: (t: Teardown) => Promise<World>): () => Promise<World> {
  const ends: End[] = [];
  let world: Promise<World> | undefined;
  test.after.always('what the tests shared ends', async () => {
    for (const end of ends.reverse()) await end();
  });
  return () => {
    world ??= setup({ teardown: (end) => void ends.push(end) });
    return world;
  };
}
