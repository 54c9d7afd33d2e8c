import test, { type ExecutionContext } from 'ava';
import { createAuthenticator } from '../helpers/authenticator.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { ADMIN_URL, type Browser, nextCode, openBrowser, openRoom, signUp } from './setup.ts';

const DEVICE = { origin: ADMIN_URL, rpId: 'localhost' };

const stepUp = async (
  room: Awaited<ReturnType<typeof openRoom>>,
  owner: { browser: Browser; secret: string },
) => owner.browser.must('POST', '/step-up', { code: nextCode(room, owner) });

/** An owner with a passkey on his phone. */
async function setup(t: ExecutionContext, options: Partial<typeof DEVICE> & { verifies?: boolean } = {}) {
  const room = await openRoom(t);
  const owner = await signUp(room);
  await stepUp(room, owner);
  const device = createAuthenticator({ ...DEVICE, ...options });
  const add = async (name = 'گوشی سارا') => {
    const { options: asked } = (await owner.browser.must('POST', '/passkeys/options')).body;
    return owner.browser.must('POST', '/passkeys', { name, answer: device.make(asked) }, 201);
  };
  const ask = async (browser: Browser, path: string) =>
    (await browser.must('POST', `${path}/options`)).body.options as { challenge: string };
  return { room, owner, device, add, ask };
}

test('a passkey is added under a name, listed, and told by mail and in the log', async (t) => {
  const { room, owner, add } = await setup(t);
  const made = (await add()).body;
  t.like(made, { object: 'passkey', name: 'گوشی سارا', used_at: null });
  t.deepEqual((await owner.browser.get('/passkeys')).body.data, [made]);
  t.is((await owner.browser.get('/me')).body.second_factor.passkeys, 1);
  await room.deliver();
  t.regex(room.mails.at(-1)?.text ?? '', /گذرکلید/);
  const log = (await owner.browser.get(`/tenants/${owner.tenant}/audit?action=passkey.added`)).body.data;
  t.is(log.length, 1);
});

test('adding and removing need a fresh second factor', async (t) => {
  const { room, owner, add } = await setup(t);
  const { id } = (await add()).body;
  room.clock.advance(5 * 60_000);
  for (const [method, path] of [
    ['POST', '/passkeys/options'],
    ['POST', '/passkeys'],
    ['DELETE', `/passkeys/${id}`],
  ] as const)
    t.is((await owner.browser.call(method, path)).body.code, 'step_up_required');
  await stepUp(room, owner);
  await owner.browser.must('DELETE', `/passkeys/${id}`, undefined, 204);
  t.is((await owner.browser.call('DELETE', `/passkeys/${id}`)).status, 404);
  t.deepEqual((await owner.browser.get('/passkeys')).body.data, []);
});

test('takes the place of the password, and a code still comes next', async (t) => {
  const { room, owner, device, add, ask } = await setup(t);
  const { id } = (await add()).body;
  const browser = openBrowser(room);
  const entry = await browser.must('POST', '/login/passkey', {
    answer: device.sign(id, await ask(browser, '/login/passkey')),
  });
  t.is(entry.body.next, 'second_factor');
  const me = (await browser.get('/me')).body;
  t.is(me.stage, 'second_factor');
  t.deepEqual(me.tenants, []);
  t.is(me.second_factor.passkeys, 0, 'none may be given in the place of the code');
  t.is((await browser.get('/passkeys')).body.code, 'second_factor_required');
  // The same key is not two factors.
  const proof = await browser.call('POST', '/passkey-proof', {
    answer: device.sign(id, await ask(browser, '/passkey-proof')),
  });
  t.is(proof.body.code, 'second_factor_wrong');
  await browser.must('POST', '/login/code', { code: nextCode(room, owner) });
  t.is((await browser.get('/me')).body.stage, 'member');
  t.truthy((await browser.get('/passkeys')).body.data[0].used_at);
});

test('takes the place of the code after the password, and steps up', async (t) => {
  const { room, owner, device, add, ask } = await setup(t);
  const { id } = (await add()).body;
  const browser = openBrowser(room);
  await browser.must('POST', '/login', { email: owner.email, password: owner.password });
  const before = browser.cookie();
  await browser.must('POST', '/passkey-proof', {
    answer: device.sign(id, await ask(browser, '/passkey-proof')),
  });
  t.not(browser.cookie(), before, 'the old token is dead');
  t.is((await browser.get('/me')).body.stage, 'member');
  room.clock.advance(5 * 60_000);
  t.is((await browser.post('/recovery-codes')).body.code, 'step_up_required');
  await browser.must('POST', '/passkey-proof', {
    answer: device.sign(id, await ask(browser, '/passkey-proof')),
  });
  await browser.must('POST', '/recovery-codes');
});

test('what was signed is taken once, in time, and for what it was asked', async (t) => {
  const { room, device, add, ask } = await setup(t);
  const { id } = (await add()).body;
  const browser = openBrowser(room);
  const enter = (answer: unknown) => openBrowser(room).post('/login/passkey', { answer });
  const refused = { status: 401, code: 'credentials_wrong' };
  const codeOf = async (answer: unknown) => {
    const { status, body } = await enter(answer);
    return { status, code: body.code };
  };
  const once = device.sign(id, await ask(browser, '/login/passkey'));
  t.is((await enter(once)).status, 200);
  t.deepEqual(await codeOf(once), refused, 'again');
  const late = device.sign(id, await ask(browser, '/login/passkey'));
  room.clock.advance(15 * 60_000);
  t.deepEqual(await codeOf(late), refused, 'too late');
  t.deepEqual(await codeOf(device.sign(id, { challenge: 'A'.repeat(43) })), refused, 'never asked');
  const elsewhere = device.sign(id, await ask(browser, '/login/passkey'), { from: 'https://evil.example' });
  t.deepEqual(await codeOf(elsewhere), refused, 'signed on another page');
  t.is((await enter(device.sign(id, await ask(browser, '/login/passkey')))).status, 200);
  const copied = device.sign(id, await ask(browser, '/login/passkey'), { counts: false });
  t.deepEqual(await codeOf(copied), refused, 'a copy of the key is behind');
  const foreign = createAuthenticator(DEVICE);
  const { challenge } = await ask(browser, '/login/passkey');
  const unknown = foreign.make({ challenge });
  t.deepEqual(await codeOf(foreign.sign(unknown.id, { challenge })), refused, 'a key that nobody has added');
  t.is((await enter(device.sign(id, await ask(browser, '/login/passkey')))).status, 200);
});

