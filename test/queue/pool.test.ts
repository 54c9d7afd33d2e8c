import test from 'ava';
import { createPool } from '../../src/queue/pool.ts';
import { silentLog } from '../helpers/log.ts';

/** A pool over a list of items; each runs until the test ends it. */
function setup(items: string[], slotCount: number) {
  const running = new Map<string, { end: () => void; fail: () => void }>();
  const started: string[] = [];
  const claims: number[] = [];
  const log = silentLog();
  const waiting = new Map<string, () => void>();
  const pool = createPool<string>({
    name: 'test',
    slotCount,
    idleMs: 60_000,
    log,
    claim: async (maxCount) => {
      claims.push(maxCount);
      return items.splice(0, maxCount);
    },
    run: (item) =>
      new Promise<void>((resolve, reject) => {
        started.push(item);
        running.set(item, { end: resolve, fail: () => reject(new Error('broken')) });
        waiting.get(item)?.();
      }),
  });
  return {
    pool,
    running,
    started,
    claims,
    log,
    untilStarted: (item: string) =>
      running.has(item) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(item, resolve)),
  };
}

test('a slow item holds its own slot only', async (t) => {
  const { pool, running, started, claims, untilStarted } = setup(['slow', 'a', 'b', 'c'], 2);
  pool.start();
  for (const item of ['a', 'b', 'c']) {
    await untilStarted(item);
    running.get(item)?.end();
  }
  t.deepEqual(started, ['slow', 'a', 'b', 'c']);
  t.true(claims.every((count) => count <= 2));
  running.get('slow')?.end();
  await pool.stop();
});

test('an item that breaks frees its slot and is told in the log', async (t) => {
  const { pool, running, log, untilStarted } = setup(['a', 'b'], 1);
  pool.start();
  await untilStarted('a');
  running.get('a')?.fail();
  await untilStarted('b');
  running.get('b')?.end();
  await pool.stop();
  t.deepEqual(
    log.lines.map(({ level }) => level),
    ['error'],
  );
});

test('stop claims nothing more and waits for what is in flight', async (t) => {
  const { pool, running, started, untilStarted } = setup(['a', 'b'], 1);
  pool.start();
  await untilStarted('a');
  const stopped = pool.stop();
  running.get('a')?.end();
  await stopped;
  t.deepEqual(started, ['a']);
});
