import test from 'ava';
import { createStateStore } from '../../src/consent/store.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { T0, testSeal } from '../helpers/fakes.ts';
import { newSession } from '../helpers/sessions.ts';
import { raceInTenant } from './races.ts';

async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const { app, tenant } = await provision(database);
  const session = newSession({ tenantId: tenant.id, appId: app.id });
  const states = createStateStore({ seal: testSeal() });
  const sessions = createSessionStore({ seal: testSeal() });
  const state = {
    stateHash: 'hash-1',
    appId: app.id,
    sessionId: session.id,
    browserHash: 'browser-1',
    scopes: ['CONVERSATION_SEND_MESSAGE.secret-conversation'],
    createdAt: T0,
    expiresAt: new Date(T0.getTime() + 600_000),
  };
  await database.db.tenant(tenant.id, async (tx) => {
    await sessions.insert(tx, session);
    await states.insert(tx, state);
  });
  const given = { stateHash: 'hash-1', appId: app.id, browserHash: 'browser-1', now: T0 };
  return { ...database, tenantId: tenant.id, states, state, given };
}

test.serial(
  'a state comes back as it went in, to the first that takes it, and is sealed in between',
  async (t) => {
    const { db, tenantId, states, state, given, ownerUrl } = await setup(t);
    const rows = JSON.stringify(await queryAsOwner(ownerUrl, 'select * from oauth_states'));
    t.false(rows.includes('secret-conversation'));
    const take = () => db.tenant(tenantId, (tx) => states.take(tx, given));
    t.deepEqual(await take(), { ...state, usedAt: null });
    t.deepEqual(await take(), { ...state, usedAt: T0 });
  },
);

test.serial('a state is unknown to another browser, app and tenant', async (t) => {
  const { db, tenantId, states, given } = await setup(t);
  for (const wrong of [{ browserHash: 'b' }, { appId: 'app_2' }, { stateHash: 'h' }])
    t.is(await db.tenant(tenantId, (tx) => states.take(tx, { ...given, ...wrong })), undefined);
  t.is(await db.tenant('ten_other', (tx) => states.take(tx, given)), undefined);
  t.is((await db.tenant(tenantId, (tx) => states.take(tx, given)))?.usedAt, null);
});

test.serial('of two that take a state at the same moment the second sees it used', async (t) => {
  const database = await setup(t);
  const { states, given, tenantId } = database;
  const [first, second] = await raceInTenant(database, tenantId, (tx) => states.take(tx, given));
  t.is(first?.usedAt, null);
  t.deepEqual(second?.usedAt, T0);
});
