import test from 'ava';
import fc from 'fast-check';
import { JITTER_SHARE, planWaitSeconds } from '../../src/queue/ladder.ts';

const ladder = [1, 5, 15];

test('climbs one rung a failure and ends after the last', (t) => {
  const waits = [1, 2, 3, 4].map((failedCount) => planWaitSeconds({ ladder, failedCount, dice: 0 }));
  t.deepEqual(waits, [1, 5, 15, undefined]);
});

test('an empty ladder means a single try', (t) => {
  t.is(planWaitSeconds({ ladder: [], failedCount: 1, dice: 0 }), undefined);
});

test('never comes back before the other side wants it, and does not believe more than a day', (t) => {
  t.is(planWaitSeconds({ ladder, failedCount: 1, retryAfterSeconds: 60, dice: 0 }), 60);
  t.is(planWaitSeconds({ ladder, failedCount: 3, retryAfterSeconds: 2, dice: 0 }), 15);
  t.is(planWaitSeconds({ ladder, failedCount: 1, retryAfterSeconds: 1e9, dice: 0 }), 86_400);
  t.is(planWaitSeconds({ ladder, failedCount: 4, retryAfterSeconds: 60, dice: 0 }), undefined);
});

test('spreads every wait upwards, by at most its share', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: ladder.length }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.option(fc.integer({ min: -5, max: 1000 })),
      (failedCount, dice, retryAfterSeconds) => {
        const wait = planWaitSeconds({ ladder, failedCount, retryAfterSeconds, dice }) ?? 0;
        const least = Math.max(ladder[failedCount - 1] ?? 0, retryAfterSeconds ?? 0);
        return wait >= least && wait <= least * (1 + JITTER_SHARE);
      },
    ),
  );
  t.pass();
});
