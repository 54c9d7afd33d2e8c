import test from 'ava';
import { queryAsOwner } from '../helpers/database.ts';
import { linkOf, openBrowser, openRoom, PASSWORD, signUp } from './setup.ts';

const NEW = { organization: 'فروشگاه سارا', email: 'sara@shop.example', password: PASSWORD };

test('from sign-up to the panel: link, second factor, recovery codes, tenant', async (t) => {
  const room = await openRoom(t);
  const browser = openBrowser(room);
  t.deepEqual((await browser.must('POST', '/signup', NEW, 202)).body, { object: 'mail' });
  t.is((await browser.get('/me')).status, 401);
  await room.deliver();
  t.is(room.mails.length, 1);
  t.regex(room.mails[0]?.text ?? '', /http:\/\/localhost:3000\/admin\/verify-email#/);
  const token = linkOf(room, NEW.email);
  t.is((await browser.must('POST', '/verify-email', { token })).body.next, 'enrol');
  const pending = (await browser.must('GET', '/me')).body;
  t.like(pending, { stage: 'second_factor', second_factor: { enrolled: false }, tenants: [] });
  t.is((await browser.get('/logins')).body.code, 'second_factor_required');
  t.is((await browser.post('/verify-email', { token })).body.code, 'code_spent');

  const owner = await signUp(room, 'other@shop.example', 'Other');
  const me = (await owner.browser.must('GET', '/me')).body;
  t.is(me.stage, 'member');
  t.is(me.tenants.length, 1);
  t.like(me.tenants[0], { name: 'Other', role: 'owner', suspended: false });
  t.true(me.tenants[0].permissions.includes('audit.read'));
  t.is(owner.codes.length, 10);
});

test('signing up with an address that is known gives the same answer and another mail', async (t) => {
  const room = await openRoom(t);
  await signUp(room, NEW.email);
  const stranger = openBrowser(room);
  const known = await stranger.must('POST', '/signup', { ...NEW, email: ' Sara@Shop.example ' }, 202);
  const unknown = await stranger.must('POST', '/signup', { ...NEW, email: 'new@shop.example' }, 202);
  t.deepEqual(known.body, unknown.body);
  t.is(known.headers.get('set-cookie'), null);
  await room.deliver();
  t.is(linkOf(room, NEW.email), '');
  t.not(linkOf(room, 'new@shop.example'), '');
  t.regex(room.mails.filter((mail) => mail.to === NEW.email).at(-1)?.subject ?? '', /از پیش/);
});

test('says everything that is wrong with a sign-up, and makes nothing', async (t) => {
  const room = await openRoom(t);
  const browser = openBrowser(room);
  const wrong = await browser.post('/signup', {
    organization: 'a\u202eb',
    email: 'nobody',
    password: '',
    language: 'de',
    admin: true,
  });
  t.is(wrong.status, 400);
  t.deepEqual(wrong.body.errors.map((issue: { path: string }) => issue.path).sort(), [
    'body.admin',
    'body.email',
    'body.language',
    'body.organization',
    'body.password',
  ]);
  for (const [password, code] of [
    ['short-1!aB', 'too_small'],
    ['password1234', 'password_guessable'],
    ['sara@shop.example', 'password_guessable'],
    ['aaaaaaaaaaaaaaa', 'password_guessable'],
  ] as const) {
    const reply = await browser.post('/signup', { ...NEW, password });
    t.is(reply.status, 400, password);
    t.deepEqual(
      reply.body.errors.map((issue: { path: string; code: string }) => [issue.path, issue.code]),
      [['body.password', code]],
    );
  }
  await room.deliver();
  t.deepEqual(room.mails, []);
  t.deepEqual(await queryAsOwner(room.ownerUrl, 'select 1 from email_tokens'), []);
});

test('a link of a sign-up has a day, and of two openings at once one makes the tenant', async (t) => {
  const room = await openRoom(t);
  const browser = openBrowser(room);
  await browser.must('POST', '/signup', NEW, 202);
  await browser.must('POST', '/signup', NEW, 202);
  await room.deliver();
  const tokens = room.mails.map((mail) => /#(\S{43})/.exec(mail.text)?.[1]);
  const replies = await Promise.all(
    [tokens[0], tokens[0], tokens[1]].map((token) => openBrowser(room).post('/verify-email', { token })),
  );
  t.deepEqual(replies.map((reply) => reply.status).sort(), [200, 410, 410]);
  t.is((await queryAsOwner(room.ownerUrl, 'select 1 from tenants')).length, 1);

  await browser.must('POST', '/signup', { ...NEW, email: 'late@shop.example' }, 202);
  await room.deliver();
  room.clock.advance(24 * 3600_000 + 1);
  t.is((await browser.post('/verify-email', { token: linkOf(room, 'late@shop.example') })).status, 410);
});

test('where the simulator runs, a new tenant has a sandbox app to begin with', async (t) => {
  const room = await openRoom(t, { simulatorUrl: 'http://localhost:3001' });
  const owner = await signUp(room);
  const apps = await room.db.tenant(owner.tenant, (tx) => tx.sql('apps').select('environment', 'name'));
  t.deepEqual(apps, [{ environment: 'sandbox', name: 'برنامهٔ آزمایشی' }]);
});

test('a dump holds no address, no password, no link and no secret', async (t) => {
  const room = await openRoom(t);
  const browser = openBrowser(room);
  await browser.must('POST', '/signup', { ...NEW, email: 'pending@shop.example' }, 202);
  const owner = await signUp(room);
  await owner.browser.must(
    'POST',
    `/tenants/${owner.tenant}/invitations`,
    { email: 'guest@shop.example', role: 'viewer' },
    201,
  );
  const tables = [
    'members',
    'logins',
    'email_tokens',
    'outgoing_mails',
    'invitations',
    'audit_entries',
    'throttles',
  ];
  let dump = '';
  for (const table of tables)
    dump += JSON.stringify(await queryAsOwner(room.ownerUrl, `select * from ${table}`));
  const token = owner.browser.cookie()?.split('=')[1] ?? '';
  for (const secret of [PASSWORD, '@shop.example', owner.secret, token, ...owner.codes, '203.0.113.7'])
    t.false(dump.includes(secret), secret);
});
