import test from 'ava';
import { CONVERSATION, P, POST, REDIRECT, SEND_SCOPE, SLUG, STATE, setup, TRIPLE, U } from './setup.ts';

test('shows the consent page for a good authorization request and lists its scopes in Persian', async (t) => {
  const { register, request, authorizeUrl, url } = await setup(t);
  await register();
  const page = await request('GET', authorizeUrl().slice(url.length));
  t.is(page.status, 200);
  t.true(page.text.includes('dir="rtl"'));
  t.true(page.text.includes('ارسال پیام از طرف شما در همین گفتگو'));
  t.true(page.text.includes('اجازه می‌دهم'));
  t.false(/<script(?![^>]*src=)/.test(page.text));
});

test('a grant brings code, scope and state back to the redirect address', async (t) => {
  const { register, consent, authorizeUrl } = await setup(t);
  await register();
  const { json } = await consent(authorizeUrl());
  const back = new URL(json.location);
  t.is(back.origin + back.pathname, REDIRECT);
  t.is(back.searchParams.get('state'), STATE);
  t.regex(back.searchParams.get('code') ?? '', /^ory_ac_/);
  t.is(back.searchParams.get('scope'), `USER_ID offline_access ${SEND_SCOPE}`);
});

test('denying leaves out the code, denying with an error says so, and a bounce brings nothing', async (t) => {
  const { register, consent, authorizeUrl } = await setup(t);
  await register();
  const go = async (decision: string) =>
    (await consent(authorizeUrl(), { decision })).json.location as string;
  t.is(await go('deny'), `${REDIRECT}?state=${STATE}`);
  const error = new URL(await go('deny_error'));
  t.is(error.searchParams.get('error'), 'access_denied');
  t.is(error.searchParams.get('state'), STATE);
  t.is(await go('bounce'), REDIRECT);
});

test('the person may grant some of the scopes', async (t) => {
  const { register, consent, authorizeUrl, token } = await setup(t);
  await register();
  const { json } = await consent(authorizeUrl(), { scopes: ['USER_ID'] });
  const code = new URL(json.location).searchParams.get('code') as string;
  const reply = await token({ grant_type: 'authorization_code', code });
  t.is(reply.json.scope, 'USER_ID');
  t.is(reply.json.refresh_token, undefined);
});

for (const [title, change] of Object.entries({
  'an unknown client': { client_id: 'nobody' },
  'a redirect address that is not registered': { redirect_uri: 'https://addon.example/other' },
  'a redirect address with a slash more': { redirect_uri: `${REDIRECT}/` },
  'a redirect address with a query': { redirect_uri: `${REDIRECT}?a=1` },
  'a redirect address without a scheme': { redirect_uri: 'addon.example/oauth/cb' },
}))
  test(`keeps the person at Divar for ${title}`, async (t) => {
    const { register, request, consent, authorizeUrl, url } = await setup(t);
    await register();
    const page = await request('GET', authorizeUrl(change).slice(url.length));
    t.is(page.status, 400);
    t.is(page.headers.get('location'), null);
    t.is((await consent(authorizeUrl(change))).status, 400);
  });

for (const [title, change, error] of [
  ['a response type other than code', { response_type: 'token' }, 'unsupported_response_type'],
  ['a state of seven characters', { state: '1234567' }, 'invalid_state'],
  ['no scope', { scope: '' }, 'invalid_scope'],
  ['an unknown scope', { scope: 'USER_PHON' }, 'invalid_scope'],
  ['a scope that is not approved', { scope: 'POST_EDIT.wZ_x9Qa7' }, 'invalid_scope'],
  ['a v1 separator in v2', { scope: `CONVERSATION_SEND_MESSAGE__${CONVERSATION}` }, 'invalid_scope'],
  ['a missing resource id', { scope: 'CONVERSATION_SEND_MESSAGE' }, 'invalid_scope'],
  ['a resource id where none belongs', { scope: 'USER_ID.abc' }, 'invalid_scope'],
  ['an unknown conversation', { scope: `${SEND_SCOPE}0` }, 'invalid_scope'],
  ['scopes joined by a literal plus', { scope: 'USER_ID+offline_access' }, 'invalid_scope'],
] as [string, Record<string, string>, string][])
  test(`sends an error back for ${title}`, async (t) => {
    const { register, request, authorizeUrl, url } = await setup(t);
    await register({ scopes: ['USER_ID', 'USER_PHONE', 'offline_access', 'CONVERSATION_SEND_MESSAGE'] });
    const reply = await request('GET', authorizeUrl(change).slice(url.length));
    t.is(reply.status, 302);
    const back = new URL(reply.headers.get('location') ?? '');
    t.is(back.searchParams.get('error'), error);
    t.is(back.searchParams.get('code'), null);
    t.is(back.searchParams.get('state'), (change.state ?? STATE) || null);
  });

