import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { createAddressGuard } from '../../src/platform/address-guard.ts';
import { createCall } from '../../src/platform/call.ts';
import type { CallRequest } from '../../src/ports.ts';
import { loopbackFake } from '../helpers/http.ts';
import { until } from '../helpers/redis.ts';

const LONG_MS = 20_000;
/** Long enough for a connection on a busy machine. */
const SHORT_MS = 2000;

function setup(t: ExecutionContext) {
  const call = createCall();
  t.teardown(() => call.close());
  const get = (url: string, more: Partial<CallRequest> = {}) =>
    call({ method: 'GET', url, timeoutMs: LONG_MS, ...more });
  return { call, get };
}

/** A server that does to each connection what `act` says, byte by byte. */
async function hostileServer(t: ExecutionContext, act: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    act(socket);
  });
  const url = await listen(t, server, () => {
    for (const socket of sockets) socket.destroy();
  });
  return { url, server };
}

async function listen(t: ExecutionContext, server: Server, end: () => void): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    end();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answerOnce = (text: string | Buffer) => (socket: Socket) =>
  socket.once('data', () => socket.write(text));

test('sends method, path, headers and body, and gives back status, headers and body', async (t) => {
  const fake = await loopbackFake(t, () => ({
    status: 201,
    headers: { 'x-answer': 'yes' },
    body: { سلام: 1 },
  }));
  const { call } = setup(t);
  const headers = { 'Content-Type': 'application/json', 'User-Agent': 'Other' };
  const reply = await call({
    method: 'POST',
    url: `${fake.url}/a?b=c%20d`,
    headers,
    body: '{"متن":1}',
    timeoutMs: LONG_MS,
  });
  t.like(reply, { status: 201, body: Buffer.from('{"سلام":1}') });
  t.is(reply.headers['x-answer'], 'yes');
  t.true(Number.isInteger(reply.durationMs));
  t.like(fake.requests[0], { method: 'POST', url: '/a?b=c%20d', body: '{"متن":1}' });
  t.like(fake.requests[0]?.headers, {
    'user-agent': 'Other',
    'accept-encoding': 'identity',
  });
});

test('does not follow a redirect', async (t) => {
  const fake = await loopbackFake(t, () => ({ status: 302, headers: { location: '/elsewhere' } }));
  const { get } = setup(t);
  t.like(await get(fake.url), { status: 302 });
  t.is(fake.requests.length, 1);
});

test('gives compressed bytes as they came', async (t) => {
  const packed = gzipSync('x'.repeat(1_000_000));
  const { url } = await hostileServer(
    t,
    answerOnce(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`),
        packed,
      ]),
    ),
  );
  t.deepEqual((await setup(t).get(url)).body, packed);
});

test('skips informational answers', async (t) => {
  const { url } = await hostileServer(
    t,
    answerOnce('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  );
  t.like(await setup(t).get(url), { status: 200, body: Buffer.from('ok') });
});

const AFTER_SEND: Record<
  string,
  { act: (socket: Socket) => void; code: string; more?: Partial<CallRequest> }
> = {
  'a server that never answers': { act: () => undefined, code: 'timeout', more: { timeoutMs: SHORT_MS } },
  'a body that never ends': {
    act: answerOnce('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab'),
    code: 'timeout',
    more: { timeoutMs: SHORT_MS },
  },
  'a connection that ends before the answer': {
    act: (socket) => socket.once('data', () => socket.end()),
    code: 'reset',
  },
  'a connection that is reset': {
    act: (socket) => socket.once('data', () => socket.resetAndDestroy()),
    code: 'reset',
  },
  'a body that is cut off': {
    act: (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab')),
    code: 'reset',
  },
  'an answer that is not HTTP': { act: answerOnce('hello\r\n\r\n'), code: 'reset' },
  'a body that is too large': {
    act: answerOnce(`HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n${'x'.repeat(4000)}`),
    code: 'too_large',
    more: { maxBytes: 1000 },
  },
  'headers that are too large': {
    act: answerOnce(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`),
    code: 'too_large',
  },
};

for (const [what, { act, code, more }] of Object.entries(AFTER_SEND)) {
  test(`is ambiguous after ${what}`, async (t) => {
    const { url } = await hostileServer(t, act);
    const error = await t.throwsAsync(() => setup(t).get(url, { method: 'POST', body: 'x', ...more }));
    t.like(error, { name: 'CallError', stage: 'ambiguous', code });
  });
}

test('a server that trickles its body is cut off at the deadline', async (t) => {
  const { url } = await hostileServer(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const timer = setInterval(() => socket.write('1\r\nx\r\n'), 20);
      socket.once('close', () => clearInterval(timer));
    });
  });
  const error = await t.throwsAsync(() => setup(t).get(url, { timeoutMs: SHORT_MS }));
  t.like(error, { stage: 'ambiguous', code: 'timeout' });
});

