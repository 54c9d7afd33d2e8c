import test from 'ava';
import { createDivarOauth } from '../../src/divar/oauth.ts';
import { createCall } from '../../src/platform/call.ts';
import { type Call, CallError, type CallRequest } from '../../src/ports.ts';
import type { App, DivarHosts } from '../../src/tenants/tenants.ts';
import type { Teardown } from '../helpers/database.ts';
import { createTestClock } from '../helpers/fakes.ts';
import { loopbackFake } from '../helpers/http.ts';

const HOSTS: DivarHosts = {
  apiUrl: 'https://open-api.divar.ir',
  oauthUrl: 'https://oauth.divar.ir',
  uploadUrl: 'https://chat.divar.ir',
  completionUrl: 'https://open-platform-redirect.divar.ir/completion',
  v1ApiUrl: 'https://api.divar.ir',
  v1OauthUrl: 'https://open-platform-redirect.divar.ir',
};
const REDIRECT_URI = 'https://addon.example/oauth/cb';
const OWN_8 =
  'M2YwYjZhNTItMGMxZS00ZDdmLTlhNDQtNWIxYTJjM2Q0ZTVmOndaX3g5UWE3OmExYjJjM2Q0LTExMTEtNDIyMi04MzMzLTk0NDQ1NTU1NjY2Ng==';
const NOW = new Date(1_772_353_815_250);

const v1 = { generation: 'v1', slug: 'blue-otter-lamp' } as App;
const v2 = { generation: 'v2', slug: 'blue-otter-lamp' } as App;

interface Wanted {
  call?: Call;
  hosts?: DivarHosts;
  openSecret?: (app: App, kind: string) => string;
}

function setup({
  call = async () => Promise.reject(new Error('not called')),
  hosts = HOSTS,
  openSecret,
}: Wanted = {}) {
  const clock = createTestClock(NOW);
  const secrets: Record<string, string> = { api_key: 'apikey-1', client_secret: 's+1' };
  return createDivarOauth({
    call,
    clock,
    directory: { openSecret: openSecret ?? ((_app, kind) => secrets[kind] ?? '') },
    hostsOf: () => hosts,
    timeoutMs: 300,
  });
}

/** Answers `body` and remembers the requests. */
function answering(body: unknown, status = 200) {
  const requests: CallRequest[] = [];
  const call: Call = async (request) => {
    requests.push(request);
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return { status, headers: {}, body: bytes, durationMs: 1 };
  };
  return { call, requests };
}

const STATE = 'q7Zk1s9TtYw2';

test('TV-40: the v1 consent address, to the letter', (t) => {
  const scopes = ['USER_PHONE', `CHAT_SEND_MESSAGE_OAUTH.${OWN_8}`];
  t.is(
    setup().authorizeUrl(v1, { redirectUri: REDIRECT_URI, scopes, state: STATE }),
    `https://open-platform-redirect.divar.ir/oauth?response_type=code&client_id=blue-otter-lamp&redirect_uri=https%3A%2F%2Faddon.example%2Foauth%2Fcb&scope=USER_PHONE+CHAT_SEND_MESSAGE_OAUTH__${OWN_8.replaceAll('=', '%3D')}&state=q7Zk1s9TtYw2`,
  );
});

test('TV-41: the v2 consent address, to the letter', (t) => {
  const scopes = [
    'USER_ID',
    'offline_access',
    'CONVERSATION_SEND_MESSAGE.0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
  ];
  t.is(
    setup().authorizeUrl(v2, { redirectUri: REDIRECT_URI, scopes, state: STATE }),
    'https://oauth.divar.ir/oauth2/auth?response_type=code&client_id=blue-otter-lamp&redirect_uri=https%3A%2F%2Faddon.example%2Foauth%2Fcb&scope=USER_ID%20offline_access%20CONVERSATION_SEND_MESSAGE.0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb&state=q7Zk1s9TtYw2',
  );
});

