import test from 'ava';
import { codeOf, enrol, linkOf, nextCode, openBrowser, openRoom, PASSWORD, signIn, signUp } from './setup.ts';

test('signs in with a password and a code, and the browser holds something new after each step', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const browser = openBrowser(room);
  t.is(
    (await browser.must('POST', '/login', { email: owner.email, password: PASSWORD })).body.next,
    'second_factor',
  );
  const first = browser.cookie();
  t.is((await browser.get('/me')).body.stage, 'second_factor');
  t.deepEqual((await browser.get('/me')).body.tenants, []);
  t.is((await browser.get(`/tenants/${owner.tenant}/members`)).status, 403);
  await browser.must('POST', '/login/code', { code: nextCode(room, owner) });
  const second = browser.cookie();
  t.not(first, second);
  t.is((await browser.get(`/tenants/${owner.tenant}/members`)).status, 200);
  await browser.must('POST', '/step-up', { code: nextCode(room, owner) });
  t.not(browser.cookie(), second);
  for (const dead of [first, second]) {
    const thief = openBrowser(room);
    thief.take(dead);
    t.is((await thief.get('/me')).status, 401);
  }
});

test('a wrong password and an unknown address are the same answer', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const browser = openBrowser(room);
  const wrong = await browser.post('/login', { email: owner.email, password: 'not the password' });
  const unknown = await browser.post('/login', { email: 'nobody@shop.example', password: PASSWORD });
  t.is(wrong.status, 401);
  t.deepEqual({ ...wrong.body, request_id: '' }, { ...unknown.body, request_id: '' });
  t.is(wrong.body.code, 'credentials_wrong');
  t.is(wrong.headers.get('set-cookie'), null);
});

test('no code serves twice, an older one neither, and Persian digits are digits', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  room.clock.advance(60_000);
  const before = codeOf(owner.secret, room.clock);
  room.clock.advance(30_000);
  const code = codeOf(owner.secret, room.clock);
  const persian = code.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  const start = async () => {
    const browser = openBrowser(room);
    await browser.must('POST', '/login', { email: owner.email, password: PASSWORD });
    return browser;
  };
  await (await start()).must('POST', '/login/code', { code: ` ${persian.slice(0, 3)} ${persian.slice(3)}` });
  for (const used of [code, before])
    t.is((await (await start()).post('/login/code', { code: used })).body.code, 'second_factor_wrong');
  const wrong = await (await start()).post('/login/code', { code: '12345' });
  t.is(wrong.status, 400);
});

test('of two logins with the same code at once one gets in', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const browsers = [openBrowser(room), openBrowser(room)];
  for (const browser of browsers)
    await browser.must('POST', '/login', { email: owner.email, password: PASSWORD });
  const code = nextCode(room, owner);
  const replies = await Promise.all(browsers.map((browser) => browser.post('/login/code', { code })));
  t.deepEqual(replies.map((reply) => reply.status).sort(), [200, 403]);
});

test('a recovery code gets in once, however it is written', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const [code = ''] = owner.codes;
  const browser = openBrowser(room);
  await browser.must('POST', '/login', { email: owner.email, password: PASSWORD });
  await browser.must('POST', '/login/recovery-code', { code: ` ${code.toUpperCase().replace('-', ' ')} ` });
  t.is((await browser.get('/me')).body.second_factor.recovery_codes_left, 9);
  const again = openBrowser(room);
  await again.must('POST', '/login', { email: owner.email, password: PASSWORD });
  t.is((await again.post('/login/recovery-code', { code })).status, 403);
  const fresh = (await browser.must('POST', '/recovery-codes')).body.recovery_codes;
  t.is(fresh.length, 10);
  t.is((await again.post('/login/recovery-code', { code: owner.codes[1] })).status, 403);
  t.is((await again.post('/login/recovery-code', { code: fresh[0] })).status, 200);
});

test('whoever has only the password cannot put another second factor in place of the one there', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const thief = openBrowser(room);
  await thief.must('POST', '/login', { email: owner.email, password: PASSWORD });
  t.is((await thief.post('/totp/enrol')).body.code, 'second_factor_required');
  t.is((await thief.post('/totp/confirm', { code: '123456' })).body.code, 'second_factor_required');

  const { browser } = owner;
  room.clock.advance(6 * 60_000);
  t.is((await browser.post('/totp/enrol')).body.code, 'step_up_required');
  await browser.must('POST', '/step-up', { code: nextCode(room, owner) });
  const replaced = await enrol(room, browser, owner.email);
  t.not(replaced.secret, owner.secret);
  const old = openBrowser(room);
  await old.must('POST', '/login', { email: owner.email, password: PASSWORD });
  t.is((await old.post('/login/code', { code: nextCode(room, owner) })).status, 403);
  await old.must('POST', '/login/code', { code: nextCode(room, replaced) });
});

test('tries are counted per account from anywhere, and nothing is let through while they are too many', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const attempt = (email: string, address: string, password = 'wrong password') =>
    openBrowser(room, { address }).post('/login', { email, password });
  for (const email of [owner.email, 'nobody@shop.example']) {
    for (let count = 0; count < 10; count += 1)
      t.is((await attempt(email, `198.51.100.${count}`)).status, 401);
    const refused = await attempt(email, '198.51.100.99', PASSWORD);
    t.is(refused.status, 429);
    t.is(refused.body.code, 'rate_limited');
    const seconds = Number(refused.headers.get('retry-after'));
    t.true(seconds > 0 && seconds <= 900);
    t.is(refused.body.params.retry_after_seconds, seconds);
  }
  room.clock.advance(15 * 60_000 + 1000);
  t.is((await attempt(owner.email, '198.51.100.99', PASSWORD)).status, 200);
});