test('a scope may repeat its own name instead of an id', async (t) => {
  const { register, grant } = await setup(t);
  await register();
  t.is((await grant('USER_PHONE.USER_PHONE')).scope, 'USER_PHONE.USER_PHONE');
});

test('refuses a scope for a conversation the consenting person takes no part in', async (t) => {
  const { register, consent, authorizeUrl } = await setup(t);
  await register();
  const { json } = await consent(authorizeUrl(), { user: 'stranger' });
  t.is(new URL(json.location).searchParams.get('error'), 'invalid_scope');
});

test('refuses a post scope to anybody but the owner of the post', async (t) => {
  const { register, consent, authorizeUrl } = await setup(t);
  await register();
  const address = authorizeUrl({ scope: `CHAT_POST_CONVERSATIONS_MESSAGE_SEND.${POST}` });
  t.is(
    new URL((await consent(address, { user: 'buyer' })).json.location).searchParams.get('error'),
    'invalid_scope',
  );
  t.truthy(new URL((await consent(address)).json.location).searchParams.get('code'));
});

test('exchanges a code by form for Ory tokens', async (t) => {
  const { register, grant } = await setup(t);
  await register();
  const pair = await grant();
  t.regex(pair.access_token, /^ory_at_[\w-]{43}\.[\w-]{43}$/);
  t.regex(pair.refresh_token, /^ory_rt_[\w-]{43}\.[\w-]{43}$/);
  t.is(pair.expires_in, 3600);
});

test('gives no refresh token without offline_access', async (t) => {
  const { register, grant } = await setup(t);
  await register();
  t.false('refresh_token' in (await grant('USER_ID')));
});

test('refuses JSON at the token address of v2', async (t) => {
  const { register, request, codeFor } = await setup(t);
  await register();
  const body = {
    grant_type: 'authorization_code',
    code: await codeFor(),
    client_id: SLUG,
    client_secret: 's+1',
    redirect_uri: REDIRECT,
  };
  const reply = await request('POST', '/oauth2/token', body);
  t.is(reply.status, 400);
  t.is(reply.json.error, 'invalid_request');
});

test('answers 401 invalid_client to a wrong secret and to an API key in its place', async (t) => {
  const { register, token, codeFor } = await setup(t);
  await register();
  const code = await codeFor();
  for (const secret of ['wrong', '', 'apikey-1']) {
    const reply = await token({ grant_type: 'authorization_code', code, client_secret: secret });
    t.is(reply.status, 401);
    t.is(reply.json.error, 'invalid_client');
  }
});

test('a code works once, and its second use takes the first tokens back', async (t) => {
  const { register, token, codeFor, request, api } = await setup(t);
  await register();
  const code = await codeFor();
  const first = await token({ grant_type: 'authorization_code', code });
  t.is(first.status, 200);
  const second = await token({ grant_type: 'authorization_code', code });
  t.is(second.status, 400);
  t.is(second.json.error, 'invalid_grant');
  const users = await request('GET', '/v1/open-platform/users', undefined, api(first.json.access_token));
  t.is(users.status, 401);
});