test('a scope with an id of any characters arrives as one scope, as it was', (t) => {
  const scopes = ['POST_EDIT.a+b/c=&d#e', 'USER_ID'];
  const url = setup().authorizeUrl(v2, { redirectUri: REDIRECT_URI, scopes, state: STATE });
  t.deepEqual(new URL(url).searchParams.get('scope')?.split(' '), scopes);
  const old = setup().authorizeUrl(v1, { redirectUri: REDIRECT_URI, scopes, state: STATE });
  t.deepEqual(new URL(old).searchParams.get('scope')?.split(' '), ['POST_EDIT__a+b/c=&d#e', 'USER_ID']);
});

test('TV-45: the v2 exchange is a form', async (t) => {
  const { call, requests } = answering({
    access_token: 'ory_at_a.b',
    expires_in: 3600,
    token_type: 'bearer',
  });
  await setup({ call }).exchange(v2, { code: 'ory_ac_x1', redirectUri: REDIRECT_URI });
  t.like(requests, {
    length: 1,
    0: {
      method: 'POST',
      url: 'https://oauth.divar.ir/oauth2/token',
      timeoutMs: 300,
      body: 'grant_type=authorization_code&code=ory_ac_x1&client_id=blue-otter-lamp&client_secret=s%2B1&redirect_uri=https%3A%2F%2Faddon.example%2Foauth%2Fcb',
    },
  });
  t.is(requests[0]?.headers?.['content-type'], 'application/x-www-form-urlencoded');
});

test('TV-50: the v1 exchange is JSON, its secret an API key, and it has no redirect address', async (t) => {
  const { call, requests } = answering({ access_token: 'f2mj', expires: 1_772_357_415 });
  await setup({ call }).exchange(v1, { code: 'c1', redirectUri: REDIRECT_URI });
  t.like(requests[0], {
    method: 'POST',
    url: 'https://api.divar.ir/v1/open-platform/oauth/access_token',
    body: '{"code":"c1","client_id":"blue-otter-lamp","client_secret":"apikey-1","grant_type":"authorization_code"}',
  });
  t.like(requests[0]?.headers, { 'content-type': 'application/json', 'x-api-key': 'apikey-1' });
});

