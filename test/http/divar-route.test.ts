import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { IDENTIFICATION_KEY, initRoute, problemOf, sendRaw, startKit, statusOf, testApp } from './kit.ts';

const LIMIT_BYTES = 256 * 1024;

async function setup(t: ExecutionContext) {
  const { route, seen } = initRoute();
  const kit = await startKit(t, {
    routes: [route],
    apps: [testApp(), testApp({ id: 'app_suspended', suspended: true })],
  });
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}, path = '/i/app_1') =>
    fetch(kit.url + path, {
      method: 'POST',
      body: body as string,
      headers: { authorization: IDENTIFICATION_KEY, 'content-type': 'application/json', ...headers },
    });
  const raw = (headers: string[], body: string | Buffer = '{"a":1}') =>
    sendRaw(
      kit.port,
      [
        'POST /i/app_1 HTTP/1.1',
        `Authorization: ${IDENTIFICATION_KEY}`,
        'Connection: close',
        ...headers,
        '',
        '',
      ].join('\r\n'),
      body,
    );
  return { ...kit, seen, post, raw };
}

test('is protected: wrong key, no key, unknown app and suspended app get the same 401, and no handler runs', async (t) => {
  const { post, seen } = await setup(t);
  const answers = [
    await post('{}', { authorization: 'wrong' }),
    await post('{}', { authorization: `Bearer ${IDENTIFICATION_KEY}` }),
    await post('{}', { authorization: '' }),
    await post('{}', {}, '/i/app_unknown'),
    await post('{}', {}, '/i/app_suspended'),
    await post('{}', {}, '/i/%00'),
    await post('{}', {}, '/i/%E0%A4%A'),
  ];
  const documents = await Promise.all(
    answers.map(async (answer) => ({ ...((await answer.json()) as object), request_id: '' })),
  );
  for (const answer of answers) t.is(answer.status, 401);
  for (const document of documents) t.deepEqual(document, documents[0] as never);
  t.is(seen.length, 0);
});

test('the key is checked before the body is read or even looked at', async (t) => {
  const { port } = await setup(t);
  const head =
    'POST /i/app_1 HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\nContent-Type: text/plain\r\nContent-Length: 9999999\r\nConnection: close\r\n\r\n';
  t.is(statusOf(await sendRaw(port, head)), 401);
});

test('answers the handler with the parsed body, and says who may do what with the answer', async (t) => {
  const { post, seen } = await setup(t);
  const answer = await post('{"source":"CHAT","نام":"علی"}', { 'api-version': '2' });
  t.is(answer.status, 200);
  t.deepEqual(await answer.json(), { url: 'http://localhost:3000/s/x' });
  t.is(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  t.is(answer.headers.get('x-content-type-options'), 'nosniff');
  t.is(answer.headers.get('cache-control'), 'no-store');
  t.regex(answer.headers.get('x-request-id') ?? '', /^req_[0-9a-hjkmnp-tv-z]{26}$/);
  t.like(seen[0], {
    app: { id: 'app_1' },
    body: { source: 'CHAT', نام: 'علی' },
    headers: { 'api-version': '2' },
  });
  t.is(seen[0]?.requestId, answer.headers.get('x-request-id') ?? '');
});

test('takes JSON under every spelling of its type, and without one', async (t) => {
  const { post, raw } = await setup(t);
  for (const type of [
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF8"',
  ]) {
    t.is((await post('{}', { 'content-type': type })).status, 200, type);
  }
  t.is(statusOf(await raw(['Host: x', 'Content-Length: 7'])), 200);
});

test('another type is 415 and nothing else', async (t) => {
  const { post, seen } = await setup(t);
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'multipart/form-data; boundary=x',
    ';',
  ]) {
    const answer = await post('{}', { 'content-type': type });
    t.is(answer.status, 415, type);
    t.is(answer.headers.get('content-type'), 'application/problem+json');
    t.like(await answer.json(), {
      code: 'unsupported_media_type',
      status: 415,
      retryable: false,
      errors: [],
    });
  }
  t.is(seen.length, 0);
});

test('gzip is inflated, anything else is 415, broken gzip is 400', async (t) => {
  const { post, seen } = await setup(t);
  t.is((await post(gzipSync('{"zip":true}'), { 'content-encoding': 'gzip' })).status, 200);
  t.deepEqual(seen[0]?.body, { zip: true });
  t.is((await post('{}', { 'content-encoding': 'identity' })).status, 200);
  for (const coding of ['br', 'deflate', 'gzip, gzip'])
    t.is((await post('{}', { 'content-encoding': coding })).status, 415, coding);
  t.is((await post('{}', { 'content-encoding': 'gzip' })).status, 400);
  t.is((await post(gzipSync('{"zip":true}').subarray(0, 15), { 'content-encoding': 'gzip' })).status, 400);
});

test('the size limit is exact, counted before and after inflation', async (t) => {
  const { post, raw } = await setup(t);
  const bodyOf = (byteCount: number) => `{"a":"${'x'.repeat(byteCount - 8)}"}`;
  t.is((await post(bodyOf(LIMIT_BYTES))).status, 200);
  const answer = await post(bodyOf(LIMIT_BYTES + 1));
  t.is(answer.status, 413);
  t.like(await answer.json(), { code: 'body_too_large' });
  t.is((await post(gzipSync(bodyOf(LIMIT_BYTES)), { 'content-encoding': 'gzip' })).status, 200);
  t.is((await post(gzipSync(bodyOf(LIMIT_BYTES + 1)), { 'content-encoding': 'gzip' })).status, 413);
  t.is((await post(gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'content-encoding': 'gzip' })).status, 413);
  const chunk = 'x'.repeat(LIMIT_BYTES + 1);
  const chunked = `${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`;
  t.is(statusOf(await raw(['Host: x', 'Transfer-Encoding: chunked'], chunked)), 413);
});

