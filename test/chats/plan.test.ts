import test from 'ava';
import { planNextRead } from '../../src/chats/plan.ts';

const T0 = new Date('2026-11-24T08:00:00.000Z');
const after = (seconds: number) => new Date(T0.getTime() + seconds * 1000);

test('an active chat is read within minutes, a quiet one less and less, and then not any more', (t) => {
  const waits: number[] = [];
  for (let at = 0; ; ) {
    const wait = planNextRead({ now: after(at), activeAt: T0, failureCount: 0, unknownSince: null });
    if (wait === null) break;
    waits.push(wait);
    at += wait;
  }
  t.deepEqual(waits.slice(0, 4), [300, 300, 600, 1200]);
  t.true(waits.length < 25, `${waits.length} readings`);
  t.true(Math.max(...waits) <= 6 * 3600);
});

test('a failed reading is repeated, an unknown outcome looked for again, and nothing else is read for', (t) => {
  const quiet = { now: after(10), activeAt: null, failureCount: 0, unknownSince: null };
  t.is(planNextRead(quiet), null);
  t.is(planNextRead({ ...quiet, failureCount: 1 }), 10);
  t.is(planNextRead({ ...quiet, failureCount: 100 }), 3600);
  t.is(planNextRead({ ...quiet, unknownSince: T0 }), 30);
  t.is(planNextRead({ ...quiet, now: after(86_400), unknownSince: T0 }), null);
});
