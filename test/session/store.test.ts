import test from 'ava';
import { Problem } from '../../src/errors.ts';
import { createHandles } from '../../src/session/handle.ts';
import { advanceSession } from '../../src/session/session.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { T0, testNewId, testSeal } from '../helpers/fakes.ts';
import { newSession } from '../helpers/sessions.ts';

async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const { app, tenant } = await provision(database);
  return {
    ...database,
    tenantId: tenant.id,
    appId: app.id,
    store: createSessionStore({ seal: testSeal() }),
  };
}

test('a visit comes back as it went in, and only sealed is it stored', async (t) => {
  const { db, store, tenantId, appId, ownerUrl } = await setup(t);
  const session = newSession({
    tenantId,
    appId,
    userId: 'user-1',
    visit: { data: { note: 'نیم‌فاصله ۱۲۳' } },
  });
  await store.intake(db, [session]);
  const found = await db.tenant(tenantId, (tx) => store.load(tx, session.id));
  t.like(found, { ...session, state: 'created', consent: 'none', identity: 'unverified', browserHash: null });
  const [row] = await queryAsOwner<object>(ownerUrl, 'select * from sessions');
  for (const planted of ['user-1', 'wZ_x9Qa7', '0b7c1f1e', 'نیم'])
    t.false(JSON.stringify(row).includes(planted));
});

test('a visit that was written and opened stays as it is, whoever comes with it again', async (t) => {
  const { db, store, tenantId, appId } = await setup(t);
  const session = newSession({ tenantId, appId });
  await store.intake(db, [session]);
  await db.tenant(tenantId, async (tx) => {
    const locked = await store.lock(tx, session.id);
    if (locked) await store.save(tx, advanceSession({ ...locked, browserHash: 'b' }, 'open', T0));
  });
  // Out of its handle.
  await db.tenant(tenantId, (tx) => store.insert(tx, session));
  // A batch that comes after its time: all of its visits stand in handles, so none of it is written.
  const other = newSession({ tenantId, appId });
  await t.throwsAsync(store.intake(db, [other, session]));
  t.is(await db.tenant(tenantId, (tx) => store.find(tx, other.id)), undefined);
  t.like(await db.tenant(tenantId, (tx) => store.load(tx, session.id)), {
    state: 'opened',
    browserHash: 'b',
    openedAt: T0,
  });
});

test("another tenant's visit is as unknown as none", async (t) => {
  const { db, store, tenantId, appId } = await setup(t);
  const other = await provision({ db }, { tenant: { external_id: 'shop-2' } });
  const session = newSession({ tenantId, appId });
  await store.intake(db, [session]);
  const error = await t.throwsAsync(
    db.tenant(other.tenant.id, (tx) => store.load(tx, session.id)),
    { instanceOf: Problem },
  );
  t.is(error?.code, 'not_found');
});

test('lists newest first and page by page', async (t) => {
  const { db, store, tenantId, appId } = await setup(t);
  const clock = { now: () => T0 };
  const ids = Array.from({ length: 5 }, (_, index) =>
    testNewId({ now: () => new Date(clock.now().getTime() + index) })('ses'),
  );
  await store.intake(
    db,
    ids.map((id) => newSession({ tenantId, appId, id })),
  );
  const first = await db.tenant(tenantId, (tx) => store.list(tx, appId, { limit: 3 }));
  const rest = await db.tenant(tenantId, (tx) =>
    store.list(tx, appId, { limit: 3, before: first.at(-1)?.id }),
  );
  t.deepEqual(
    [...first, ...rest].map(({ id }) => id),
    ids.reverse(),
  );
});

test('a handle opens for its own kind only, and not when a letter is changed', (t) => {
  const handles = createHandles({ seal: testSeal() });
  const handle = handles.make('start', { tenantId: 'ten_1', sessionId: 'ses_1' });
  t.like(handles.read('start', handle), { tenantId: 'ten_1', sessionId: 'ses_1', carried: undefined });
  t.is(handles.read('return', handle), undefined);
  t.is(handles.read('start', `${handle.slice(0, -1)}${handle.endsWith('A') ? 'B' : 'A'}`), undefined);
  for (const wrong of ['', '.', 'test.', 'x'.repeat(5000), 'ses_1'])
    t.is(handles.read('start', wrong), undefined);
  t.false(handle.includes('ses_1'));
});

test('a handle carries a whole visit, unless it is too large for an address', (t) => {
  const handles = createHandles({ seal: testSeal() });
  const session = newSession({
    tenantId: 'ten_1',
    appId: 'app_1',
    visit: { data: { note: 'x'.repeat(1000) } },
  });
  const handle = handles.carry(session);
  t.deepEqual(handles.read('start', handle ?? '')?.carried, session);
  t.is(
    handles.carry({ ...session, visit: { ...session.visit, data: { note: 'x'.repeat(4000) } } }),
    undefined,
  );
});