test('hostile bodies are 400 with a reason, and the next request is served', async (t) => {
  const { post, seen } = await setup(t);
  const bodies: [string | Uint8Array, string][] = [
    ['', 'invalid_json'],
    ['null', 'invalid_type'],
    ['[]', 'invalid_type'],
    [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'too_deep'],
    [`{${Array.from({ length: 10_001 }, (_, key) => `"${key}":1`).join(',')}}`, 'too_many_keys'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_utf8'],
  ];
  for (const [body, code] of bodies) {
    const answer = await post(body);
    t.is(answer.status, 400, code);
    t.like(await answer.json(), { code: 'invalid_request', errors: [{ path: 'body', code }] });
  }
  t.is(seen.length, 0);
  t.is((await post('{}')).status, 200);
});

test('requests that two servers could read in two ways are 400 and close the connection', async (t) => {
  const { raw, seen } = await setup(t);
  const cases = [
    ['Host: x', `Authorization: ${IDENTIFICATION_KEY}`, 'Content-Length: 7'],
    ['Host: x', 'Host: y', 'Content-Length: 7'],
    ['Host: x', 'Content-Type: application/json', 'Content-Type: text/plain', 'Content-Length: 7'],
    ['Host: x', 'Transfer-Encoding: xchunked'],
    ['Host: x', 'Transfer-Encoding: gzip, chunked'],
    ['Host: x', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Host: x', 'Transfer-Encoding: identity'],
    ['Host: x', 'Content-Length: 7', 'Transfer-Encoding: chunked'],
    ['Host: x', 'Content-Length: 7', 'Content-Length: 8'],
    ['Host: x', 'Transfer-Encoding : chunked'],
    ['Content-Length: 7'],
  ];
  for (const headers of cases) {
    const answer = await raw(headers);
    t.is(statusOf(answer), 400, headers.join());
    t.is(problemOf(answer).code, 'invalid_request', headers.join());
    t.regex(answer, /\r\nConnection: close\r\n/i);
  }
  t.is(seen.length, 0);
  t.is(statusOf(await raw(['Host: x', 'transfer-encoding: Chunked'], '7\r\n{"a":1}\r\n0\r\n\r\n')), 200);
});

test('a body in many pieces is put together', async (t) => {
  const { port, seen } = await setup(t);
  const body = Buffer.from('{"name":"سلام"}');
  const pieces = [...body].map((byte) =>
    Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
  );
  const head = `POST /i/app_1 HTTP/1.1\r\nHost: x\r\nAuthorization: ${IDENTIFICATION_KEY}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
  t.is(statusOf(await sendRaw(port, head, ...pieces, '0\r\n\r\n')), 200);
  t.deepEqual(seen[0]?.body, { name: 'سلام' });
});

test('other methods are 405 with what is allowed, other addresses 404, both as problems', async (t) => {
  const { url } = await setup(t);
  const wrongMethod = await fetch(`${url}/i/app_1`);
  t.is(wrongMethod.status, 405);
  t.is(wrongMethod.headers.get('allow'), 'POST');
  t.like(await wrongMethod.json(), { code: 'method_not_allowed' });
  for (const path of ['/', '/i', '/i/', '/i/app_1/', '/I/app_1', '/i/app_1/x', '//i/app_1']) {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: IDENTIFICATION_KEY },
    });
    t.is(answer.status, 404, path);
    t.like(await answer.json(), { code: 'not_found' });
  }
});

test('a handler that fails is a 500 that says nothing, with the cause in the log', async (t) => {
  const { route } = initRoute();
  const kit = await startKit(t, {
    routes: [{ ...route, handle: async () => Promise.reject(new Error('inner detail')) }],
  });
  const answer = await fetch(`${kit.url}/i/app_1`, {
    method: 'POST',
    body: '{}',
    headers: { authorization: IDENTIFICATION_KEY, 'content-type': 'application/json' },
  });
  t.is(answer.status, 500);
  const text = await answer.text();
  t.false(/inner|stack|kit\.ts/.test(text));
  t.like(JSON.parse(text), { code: 'internal', retryable: true });
  t.like(kit.lines.at(-1), { level: 'error', fields: { status: 500, error: { message: 'inner detail' } } });
});

test('a process that never reached the database answers 503 everywhere but to its health probe', async (t) => {
  const { route } = initRoute();
  const kit = await startKit(t, {
    routes: [route],
    directory: {
      find: () => undefined,
      authenticate: () => testApp(),
      openSecret: () => '',
      all: () => [],
      isWarm: () => false,
    },
    isReady: () => false,
  });
  const answer = await fetch(`${kit.url}/i/app_1`, { method: 'POST', body: '{}' });
  t.is(answer.status, 503);
  t.is(answer.headers.get('retry-after'), '2');
  t.like(await answer.json(), { code: 'unavailable', retryable: true });
  t.is((await fetch(`${kit.url}/healthz`)).status, 200);
  t.is((await fetch(`${kit.url}/readyz`)).status, 503);
});
