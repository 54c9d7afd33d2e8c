/** Who may call what, over all routes of the panel: a route that is added is walked without being named here. */
import test from 'ava';
import type { MemberRoute } from '../../src/http/member-route.ts';
import { ROLES } from '../../src/members/members.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { addMember, openBrowser, openRoom, PASSWORD, type Room, signUp } from './setup.ts';

const PREFIX = '/admin/api/v1';

function routesOf(room: Room): MemberRoute[] {
  return room.routes.filter((route): route is MemberRoute => route.kind === 'member');
}

/** The address of a route without the prefix, its places filled. */
function addressOf(route: MemberRoute, places: Record<string, string>): string {
  return route.path.slice(PREFIX.length).replace(/:(\w+)/g, (_, name: string) => places[name] ?? 'none');
}

test('without a login every route but the public ones answers 401', async (t) => {
  const room = await openRoom(t);
  const stranger = openBrowser(room);
  for (const cookie of [undefined, 'pvd_login=x', `pvd_login=${'a'.repeat(43)}`]) {
    stranger.take(cookie);
    for (const route of routesOf(room).filter(({ auth }) => auth !== 'public')) {
      const reply = await stranger.call(route.method, addressOf(route, {}));
      t.is(reply.status, 401, `${route.method} ${route.path}`);
    }
  }
});

test('with a password alone nothing opens but the way to the second factor', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const browser = openBrowser(room);
  await browser.must('POST', '/login', { email: owner.email, password: PASSWORD });
  for (const route of routesOf(room).filter(({ auth }) => auth === 'member')) {
    const reply = await browser.call(route.method, addressOf(route, { tenant: owner.tenant }));
    t.is(reply.body?.code, 'second_factor_required', `${route.method} ${route.path}`);
  }
});

test('every route of a tenant lets in exactly the roles it names, and answers 404 to members of another', async (t) => {
  const room = await openRoom(t, { simulatorUrl: 'http://localhost:3001' });
  const owner = await signUp(room);
  const other = await signUp(room, 'other@other.example', 'Other');
  const routes = routesOf(room).filter(({ roles }) => roles !== undefined);
  t.true(routes.length >= 15);
  for (const role of ROLES) {
    const member = await addMember(room, owner, role, `${role}@walk.example`);
    for (const route of routes) {
      const place = `${role}: ${route.method} ${route.path}`;
      // A field that no route has: whoever is let in gets no further than the check of what he sent.
      const search = route.method === 'GET' ? '?nonsense=1' : '';
      const body = route.method === 'GET' ? undefined : { nonsense: true };
      const call = (tenant: string) =>
        member.browser.call(route.method, addressOf(route, { tenant }) + search, body);
      const reply = await call(owner.tenant);
      if (route.roles?.includes(role)) t.is(reply.status, 400, place);
      else t.is(reply.body.code, 'forbidden', place);
      const [theirs, nobodys] = [await call(other.tenant), await call('ten_00000000000000000000000000')];
      t.is(theirs.status, 404, place);
      t.deepEqual({ ...theirs.body, request_id: '' }, { ...nobodys.body, request_id: '' }, place);
    }
  }
});

test('what belongs to another tenant is as unknown as what is nowhere', async (t) => {
  const room = await openRoom(t, { simulatorUrl: 'http://localhost:3001' });
  const owner = await signUp(room);
  const other = await signUp(room, 'other@other.example', 'Other');
  const [app] = (await other.browser.must('GET', `/tenants/${other.tenant}/apps`)).body.data;
  const invitation = (
    await other.browser.must(
      'POST',
      `/tenants/${other.tenant}/invitations`,
      { email: 'x@x.example', role: 'viewer' },
      201,
    )
  ).body;
  const mine = `/tenants/${owner.tenant}`;
  for (const [method, path, body] of [
    ['PATCH', `${mine}/members/${other.id}`, { role: 'viewer' }],
    ['DELETE', `${mine}/members/${other.id}`, undefined],
    ['POST', `${mine}/invitations/${invitation.id}/resend`, undefined],
    ['DELETE', `${mine}/invitations/${invitation.id}`, undefined],
    ['GET', `${mine}/apps/${app.id}`, undefined],
    ['GET', `${mine}/apps/${app.id}/overview`, undefined],
    ['GET', `${mine}/apps/${app.id}/api-keys`, undefined],
    ['POST', `${mine}/apps/${app.id}/api-keys`, { name: 'x', scopes: ['*'] }],
    ['DELETE', `${mine}/apps/${app.id}/api-keys/key_x`, undefined],
  ] as const)
    t.is((await owner.browser.call(method, path, body)).status, 404, `${method} ${path}`);
});

test('what needs a fresh second factor says so, and only then', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  room.clock.advance(5 * 60_000);
  const stepUps = routesOf(room).filter(({ stepUp }) => stepUp);
  t.true(stepUps.length >= 7);
  for (const route of stepUps) {
    const path = addressOf(route, { tenant: owner.tenant });
    t.is((await owner.browser.call(route.method, path)).body.code, 'step_up_required', route.path);
  }
});

test('changes come from our own pages only', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const { call } = owner.browser;
  for (const headers of [
    { origin: undefined },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000.evil.example' },
    { origin: 'http://localhost:3001' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const reply = await call('POST', '/login/touch', undefined, headers);
    t.is(reply.status, 403, JSON.stringify(headers));
    t.is(reply.body.code, 'origin_not_allowed');
  }
  const plain = await call('POST', '/login', '{"email":"a@b.example","password":"x"}', {
    'content-type': 'text/plain',
  });
  t.is(plain.status, 415);
  t.is((await call('POST', '/login/touch', undefined, { 'sec-fetch-site': undefined })).status, 200);
});

test('no GET changes anything', async (t) => {
  const room = await openRoom(t, { simulatorUrl: 'http://localhost:3001' });
  const owner = await signUp(room);
  const [app] = (await owner.browser.must('GET', `/tenants/${owner.tenant}/apps`)).body.data;
  const tables = [
    'members',
    'logins',
    'memberships',
    'invitations',
    'audit_entries',
    'api_keys',
    'email_tokens',
    'outgoing_mails',
    'throttles',
  ];
  const look = async () => {
    const all: unknown[] = [];
    for (const table of tables)
      all.push(await queryAsOwner(room.ownerUrl, `select * from ${table} order by 1, 2`));
    return all;
  };
  const before = await look();
  room.clock.advance(1000);
  for (const route of routesOf(room).filter(({ method }) => method === 'GET'))
    t.is(
      (await owner.browser.get(addressOf(route, { tenant: owner.tenant, app: app.id }))).status,
      200,
      route.path,
    );
  t.deepEqual(await look(), before);
});

test('the cookie is for this host alone on https, and never for scripts', async (t) => {
  for (const [adminUrl, pattern] of [
    ['http://localhost:3000', /^pvd_login=[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/],
    [
      'https://panel.example',
      /^__Host-pvd_login=[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    ],
  ] as const) {
    const room = await openRoom(t, { adminUrl });
    const owner = await signUp(room);
    const reply = await openBrowser(room).post('/login', { email: owner.email, password: PASSWORD });
    t.regex(reply.headers.get('set-cookie') ?? '', pattern);
    t.is(reply.headers.get('cache-control'), 'no-store');
  }
});
