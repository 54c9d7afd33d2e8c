import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { answerJson, CONVERSATION, createAddon, PAGE, SEND_SCOPE, SLUG, setup } from './setup.ts';

const USERS = '/v1/open-platform/users';
const SEND = `/v2/open-platform/conversations/${CONVERSATION}/messages`;

test('registers apps and shows them without secrets', async (t) => {
  const { register, request } = await setup(t);
  await register({ owner: 'a' });
  const { text } = await request('GET', '/__apps');
  t.true(text.includes(SLUG));
  for (const secret of ['idk_9f3e77c1', 'apikey-1', 's+1']) t.false(text.includes(secret));
  await register({ owner: 'a', display: 'نام تازه' });
  t.is((await request('GET', '/__apps')).json.apps[0].display, 'نام تازه');
});

test('a slug belongs to its first owner', async (t) => {
  const { register, request } = await setup(t);
  await register({ owner: 'a' });
  const body = {
    display: 'x',
    generation: 'v2',
    init_url: 'https://a.example',
    identification_key: 'k',
    api_keys: [],
    client_secret: '',
    redirect_uris: [],
  };
  t.is((await request('PUT', `/__apps/${SLUG}`, { ...body, owner: 'b' })).status, 409);
  t.is((await request('PUT', `/__apps/${SLUG}`, body)).status, 409);
});

test('refuses control requests that are not JSON or say something unknown, with all issues', async (t) => {
  const { request } = await setup(t);
  const plain = await request('POST', '/__clock', '{"advance_ms":1}', { 'content-type': 'text/plain' });
  t.is(plain.status, 415);
  const reply = await request('PUT', `/__apps/${SLUG}`, { display: '', moon: 1 });
  t.is(reply.status, 400);
  t.true(reply.json.issues.length > 3);
});

test('the log tells hops in order, masked, and wakes a reader that waits', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const waiting = request('GET', '/__log?kind=users&wait_ms=30000');
  const pair = await grant();
  await request('GET', USERS, undefined, api(pair.access_token));
  const { hops } = (await waiting).json;
  t.is(hops[0].kind, 'users');
  const { text, json } = await request('GET', '/__log');
  t.deepEqual(
    json.hops.map((one: { kind: string }) => one.kind),
    ['consent', 'token', 'users'],
  );
  t.deepEqual(
    json.hops.map((one: { seq: number }) => one.seq),
    [1, 2, 3],
  );
  for (const secret of [pair.access_token, pair.refresh_token, 'apikey-1', 's+1'])
    t.false(text.includes(secret));
  t.is((await request('GET', '/__log?after=2')).json.hops.length, 1);
  t.is((await request('GET', '/__log?after=3&wait_ms=1')).json.hops.length, 0);
  await request('DELETE', '/__log');
  t.deepEqual((await request('GET', '/__log')).json, { hops: [], latest: 3 });
});

test('the clock can be moved, set and reset', async (t) => {
  const { request, clock } = await setup(t);
  t.is((await request('POST', '/__clock', { advance_ms: 5000 })).json.now_ms, clock.at + 5000);
  const set = await request('POST', '/__clock', { now: '2026-05-01T00:00:00Z' });
  t.is(set.json.now, '2026-05-01T00:00:00.000Z');
  t.is((await request('POST', '/__clock', { reset: true })).json.now_ms, clock.at);
  t.is((await request('POST', '/__clock', { moon: true })).status, 400);
});

test('an injected status is answered as Divar words it, as often as asked', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  await request('PUT', '/__faults', [
    { where: 'users', status: 429, headers: { 'retry-after': '7' }, times: 1 },
  ]);
  const first = await request('GET', USERS, undefined, api(token));
  t.deepEqual([first.status, first.json.code, first.headers.get('retry-after')], [429, 8, '7']);
  t.is((await request('GET', USERS, undefined, api(token))).status, 200);
  t.is((await request('GET', '/__log?kind=users')).json.hops[0].fault, 'status 429');
});

test('a fault may be for one app only', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  await register({ api_keys: [{ key: 'apikey-2' }] }, 'other-app');
  const { access_token: token } = await grant();
  await request('PUT', '/__faults', [{ where: 'users', app: 'other-app', status: 500 }]);
  t.is((await request('GET', USERS, undefined, api(token))).status, 200);
  t.is((await request('GET', USERS, undefined, api(token, 'apikey-2'))).status, 500);
  await request('DELETE', '/__faults');
  t.is((await request('GET', USERS, undefined, api(token, 'apikey-2'))).status, 403);
});

test('bodies can be empty, a page, or anything given', async (t) => {
  const { register, request } = await setup(t);
  await register();
  const ask = async (fault: object) => {
    await request('PUT', '/__faults', [{ where: 'post', ...fault }]);
    return request('GET', '/v1/open-platform/finder/post/wZ_x9Qa7', undefined, { 'x-api-key': 'apikey-1' });
  };
  t.deepEqual([(await ask({ mode: 'empty' })).status, (await ask({ mode: 'empty' })).text], [200, '']);
  t.is((await ask({ mode: 'html' })).text, '<html>502</html>');
  t.deepEqual((await ask({ body: { a: 1 }, status: 201 })).json, { a: 1 });
  t.is((await ask({ body: '{"half":' })).text, '{"half":');
});

