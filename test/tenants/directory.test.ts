import test from 'ava';
import { createTenantStore } from '../../src/tenants/store.ts';
import { openDirectory, provision } from '../helpers/apps.ts';
import { createTestDatabase, withClient } from '../helpers/database.ts';
import { testSeal } from '../helpers/fakes.ts';

test('knows an app with everything it was provisioned with', async (t) => {
  const database = await createTestDatabase(t);
  const { app, tenant } = await provision(database, {
    app: { consent: { when: 'init', scopes: ['USER_ID'] } },
    landing: { pages: { track: 'https://shop.example/track' }, test_users: [{ phone: '09990000001' }] },
  });
  const directory = await openDirectory(database.db);
  t.like(directory.find(app.id), {
    tenantId: tenant.id,
    name: 'ارسال سریع',
    environment: 'live',
    generation: 'v2',
    slug: 'blue-otter-lamp',
    consent: { when: 'init', scopes: ['USER_ID'] },
    landing: {
      url: 'https://shop.example/divar',
      pages: { track: 'https://shop.example/track' },
      mode: 'code',
      stagingUrl: null,
      testUsers: [{ phone: '09990000001' }],
    },
    limits: { requestsPerMinute: 6000, divarPerMinute: null, divarPerDay: null },
    suspended: false,
  });
});

test('takes only the exact identification key of the app itself', async (t) => {
  const database = await createTestDatabase(t);
  const one = await provision(database);
  const other = await provision(database, {
    tenant: { external_id: 'shop-2' },
    divar: { identification_key: 'idk_other' },
  });
  const directory = await openDirectory(database.db);
  t.is(directory.authenticate(one.app.id, 'idk_9f3e77c1')?.id, one.app.id);
  for (const presented of [
    undefined,
    '',
    'idk_other',
    'Bearer idk_9f3e77c1',
    'idk_9f3e77c1 ',
    'idk_9f3e77c1\0',
    'IDK_9F3E77C1',
  ]) {
    t.is(directory.authenticate(one.app.id, presented), undefined);
  }
  t.is(directory.authenticate(other.app.id, 'idk_9f3e77c1'), undefined);
  t.is(directory.authenticate('app_unknown', 'idk_9f3e77c1'), undefined);
});

test('a suspended tenant is refused like an unknown one, and comes back', async (t) => {
  const { db } = await createTestDatabase(t);
  const { app, tenant } = await provision({ db });
  const directory = await openDirectory(db);
  const store = createTenantStore({ seal: testSeal() });
  await db.tenant(tenant.id, (tx) => store.setSuspended(tx, true));
  await directory.refresh();
  t.is(directory.authenticate(app.id, 'idk_9f3e77c1'), undefined);
  t.true(directory.find(app.id)?.suspended);
  await db.tenant(tenant.id, (tx) => store.setSuspended(tx, false));
  await directory.refresh();
  t.truthy(directory.authenticate(app.id, 'idk_9f3e77c1'));
});

test('a change that commits after a later one is not missed', async (t) => {
  const database = await createTestDatabase(t);
  const slow = await provision(database);
  const quick = await provision(database, { tenant: { external_id: 'shop-2' } });
  const directory = await openDirectory(database.db);
  await withClient(database.ownerUrl, async (client) => {
    await client.query('begin');
    await client.query("update apps set name = 'slow' where id = $1", [slow.app.id]);
    await withClient(database.ownerUrl, (second) =>
      second.query("update apps set name = 'quick' where id = $1", [quick.app.id]),
    );
    await directory.refresh();
    t.is(directory.find(quick.app.id)?.name, 'quick');
    await client.query('commit');
  });
  await directory.refresh();
  t.is(directory.find(slow.app.id)?.name, 'slow');
});

test('tells of new and changed apps once, and of unchanged ones never', async (t) => {
  const database = await createTestDatabase(t);
  const directory = await openDirectory(database.db);
  const told: string[] = [];
  directory.onChange((app) => told.push(app.name));
  await provision(database);
  await directory.refresh();
  await directory.refresh();
  await provision(database, { app: { name: 'نام تازه' } });
  await directory.refresh();
  t.deepEqual(told, ['ارسال سریع', 'نام تازه']);
});

test('one app whose key is gone does not take the others with it', async (t) => {
  const database = await createTestDatabase(t);
  const lost = await provision(database, {}, testSeal('lost'));
  const { app } = await provision(database, { tenant: { external_id: 'shop-2' } });
  const directory = await openDirectory(database.db);
  t.is(directory.find(lost.app.id), undefined);
  t.truthy(directory.find(app.id));
  t.true(directory.isWarm());
});
