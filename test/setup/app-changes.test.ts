/** Apps as members make and change them: who may, what is seen, what takes effect. */
import test from 'ava';
import type { MemberRoute } from '../../src/http/member-route.ts';
import { ROLES } from '../../src/members/members.ts';
import { SEALED_COLUMNS } from '../../src/tenants/sealed-columns.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { signUp } from '../members/setup.ts';
import { join, makeLiveApp, openSetup } from './setup.ts';

const idOf = (appPath: string) => appPath.split('/').at(-1) ?? '';

test('owners, admins and developers change apps; the others look, and see neither keys nor phones', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  const settings = (await room.must('GET', `${app}/settings`)).body;
  await room.must('PATCH', `${app}/settings/test_users`, {
    version: settings.sections.test_users.version,
    value: { test_users: [{ phone: '۰۹۱۲ ۱۲۳ ۴۵۶۷' }, { phone: '+989990000001' }, { divar_user_id: 'u-1' }] },
  });
  for (const role of ROLES.filter((one) => one !== 'owner')) {
    const browser = await join(room, role);
    const seen = (await browser.must('GET', `${app}/settings`)).body;
    const users = JSON.stringify(seen.sections.test_users.value.test_users);
    const changed = await browser.call('PATCH', `${app}/settings/identity`, {
      version: seen.sections.identity.version ?? 'x',
      value: { name: role, generation: 'v2' },
    });
    if (role === 'admin' || role === 'developer') {
      t.is(changed.status, 200, role);
      t.regex(users, /"09121234567".*"09990000001".*"u-1"/);
      t.is(seen.secrets.length, 1);
    } else {
      t.is(changed.body.code, 'forbidden', role);
      t.regex(users, /0912•••4567/);
      t.notRegex(users, /1234567|u-1/);
      t.deepEqual([seen.secrets, seen.sections.test_users.version], [[], null]);
    }
  }
});

test('every route of settings and setup lets in exactly the roles it names', async (t) => {
  const room = await openSetup(t);
  const routes = room.room.routes.filter(
    (route): route is MemberRoute =>
      route.kind === 'member' && /settings|secrets|setup|able$/.test(route.path),
  );
  t.true(routes.length >= 25);
  for (const role of ROLES) {
    const member = role === 'owner' ? room.owner.browser : await join(room, role);
    for (const route of routes) {
      const address = route.path.slice('/admin/api/v1'.length).replace(':tenant', room.owner.tenant);
      // A field that no route has: whoever is let in gets no further than the check of what he sent.
      const isRead = route.method === 'GET';
      const path = address.replace(':app', 'none') + (isRead ? '?nonsense=1' : '');
      const reply = await member.call(route.method, path, isRead ? undefined : { nonsense: true });
      const place = `${role}: ${route.method} ${route.path}`;
      if (route.roles?.includes(role)) t.is(reply.status, 400, place);
      else t.is(reply.body.code, 'forbidden', place);
    }
  }
});

test('another tenant is told of an app what anybody is told of no app', async (t) => {
  const room = await openSetup(t);
  const app = idOf(await makeLiveApp(room));
  const other = await signUp(room.room, 'other@other.example', 'Other');
  const foreign = `/tenants/${other.tenant}/apps/${app}`;
  const nobodys = `/tenants/${other.tenant}/apps/app_00000000000000000000000000`;
  for (const [method, path, body] of [
    ['GET', '/settings', undefined],
    ['PATCH', '/settings/identity', { version: 'x', value: { name: 'x', generation: 'v2' } }],
    ['PATCH', '/settings/privacy', { version: 'x', value: {} }],
    ['POST', '/secrets/api_key', { value: 'abc' }],
    ['POST', '/secrets/action_secret', undefined],
    ['DELETE', '/secrets/api_key/previous', undefined],
    ['POST', '/disable', undefined],
    ['GET', '/setup', undefined],
    ['PATCH', '/setup', { steps: { keys: 'done' } }],
    ['POST', '/setup/checks/landing', undefined],
  ] as const) {
    const theirs = await other.browser.call(method, foreign + path, body);
    const none = await other.browser.call(method, nobodys + path, body);
    t.is(theirs.status, 404, path);
    t.deepEqual({ ...theirs.body, request_id: '' }, { ...none.body, request_id: '' }, path);
  }
  t.is(room.world.requests.length, 0, 'nobody was called');
});

test('a live app begins without secrets, and its keys are never read again', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  t.is(
    (await room.call('POST', room.path, { name: 'x', environment: 'live', slug: 'blue-otter-lamp' })).status,
    409,
  );
  const given = 'apikey-0123456789';
  const set = await room.must('POST', `${app}/secrets/api_key`, { value: `  ${given} ` }, 201);
  t.is(set.body.secret, null);
  const made = (await room.must('POST', `${app}/secrets/identification_key`, {}, 201)).body;
  t.regex(made.secret, /^idk_/);
  const shown = (await room.must('GET', `${app}/settings`)).body;
  t.deepEqual(
    shown.secrets.map(({ kind, slot, last4 }: Record<string, string>) => [kind, slot, last4]),
    [
      ['api_key', 1, '6789'],
      ['identification_key', 1, made.secret.slice(-4)],
      ['identification_key', 2, shown.secrets[2].last4],
    ],
  );
  for (const secret of [given, made.secret]) t.false(JSON.stringify(shown).includes(secret));
  const action = (await room.must('POST', `${app}/secrets/action_secret`, undefined, 201)).body;
  t.regex(action.secret, /^whsec_/);
  for (const value of ['کلید', 'a\u200cb', 'a\u2028b', '۱۲۳', ''])
    t.is((await room.call('POST', `${app}/secrets/api_key`, { value })).status, 400, JSON.stringify(value));
  t.is((await room.call('POST', `${app}/secrets/client_secret`, {})).status, 400, 'Divar gives this one');
  const dump = JSON.stringify(await queryAsOwner(room.room.ownerUrl, 'select * from app_secrets, apps'));
  for (const secret of [given, made.secret, action.secret]) t.false(dump.includes(secret));
  t.true(SEALED_COLUMNS.some(({ table }) => table === 'app_secrets'));
});