test('a code expires after a minute', async (t) => {
  const { register, token, codeFor, advance } = await setup(t);
  await register();
  const code = await codeFor();
  await advance(60_000);
  t.is((await token({ grant_type: 'authorization_code', code })).json.error, 'invalid_grant');
});

test('a code is bound to its client and to its redirect address', async (t) => {
  const { register, token, codeFor } = await setup(t);
  await register({ redirect_uris: [REDIRECT, 'https://addon.example/second'] });
  await register({}, 'other-app');
  const code = await codeFor();
  const other = await token({ grant_type: 'authorization_code', code, client_id: 'other-app' });
  t.is(other.json.error, 'invalid_grant');
  const moved = await token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'https://addon.example/second',
  });
  t.is(moved.json.error, 'invalid_grant');
  const missing = await token({ grant_type: 'authorization_code', code, redirect_uri: '' });
  t.is(missing.json.error, 'invalid_request');
  t.is((await token({ grant_type: 'authorization_code', code })).status, 200);
});

test('a used refresh token works for two more minutes, and not longer', async (t) => {
  const { register, token, grant, advance, request, api } = await setup(t);
  await register();
  const old = await grant();
  const refresh = () =>
    token({ grant_type: 'refresh_token', refresh_token: old.refresh_token, code: old.access_token });
  const users = (pair: { access_token: string }) =>
    request('GET', '/v1/open-platform/users', undefined, api(pair.access_token));
  const next = (await refresh()).json;
  t.not(next.access_token, old.access_token);
  t.not(next.refresh_token, old.refresh_token);
  await advance(100_000);
  t.is((await refresh()).status, 200);
  t.is((await users(old)).status, 200);
  await advance(30_000);
  const late = await refresh();
  t.is(late.status, 400);
  t.is(late.json.error, 'invalid_grant');
  t.is((await users(old)).status, 401);
});

test('a rotation outside the grace keeps the newest pair alive', async (t) => {
  const { register, token, grant, advance } = await setup(t);
  await register();
  const first = await grant();
  const second = (await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token })).json;
  await advance(130_000);
  t.is((await token({ grant_type: 'refresh_token', refresh_token: second.refresh_token })).status, 200);
});

test('thirty days after the consent nothing can be refreshed any more', async (t) => {
  const { register, token, grant, advance } = await setup(t);
  await register();
  let pair = await grant();
  await advance(29 * 86_400_000);
  pair = (await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })).json;
  await advance(86_400_000);
  const reply = await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token });
  t.is(reply.json.error, 'invalid_grant');
});

test('another client cannot use a refresh token, and an access token is none', async (t) => {
  const { register, token, grant } = await setup(t);
  await register();
  await register({}, 'other-app');
  const pair = await grant();
  const other = await token({
    grant_type: 'refresh_token',
    refresh_token: pair.refresh_token,
    client_id: 'other-app',
  });
  t.is(other.json.error, 'invalid_grant');
  const access = await token({ grant_type: 'refresh_token', refresh_token: pair.access_token });
  t.is(access.json.error, 'invalid_grant');
});

test('an access token expires when the app says so', async (t) => {
  const { register, grant, advance, request, api } = await setup(t);
  await register({ access_token_seconds: 10 });
  const pair = await grant();
  await advance(10_000);
  t.is((await request('GET', '/v1/open-platform/users', undefined, api(pair.access_token))).status, 401);
});

test('revoking ends every token of that person for that app', async (t) => {
  const { register, grant, request, api, token } = await setup(t);
  await register();
  const pair = await grant();
  t.deepEqual((await request('POST', '/__revoke', { app: SLUG, user: 'seller' })).json, { revoked: 1 });
  t.is((await request('GET', '/v1/open-platform/users', undefined, api(pair.access_token))).status, 401);
  const reply = await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token });
  t.is(reply.json.error, 'invalid_grant');
});

const v1 = { generation: 'v1', client_secret: '' };