test('a reset after storing loses the answer and keeps the message', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant(SEND_SCOPE);
  await request('PUT', '/__faults', [{ where: 'send', mode: 'reset_after_store', times: 1 }]);
  await t.throwsAsync(request('POST', SEND, { message: 'یک' }, api(token)));
  await request('PUT', '/__faults', [{ where: 'send', mode: 'reset', times: 1 }]);
  await t.throwsAsync(request('POST', SEND, { message: 'دو' }, api(token)));
  const [chat] = (await request('GET', '/__state')).json.chats;
  t.deepEqual(
    chat.sides.buyer.map((one: { text: string }) => one.text),
    ['یک'],
  );
});

test('an answer can hang or trickle past the patience of a caller', async (t) => {
  const { register, request, url } = await setup(t);
  await register();
  for (const mode of ['hang', 'trickle']) {
    await request('PUT', '/__faults', [{ where: 'post', mode }]);
    const call = fetch(`${url}/v1/open-platform/finder/post/wZ_x9Qa7`, {
      headers: { 'x-api-key': 'apikey-1' },
      signal: AbortSignal.timeout(250),
    }).then((response) => response.text());
    await t.throwsAsync(call, { any: true, name: 'TimeoutError' }, mode);
  }
});

test('OAuth faults are worded as OAuth errors, also for refreshes alone', async (t) => {
  const { register, request, grant, token } = await setup(t);
  await register();
  const pair = await grant();
  await request('PUT', '/__faults', [{ where: 'refresh', status: 400 }]);
  const reply = await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token });
  t.is(reply.json.error, 'invalid_grant');
  await t.notThrowsAsync(grant());
});

test('people talk, and a stranger cannot', async (t) => {
  const { request } = await setup(t);
  const say = (body: object) => request('POST', `/__chats/${CONVERSATION}/messages`, body);
  t.is((await say({ as: 'buyer', text: 'سلام' })).status, 201);
  t.is((await say({ as: 'stranger', text: 'سلام' })).status, 400);
  t.is((await request('POST', '/__chats/unknown/messages', { as: 'buyer', text: 'x' })).status, 404);
  const [chat] = (await request('GET', '/__state')).json.chats;
  t.true(chat.sides.buyer[0].own);
  t.false(chat.sides.seller[0].own);
});

test('opens a fresh conversation for tests that must not meet', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { conversation, post } = (await request('POST', '/__chats', {})).json;
  t.regex(post, /^\w{8}$/);
  const { access_token: token } = await grant(`CONVERSATION_SEND_MESSAGE.${conversation}`);
  const path = `/v2/open-platform/conversations/${conversation}/messages`;
  t.is((await request('POST', path, { message: 'x' }, api(token))).status, 200);
  await request('POST', '/__reset', {});
  const state = (await request('GET', '/__state')).json;
  t.is(state.chats.length, 3);
  t.deepEqual([state.grants.length, state.apps.length], [0, 1]);
  await request('POST', '/__reset', { apps: true });
  t.is((await request('GET', '/__apps')).json.apps.length, 0);
});

test('keeps its state over a restart in a file only the owner reads, without tokens', async (t) => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'simulator-')), 'state.json');
  const first = await setup(t, { stateFile });
  await first.register();
  const pair = await first.grant();
  first.simulator.close();
  t.is(statSync(stateFile).mode & 0o777, 0o600);
  t.false(readFileSync(stateFile, 'utf8').includes(pair.access_token));
  const second = await setup(t, { stateFile });
  t.is((await second.request('GET', USERS, undefined, second.api(pair.access_token))).status, 200);
});

test('the chat page and its assets run under a strict policy', async (t) => {
  const { request } = await setup(t);
  const page = await request('GET', '/');
  t.regex(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/);
  t.regex(page.text, /<html lang="fa" dir="rtl">/);
  t.regex((await request('GET', '/assets/chat.js')).headers.get('content-type') ?? '', /javascript/);
  t.regex((await request('GET', '/assets/simulator.css')).headers.get('content-type') ?? '', /css/);
});

test('a whole visit: tap, consent, token, user, message, button, return', async (t) => {
  const addon = await createAddon(t, answerJson({ url: PAGE }));
  const { register, request, grant, api } = await setup(t);
  await register({ init_url: `${addon.url}/i` });
  t.true((await request('POST', '/__tap', { app: SLUG, as: 'seller', kind: 'chat' })).json.ok);
  const { access_token: token } = await grant();
  await request('GET', USERS, undefined, api(token));
  await request('POST', SEND, { message: 'سفارش ثبت شد' }, api(token));
  await request('GET', '/completion');
  t.deepEqual(
    (await request('GET', '/__log')).json.hops.map((one: { kind: string }) => one.kind),
    ['init', 'consent', 'token', 'users', 'send', 'completion'],
  );
});