// TV-51, TV-52, and what else has been seen. The instant of all is 1772353815.25.
const TOKENS: [title: string, reply: object, expected: object | undefined][] = [
  [
    'v1, absolute expiry',
    { access_token: 'f2mj', expires: 1_772_357_415 },
    { accessToken: 'f2mj', refreshToken: null, seconds: 3599.75, scopes: undefined },
  ],
  [
    'v1, expiry as text, refresh token',
    { access_token: 'f2mj', refresh_token: 'uXvX', expires: '1772357415' },
    { accessToken: 'f2mj', refreshToken: 'uXvX', seconds: 3599.75, scopes: undefined },
  ],
  [
    'v1, relative expiry under the old name',
    { access_token: 'f2mj', expires: 600 },
    { accessToken: 'f2mj', refreshToken: null, seconds: 600, scopes: undefined },
  ],
  [
    'v2 without offline_access',
    { access_token: 'ory_at_a.b', expires_in: 3600, scope: 'USER_ID', token_type: 'bearer' },
    { accessToken: 'ory_at_a.b', refreshToken: null, seconds: 3600, scopes: ['USER_ID'] },
  ],
  [
    'v2 with offline_access',
    {
      access_token: 'ory_at_a.b',
      expires_in: 604_799,
      refresh_token: 'ory_rt_a.b',
      scope: 'USER_ID offline_access',
      token_type: 'bearer',
      id_token: 'ignored',
    },
    {
      accessToken: 'ory_at_a.b',
      refreshToken: 'ory_rt_a.b',
      seconds: 604_799,
      scopes: ['USER_ID', 'offline_access'],
    },
  ],
  [
    'v2, numbers as text, both expiries',
    { access_token: 'a', expires_in: '3600', expires: 1 },
    { accessToken: 'a', refreshToken: null, seconds: 3600, scopes: undefined },
  ],
  [
    'a refresh token that the list forgot',
    { access_token: 'a', expires_in: 1, refresh_token: 'r', scope: 'USER_ID' },
    { accessToken: 'a', refreshToken: 'r', seconds: 1, scopes: ['USER_ID', 'offline_access'] },
  ],
  [
    'nulls and empty texts',
    { access_token: 'a', expires_in: 60, refresh_token: null, scope: '', expires: null },
    { accessToken: 'a', refreshToken: null, seconds: 60, scopes: undefined },
  ],
  [
    'a life of a thousand years',
    { access_token: 'a', expires_in: 3e10 },
    { accessToken: 'a', refreshToken: null, seconds: 316_224_000, scopes: undefined },
  ],
  ['no expiry', { access_token: 'a' }, undefined],
  ['expiry in the past', { access_token: 'a', expires: 1_700_000_000 }, undefined],
  ['expiry that is none', { access_token: 'a', expires_in: 'soon' }, undefined],
  ['negative expiry', { access_token: 'a', expires_in: -1 }, undefined],
  ['no token', { expires_in: 60 }, undefined],
  ['a token with a line break', { access_token: 'a\r\nx: y', expires_in: 60 }, undefined],
  ['a token that is an object', { access_token: {}, expires_in: 60 }, undefined],
];
for (const [title, reply, expected] of TOKENS) {
  test(`reads tokens: ${title}`, async (t) => {
    const outcome = await setup(answering(reply)).exchange(v2, { code: 'c', redirectUri: REDIRECT_URI });
    if (!expected) {
      t.deepEqual(outcome, { ok: false, stage: 'answered', code: 'nonsense', status: 200 });
      return;
    }
    if (!outcome.ok) return t.fail(outcome.code);
    const { accessToken, refreshToken, expiresAt, grantedScopes } = outcome.value;
    const seconds = (expiresAt.getTime() - NOW.getTime()) / 1000;
    t.deepEqual({ accessToken, refreshToken, seconds, scopes: grantedScopes }, expected as never);
  });
}

const V2_USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
// TV-54, and phones in every spelling
const USERS: [title: string, reply: unknown, expected: object | undefined][] = [
  ['v1', { phone_numbers: ['09990000001'] }, { id: null, phone: '09990000001' }],
  [
    'v2, both scopes',
    { phone_number: '09990000001', phone_numbers: ['09990000002'], user_id: V2_USER },
    { id: V2_USER, phone: '09990000001' },
  ],
  ['v2, id only', { user_id: V2_USER }, { id: V2_USER, phone: null }],
  ['nothing granted', {}, { id: null, phone: null }],
  ['empty fields', { user_id: '', phone_number: null, phone_numbers: [''] }, { id: null, phone: null }],
  ['an international phone', { phone_number: '+98 999 000 0001' }, { id: null, phone: '09990000001' }],
  ['a phone with 00', { phone_number: '00989990000001' }, { id: null, phone: '09990000001' }],
  ['a phone without prefix', { phone_number: '9990000001' }, { id: null, phone: '09990000001' }],
  ['Persian digits', { phone_number: '۰۹۹۹۰۰۰۰۰۰۱' }, { id: null, phone: '09990000001' }],
  ['Arabic digits', { phone_number: '٠٩٩٩٠٠٠٠٠٠١' }, { id: null, phone: '09990000001' }],
  ['a phone of another country', { phone_number: '+4915112345678' }, { id: null, phone: null }],
  ['a list', [], undefined],
  ['an id that is a number', { user_id: 7 }, undefined],
];
for (const [title, reply, expected] of USERS) {
  test(`reads the user: ${title}`, async (t) => {
    const outcome = await setup(answering(reply)).fetchUser(v2, 'ory_at_a');
    t.deepEqual(outcome.ok ? outcome.value : undefined, expected as never);
  });
}

