import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { Problem } from '../../src/errors.ts';
import { sha256Base64url } from '../../src/http/digest.ts';
import { type TenantRequest, tenantRoute } from '../../src/http/route.ts';
import { API_KEY, bearer, type KitOptions, sendRaw, startKit, statusOf, testApp } from './kit.ts';

const Item = z.object({ id: z.string(), at: z.iso.datetime().nullable() }).meta({ id: 'Item' });

async function setup(t: ExecutionContext, options: KitOptions = {}) {
  const seen: TenantRequest<unknown, unknown, unknown>[] = [];
  const routes = [
    tenantRoute({
      method: 'GET',
      path: '/v1/items/:id',
      scope: 'sessions:read',
      summary: 'One',
      params: z.object({ id: z.string().max(10) }),
      replies: { 200: { description: 'One', schema: Item } },
      handle: async (request) => {
        seen.push(request);
        if (request.params.id === 'gone') throw new Problem('not_found');
        return { status: 200, body: { id: request.params.id, at: null, secret: 'left out' } };
      },
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/items',
      scope: 'sessions:write',
      summary: 'Make',
      query: z.strictObject({ mode: z.enum(['a', 'b']).optional() }),
      body: z.strictObject({ text: z.string().max(5), to: z.strictObject({ n: z.int() }).optional() }),
      replies: {
        201: { description: 'Made', schema: Item },
        204: { description: 'Nothing', schema: z.unknown() },
      },
      handle: async (request) => {
        seen.push(request);
        if (request.body.text === 'wrong') return { status: 201, body: { id: 7, at: null } };
        if (request.body.text === 'other') return { status: 202, body: {} };
        if (request.body.text === 'none') return { status: 204, body: undefined };
        return {
          status: 201,
          body: { id: request.body.text, at: null },
          headers: { Location: '/v1/items/x' },
        };
      },
    }),
  ];
  const kit = await startKit(t, { routes, ...options });
  const post = (body: unknown, headers: Record<string, string> = {}, path = '/v1/items') =>
    fetch(kit.url + path, {
      method: 'POST',
      headers: { ...bearer(), 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const get = (path: string, headers: Record<string, string> = bearer()) =>
    fetch(kit.url + path, { headers });
  return { ...kit, seen, post, get };
}

const issuesOf = async (answer: Response) =>
  ((await answer.json()) as { errors: { path: string; code: string }[] }).errors.map(
    ({ path, code }) => `${path} ${code}`,
  );

test('is protected: what is not a key of ours is 401 and costs no look-up', async (t) => {
  const lookedUp: string[] = [];
  const { get, seen } = await setup(t, {
    authenticate: {
      findApiKey: async (hash) => {
        lookedUp.push(hash);
        return undefined;
      },
    },
  });
  const headers = [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${API_KEY}`,
    API_KEY,
    `Bearer ${API_KEY}x`,
    `Bearer  ${API_KEY}`,
    'Bearer a.b.c',
    `Bearer ${API_KEY.replace('live', 'prod')}`,
  ];
  for (const authorization of headers) {
    const answer = await get('/v1/items/x', { authorization });
    t.is(answer.status, 401, authorization);
    t.is(answer.headers.get('www-authenticate'), 'Bearer');
    t.truthy(answer.headers.get('ratelimit-remaining'));
    t.like(await answer.json(), { code: 'unauthorized' });
  }
  t.is((await get('/v1/items/x', {})).status, 401);
  t.deepEqual(lookedUp, []);
  t.is(seen.length, 0);
});

test('a key is found by its hash; unknown keys and keys of unknown apps get the same 401', async (t) => {
  const { get } = await setup(t, {
    authenticate: {
      findApiKey: async (hash) =>
        hash === sha256Base64url(API_KEY) ? { appId: 'app_gone', id: 'key_1', scopes: ['*'] } : undefined,
    },
  });
  t.is((await get('/v1/items/x')).status, 401);
  t.is((await get('/v1/items/x', bearer(API_KEY.replace('B', 'C')))).status, 401);
});

test('two Authorization headers are refused', async (t) => {
  const { port } = await setup(t);
  const lines = [
    'GET /v1/items/x HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${API_KEY}`,
    'authorization: x',
    '',
    '',
  ];
  t.is(statusOf(await sendRaw(port, lines.join('\r\n'))), 400);
});

test('a revoked key works for one more second at most', async (t) => {
  let isRevoked = false;
  let lookUpCount = 0;
  const { get, clock } = await setup(t, {
    authenticate: {
      findApiKey: async () => {
        lookUpCount += 1;
        return isRevoked ? undefined : { appId: 'app_1', id: 'key_1', scopes: ['*'] };
      },
    },
  });
  t.is((await get('/v1/items/x')).status, 200);
  isRevoked = true;
  clock.advance(900);
  t.is((await get('/v1/items/x')).status, 200);
  t.is(lookUpCount, 1);
  clock.advance(101);
  t.is((await get('/v1/items/x')).status, 401);
});

test('the key of a suspended tenant gets 403 tenant_suspended', async (t) => {
  const { get, seen } = await setup(t, { apps: [testApp({ suspended: true })] });
  const answer = await get('/v1/items/x');
  t.is(answer.status, 403);
  t.like(await answer.json(), { code: 'tenant_suspended' });
  t.is(seen.length, 0);
});

test('scopes: write includes read, read does not include write, others include nothing', async (t) => {
  const cases: [string[], number, number][] = [
    [['*'], 200, 201],
    [['sessions:write'], 200, 201],
    [['sessions:read'], 200, 403],
    [['messages:write', 'app:read'], 403, 403],
    [[], 403, 403],
  ];
  for (const [scopes, reading, writing] of cases) {
    const { get, post } = await setup(t, {
      authenticate: { findApiKey: async () => ({ appId: 'app_1', id: 'key_1', scopes }) },
    });
    t.is((await get('/v1/items/x')).status, reading, scopes.join());
    t.is((await post({ text: 'a' })).status, writing, scopes.join());
  }
});

test('hands the handler what was checked, and drops from its reply what was not promised', async (t) => {
  const { get, seen } = await setup(t);
  const answer = await get('/v1/items/x%20y');
  t.is(answer.status, 200);
  t.deepEqual(await answer.json(), { id: 'x y', at: null });
  t.like(seen[0], {
    app: { id: 'app_1' },
    keyId: 'key_1',
    params: { id: 'x y' },
    query: {},
    body: {},
    tx: { tenantId: 'ten_1' },
  });
  t.is(seen[0]?.requestId, answer.headers.get('x-request-id') ?? '');
});

test('replies carry the headers of the handler; 204 carries no body', async (t) => {
  const { post } = await setup(t);
  t.is((await post({ text: 'a' })).headers.get('location'), '/v1/items/x');
  const nothing = await post({ text: 'none' });
  t.is(nothing.status, 204);
  t.is(await nothing.text(), '');
});

test('every answer under /v1 says how much is left', async (t) => {
  const { get, post, url } = await setup(t);
  const answers = [
    await get('/v1/items/x'),
    await get('/v1/items/gone'),
    await get('/v1/items/x', {}),
    await get('/v1/nothing'),
    await post({ text: 1 }),
    await post('{}', { 'content-type': 'text/plain' }),
    await fetch(`${url}/v1/items/x`, { method: 'PUT' }),
  ];
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 401, 404, 400, 415, 405],
  );
  for (const { headers } of answers) {
    t.is(headers.get('ratelimit-limit'), '6000');
    t.regex(headers.get('ratelimit-remaining') ?? '', /^\d+$/);
    t.regex(headers.get('ratelimit-reset') ?? '', /^\d+$/);
  }
});

test('an app that asks too often gets 429 until the minute is over, another app does not', async (t) => {
  const limits = { requestsPerMinute: 2, divarPerMinute: null, divarPerDay: null };
  const { get } = await setup(t, {
    apps: [testApp({ limits }), testApp({ id: 'app_2' })],
    authenticate: {
      findApiKey: async (hash) => ({
        appId: hash === sha256Base64url(API_KEY) ? 'app_1' : 'app_2',
        id: 'key_1',
        scopes: ['*'],
      }),
    },
  });
  t.is((await get('/v1/items/x')).headers.get('ratelimit-remaining'), '1');
  t.is((await get('/v1/items/x')).headers.get('ratelimit-remaining'), '0');
  const refused = await get('/v1/items/x');
  t.is(refused.status, 429);
  t.like(await refused.json(), { code: 'rate_limited', retryable: true });
  t.is(refused.headers.get('retry-after'), refused.headers.get('ratelimit-reset'));
  t.is((await get('/v1/items/x', bearer(API_KEY.replace('B', 'C')))).status, 200);
});

test('a network that keeps guessing gets 429, and no look-up is made for it', async (t) => {
  let lookUpCount = 0;
  const { get } = await setup(t, {
    authenticate: {
      findApiKey: async () => {
        lookUpCount += 1;
        return undefined;
      },
    },
    rateLimit: {
      take: async (_, limitCount) => ({ limitCount, remainingCount: 0, resetSeconds: 30, isExceeded: true }),
    },
  });
  t.is((await get('/v1/items/x')).status, 429);
  t.is(lookUpCount, 1);
  t.is((await get('/v1/items/x')).headers.get('retry-after'), '30');
  t.is(lookUpCount, 1);
});

test('says everything that is wrong with a request at once, with places', async (t) => {
  const { post, seen } = await setup(t);
  const answer = await post(
    { text: 'too long', to: { n: 1.5, m: 1 }, x: 1, y: 2 },
    {},
    '/v1/items?mode=c&limit=3',
  );
  t.is(answer.status, 400);
  t.deepEqual((await issuesOf(answer)).sort(), [
    'body.text too_big',
    'body.to.m unrecognized_keys',
    'body.to.n invalid_type',
    'body.x unrecognized_keys',
    'body.y unrecognized_keys',
    'query.limit unrecognized_keys',
    'query.mode invalid_value',
  ]);
  t.is(seen.length, 0);
});

test('broken JSON is reported beside a wrong query', async (t) => {
  const { post } = await setup(t);
  t.deepEqual(await issuesOf(await post('{', {}, '/v1/items?mode=c')), [
    'query.mode invalid_value',
    'body invalid_json',
  ]);
});

test('a parameter that no schema names is an error, and so is one that stands twice', async (t) => {
  const { get, post } = await setup(t);
  t.deepEqual(await issuesOf(await get('/v1/items/x?debug=1')), ['query.debug unrecognized_keys']);
  t.deepEqual(await issuesOf(await get('/v1/items/x?__proto__=1')), ['query.__proto__ unrecognized_keys']);
  t.deepEqual(await issuesOf(await post({ text: 'a' }, {}, '/v1/items?mode=a&mode=b')), [
    'query.mode repeated_parameter',
  ]);
});

test('prototype keys, NUL and halves of characters in a body are errors with places', async (t) => {
  const { post } = await setup(t);
  t.deepEqual(await issuesOf(await post('{"text":"a","to":{"n":1,"__proto__":{"m":1}}}')), [
    'body.to.__proto__ unrecognized_keys',
  ]);
  t.deepEqual(await issuesOf(await post('{"text":"a\\u0000"}')), ['body.text invalid_text']);
  t.deepEqual(await issuesOf(await post('{"text":"\\ud83d"}')), ['body.text invalid_text']);
  t.is((await post('{"text":"\\ud83d\\ude00"}')).status, 201);
});

test('a thousand mistakes are answered with a hundred', async (t) => {
  const { post } = await setup(t);
  const body = Object.fromEntries(
    Array.from({ length: 1000 }, (_, key) => [`k${key}${'x'.repeat(300)}`, '\0']),
  );
  const issues = await issuesOf(await post(body));
  t.is(issues.length, 100);
  t.true(issues.every((issue) => issue.length < 300));
});

test('no body means no fields', async (t) => {
  const { url } = await setup(t);
  const answer = await fetch(`${url}/v1/items`, { method: 'POST', headers: bearer() });
  t.deepEqual(await issuesOf(answer), ['body.text invalid_type']);
});

test('a body of more than one mebibyte is 413', async (t) => {
  const { post } = await setup(t);
  t.is((await post(`{"text":"${'x'.repeat(1024 * 1024)}"}`)).status, 413);
});

test('an address that names nothing is 404, whatever stands in it', async (t) => {
  const { get } = await setup(t);
  for (const path of [
    '/v1/items/much-too-long-an-id',
    '/v1/items/a%00b',
    '/v1/items/',
    '/v1/items/x/y',
    '/v1/items/gone',
  ]) {
    const answer = await get(path);
    t.is(answer.status, 404, path);
    t.like(await answer.json(), { code: 'not_found' });
  }
});

test('a reply that is not what was promised is our 500, and the log says where', async (t) => {
  const { post, lines } = await setup(t);
  const answer = await post({ text: 'wrong' });
  t.is(answer.status, 500);
  t.deepEqual(await issuesOf(answer), []);
  t.like(lines.at(-1), {
    level: 'error',
    fields: {
      code: 'internal',
      error: { message: 'POST /v1/items 201 does not fit its schema: id invalid_type' },
    },
  });
  t.is((await post({ text: 'other' })).status, 500);
});

test('a database that is away is 503 with a time to wait', async (t) => {
  const { get } = await setup(t, {
    db: { tenant: async () => Promise.reject(new Problem('unavailable', { retryAfterSeconds: 1 })) },
  });
  const answer = await get('/v1/items/x');
  t.is(answer.status, 503);
  t.is(answer.headers.get('retry-after'), '1');
  t.like(await answer.json(), { code: 'unavailable', retryable: true });
});

test('HEAD is GET without the body', async (t) => {
  const { url } = await setup(t);
  const answer = await fetch(`${url}/v1/items/x`, { method: 'HEAD', headers: bearer() });
  t.is(answer.status, 200);
  t.is(await answer.text(), '');
});
