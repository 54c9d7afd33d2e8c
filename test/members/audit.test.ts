import test from 'ava';
import { sha256Base64url } from '../../src/http/digest.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { addMember, openBrowser, openRoom, signIn, signUp } from './setup.ts';

interface Entry {
  action: string;
  actor: { id: string; email: string | null } | null;
  target: string | null;
  details: Record<string, unknown>;
  address: string | null;
}

test('what members and their secrets go through stands in the log, newest first, page by page', async (t) => {
  const room = await openRoom(t, { simulatorUrl: 'http://localhost:3001' });
  const owner = await signUp(room);
  const stranger = openBrowser(room, { address: '198.51.100.4' });
  await stranger.post('/login', { email: owner.email, password: 'wrong password' });
  await stranger.post('/login', { email: 'nobody@shop.example', password: 'wrong password' });
  await room.members.upkeepWorker.tick();
  const second = await signIn(room, owner);
  await second.post('/step-up', { code: '000000' });
  const support = await addMember(room, owner, 'support');
  await second.must('PATCH', `/tenants/${owner.tenant}/members/${support.id}`, { role: 'viewer' });
  const [app] = (await second.must('GET', `/tenants/${owner.tenant}/apps`)).body.data;
  const keys = `/tenants/${owner.tenant}/apps/${app.id}/api-keys`;
  const key = (await second.must('POST', keys, { name: 'server', scopes: ['*'] }, 201)).body;
  await second.must('DELETE', `${keys}/${key.id}`, undefined, 204);

  const path = `/tenants/${owner.tenant}/audit`;
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const page: { data: Entry[]; next_cursor: string | null } = (
      await second.must('GET', `${path}?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`)
    ).body;
    entries.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  t.deepEqual(
    entries.map(({ action }) => action),
    [
      'api_key.revoked',
      'api_key.created',
      'member.role_changed',
      'second_factor.enrolled',
      'member.joined',
      'member.invited',
      'second_factor.failed',
      'login.succeeded',
      'login.failed',
      'second_factor.enrolled',
      'member.joined',
      'tenant.created',
    ],
  );
  t.deepEqual(entries[2]?.details, { before: 'support', after: 'viewer' });
  t.deepEqual(entries[2]?.actor, { id: owner.id, email: owner.email });
  t.like(entries[8], { actor: null, target: owner.id, address: '198.51.100.*' });
  t.is((await second.must('GET', `${path}?action=api_key.created`)).body.data.length, 1);
  t.deepEqual((await second.must('GET', `${path}/check`)).body, {
    object: 'audit_check',
    intact: true,
    position: null,
  });
  const stored = JSON.stringify(await queryAsOwner(room.ownerUrl, 'select * from audit_entries'));
  for (const secret of ['@shop.example', key.key, '198.51.100.4']) t.false(stored.includes(secret), secret);
});

test('an entry that was changed, taken out or added is found', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const check = async () =>
    (await owner.browser.must('GET', `/tenants/${owner.tenant}/audit/check`)).body.position;
  for (const [change, undo, position] of [
    [
      `update audit_entries set details = '{"role":"viewer"}' where position = 2`,
      `update audit_entries set details = '{"role":"owner"}' where position = 2`,
      2,
    ],
    ['delete from audit_entries where position = 3', '', 3],
  ] as const) {
    await queryAsOwner(room.ownerUrl, change);
    t.is(await check(), position);
    if (undo !== '') {
      await queryAsOwner(room.ownerUrl, undo);
      t.is(await check(), null);
    }
  }
});

test('entries of more than a year are swept, and the rest can still be checked', async (t) => {
  const room = await openRoom(t);
  room.clock.set(new Date(Date.now() - 400 * 24 * 3600_000));
  const owner = await signUp(room);
  room.clock.set(new Date());
  const browser = await signIn(room, owner);
  const path = `/tenants/${owner.tenant}/audit`;
  t.is((await browser.must('GET', path)).body.data.length, 4);
  const [swept] = await room.db.call<{ sweep_audit_entries: number }>('sweep_audit_entries', [1000]);
  t.is(swept?.sweep_audit_entries, 3);
  t.deepEqual(
    (await browser.must('GET', path)).body.data.map((entry: Entry) => entry.action),
    ['login.succeeded'],
  );
  t.true((await browser.must('GET', `${path}/check`)).body.intact);
  await queryAsOwner(room.ownerUrl, `update audit_entries set address = '1.1.1.*'`);
  t.is((await browser.must('GET', `${path}/check`)).body.position, 4);
});

test('entries that are written at once stand one after the other', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const path = `/tenants/${owner.tenant}/invitations`;
  const emails = Array.from({ length: 8 }, (_, index) => `guest-${index}@shop.example`);
  const replies = await Promise.all(
    emails.map((email) => owner.browser.post(path, { email, role: 'viewer' })),
  );
  t.true(replies.every((reply) => reply.status === 201));
  const check = (await owner.browser.must('GET', `/tenants/${owner.tenant}/audit/check`)).body;
  t.true(check.intact);
});

test('an API key works until it is revoked or has ended, and its name is free again', async (t) => {
  const room = await openRoom(t, { simulatorUrl: 'http://localhost:3001' });
  const owner = await signUp(room);
  const { browser } = owner;
  const [app] = (await browser.must('GET', `/tenants/${owner.tenant}/apps`)).body.data;
  t.is(app.environment, 'sandbox');
  const keys = `/tenants/${owner.tenant}/apps/${app.id}/api-keys`;
  const wrong = await browser.post(keys, { name: '', scopes: ['everything:write'], expires_in_days: 0 });
  t.is(wrong.status, 400);
  t.is(wrong.body.errors.length, 3);
  const made = (await browser.must('POST', keys, { name: 'server', scopes: ['messages:write'] }, 201)).body;
  t.regex(made.key, /^pvd_test_\w{8}_\w{43}$/);
  t.true(made.key.startsWith(made.prefix));
  t.is(Date.parse(made.expires_at) - Date.parse(made.created_at), 60 * 24 * 3600_000);
  t.is((await browser.post(keys, { name: 'server', scopes: ['*'] })).status, 409);
  const listed = (await browser.must('GET', keys)).body.data;
  t.deepEqual(
    listed.map(({ key, state }: Record<string, unknown>) => [key, state]),
    [[undefined, 'active']],
  );
  const find = () => room.tenants.findApiKey(room.db, sha256Base64url(made.key));
  t.like(await find(), { id: made.id, appId: app.id });
  await queryAsOwner(room.ownerUrl, `update api_keys set expires_at = now() - interval '1 second'`);
  t.is(await find(), undefined);
  await queryAsOwner(room.ownerUrl, 'update api_keys set expires_at = null');
  t.truthy(await find());
  await browser.must('DELETE', `${keys}/${made.id}`, undefined, 204);
  t.is(await find(), undefined);
  t.is((await browser.call('DELETE', `${keys}/${made.id}`)).status, 404);
  await browser.must('POST', keys, { name: 'server', scopes: ['*'] }, 201);
  t.like((await browser.must('GET', `/tenants/${owner.tenant}/apps/${app.id}/overview`)).body, {
    sessions: { total: 0, landed: 0 },
    trouble: { unknown_messages: 0, failed_messages: 0, dead_deliveries: 0, broken_grants: 0 },
  });
});
