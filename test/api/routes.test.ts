import test from 'ava';
import { createApiRoutes } from '../../src/api/routes.ts';
import type { Route } from '../../src/http/route.ts';
import { bearer, startKit, testApp } from '../http/kit.ts';

async function setup(t: Parameters<typeof startKit>[0], scopes = ['*']) {
  const routes: Route[] = [];
  routes.push(
    ...createApiRoutes({ publicUrl: 'https://gate.example', version: '1.2.3', allRoutes: () => routes }),
  );
  const landing = {
    url: 'https://shop.example/divar',
    pages: { track: 'https://shop.example/track' },
    mode: 'code',
    stagingUrl: null,
    testUsers: [{ phone: '09990000001' }],
  } as const;
  return startKit(t, {
    routes,
    apps: [testApp({ landing })],
    authenticate: { findApiKey: async () => ({ appId: 'app_1', id: 'key_1', scopes }) },
  });
}

test('GET /v1/app is protected, and needs the scope of apps', async (t) => {
  t.is((await fetch(`${(await setup(t)).url}/v1/app`)).status, 401);
  t.is(
    (await fetch(`${(await setup(t, ['sessions:write'])).url}/v1/app`, { headers: bearer() })).status,
    403,
  );
});

test('an app is shown with the addresses for the panel of Divar, without its test users', async (t) => {
  const { url } = await setup(t, ['app:read']);
  const answer = await fetch(`${url}/v1/app`, { headers: bearer() });
  const text = await answer.text();
  t.is(answer.status, 200);
  t.false(text.includes('09990000001'));
  t.deepEqual(JSON.parse(text), {
    id: 'app_1',
    object: 'app',
    external_id: 'shop-1-live',
    name: 'ارسال سریع',
    environment: 'live',
    generation: 'v2',
    slug: 'blue-otter-lamp',
    consent: { when: 'init', scopes: [] },
    landing: {
      url: 'https://shop.example/divar',
      pages: { track: 'https://shop.example/track' },
      mode: 'code',
      staging_url: null,
    },
    action_url: null,
    action_fallback_text: null,
    limits: { requests_per_minute: 6000, divar_per_minute: null, divar_per_day: null },
    urls: {
      init: 'https://gate.example/i/app_1',
      events: 'https://gate.example/e/app_1',
      action: 'https://gate.example/a/app_1',
      fallback: 'https://gate.example/f/app_1',
      oauth_redirect: 'https://gate.example/oauth/app_1/callback',
    },
    created_at: '2026-11-24T08:00:00.000Z',
  });
});

test('anyone may read the description of the API, with limits', async (t) => {
  const { url } = await setup(t);
  const answer = await fetch(`${url}/v1/openapi.json`);
  t.is(answer.status, 200);
  t.is(answer.headers.get('ratelimit-limit'), '6000');
  t.like(await answer.json(), {
    openapi: '3.1.1',
    info: { version: '1.2.3' },
    paths: { '/v1/app': { get: { operationId: 'get_v1_app' } } },
  });
});
