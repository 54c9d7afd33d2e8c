import test from 'ava';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { createRateLimit, rateState } from '../../src/http/rate-limit.ts';
import { startTestRedis, until } from '../helpers/redis.ts';

const connect = (url: string) =>
  new Redis(url, {
    commandTimeout: 250,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: () => 20,
  });

test('a limit of n lets exactly n through, whoever else asks', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 }),
      async (limit, asked) => {
        const { take } = createRateLimit();
        const counts = new Map<string, number>();
        for (const bucket of asked) {
          const count = (counts.get(bucket) ?? 0) + 1;
          counts.set(bucket, count);
          const state = await take(bucket, limit);
          if (state.isExceeded !== count > limit || state.remainingCount !== Math.max(0, limit - count))
            return false;
        }
        return true;
      },
    ),
    { numRuns: 50 },
  );
  t.pass();
});

test('the wait is in whole seconds, never none', (t) => {
  t.like(rateState(10, 11, 59_001), { resetSeconds: 60, isExceeded: true, remainingCount: 0 });
  t.like(rateState(10, 10, 1), { resetSeconds: 1, isExceeded: false });
  t.like(rateState(10, 1, 0), { resetSeconds: 1, remainingCount: 9 });
});

test('two processes share a limit through Redis, and each counts for itself while it is away', async (t) => {
  const server = await startTestRedis(t);
  const clients = [connect(server.url), connect(server.url)] as const;
  for (const client of clients) {
    client.on('error', () => undefined);
    t.teardown(() => client.disconnect());
    await until(() => client.status === 'ready', 'connected');
  }
  const [one, other] = clients.map((redis) => createRateLimit({ redis })) as [
    ReturnType<typeof createRateLimit>,
    ReturnType<typeof createRateLimit>,
  ];
  t.is((await one.take('app/a', 3)).remainingCount, 2);
  t.is((await other.take('app/a', 3)).remainingCount, 1);

  await server.kill();
  await until(() => clients.every(({ status }) => status !== 'ready'), 'disconnected');
  for (const remainingCount of [2, 1, 0])
    t.like(await one.take('app/a', 3), { remainingCount, isExceeded: false });
  t.true((await one.take('app/a', 3)).isExceeded);
  t.false((await other.take('app/a', 3)).isExceeded);

  await server.start();
  await until(() => clients.every(({ status }) => status === 'ready'), 'connected again');
  t.is((await one.take('app/a', 3)).remainingCount, 2);
});
