import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { ListQuery } from '../../src/http/cursor.ts';
import { tenantRoute } from '../../src/http/route.ts';
import { API_KEY, IDENTIFICATION_KEY, initRoute, sendRaw, startKit, statusOf } from './kit.ts';

const RUNS = { numRuns: 300 };
const methods = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'DELETE',
  'PATCH',
  'TRACE',
  'PROPFIND',
);
const paths = fc.oneof(
  fc.constantFrom(
    '/i/app_1',
    '/v1/items',
    '/v1/items/x',
    '/s/x',
    '/healthz',
    '*',
    '//',
    '/%',
    '/i/%FF',
    '/v1/items?limit=%',
    '/s/x?a[b]=c',
  ),
  fc.webPath(),
  fc.string({ unit: 'binary-ascii' }).map((text) => `/${encodeURI(text)}`),
);
const names = fc.constantFrom(
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Transfer-Encoding',
  'Accept',
  'Cookie',
  'Idempotency-Key',
  'Origin',
  'X-Forwarded-For',
  'Expect',
  'Upgrade',
  '__proto__',
);
const values = fc.oneof(
  fc.constantFrom(
    IDENTIFICATION_KEY,
    `Bearer ${API_KEY}`,
    'Bearer a.b.c',
    'application/json',
    'gzip',
    'chunked',
    'text/html',
    '100-continue',
    'websocket',
    'null',
    '',
  ),
  fc.string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) }),
);
const bodies = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('', '{}', '{"text":"a"}', '{"__proto__":{}}', '\u001f\u008b')
    .map((text) => Buffer.from(text, 'latin1')),
);

test('whatever is sent, nothing is our fault and the process goes on', async (t) => {
  const { route } = initRoute();
  const reply = z.object({ id: z.string() });
  const item = {
    replies: { 200: { description: 'It', schema: reply } },
    summary: 'It',
    handle: async () => ({ status: 200, body: { id: 'x' } }),
  };
  const kit = await startKit(t, {
    routes: [
      route,
      tenantRoute({ ...item, method: 'GET', path: '/v1/items', scope: 'sessions:read', query: ListQuery }),
      tenantRoute({
        ...item,
        method: 'GET',
        path: '/v1/items/:id',
        scope: 'sessions:read',
        sessionToken: true,
      }),
      tenantRoute({
        ...item,
        method: 'POST',
        path: '/v1/items',
        scope: 'sessions:write',
        body: z.strictObject({ text: z.string() }),
      }),
      {
        kind: 'page',
        method: 'GET',
        path: '/s/:handle',
        summary: 'A page',
        handle: async () => ({ status: 200, html: 'x' }),
      },
    ],
    // Keyed requests need a database; these are refused before they reach one.
    db: { tenant: (tenantId, run) => run({ tenantId, sql: { raw: async () => ({ rows: [] }) } as never }) },
  });
  await fc.assert(
    fc.asyncProperty(
      methods,
      paths,
      fc.array(fc.tuple(names, values), { maxLength: 6 }),
      bodies,
      fc.boolean(),
      async (method, path, headers, body, isSized) => {
        const lines = [
          `${method} ${path} HTTP/1.1`,
          'Host: x',
          'Connection: close',
          ...headers.map(([name, value]) => `${name}: ${value}`),
        ];
        if (isSized) lines.push(`Content-Length: ${body.length}`);
        const answer = await sendRaw(kit.port, Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body);
        return statusOf(answer) < 500;
      },
    ),
    RUNS,
  );
  t.is((await fetch(`${kit.url}/healthz`)).status, 200);
  t.deepEqual(
    kit.lines.filter(({ level }) => level === 'error'),
    [],
  );
});
