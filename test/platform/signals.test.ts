import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { createRedis } from '../../src/platform/redis.ts';
import { createSignals } from '../../src/platform/signals.ts';
import { silentLog } from '../helpers/log.ts';
import { startTestRedis, until } from '../helpers/redis.ts';

/** A process of its own: its connection and its signals. */
function startProcess(t: ExecutionContext, url: string) {
  const log = silentLog();
  const redis = createRedis({ url, log });
  const signals = createSignals({ redis, log });
  t.teardown(async () => {
    await signals.close();
    redis.disconnect();
  });
  return { redis, signals, log };
}

/** Publishes until it is heard: what is lost while a connection stands up is nobody's fault. */
async function isHeard(from: ReturnType<typeof startProcess>, by: ReturnType<typeof startProcess>) {
  const heard: string[] = [];
  const unsubscribe = by.signals.subscribe('probe', (payload) => heard.push(payload));
  await until(() => {
    from.signals.publish('probe', 'x');
    return heard.length > 0;
  }, 'a signal');
  unsubscribe();
  return heard[0] === 'x';
}

test('inside one process a signal reaches its listeners at once, until they leave', async (t) => {
  const signals = createSignals({ log: silentLog() });
  t.teardown(() => signals.close());
  const heard: string[] = [];
  const unsubscribe = signals.subscribe('messages', (payload) => heard.push(payload));
  signals.publish('messages', 'a');
  signals.publish('others', 'b');
  signals.publish('messages');
  unsubscribe();
  signals.publish('messages', 'c');
  t.deepEqual(heard, ['a', '']);
});

test('a listener that fails neither stops the others nor the publisher', async (t) => {
  const log = silentLog();
  const signals = createSignals({ log });
  t.teardown(() => signals.close());
  const heard: string[] = [];
  signals.subscribe('error', () => {
    throw new Error('broken');
  });
  signals.subscribe('error', (payload) => heard.push(payload));
  signals.publish('error', 'a');
  t.deepEqual(heard, ['a']);
  t.like(log.lines[0], { level: 'error' });
});

test('with Redis a signal reaches the other processes, and the own one once', async (t) => {
  const { url } = await startTestRedis(t);
  const [a, b] = [startProcess(t, url), startProcess(t, url)];
  t.true(await isHeard(a, b));
  t.true(await isHeard(b, a));
  const heard: string[] = [];
  a.signals.subscribe('messages', (payload) => heard.push(`a ${payload}`));
  b.signals.subscribe('messages', (payload) => heard.push(`b ${payload}`));
  a.signals.publish('messages', 'سلام');
  await until(() => heard.includes('b سلام'), 'the signal at b');
  // Redis has one order for all: had our own come back to us, it would be here by now.
  t.true(await isHeard(b, a));
  t.deepEqual(heard.sort(), ['a سلام', 'b سلام']);
});

test('without Redis a process wakes itself, and once Redis is back, the others again', async (t) => {
  const server = await startTestRedis(t);
  const [a, b] = [startProcess(t, server.url), startProcess(t, server.url)];
  t.true(await isHeard(a, b));
  await server.kill();
  const heard: string[] = [];
  a.signals.subscribe('messages', (payload) => heard.push(payload));
  a.signals.publish('messages', 'alone');
  t.deepEqual(heard, ['alone']);
  await until(() => a.log.lines.length > 0, 'the log line of the loss');
  await server.start();
  t.true(await isHeard(a, b));
  t.deepEqual(
    a.log.lines.map((line) => line.level),
    ['warn', 'info'],
  );
});

test('a Redis that was never there fails commands at once', async (t) => {
  const { redis, log } = startProcess(t, 'redis://127.0.0.1:1');
  await t.throwsAsync(() => redis.incr('x'));
  await until(() => log.lines.length > 0, 'the log line');
  t.like(log.lines[0], { level: 'warn' });
});

test('what others write into the channel harms nobody', async (t) => {
  const { url } = await startTestRedis(t);
  const [a, b] = [startProcess(t, url), startProcess(t, url)];
  t.true(await isHeard(a, b));
  const stranger = new Redis(url);
  t.teardown(() => stranger.disconnect());
  for (const text of ['', 'x', 'null', '[]', '{"topic":1}', '{"from":"x","topic":"probe"}']) {
    await stranger.publish('peyvand:signals', text);
  }
  t.true(await isHeard(a, b));
});