test('while a key is rotated both are taken, until the old one is retired or its time is over', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  const { directory } = room;
  const rotate = async (overlap: number | null) =>
    (await room.must('POST', `${app}/secrets/identification_key`, { overlap_seconds: overlap }, 201)).body
      .secret as string;
  const opens = async (key: string) => {
    await directory.refresh();
    return directory.authenticate(idOf(app), key) !== undefined;
  };
  const first = await rotate(0);
  const second = await rotate(3600);
  t.deepEqual([await opens(first), await opens(second)], [true, true]);
  await room.must('DELETE', `${app}/secrets/identification_key/previous`);
  t.deepEqual([await opens(first), await opens(second)], [false, true]);
  t.is((await room.call('DELETE', `${app}/secrets/identification_key/previous`)).status, 404);
  const third = await rotate(3600);
  await room.room.db.call('retire_secrets', [10]);
  t.true(await opens(second), 'its hour is not over');
  await queryAsOwner(
    room.room.ownerUrl,
    `update app_secrets set retire_at = now() - interval '1 second' where slot = 2`,
  );
  await room.room.db.call('retire_secrets', [10]);
  t.deepEqual([await opens(second), await opens(third)], [false, true]);
});

test('whoever was overtaken is told, and nothing of the other one is lost', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  const part = async (name: string) => (await room.must('GET', `${app}/settings`)).body.sections[name];
  const save = (name: string, version: string, value: object) =>
    room.call('PATCH', `${app}/settings/${name}`, { version, value });
  const seen = await part('limits');
  t.is((await save('limits', seen.version, { divar_per_minute: 60, divar_per_day: null })).status, 200);
  const late = await save('limits', seen.version, { divar_per_minute: null, divar_per_day: 9000 });
  t.is(late.status, 409);
  t.is(late.body.params.reason, 'changed_elsewhere');
  t.deepEqual((await part('limits')).value, { divar_per_minute: 60, divar_per_day: null });
  // A change of another part is none of this one.
  const consent = await part('consent');
  t.is((await save('consent', consent.version, { when: 'init', scopes: ['USER_ID'] })).status, 200);
  t.is(
    (await save('limits', (await part('limits')).version, { divar_per_minute: 1, divar_per_day: 2 })).status,
    200,
  );
  const { version } = await part('identity');
  const both = await Promise.all(
    ['a', 'b'].map((name) => save('identity', version, { name, generation: 'v2' })),
  );
  t.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
});

test('addresses that tenants may not use are refused at their field', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  const { version } = (await room.must('GET', `${app}/settings`)).body.sections.landing;
  const reply = await room.call('PATCH', `${app}/settings/landing`, {
    version,
    value: {
      url: 'http://shop.example/',
      staging_url: 'https://staging.shop.example/',
      mode: 'code',
      pages: { track: 'http://169.254.169.254/' },
    },
  });
  t.is(reply.status, 400);
  t.deepEqual(
    reply.body.errors.map(({ path, code }: Record<string, string>) => [path, code]),
    [
      ['body.value.url', 'url_not_allowed'],
      ['body.value.pages.track', 'url_not_allowed'],
    ],
  );
});

test('a disabled app takes nothing of Divar, and works again when it is enabled', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  const key = (await room.must('POST', `${app}/secrets/identification_key`, {}, 201)).body.secret;
  const opens = async () => {
    await room.directory.refresh();
    return room.directory.authenticate(idOf(app), key) !== undefined;
  };
  t.true(await opens());
  t.is(typeof (await room.must('POST', `${app}/disable`)).body.disabled_at, 'string');
  t.false(await opens());
  t.is((await room.must('POST', `${app}/enable`)).body.disabled_at, null);
  t.true(await opens());
  const audit = (await room.must('GET', `/tenants/${room.owner.tenant}/audit?limit=50`)).body.data;
  t.deepEqual(
    audit.map(({ action }: { action: string }) => action).filter((name: string) => name.startsWith('app.')),
    ['app.enabled', 'app.disabled', 'app.secret_changed', 'app.created'],
  );
  t.false(JSON.stringify(audit).includes(key));
});

test('secrets and switches want a fresh second factor', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  room.room.clock.advance(5 * 60_000);
  for (const [method, path] of [
    ['POST', '/secrets/api_key'],
    ['POST', '/secrets/identification_key'],
    ['DELETE', '/secrets/client_secret/previous'],
    ['POST', '/secrets/action_secret'],
    ['POST', '/disable'],
    ['POST', '/enable'],
  ] as const)
    t.is((await room.call(method, app + path)).body.code, 'step_up_required', path);
});

test('a suspended tenant looks and changes nothing', async (t) => {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  await room.room.db.tenant(room.owner.tenant, (tx) => room.room.tenants.setSuspended(tx, true));
  await room.must('GET', `${app}/settings`);
  await room.must('GET', `${app}/setup`);
  for (const [method, path, body] of [
    ['PATCH', '/settings/identity', { version: 'x', value: { name: 'x', generation: 'v2' } }],
    ['POST', '/secrets/action_secret', undefined],
    ['PATCH', '/setup', { steps: { keys: 'done' } }],
  ] as const)
    t.is((await room.call(method, app + path, body)).body.code, 'tenant_suspended', path);
});