test('a challenge belongs to the login that asked for it', async (t) => {
  const { room, owner, device, add, ask } = await setup(t);
  const { id } = (await add()).body;
  const thief = openBrowser(room);
  await thief.must('POST', '/login', { email: owner.email, password: owner.password });
  const asked = await ask(owner.browser, '/passkey-proof');
  const stolen = await thief.call('POST', '/passkey-proof', { answer: device.sign(id, asked) });
  t.is(stolen.body.code, 'second_factor_wrong');
  const other = await signUp(room, 'other@other.example', 'Other');
  const own = await ask(other.browser, '/passkey-proof');
  const foreign = await other.browser.call('POST', '/passkey-proof', { answer: device.sign(id, own) });
  t.is(foreign.body.code, 'second_factor_wrong', "somebody else's passkey");
});

test('a device that has not looked whose hand it is in is not taken', async (t) => {
  const { owner, device } = await setup(t, { verifies: false });
  const { options } = (await owner.browser.must('POST', '/passkeys/options')).body;
  const refused = await owner.browser.call('POST', '/passkeys', { name: 'x', answer: device.make(options) });
  t.is(refused.body.code, 'second_factor_wrong');
  t.deepEqual((await owner.browser.get('/passkeys')).body.data, []);
});

test('nobody adds more than twenty, the same one twice, or without a name', async (t) => {
  const { room, owner, device, add } = await setup(t);
  for (let count = 0; count < 20; count += 1) await add(`key ${count}`);
  const { options } = (await owner.browser.must('POST', '/passkeys/options')).body;
  t.is(options.excludeCredentials.length, 20);
  const answer = device.make(options);
  t.is((await owner.browser.call('POST', '/passkeys', { name: 'x', answer })).body.code, 'conflict');
  t.is((await owner.browser.call('POST', '/passkeys', { name: '', answer })).body.code, 'invalid_request');
  t.is(
    (await owner.browser.call('POST', '/passkeys', { name: 'a\u202eb', answer })).body.code,
    'invalid_request',
  );
  for (const broken of [{}, { id: 'x' }, { ...answer, response: {} }])
    t.is((await owner.browser.call('POST', '/passkeys', { name: 'x', answer: broken })).status, 400);
  t.is((await queryAsOwner(room.ownerUrl, 'select id from passkeys')).length, 20);
});

test('what only a browser could mistake is a refusal, never an error of ours', async (t) => {
  const { owner, device, room } = await setup(t);
  const { options } = (await owner.browser.must('POST', '/passkeys/options')).body;
  const good = device.make(options);
  for (const response of [
    { ...good.response, attestationObject: 'AAAA' },
    { ...good.response, clientDataJSON: Buffer.from('{').toString('base64url') },
    { ...good.response, clientDataJSON: Buffer.from('null').toString('base64url') },
  ]) {
    const reply = await owner.browser.call('POST', '/passkeys', { name: 'x', answer: { ...good, response } });
    t.is(reply.body.code, 'second_factor_wrong');
  }
  const browser = openBrowser(room);
  const reply = await browser.call('POST', '/login/passkey', {
    answer: {
      id: good.id,
      rawId: good.id,
      type: 'public-key',
      response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA' },
    },
  });
  t.is(reply.body.code, 'credentials_wrong');
});

test('spent challenges and those that nobody came back for are swept', async (t) => {
  const { room, ask } = await setup(t);
  await ask(openBrowser(room), '/login/passkey');
  await queryAsOwner(room.ownerUrl, `update passkey_challenges set expires_at = now() - interval '1 second'`);
  await room.members.upkeepWorker.tick();
  t.deepEqual(await queryAsOwner(room.ownerUrl, 'select 1 from passkey_challenges'), []);
});

test('preferences are kept, and whatever is not a preference is refused', async (t) => {
  const { owner } = await setup(t);
  const { preferences } = (await owner.browser.get('/me')).body.member;
  t.deepEqual(preferences, {
    calendar: 'auto',
    digits: 'auto',
    time_zone: 'Asia/Tehran',
    theme: 'system',
    shortcuts: true,
  });
  const chosen = { ...preferences, calendar: 'gregorian', theme: 'dark', time_zone: 'Europe/Berlin' };
  await owner.browser.must('PATCH', '/me', { preferences: chosen });
  const { member } = (await owner.browser.get('/me')).body;
  t.deepEqual(member.preferences, chosen);
  t.is(member.language, 'fa', 'what was not named stays');
  await owner.browser.must('PATCH', '/me', { language: 'en' });
  t.deepEqual((await owner.browser.get('/me')).body.member.preferences, chosen);
  for (const wrong of [{ time_zone: 'Mars/Base' }, { theme: 'red' }, { colour: 'blue' }])
    t.is((await owner.browser.call('PATCH', '/me', { preferences: wrong })).status, 400);
});