test('closes the connection of an exchange that it gave up', async (t) => {
  let closed: Promise<unknown> | undefined;
  const { url } = await hostileServer(t, (socket) => {
    closed = new Promise((resolve) => socket.resume().once('close', resolve));
  });
  await t.throwsAsync(() => setup(t).get(url, { timeoutMs: SHORT_MS }));
  await closed;
  t.pass();
});

test('surely did not happen: nobody listens', async (t) => {
  const { url, server } = await hostileServer(t, () => undefined);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  const error = await t.throwsAsync(() => setup(t).get(url));
  t.like(error, { stage: 'before_send', code: 'connect' });
});

test('surely did not happen: the name does not exist', async (t) => {
  const error = await t.throwsAsync(() => setup(t).get('http://no-such-name.invalid/'));
  t.like(error, { stage: 'before_send', code: 'dns' });
});

test('surely did not happen: the server does not speak TLS', async (t) => {
  const { url } = await hostileServer(t, answerOnce('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const error = await t.throwsAsync(() => setup(t).get(url.replace('http:', 'https:')));
  t.like(error, { stage: 'before_send', code: 'tls' });
});

test('surely did not happen: TLS is not answered before the deadline', async (t) => {
  const { url } = await hostileServer(t, () => undefined);
  const error = await t.throwsAsync(() =>
    setup(t).get(url.replace('http:', 'https:'), { timeoutMs: SHORT_MS }),
  );
  t.like(error, { stage: 'before_send', code: 'timeout' });
});

test('surely did not happen: an address or a header that cannot be sent', async (t) => {
  const fake = await loopbackFake(t);
  const { get } = setup(t);
  for (const url of ['', '/x', 'ftp://127.0.0.1/', fake.url.replace('//', '//user:secret@')]) {
    t.like(await t.throwsAsync(() => get(url)), {
      name: 'CallError',
      stage: 'before_send',
      code: 'not_allowed',
    });
  }
  const error = await t.throwsAsync(() => get(fake.url, { headers: { 'x-name': 'سلام' } }));
  t.like(error, { name: 'CallError', stage: 'before_send', code: 'not_allowed' });
  t.deepEqual(fake.requests, []);
});

function setupGuarded(
  t: ExecutionContext,
  options: { egressAllow?: string[]; answers?: Record<string, string[]> },
) {
  const asked: string[] = [];
  const guard = createAddressGuard({
    egressAllow: options.egressAllow ?? [],
    publicUrl: 'https://gateway.test',
    resolve: async (name) => {
      asked.push(name);
      return options.answers?.[name] ?? [];
    },
  });
  const call = createCall({ guard });
  t.teardown(() => call.close());
  const get = (url: string) => call({ method: 'GET', url, timeoutMs: LONG_MS });
  return { get, asked };
}

test('the guard refuses before anything is connected', async (t) => {
  const fake = await loopbackFake(t);
  const { get } = setupGuarded(t, { answers: { 'rebind.test': ['127.0.0.1'] } });
  for (const host of ['127.0.0.1', 'rebind.test', 'localhost', '[::1]', '2130706433']) {
    for (const protocol of ['http', 'https']) {
      const error = await t.throwsAsync(() => get(`${protocol}://${host}:${fake.port}/`));
      t.like(error, { stage: 'before_send', code: host === 'localhost' ? 'dns' : 'not_allowed' });
    }
  }
  t.deepEqual(fake.requests, []);
});

test('a guarded call tells where its time went; a connection that stands already costs none', async (t) => {
  const fake = await loopbackFake(t);
  const { get } = setupGuarded(t, { egressAllow: ['127.0.0.0/8'], answers: { 'shop.test': ['127.0.0.1'] } });
  const url = `http://shop.test:${fake.port}/`;
  const { timings: first } = await get(url);
  for (const part of ['dns', 'connect', 'firstByte'] as const) t.is(typeof first?.[part], 'number', part);
  t.is(first?.tls, null);
  // The connection is free once its reader has returned.
  await setImmediate();
  const { timings: second } = await get(url);
  t.like(second, { dns: null, connect: null, tls: null });
  t.is(typeof second?.firstByte, 'number');
});

test('writes nothing after the deadline, when the connection stands up late', async (t) => {
  const fake = await loopbackFake(t);
  const answers: ((addresses: string[]) => void)[] = [];
  const resolve = () => new Promise<string[]>((answer) => void answers.push(answer));
  const guard = createAddressGuard({
    egressAllow: ['127.0.0.0/8'],
    publicUrl: 'https://gateway.test',
    resolve,
  });
  const call = createCall({ guard });
  t.teardown(() => call.close());
  const post = (body: string, timeoutMs: number) =>
    call({ method: 'POST', url: `http://shop.test:${fake.port}/`, body, timeoutMs });
  t.like(await t.throwsAsync(() => post('late', 50)), { stage: 'before_send', code: 'timeout' });
  const second = post('in time', LONG_MS);
  await until(() => answers.length > 0, 'the question for the address');
  for (const answer of answers) answer(['127.0.0.1']);
  // Should the second ask for itself, it is answered, too.
  const answerLater = setInterval(
    () => answers.splice(0).forEach((answer) => void answer(['127.0.0.1'])),
    10,
  );
  t.teardown(() => clearInterval(answerLater));
  t.like(await second, { status: 200 });
  t.deepEqual(
    fake.requests.map((request) => request.body),
    ['in time'],
  );
});

test('connects to the address that was judged, under the name that was asked for', async (t) => {
  const fake = await loopbackFake(t, () => ({ body: 'ok' }));
  const { get, asked } = setupGuarded(t, {
    egressAllow: ['127.0.0.0/8'],
    answers: { 'shop.test': ['127.0.0.1'] },
  });
  t.like(await get(`http://shop.test:${fake.port}/hooks`), { status: 200 });
  t.deepEqual(asked, ['shop.test']);
  t.is(fake.requests[0]?.headers.host, `shop.test:${fake.port}`);
});

test('tries the next address when the first does not answer', async (t) => {
  const fake = await loopbackFake(t, () => ({ body: 'ok' }));
  const { get } = setupGuarded(t, {
    egressAllow: ['127.0.0.0/8'],
    answers: { 'shop.test': ['127.0.0.2', '127.0.0.1'] },
  });
  t.like(await get(`http://shop.test:${fake.port}/`), { status: 200 });
});

test('asks for the certificate of the name, and checks it', async (t) => {
  const names: string[] = [];
  const server = createTlsServer({
    SNICallback: (name, done) => {
      names.push(name);
      done(new Error('no certificate'));
    },
  });
  server.on('tlsClientError', () => undefined);
  const url = await listen(t, server, () => undefined);
  const { get } = setupGuarded(t, { egressAllow: ['127.0.0.0/8'], answers: { 'shop.test': ['127.0.0.1'] } });
  const error = await t.throwsAsync(() => get(`https://shop.test:${new URL(url).port}/`));
  t.like(error, { stage: 'before_send' });
  t.deepEqual(names, ['shop.test']);
});