test('v1 exchanges JSON with an API key as secret for an absolute expiry', async (t) => {
  const { register, consent, authorizeUrl, request } = await setup(t);
  await register(v1);
  const scope = `USER_PHONE CHAT_SEND_MESSAGE_OAUTH__${TRIPLE}`;
  const { json } = await consent(authorizeUrl({ scope }, '/oauth'));
  const back = new URL(json.location);
  t.deepEqual([...back.searchParams.keys()].sort(), ['code', 'state']);
  const code = back.searchParams.get('code');
  const fields = { code, client_id: SLUG, client_secret: 'apikey-1', grant_type: 'authorization_code' };
  const path = '/v1/open-platform/oauth/access_token';
  t.is((await request('POST', path, { ...fields, client_secret: 's+1' })).json.error, 'invalid_client');
  const form = new URLSearchParams(fields as Record<string, string>).toString();
  const asForm = await request('POST', path, form, { 'content-type': 'application/x-www-form-urlencoded' });
  t.is(asForm.json.error, 'invalid_request');
  const reply = await request('POST', path, fields);
  t.deepEqual(Object.keys(reply.json), ['access_token', 'expires']);
  t.is(reply.json.expires, 1772353815 + 3600);
});

for (const [title, id] of Object.entries({
  'an id that is not Base64': 'not base64!',
  'an id without padding': TRIPLE.replaceAll('=', ''),
  'an id of two parts': Buffer.from(`${U}:${POST}`).toString('base64'),
  'an id of four parts': Buffer.from(`${U}:${POST}:${P}:x`).toString('base64'),
  'user and peer swapped': Buffer.from(`${P}:${POST}:${U}`).toString('base64'),
  'a user talking with themself': Buffer.from(`${U}:${POST}:${U}`).toString('base64'),
  'an unknown post': Buffer.from(`${U}:nowhere1:${P}`).toString('base64'),
}))
  test(`v1 refuses ${title} in a scope`, async (t) => {
    const { register, consent, authorizeUrl } = await setup(t);
    await register(v1);
    const { json } = await consent(authorizeUrl({ scope: `CHAT_SEND_MESSAGE_OAUTH__${id}` }, '/oauth'));
    t.is(new URL(json.location).searchParams.get('error'), 'invalid_scope');
  });

test('v1 reads scopes joined by plus as form decoders do', async (t) => {
  const { register, consent, url } = await setup(t);
  await register(v1);
  const scope = `USER_PHONE+CHAT_SEND_MESSAGE_OAUTH__${TRIPLE.replaceAll('=', '%3D')}`;
  const address = `${url}/oauth?response_type=code&client_id=${SLUG}&redirect_uri=${encodeURIComponent(REDIRECT)}&scope=${scope}&state=${STATE}`;
  t.truthy(new URL((await consent(address)).json.location).searchParams.get('code'));
});

test('each generation has its own authorize and token address', async (t) => {
  const { register, consent, authorizeUrl, token } = await setup(t);
  await register(v1);
  await register({}, 'new-app');
  t.is((await consent(authorizeUrl({}, '/oauth2/auth'))).status, 400);
  t.is((await consent(authorizeUrl({ client_id: 'new-app' }, '/oauth'))).status, 400);
  t.is((await token({ grant_type: 'authorization_code', code: 'x', client_secret: 'apikey-1' })).status, 401);
});

test('the consent form decides, and a form of another site does not', async (t) => {
  const { register, request, authorizeUrl, url } = await setup(t);
  await register();
  const form = new URLSearchParams({
    request: new URL(authorizeUrl()).search.slice(1),
    user: 'buyer',
    decision: 'grant',
  });
  for (const scope of ['USER_ID', SEND_SCOPE]) form.append('scope', scope);
  const send = (origin: string) =>
    request('POST', '/oauth2/auth/decision', form.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      origin,
    });
  t.is((await send('https://evil.example')).status, 403);
  const reply = await send(url);
  t.is(reply.status, 303);
  t.is(new URL(reply.headers.get('location') ?? '').searchParams.get('scope'), `USER_ID ${SEND_SCOPE}`);
});