test('the user is asked for in the way of the generation', async (t) => {
  const { call, requests } = answering({});
  const oauth = setup({ call });
  await oauth.fetchUser(v1, 'f2mj');
  await oauth.fetchUser(v2, 'ory_at_a');
  t.like(requests[0], { method: 'POST', url: 'https://api.divar.ir/v1/open-platform/users' });
  t.like(requests[0]?.headers, { 'x-api-key': 'apikey-1', 'x-access-token': 'f2mj' });
  t.like(requests[1], { method: 'GET', url: 'https://open-api.divar.ir/v1/open-platform/users' });
  t.like(requests[1]?.headers, { 'x-api-key': 'apikey-1', authorization: 'Bearer ory_at_a' });
});

const FAILURES: [title: string, reply: unknown, status: number, code: string][] = [
  ['TV-53', { error: 'invalid_grant', error_description: 'expired', status_code: 400 }, 400, 'invalid_grant'],
  ['an error of its own words', { error: '<b>secret s+1</b>' }, 400, 'refused'],
  ['an empty error', '', 502, 'refused'],
  ['a page', '<html>502</html>', 502, 'refused'],
  ['a page that claims success', '<html>ok</html>', 200, 'nonsense'],
  ['nothing that claims success', '', 200, 'nonsense'],
  ['null', 'null', 200, 'nonsense'],
  ['broken JSON', '{"access_token":"a"', 200, 'nonsense'],
  ['a redirect', '', 302, 'refused'],
];
for (const [title, reply, status, code] of FAILURES) {
  test(`a failure is an outcome: ${title}`, async (t) => {
    const outcome = await setup(answering(reply, status)).exchange(v2, {
      code: 'c',
      redirectUri: REDIRECT_URI,
    });
    t.deepEqual(outcome, { ok: false, stage: 'answered', code, status });
  });
}

test('a call that did not come through tells how far it came', async (t) => {
  const call: Call = async () => Promise.reject(new CallError('ambiguous', 'timeout'));
  const outcome = await setup({ call }).exchange(v2, { code: 'c', redirectUri: REDIRECT_URI });
  t.deepEqual(outcome, { ok: false, stage: 'ambiguous', code: 'timeout', status: null });
});

test('an app without its secret asks Divar nothing', async (t) => {
  const { call, requests } = answering({});
  const openSecret = () => {
    throw new Error('app has no client_secret');
  };
  const outcome = await setup({ call, openSecret }).exchange(v2, { code: 'c', redirectUri: REDIRECT_URI });
  t.deepEqual(outcome, { ok: false, stage: 'before_send', code: 'no_secret', status: null });
  t.is(requests.length, 0);
});

async function overHttp(t: Teardown, body: string) {
  const divar = await loopbackFake(t, () => ({ status: 200, body }));
  const call = createCall();
  t.teardown(() => call.close());
  return { divar, oauth: setup({ call, hosts: { ...HOSTS, oauthUrl: divar.url } }) };
}

test('over real HTTP the reply is read to the end, and a huge one is not', async (t) => {
  const small = await overHttp(t, '{"access_token":"a","expires_in":60}');
  const good = await small.oauth.exchange(v2, { code: 'c', redirectUri: REDIRECT_URI });
  t.true(good.ok);
  const huge = await overHttp(t, `{"access_token":"${'a'.repeat(200_000)}","expires_in":60}`);
  const bad = await huge.oauth.exchange(v2, { code: 'c', redirectUri: REDIRECT_URI });
  t.like(bad, { ok: false, code: 'too_large' });
  t.is(huge.divar.requests.length, 1);
});

test("an issuer is Divar's when its origin is the OAuth host of the generation", (t) => {
  const oauth = setup();
  t.true(oauth.isIssuer(v2, 'https://oauth.divar.ir'));
  t.true(oauth.isIssuer(v2, 'https://oauth.divar.ir/'));
  t.true(oauth.isIssuer(v1, 'https://open-platform-redirect.divar.ir'));
  for (const foreign of [
    '',
    'oauth.divar.ir',
    'https://evil.example',
    'https://oauth.divar.ir.evil.example',
    'http://oauth.divar.ir',
    'null',
  ])
    t.false(oauth.isIssuer(v2, foreign), foreign);
});
