import test from 'ava';
import { createSessionTokens } from '../../src/landing/session-token.ts';
import type { Seal } from '../../src/ports.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { erasePerson } from '../../src/tenants/erase.ts';
import { loadIndexKey } from '../../src/tenants/index-key.ts';
import { rewrapEverything } from '../../src/tenants/rewrap.ts';
import { SEALED_COLUMNS } from '../../src/tenants/sealed-columns.ts';
import { openDirectory, PUBLIC_URL, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { T0, testRandom, testSeal } from '../helpers/fakes.ts';
import { newSession } from '../helpers/sessions.ts';

/** Sealed again through functions: no tenant's transaction reaches them. */
const OF_NO_TENANT = [
  'system_keys.sealed',
  'members.email',
  'members.totp_secret',
  'members.pending_totp_secret',
  'email_tokens.facts',
  'outgoing_mails.content',
];

test('the catalogue names exactly the columns that the schema marks as sealed', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const rows = await queryAsOwner<{ name: string }>(
    ownerUrl,
    `select c.relname || '.' || a.attname as name from pg_description d
     join pg_class c on c.oid = d.objoid join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid
     where d.description = 'sealed'`,
  );
  const listed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
  t.deepEqual(rows.map(({ name }) => name).sort(), [...listed, ...OF_NO_TENANT].sort());
});

test('after a rewrap nothing needs the old key, and everything still opens', async (t) => {
  const { db, ownerUrl } = await createTestDatabase(t);
  const oldSeal = testSeal('old');
  const { app, tenant } = await provision(
    { db },
    { landing: { test_users: [{ phone: '09990000001' }] } },
    oldSeal,
  );
  const tokens = (seal: Seal) => createSessionTokens({ db, seal, random: testRandom, publicUrl: PUBLIC_URL });
  const oldTokens = tokens(oldSeal);
  await oldTokens.refresh(T0);
  const indexKey = await loadIndexKey(db, oldSeal, testRandom);
  const session = newSession({ tenantId: tenant.id, appId: app.id, userId: 'user-1' });
  await createSessionStore({ seal: oldSeal }).intake(db, [session]);

  const counts = await rewrapEverything(db, testSeal('new', 'old'));
  t.like(counts, {
    'apps.test_users': 1,
    'apps.action_secret': 1,
    'app_secrets.sealed': 3,
    'sessions.facts': 1,
    'system_keys.sealed': 2,
  });
  t.true(Object.values(await rewrapEverything(db, testSeal('new', 'old'))).every((count) => count === 0));

  const onlyNew = testSeal('new');
  const directory = await openDirectory(db, onlyNew);
  t.truthy(directory.authenticate(app.id, 'idk_9f3e77c1'));
  t.deepEqual(await loadIndexKey(db, onlyNew, testRandom), indexKey);
  const newTokens = tokens(onlyNew);
  await newTokens.refresh(T0);
  t.truthy(await oldTokens.verify(await newTokens.sign(session, T0), T0));
  const store = createSessionStore({ seal: onlyNew });
  t.is((await db.tenant(tenant.id, (tx) => store.load(tx, session.id))).visit.user.id, 'user-1');
  t.deepEqual(await queryAsOwner(ownerUrl, "select 1 from sessions where facts like 'old.%'"), []);
});

test('erases a person from one app and leaves everybody else', async (t) => {
  const { db, ownerUrl } = await createTestDatabase(t);
  const seal = testSeal();
  const { app, tenant } = await provision({ db });
  const other = await provision({ db }, { tenant: { external_id: 'shop-2' } });
  const store = createSessionStore({ seal });
  const gone = newSession({ tenantId: tenant.id, appId: app.id, userId: 'person-x' });
  const kept = newSession({ tenantId: tenant.id, appId: app.id, userId: 'person-y' });
  const elsewhere = newSession({ tenantId: other.tenant.id, appId: other.app.id, userId: 'person-x' });
  await store.intake(db, [gone, kept, elsewhere]);
  const deleted = await db.tenant(tenant.id, (tx) =>
    erasePerson(tx, { seal, appId: app.id, words: ['person-x'] }),
  );
  t.is(deleted.sessions, 1);
  const left = await queryAsOwner<{ id: string }>(ownerUrl, 'select id from sessions');
  t.deepEqual(left.map(({ id }) => id).sort(), [kept.id, elsewhere.id].sort());
});

test('of two processes that make the key of the blind index at once both have the same', async (t) => {
  const { db } = await createTestDatabase(t);
  const [one, two] = await Promise.all([
    loadIndexKey(db, testSeal(), testRandom),
    loadIndexKey(db, testSeal(), testRandom),
  ]);
  t.deepEqual(one, two);
  t.is(one.length, 32);
});
