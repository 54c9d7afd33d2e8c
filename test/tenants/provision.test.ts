import test from 'ava';
import { Problem } from '../../src/errors.ts';
import { parseProvisionRequest } from '../../src/tenants/provision.ts';
import { rotate } from '../../src/tenants/provision-tenant.ts';
import { openDirectory, provision, provisionRequest } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';

test('makes a tenant with its app, endpoints and keys, and prints each secret once', async (t) => {
  const database = await createTestDatabase(t);
  const request = {
    divar: { identification_key: undefined },
    endpoints: [{ url: 'https://shop.example/hooks', events: ['*'] }],
  };
  const first = await provision(database, request);
  t.regex(first.tenant.id, /^ten_[0-9a-hjkmnp-tv-z]{26}$/);
  t.regex(first.app.identification_key ?? '', /^idk_[0-9A-Za-z]{43}$/);
  t.regex(first.app.action_secret ?? '', /^whsec_/);
  t.is(first.app.urls.init, `http://localhost:3000/i/${first.app.id}`);
  t.is(first.app.urls.oauth_redirect, `http://localhost:3000/oauth/${first.app.id}/callback`);
  t.regex(first.api_keys[0]?.key ?? '', /^pvd_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/);
  t.regex(first.endpoints[0]?.secret ?? '', /^whsec_/);

  const second = await provision(database, request);
  const secrets = ({ app, endpoints, api_keys }: typeof first) => [
    app.identification_key,
    app.action_secret,
    endpoints[0]?.secret,
    api_keys[0]?.key,
  ];
  t.deepEqual(secrets(second), [undefined, undefined, undefined, undefined]);
  t.is(second.app.id, first.app.id);
  t.is(second.endpoints[0]?.id, first.endpoints[0]?.id);
  t.is(second.api_keys[0]?.id, first.api_keys[0]?.id);
});

test('of ten first provisions at once all name the same tenant and app', async (t) => {
  const database = await createTestDatabase(t);
  const replies = await Promise.all(Array.from({ length: 10 }, () => provision(database)));
  t.is(new Set(replies.map(({ tenant }) => tenant.id)).size, 1);
  t.is(new Set(replies.map(({ app }) => app.id)).size, 1);
  t.is(replies.filter(({ api_keys }) => api_keys[0]?.key !== undefined).length, 1);
});

test('a broken request stores nothing and names every fault', async (t) => {
  const database = await createTestDatabase(t);
  const request = provisionRequest({
    tenant: { external_id: 'no spaces' },
    app: { environment: 'staging', unknown: 1 },
    landing: { url: 'ftp://x' },
  });
  const error = t.throws(() => parseProvisionRequest(request, () => true), { instanceOf: Problem });
  t.deepEqual(error?.issues.map(({ path }) => path).sort(), [
    'app',
    'app.environment',
    'app.landing.url',
    'tenant.external_id',
  ]);
  const missing = await t.throwsAsync(provision(database, { divar: { api_key: undefined } }), {
    instanceOf: Problem,
  });
  t.is(missing?.issues[0]?.path, 'app.divar.api_key');
  t.deepEqual(await queryAsOwner(database.ownerUrl, 'select 1 from tenants'), []);
});

test('refuses every address that tenants may not use', (t) => {
  const request = provisionRequest({
    landing: { pages: { track: 'http://10.0.0.1/' } },
    endpoints: [{ url: 'http://127.0.0.1/hooks', events: ['*'] }],
  });
  const error = t.throws(() => parseProvisionRequest(request, (url) => url.startsWith('https:')), {
    instanceOf: Problem,
  });
  t.deepEqual(
    error?.issues.map(({ path, code }) => [path, code]),
    [
      ['app.landing.pages.track', 'url_not_allowed'],
      ['endpoints.0.url', 'url_not_allowed'],
    ],
  );
});

test('a new secret becomes the first and the one before it stays valid', async (t) => {
  const database = await createTestDatabase(t);
  const { app } = await provision(database);
  await provision(database, { divar: { identification_key: 'idk_second', client_secret: 's+2' } });
  const directory = await openDirectory(database.db);
  t.truthy(directory.authenticate(app.id, 'idk_second'));
  t.truthy(directory.authenticate(app.id, 'idk_9f3e77c1'));
  const found = directory.find(app.id);
  t.is(found && directory.openSecret(found, 'client_secret'), 's+2');
  await provision(database, { divar: { identification_key: 'idk_third' } });
  await directory.refresh();
  t.is(directory.authenticate(app.id, 'idk_9f3e77c1'), undefined);
  t.truthy(directory.authenticate(app.id, 'idk_second'));
});

test('the same secret again changes nothing, and a rolled back one swaps', (t) => {
  const current = ['b', 'a'];
  t.is(rotate(current, 'b'), current);
  t.deepEqual(rotate(current, 'a'), ['a', 'b']);
  t.deepEqual(rotate([], 'a'), ['a']);
});

test('a sandbox app without credentials gets made ones', async (t) => {
  const database = await createTestDatabase(t);
  const { app, api_keys } = await provision(database, {
    app: { environment: 'sandbox' },
    divar: { api_key: undefined, client_secret: undefined },
  });
  t.regex(app.api_key ?? '', /^sandbox_/);
  t.regex(app.client_secret ?? '', /^sandbox_/);
  t.regex(api_keys[0]?.key ?? '', /^pvd_test_/);
});
