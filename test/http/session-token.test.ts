import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { tenantRoute } from '../../src/http/route.ts';
import type { App } from '../../src/tenants/tenants.ts';
import { bearer, startKit, testApp } from './kit.ts';

const PAGE = 'https://page.example';
const fragment = (url: string, overrides: Partial<App['landing']> = {}) =>
  ({ url, pages: {}, mode: 'fragment', stagingUrl: null, testUsers: [], ...overrides }) as const;

async function setup(t: ExecutionContext, landing: App['landing'] = fragment(`${PAGE}/divar`)) {
  const session = z.object({ id: z.string(), key: z.boolean() });
  const route = (method: 'GET' | 'POST', path: string, sessionToken: boolean) =>
    tenantRoute({
      method,
      path,
      scope: method === 'GET' ? 'sessions:read' : 'sessions:write',
      summary: 'A session',
      sessionToken,
      params: z.object({ id: z.string() }),
      replies: { 200: { description: 'It', schema: session } },
      handle: async ({ params, keyId }) => ({
        status: 200,
        body: { id: params.id, key: keyId !== undefined },
      }),
    });
  const kit = await startKit(t, {
    routes: [
      route('GET', '/v1/sessions/:id', true),
      route('POST', '/v1/sessions/:id/complete', true),
      route('POST', '/v1/sessions/:id/consent', false),
    ],
    apps: [
      testApp({ landing }),
      testApp({ id: 'app_2', landing: fragment('https://other.example/') }),
      testApp({ id: 'app_3', suspended: true, landing: fragment('https://third.example/') }),
    ],
    authenticate: {
      verifySessionToken: async (token) => {
        const [, appId = '', sessionId = ''] = token.split('.');
        return token.startsWith('good.') ? { appId, sessionId } : undefined;
      },
    },
  });
  const call = (path: string, { token = 'good.app_1.ses_1', method = 'GET', origin = PAGE } = {}) =>
    fetch(kit.url + path, { method, headers: { ...bearer(token), origin } });
  const preflight = (path: string, origin: string) =>
    fetch(kit.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
  return { ...kit, call, preflight };
}

const allowedOrigin = ({ headers }: Response) => headers.get('access-control-allow-origin');

test('is protected: a token that is not ours is 401, and no page may read why', async (t) => {
  const { call } = await setup(t);
  const answer = await call('/v1/sessions/ses_1', { token: 'bad.app_1.ses_1' });
  t.is(answer.status, 401);
  t.is(allowedOrigin(answer), null);
});

test('a token opens its own session and its completion, and nothing else', async (t) => {
  const { call } = await setup(t);
  t.deepEqual(await (await call('/v1/sessions/ses_1')).json(), { id: 'ses_1', key: false });
  t.is((await call('/v1/sessions/ses_1/complete', { method: 'POST' })).status, 200);
  t.is((await call('/v1/sessions/ses_2')).status, 403);
  t.is((await call('/v1/sessions/ses_1/consent', { method: 'POST' })).status, 401);
  t.is((await call('/v1/sessions/ses_1', { token: 'good.app_gone.ses_1' })).status, 401);
  t.is((await call('/v1/sessions/ses_1', { token: 'good.app_3.ses_1' })).status, 403);
});

test('the page of the landing may read the answers, errors included, and no other page may', async (t) => {
  const { call } = await setup(t);
  const good = await call('/v1/sessions/ses_1');
  t.is(allowedOrigin(good), PAGE);
  t.is(good.headers.get('vary'), 'Origin');
  t.regex(good.headers.get('access-control-expose-headers') ?? '', /RateLimit-Remaining/);
  t.is(good.headers.get('access-control-allow-credentials'), null);
  t.is(allowedOrigin(await call('/v1/sessions/ses_2')), PAGE);
  for (const origin of [
    'https://other.example',
    'https://evil.example',
    'null',
    'http://page.example',
    `${PAGE}.evil.example`,
  ]) {
    t.is(allowedOrigin(await call('/v1/sessions/ses_1', { origin })), null, origin);
  }
});

test('an app whose pages have a server gives no page anything', async (t) => {
  const { call, preflight } = await setup(t, { ...fragment(`${PAGE}/divar`), mode: 'code' });
  t.is(allowedOrigin(await call('/v1/sessions/ses_1')), null);
  t.is((await preflight('/v1/sessions/ses_1', PAGE)).status, 405);
});

test('an API key gives no page anything', async (t) => {
  const { url } = await setup(t);
  const answer = await fetch(`${url}/v1/sessions/ses_1`, { headers: { ...bearer(), origin: PAGE } });
  t.is(answer.status, 200);
  t.is(allowedOrigin(answer), null);
});

test('a preflight is answered to the landings of fragment apps, staging and pages included', async (t) => {
  const landing = fragment(`${PAGE}/divar`, {
    stagingUrl: 'https://staging.example/x',
    pages: { track: 'https://track.example/' },
  });
  const { preflight } = await setup(t, landing);
  for (const origin of [PAGE, 'https://staging.example', 'https://track.example', 'https://other.example']) {
    const answer = await preflight('/v1/sessions/ses_1', origin);
    t.is(answer.status, 204, origin);
    t.is(allowedOrigin(answer), origin);
    t.regex(answer.headers.get('access-control-allow-headers') ?? '', /Authorization/);
  }
  for (const origin of ['https://evil.example', 'null']) {
    const answer = await preflight('/v1/sessions/ses_1', origin);
    t.is(answer.status, 405, origin);
    t.is(allowedOrigin(answer), null);
  }
  t.is((await preflight('/v1/sessions/ses_1/consent', PAGE)).status, 405);
});

test('a page that polls does not eat the budget of the shop', async (t) => {
  const { call, url } = await setup(t);
  t.is((await call('/v1/sessions/ses_1')).headers.get('ratelimit-limit'), '120');
  const byKey = await fetch(`${url}/v1/sessions/ses_1`, { headers: bearer() });
  t.is(byKey.headers.get('ratelimit-remaining'), '5999');
});
