import net from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { listen } from '../../src/http/listen.ts';
import type { PageReply } from '../../src/http/route.ts';
import {
  IDENTIFICATION_KEY,
  initRoute,
  type KitOptions,
  problemOf,
  sendRaw,
  startKit,
  statusOf,
} from './kit.ts';

/** A page that answers when the test says so. */
async function setup(t: ExecutionContext, timeouts: KitOptions['timeouts'] = {}) {
  let answer: (reply: PageReply) => void = () => {};
  let arrived: () => void = () => {};
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { route, seen } = initRoute();
  const kit = await startKit(t, {
    routes: [
      route,
      {
        kind: 'page',
        method: 'GET',
        path: '/slow',
        summary: 'Slow',
        handle: () =>
          new Promise((resolve) => {
            answer = resolve;
            arrived();
          }),
      },
    ],
    timeouts,
  });
  return { ...kit, seen, hasArrived, answer: () => answer({ status: 200, json: { done: true } }) };
}

const SHORT = { headersTimeoutMs: 500, requestTimeoutMs: 500, checkIntervalMs: 20 };

const initHead = (length: number) =>
  `POST /i/app_1 HTTP/1.1\r\nHost: x\r\nAuthorization: ${IDENTIFICATION_KEY}\r\nContent-Length: ${length}\r\n\r\n`;

test('headers that do not come to an end are cut off', async (t) => {
  const { port } = await setup(t, SHORT);
  const answer = await sendRaw(port, 'POST /i/app_1 HTTP/1.1\r\nHost: x\r\n');
  t.is(statusOf(answer), 408);
  t.is(problemOf(answer).code, 'invalid_request');
});

test('a body that does not come to an end is cut off, without an incident', async (t) => {
  const { port, seen, lines } = await setup(t, SHORT);
  t.is(statusOf(await sendRaw(port, initHead(100), '{"a":')), 408);
  t.is(seen.length, 0);
  t.like(lines.at(-1), { level: 'info', fields: { route: '/i/:app_id', status: 499 } });
});

test('a caller that hangs up in the middle of its body is 499 in the log and no incident', async (t) => {
  const { port, lines } = await setup(t);
  await new Promise<void>((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write(`${initHead(100)}{"a":`, () => socket.destroy()),
    );
    socket.on('close', () => resolve());
  });
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(
    lines.map(({ level, fields }) => [level, (fields as { status: number }).status]),
    [['info', 499]],
  );
});

test('what is no HTTP is answered with a problem that repeats nothing of it', async (t) => {
  const { port } = await setup(t);
  for (const text of [
    'hello\r\n\r\n',
    '\x16\x03\x01\x02\x00',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\nsecret\r\n\r\n',
  ]) {
    const answer = await sendRaw(port, text);
    t.is(statusOf(answer), 400, text);
    t.is(problemOf(answer).code, 'invalid_request');
    t.false(answer.includes('secret'));
  }
});

test('headers of more than 16 KiB are 431', async (t) => {
  const { port } = await setup(t);
  t.is(
    statusOf(
      await sendRaw(port, `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`),
    ),
    431,
  );
});

test('one connection carries many requests', async (t) => {
  const { port } = await setup(t);
  const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n';
  const answers = await sendRaw(port, `${get}\r\n`.repeat(200), `${get}Connection: close\r\n\r\n`);
  t.is(answers.split('HTTP/1.1 200').length - 1, 201);
});

test('closing: not ready at once, the request in flight gets its answer, idle connections end, nobody new comes in', async (t) => {
  const { url, port, listener, hasArrived, answer } = await setup(t);
  const idle = net.connect(port, '127.0.0.1');
  const idleEnded = new Promise((resolve) => idle.on('close', resolve));
  await new Promise((resolve) => idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', resolve));
  await new Promise((resolve) => idle.once('data', resolve));

  const slow = sendRaw(port, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await hasArrived;
  t.is((await fetch(`${url}/readyz`)).status, 200);
  const closed = listener.close(10_000);
  await idleEnded;
  await t.throwsAsync(fetch(`${url}/healthz`));
  answer();
  const text = await slow;
  t.is(statusOf(text), 200);
  t.regex(text, /\r\nConnection: close\r\n/);
  await closed;
});

test('closing: a probe that was on its way learns that the process is not ready', async (t) => {
  const { url, port, listener } = await setup(t);
  const probe = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  probe.on('data', (chunk) => chunks.push(chunk));
  const probeEnded = new Promise((resolve) => probe.on('close', resolve));
  await new Promise((resolve) => probe.write('GET /readyz HTTP/1.1\r\n', resolve));
  // By the time this is answered the half of the probe has been read.
  t.is((await fetch(`${url}/readyz`)).status, 200);
  const closed = listener.close(10_000);
  probe.write('Host: x\r\n\r\n');
  await probeEnded;
  const answer = Buffer.concat(chunks).toString();
  t.is(statusOf(answer), 503);
  t.is(problemOf(answer).code, 'unavailable');
  await closed;
});

test('closing: whoever takes longer than the deadline is cut off', async (t) => {
  const { port, listener, hasArrived } = await setup(t);
  const cut = sendRaw(port, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await hasArrived;
  await listener.close(20);
  t.is(await cut.catch(() => ''), '');
});

test('an address that is taken is an error', async (t) => {
  const { port } = await setup(t);
  await t.throwsAsync(listen({ callback: () => {}, drain: () => {}, host: '127.0.0.1', port }), {
    code: 'EADDRINUSE',
  });
});
