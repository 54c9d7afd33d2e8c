import test from 'ava';
import {
  addMember,
  enrol,
  linkOf,
  nextCode,
  openBrowser,
  openRoom,
  PASSWORD,
  signIn,
  signUp,
} from './setup.ts';

test('invites somebody by mail, who joins with the role he was given', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const path = `/tenants/${owner.tenant}/invitations`;
  const invited = (
    await owner.browser.must('POST', path, { email: 'Ali@Shop.example', role: 'support' }, 201)
  ).body;
  t.like(invited, { object: 'invitation', email: 'ali@shop.example', role: 'support', state: 'open' });
  t.is((await owner.browser.post(path, { email: 'ali@shop.example', role: 'viewer' })).status, 409);
  await room.deliver();
  const token = linkOf(room, 'ali@shop.example');
  const browser = openBrowser(room);
  t.like((await browser.must('POST', '/invitations/look-up', { token })).body, {
    organization: 'فروشگاه سارا',
    role: 'support',
    has_account: false,
  });
  await browser.must('POST', '/invitations/accept', { token, password: PASSWORD });
  t.is((await browser.get(`/tenants/${owner.tenant}/members`)).status, 403);
  const ali = await enrol(room, browser, 'ali@shop.example');
  t.like((await browser.get('/me')).body.tenants[0], { id: owner.tenant, role: 'support' });
  t.is((await openBrowser(room).post('/invitations/look-up', { token })).status, 410);
  const { data } = (await owner.browser.must('GET', `/tenants/${owner.tenant}/members`)).body;
  t.deepEqual(
    data.map(({ id, role, second_factor }: Record<string, unknown>) => [id, role, second_factor]),
    [
      [owner.id, 'owner', true],
      [ali.id, 'support', true],
    ],
  );
  t.is((await owner.browser.post(path, { email: 'ali@shop.example', role: 'viewer' })).status, 409);
});

test('an invitation can be sent again, taken back, and ends after seven days', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const path = `/tenants/${owner.tenant}/invitations`;
  const { id } = (await owner.browser.must('POST', path, { email: 'a@x.example', role: 'viewer' }, 201)).body;
  await room.deliver();
  const first = linkOf(room, 'a@x.example');
  await owner.browser.must('POST', `${path}/${id}/resend`);
  await room.deliver();
  const second = linkOf(room, 'a@x.example');
  const lookUp = async (token: string) =>
    (await openBrowser(room).post('/invitations/look-up', { token })).status;
  t.is(await lookUp(first), 410);
  t.is(await lookUp(second), 200);
  room.clock.advance(7 * 24 * 3600_000 + 1000);
  t.is(await lookUp(second), 410);
  const browser = await signIn(room, owner);
  t.is((await browser.must('GET', path)).body.data[0].state, 'expired');
  await browser.must('POST', `${path}/${id}/resend`);
  await room.deliver();
  const third = linkOf(room, 'a@x.example');
  t.is(await lookUp(third), 200);
  await browser.must('DELETE', `${path}/${id}`, undefined, 204);
  t.is(await lookUp(third), 410);
  t.is((await browser.call('DELETE', `${path}/${id}`)).status, 404);
});

test('somebody with an account joins another tenant with it, and only with the address that was invited', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const other = await signUp(room, 'reza@other.example', 'Other');
  const third = await signUp(room, 'third@other.example', 'Third');
  const path = `/tenants/${owner.tenant}/invitations`;
  await owner.browser.must('POST', path, { email: other.email, role: 'developer' }, 201);
  await room.deliver();
  const token = linkOf(room, other.email);
  t.true((await openBrowser(room).must('POST', '/invitations/look-up', { token })).body.has_account);
  t.is((await openBrowser(room).post('/invitations/accept', { token, password: PASSWORD })).status, 409);
  t.is((await third.browser.post('/invitations/join', { token })).status, 403);
  const before = other.browser.cookie();
  await other.browser.must('POST', '/invitations/join', { token });
  t.not(other.browser.cookie(), before);
  const me = (await other.browser.must('GET', '/me')).body;
  t.deepEqual(me.tenants.map((tenant: { role: string }) => tenant.role).sort(), ['developer', 'owner']);
});

test('a new role counts at once, and the member signs in anew', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const admin = await addMember(room, owner, 'admin');
  const path = `/tenants/${owner.tenant}/members/${admin.id}`;
  t.is((await admin.browser.get(`/tenants/${owner.tenant}/audit`)).status, 200);
  await owner.browser.must('PATCH', path, { role: 'viewer' });
  t.is((await admin.browser.get('/me')).status, 401);
  const browser = await signIn(room, admin);
  t.is((await browser.get(`/tenants/${owner.tenant}/audit`)).status, 403);
  await owner.browser.must('DELETE', path, undefined, 204);
  t.is((await browser.get('/me')).status, 401);
  const later = await signIn(room, admin);
  t.deepEqual((await later.get('/me')).body.tenants, []);
  t.is((await later.get(`/tenants/${owner.tenant}/members`)).status, 404);
});

test('an admin neither makes nor touches owners', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const admin = await addMember(room, owner, 'admin');
  const { browser } = admin;
  const tenant = `/tenants/${owner.tenant}`;
  for (const [method, path, body] of [
    ['PATCH', `${tenant}/members/${owner.id}`, { role: 'viewer' }],
    ['PATCH', `${tenant}/members/${admin.id}`, { role: 'owner' }],
    ['DELETE', `${tenant}/members/${owner.id}`, undefined],
    ['POST', `${tenant}/invitations`, { email: 'new@x.example', role: 'owner' }],
  ] as const) {
    const reply = await browser.call(method, path, body);
    t.is(reply.body.code, 'forbidden', `${method} ${path}`);
    t.deepEqual(reply.body.params.roles, ['owner']);
  }
});

test('the last owner can neither leave, nor be removed, nor become less', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const tenant = `/tenants/${owner.tenant}`;
  t.is((await owner.browser.post(`${tenant}/leave`)).body.code, 'last_owner');
  t.is((await owner.browser.call('DELETE', `${tenant}/members/${owner.id}`)).body.code, 'last_owner');
  t.is(
    (await owner.browser.call('PATCH', `${tenant}/members/${owner.id}`, { role: 'admin' })).body.code,
    'last_owner',
  );
  const second = await addMember(room, owner, 'owner');
  await owner.browser.must('POST', '/step-up', { code: nextCode(room, owner) });
  const replies = await Promise.all([
    owner.browser.post(`${tenant}/leave`),
    second.browser.post(`${tenant}/leave`),
  ]);
  t.deepEqual(replies.map((reply) => reply.status).sort(), [204, 409]);
});
