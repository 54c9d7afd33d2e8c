import test from 'ava';
import fc from 'fast-check';
import {
  BOUNDS_MS,
  faultOf,
  judge,
  listLost,
  lostOf,
  percentileMs,
  SLOT_COUNT,
  slotOf,
} from '../../src/health/health.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 12, minute));
const calls = (counts: Partial<Record<'all' | 'ours' | 'key' | 'request', number>>) => ({
  callCount: counts.all ?? 0,
  oursCount: counts.ours ?? 0,
  keyCount: counts.key ?? 0,
  requestCount: counts.request ?? 0,
});
const slots = (durations: readonly number[]) => {
  const counted = Array<number>(SLOT_COUNT).fill(0);
  for (const ms of durations) counted[slotOf(ms)] = (counted[slotOf(ms)] ?? 0) + 1;
  return counted;
};

test('a failure has somebody whose fault it is', (t) => {
  t.is(faultOf(200, 3000), undefined);
  t.is(faultOf(401, 1), 'key');
  t.is(faultOf(400, 1), 'request');
  t.is(faultOf(413, 1), 'request');
  t.is(faultOf(503, 1), 'ours');
  t.is(faultOf(500, 1), 'ours');
  // Divar hangs up on whoever is too slow; earlier it has its own reasons.
  t.is(faultOf(499, 2000), 'ours');
  t.is(faultOf(499, 40), 'request');
});

test('a call counts in the first bound that it does not exceed', (t) => {
  t.is(slotOf(0), 0);
  t.is(slotOf(5), 0);
  t.is(slotOf(6), 1);
  t.is(BOUNDS_MS[slotOf(2000)], 2000);
  t.is(slotOf(2001), slotOf(3000));
  t.is(slotOf(60_000), BOUNDS_MS.length);
});

test('the percentile lies between the bounds of its calls, and two seconds are never guessed', (t) => {
  t.is(percentileMs(slots([]), 0.99), null);
  const fast = percentileMs(slots(Array<number>(1000).fill(8)), 0.99) ?? 0;
  t.true(fast > 5 && fast <= 10);
  const isWithin = (percentile: number | null) => (percentile ?? 0) <= 2000;
  t.true(
    isWithin(percentileMs(slots([...Array<number>(990).fill(10), ...Array<number>(10).fill(2400)]), 0.99)),
  );
  t.false(
    isWithin(percentileMs(slots([...Array<number>(980).fill(10), ...Array<number>(20).fill(2400)]), 0.99)),
  );
  t.is(percentileMs(slots([90_000]), 0.99), 5000);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1 }), (durations) => {
      const sorted = durations.toSorted((one, other) => one - other);
      const exact = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0;
      const found = percentileMs(slots(durations), 0.99) ?? -1;
      const slot = slotOf(exact);
      return found >= (BOUNDS_MS[slot - 1] ?? 0) && found <= (BOUNDS_MS[slot] ?? 0);
    }),
  );
});

test('a minute is lost as far as its calls failed', (t) => {
  t.deepEqual(lostOf(calls({ all: 10, ours: 5 })), { ours: 0.5, key: 0, request: 0 });
  t.deepEqual(lostOf(calls({ all: 4, key: 4 })), { ours: 0, key: 1, request: 0 });
  t.deepEqual(lostOf(calls({ all: 4, request: 1, ours: 1 })), { ours: 0.25, key: 0, request: 0.25 });
  t.deepEqual(lostOf(calls({})), { ours: 0, key: 0, request: 0 });
});

test('a wrong key beside right ones is somebody else, and loses nothing', (t) => {
  t.deepEqual(lostOf(calls({ all: 100, key: 99 })), { ours: 0, key: 0, request: 0 });
  t.deepEqual(lostOf(calls({ all: 12, key: 10, ours: 1 })), { ours: 0.5, key: 0, request: 0 });
});

test('minutes without anybody alive are lost, minutes without calls are not', (t) => {
  const verdict = judge(
    { from: at(0), to: at(20) },
    [
      { at: at(3), ...calls({ all: 2, ours: 2 }) },
      { at: at(4), ...calls({ all: 4, key: 4 }) },
      { at: at(30), ...calls({ all: 4, ours: 4 }) },
    ],
    [{ at: at(18), minuteCount: 5 }],
  );
  t.is(verdict.minuteCount, 20);
  t.deepEqual(verdict.lost, { away: 2, ours: 1, key: 1, request: 0 });
  t.is(verdict.availability, 1 - 4 / 20);
  t.is(judge({ from: at(0), to: at(0) }, [], []).availability, null);
  t.is(judge({ from: at(0), to: at(60) }, [], []).availability, 1);
});

test('what is lost never adds up to more than there was', (t) => {
  const count = fc.integer({ min: 0, max: 20 });
  const minute = fc
    .record({ minute: fc.integer({ min: 0, max: 59 }), good: count, ours: count, key: count, request: count })
    .map(({ minute: place, good, ours, key, request }) => ({
      at: at(place),
      ...calls({ all: good + ours + key + request, ours, key, request }),
    }));
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.uniqueArray(minute, { selector: (one) => one.at.getTime() }), (failed) => {
        const { lost, availability } = judge({ from: at(0), to: at(60) }, failed, []);
        const sum = lost.ours + lost.key + lost.request;
        return sum <= failed.length + 1e-9 && availability !== null && availability >= 0 && availability <= 1;
      }),
    ),
  );
});

test('lost minutes are listed newest first, each with its worst fault', (t) => {
  const listed = listLost(
    [
      { at: at(1), ...calls({ all: 3, ours: 1, request: 2 }) },
      { at: at(2), ...calls({ all: 9, key: 1 }) },
    ],
    [{ at: at(5), minuteCount: 3 }],
    10,
  );
  t.deepEqual(
    listed.map(({ at: when, fault, minuteCount }) => [when, fault, minuteCount]),
    [
      [at(5), 'away', 3],
      [at(1), 'request', 1],
    ],
  );
  t.is(listLost([], [{ at: at(5), minuteCount: 3 }], 0).length, 0);
});
