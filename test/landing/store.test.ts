import test from 'ava';
import { createLandingStore } from '../../src/landing/store.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { raceInTenant } from '../consent/races.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, type Teardown } from '../helpers/database.ts';
import { T0, testSeal } from '../helpers/fakes.ts';
import { newSession } from '../helpers/sessions.ts';

async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const { app, tenant } = await provision(database);
  const session = newSession({ tenantId: tenant.id, appId: app.id });
  const landing = createLandingStore();
  const sessions = createSessionStore({ seal: testSeal() });
  await database.db.tenant(tenant.id, async (tx) => {
    await sessions.insert(tx, session);
    await landing.insertCode(tx, {
      codeHash: 'hash-1',
      appId: app.id,
      sessionId: session.id,
      createdAt: T0,
      expiresAt: new Date(T0.getTime() + 60_000),
    });
  });
  return { ...database, tenantId: tenant.id, appId: app.id, sessionId: session.id, landing };
}

test.serial('of two that spend a code at the same moment one gets the session', async (t) => {
  const database = await setup(t);
  const { landing, appId, sessionId, tenantId } = database;
  const spend = (tx: Parameters<typeof landing.spendCode>[0]) => landing.spendCode(tx, appId, 'hash-1', T0);
  t.deepEqual(await raceInTenant(database, tenantId, spend), [
    { found: 'good', sessionId },
    { found: 'spent' },
  ]);
});

test.serial('a code that a failed request has taken is still there', async (t) => {
  const { db, landing, appId, sessionId, tenantId } = await setup(t);
  const failing = db.tenant(tenantId, async (tx) => {
    await landing.spendCode(tx, appId, 'hash-1', T0);
    throw new Error('later step failed');
  });
  await t.throwsAsync(failing, { message: 'later step failed' });
  const again = await db.tenant(tenantId, (tx) => landing.spendCode(tx, appId, 'hash-1', T0));
  t.deepEqual(again, { found: 'good', sessionId });
});

test.serial('two first landings at once watch the page once', async (t) => {
  const { db, landing, appId, tenantId } = await setup(t);
  t.is(await db.tenant(tenantId, (tx) => landing.findHealth(tx, appId)), undefined);
  await Promise.all([1, 2].map(() => db.tenant(tenantId, (tx) => landing.watchHealth(tx, appId))));
  t.deepEqual(await db.tenant(tenantId, (tx) => landing.findHealth(tx, appId)), {
    failureCount: 0,
    downSince: null,
  });
});