test('a search for the code ends after ten tries, whatever comes after', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const browser = openBrowser(room);
  await browser.must('POST', '/login', { email: owner.email, password: PASSWORD });
  for (let count = 0; count < 10; count += 1)
    t.is((await browser.post('/login/code', { code: '000000' })).status, 403);
  t.is((await browser.post('/login/code', { code: nextCode(room, owner) })).status, 429);
});

test('a login ends after fifteen minutes without input; looking at pages is no input', async (t) => {
  const room = await openRoom(t);
  const { browser } = await signUp(room);
  room.clock.advance(14 * 60_000);
  await browser.must('GET', '/me');
  await browser.must('POST', '/login/touch');
  room.clock.advance(14 * 60_000);
  await browser.must('GET', '/me');
  room.clock.advance(61_000);
  const ended = await browser.get('/me');
  t.is(ended.status, 401);
  t.is(ended.body.code, 'unauthorized');
});

test('a login ends after twelve hours, however much input there is', async (t) => {
  const room = await openRoom(t);
  const { browser } = await signUp(room);
  for (let minutes = 0; minutes < 12 * 60 - 10; minutes += 10) {
    room.clock.advance(10 * 60_000);
    await browser.must('POST', '/login/touch');
  }
  room.clock.advance(10 * 60_000 + 1000);
  t.is((await browser.post('/login/touch')).status, 401);
});

test('signing out ends the login and clears the browser', async (t) => {
  const room = await openRoom(t);
  const { browser } = await signUp(room);
  const cookie = browser.cookie();
  const reply = await browser.must('POST', '/logout', undefined, 204);
  t.is(reply.headers.get('clear-site-data'), '"*"');
  t.is(browser.cookie(), undefined);
  browser.take(cookie);
  t.is((await browser.get('/me')).status, 401);
});

test('lists the devices of a member, and signs out one or all others', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const [second, third] = [await signIn(room, owner), await signIn(room, owner)];
  const { data } = (await owner.browser.must('GET', '/logins')).body;
  t.is(data.length, 3);
  t.is(data.filter((one: { current: boolean }) => one.current).length, 1);
  t.like(data[0], { device: 'Chrome, Linux', address: '203.0.113.*', stage: 'member' });
  const secondId = (await second.get('/me')).body.id;
  await owner.browser.must('DELETE', `/logins/${secondId}`, undefined, 204);
  t.is((await second.get('/me')).status, 401);
  const stranger = await signUp(room, 'other@shop.example');
  const strangerId = (await stranger.browser.get('/me')).body.id;
  t.is((await owner.browser.call('DELETE', `/logins/${strangerId}`)).status, 404);
  await owner.browser.must('POST', '/logins/end-others', undefined, 204);
  t.is((await third.get('/me')).status, 401);
  t.is((await owner.browser.get('/me')).status, 200);
});

test('a forgotten password is set anew by a link, which ends every login and keeps the second factor', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const browser = openBrowser(room);
  const known = await browser.must('POST', '/forgot', { email: owner.email }, 202);
  const unknown = await browser.must('POST', '/forgot', { email: 'nobody@shop.example' }, 202);
  t.deepEqual(known.body, unknown.body);
  await room.deliver();
  t.false(room.mails.some((mail) => mail.to === 'nobody@shop.example'));
  const token = linkOf(room, owner.email);
  const password = 'چراغ سبز دریا ۹۹';
  t.is((await browser.post('/reset', { token, password: 'too short' })).status, 400);
  await browser.must('POST', '/reset', { token, password }, 204);
  t.is((await browser.post('/reset', { token, password })).body.code, 'code_spent');
  t.is((await owner.browser.get('/me')).status, 401);
  t.is((await browser.post('/login', { email: owner.email, password: PASSWORD })).status, 401);
  t.is((await browser.must('POST', '/login', { email: owner.email, password })).body.next, 'second_factor');
  await browser.must('POST', '/login/code', { code: nextCode(room, owner) });
  await room.deliver();
  t.is(room.mails.at(-1)?.subject, 'رمز عبور شما عوض شد');
});

test('changing the own password needs the old one and a fresh second factor', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  const other = await signIn(room, owner);
  const change = { current_password: PASSWORD, password: 'چراغ سبز دریا ۹۹' };
  t.is((await owner.browser.post('/password', { ...change, current_password: 'wrong' })).status, 401);
  room.clock.advance(5 * 60_000);
  t.is((await owner.browser.post('/password', change)).body.code, 'step_up_required');
  await owner.browser.must('POST', '/step-up', { code: nextCode(room, owner) });
  await owner.browser.must('POST', '/password', change, 204);
  t.is((await other.get('/me')).status, 401);
  t.is((await owner.browser.get('/me')).status, 200);
});

test('an account that nobody has used for half a year is disabled', async (t) => {
  const room = await openRoom(t);
  const owner = await signUp(room);
  await room.db.call('disable_unused_members', [100]);
  t.is((await owner.browser.get('/me')).status, 200);
  const halfYearAgo = new Date(room.clock.now().getTime() - 190 * 24 * 3600_000);
  await room.db.call('change_member', [owner.id, JSON.stringify({ used_at: halfYearAgo })]);
  await room.members.upkeepWorker.tick();
  t.is((await owner.browser.get('/me')).status, 401);
  const browser = openBrowser(room);
  t.is((await browser.post('/login', { email: owner.email, password: PASSWORD })).status, 401);
  await browser.must('POST', '/forgot', { email: owner.email }, 202);
  await room.deliver();
  const password = 'چراغ سبز دریا ۹۹';
  await browser.must('POST', '/reset', { token: linkOf(room, owner.email), password }, 204);
  await signIn(room, { ...owner, password });
});
