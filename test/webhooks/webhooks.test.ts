import test from 'ava';
import fc from 'fast-check';
import {
  failingPercent,
  judgeTry,
  readRetryAfter,
  type TryResult,
  warningPercent,
} from '../../src/webhooks/webhooks.ts';
import { T0 } from '../helpers/fakes.ts';

const LADDER = [5, 30, 120, 600];
const answered = (status: number, retryAfterSeconds: number | null = null) =>
  ({ stage: 'answered', status, code: null, retryAfterSeconds }) as const;
const judge = (
  result: Pick<TryResult, 'stage' | 'status' | 'code' | 'retryAfterSeconds'>,
  failureCount = 0,
  dice = 0.5,
) => judgeTry(result, failureCount, { ladder: LADDER, dice });

test('every answer of the 2xx delivers', (t) => {
  for (const status of [200, 201, 204, 299])
    t.like(judge(answered(status), 3), { outcome: 'delivered', failureCount: 3 });
});

test('the ladder is climbed one rung a failure, then it is over', (t) => {
  const waits = [0, 1, 2, 3].map((count) => judge(answered(500), count).waitSeconds);
  t.deepEqual(waits.map(Math.round), LADDER);
  t.like(judge(answered(500), 4), { outcome: 'dead', isGone: false });
});

test('a wait is at most a fifth shorter or longer than its rung', (t) => {
  fc.assert(
    fc.property(fc.nat(3), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (count, dice) => {
      const { waitSeconds } = judge(answered(503), count, dice);
      t.true(waitSeconds >= LADDER[count]! * 0.8 - 1e-9 && waitSeconds < LADDER[count]! * 1.2 + 1e-9);
    }),
  );
});

test('what asks for more patience gets it, up to a day', (t) => {
  t.is(judge(answered(429, 90)).waitSeconds, 90);
  t.is(judge(answered(503, 10 ** 8)).waitSeconds, 86_400);
  t.is(Math.round(judge(answered(429, 1), 3).waitSeconds), 600);
});

test('a refusal begins in the middle of the ladder, a passing one at its foot', (t) => {
  for (const status of [400, 401, 404, 422]) t.is(Math.round(judge(answered(status)).waitSeconds), 120);
  for (const status of [302, 408, 409, 425, 429, 500, 599])
    t.is(Math.round(judge(answered(status)).waitSeconds), 5);
  t.like(judge(answered(404), 2), { failureCount: 3 });
});

test('410 is the end of the delivery and of the endpoint', (t) => {
  t.like(judge(answered(410)), { outcome: 'dead', isGone: true, code: 'gone' });
});

test('blocked, refused and unknown addresses are one and the same', (t) => {
  for (const code of ['not_allowed', 'dns', 'connect'])
    t.is(judge({ stage: 'before_send', status: null, code, retryAfterSeconds: null }).code, 'unreachable');
  t.is(judge({ stage: 'ambiguous', status: null, code: 'timeout', retryAfterSeconds: null }).code, 'timeout');
});

test('an endpoint is given up after five days, and only with ten failures', (t) => {
  const health = (days: number, failureCount: number) => ({
    failingSince: new Date(T0.getTime() - days * 86_400_000),
    failureCount,
  });
  t.is(failingPercent({ failingSince: null, failureCount: 0 }, T0), 0);
  t.is(failingPercent(health(5, 10), T0), 100);
  t.is(failingPercent(health(9, 9), T0), 90);
  t.is(failingPercent(health(4.9, 1000), T0), 98);
  t.deepEqual(
    [1, 2.5, 3.5, 4.5].map((days) => warningPercent(health(days, 100), T0)),
    [null, 50, 70, 90],
  );
});

for (const [given, expected] of [
  ['120', 120],
  ['0', 0],
  [' 7 ', 7],
  [new Date(T0.getTime() + 90_500).toUTCString(), 90],
  [new Date(T0.getTime() - 90_000).toUTCString(), 0],
  ['soon', null],
  ['-5', null],
  ['', null],
  [undefined, null],
  [['3', '4'], 3],
] as const)
  test(`Retry-After ${JSON.stringify(given)} is ${expected} seconds`, (t) => {
    t.is(readRetryAfter(given as string | string[] | undefined, T0), expected);
  });
