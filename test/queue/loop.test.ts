import test from 'ava';
import type { Signals } from '../../src/ports.ts';
import { createLoop } from '../../src/queue/loop.ts';
import { silentLog } from '../helpers/log.ts';

/** A loop whose rests end when the test says so; what each tick finds, or throws, is given. */
function setup(found: (number | Error)[]) {
  const pauses: { ms: number; end: () => void }[] = [];
  const waiting: ((count: number) => void)[] = [];
  let tickCount = 0;
  let listener: (() => void) | undefined;
  const signals: Pick<Signals, 'subscribe'> = {
    subscribe: (_topic, wake) => {
      listener = () => wake('');
      return () => {
        listener = undefined;
      };
    },
  };
  const loop = createLoop({
    name: 'test',
    idleMs: 1000,
    log: silentLog(),
    wake: { signals, topic: 'messages' },
    tick: async () => {
      tickCount += 1;
      const next = found.shift() ?? 0;
      if (next instanceof Error) throw next;
      return next;
    },
    pause: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new Error('aborted'));
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
        pauses.push({ ms, end: () => resolve(undefined) });
        waiting.shift()?.(tickCount);
      }),
  });
  return {
    loop,
    pauses,
    signal: () => listener?.(),
    isListening: () => listener !== undefined,
    /** Resolves with the count of ticks when the loop pauses next. */
    untilPause: () => new Promise<number>((resolve) => waiting.push(resolve)),
  };
}

test('ticks without a rest as long as something is found', async (t) => {
  const { loop, pauses, untilPause } = setup([3, 1, 0]);
  const paused = untilPause();
  loop.start();
  t.is(await paused, 3);
  t.deepEqual(
    pauses.map(({ ms }) => ms),
    [1000],
  );
  await loop.stop();
});

test('a signal ends the rest', async (t) => {
  const { loop, signal, untilPause } = setup([0, 0]);
  const first = untilPause();
  loop.start();
  await first;
  const second = untilPause();
  signal();
  t.is(await second, 2);
  await loop.stop();
});

test('a signal that comes during a tick is not lost', async (t) => {
  const { loop, untilPause, signal } = setup([]);
  const paused = untilPause();
  loop.start();
  signal();
  t.is(await paused, 2);
  await loop.stop();
});

test('backs off longer and longer while it fails, whoever calls, and forgets that after a success', async (t) => {
  const { loop, pauses, signal, untilPause } = setup([
    new Error('away'),
    new Error('away'),
    0,
    new Error('away'),
  ]);
  for (const _ of [1, 2, 3]) {
    const paused = untilPause();
    loop.start();
    await paused;
    signal();
    pauses.at(-1)?.end();
  }
  await untilPause();
  t.deepEqual(
    pauses.map(({ ms }) => ms),
    [250, 500, 1000, 250],
  );
  await loop.stop();
});

test('stops in the middle of a rest and of a back-off, and no longer listens', async (t) => {
  for (const found of [[0], [new Error('away')]]) {
    const { loop, untilPause, isListening } = setup(found);
    const paused = untilPause();
    loop.start();
    await paused;
    t.true(isListening());
    await loop.stop();
    t.false(isListening());
  }
});

test('stop waits for the tick in flight', async (t) => {
  const steps: string[] = [];
  const ends: (() => void)[] = [];
  let tellStarted = () => {};
  const started = new Promise<void>((resolve) => {
    tellStarted = resolve;
  });
  const loop = createLoop({
    name: 'test',
    idleMs: 1000,
    log: silentLog(),
    tick: async () => {
      tellStarted();
      await new Promise<void>((end) => ends.push(end));
      steps.push('tick ended');
      return 0;
    },
  });
  loop.start();
  await started;
  const stopped = loop.stop().then(() => steps.push('stopped'));
  ends[0]?.();
  await stopped;
  t.deepEqual(steps, ['tick ended', 'stopped']);
});
