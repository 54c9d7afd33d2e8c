import test from 'ava';
import { provision } from '../helpers/apps.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { V2_USER } from './fake-divar.ts';
import { codeOf, createBrowser, type Gateway, linksOf, startGateway, V2_SCOPES } from './setup.ts';

const AT_INIT = { consent: { when: 'init', scopes: V2_SCOPES } };
const V1_USER = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
const V1_PEER = 'a1b2c3d4-1111-4222-8333-944455556666';
const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const v1Visit = {
  user: { id: V1_USER, side: 'supply' as const },
  peer: { id: V1_PEER },
  conversationId: null,
};

/** The visit up to Divar's consent page. */
async function reachConsent(
  gateway: Gateway,
  overrides: Parameters<Gateway['begin']>[0] = { userId: V2_USER },
) {
  const browser = createBrowser();
  const { id, url } = await gateway.begin(overrides);
  const asked = await browser.open(url);
  return { browser, id, url, asked };
}

const exchanges = (gateway: Gateway) => gateway.divar.seen.filter(({ method }) => method === 'POST').length;

test.serial('an answer without a good state is refused, and nothing is exchanged', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked, id } = await reachConsent(gateway);
  const good = new URL(gateway.divar.answer(asked.location));
  const bad = (change: (query: URLSearchParams) => void) => {
    const url = new URL(good);
    change(url.searchParams);
    return url.href;
  };
  const refused = [
    bad((query) => query.delete('state')),
    bad((query) => query.set('state', '')),
    bad((query) => query.set('state', 'q7Zk1s9TtYw2q7Zk1s9TtYw2')),
    bad((query) => query.append('state', 'x')),
    bad((query) => query.append('code', 'x')),
    gateway.callbackUrl,
    good.href.replace(gateway.appId, 'app_unknown'),
  ];
  for (const url of refused) t.is((await browser.get(url)).status, 400, url);
  t.is((await createBrowser().get(good.href)).status, 400);
  const stranger = createBrowser();
  await stranger.open((await gateway.begin()).url);
  t.is((await stranger.get(good.href)).status, 400);
  t.is(exchanges(gateway), 0);
  t.is((await gateway.load(id)).state, 'consenting');
  // The state itself is still good for its own browser.
  t.is((await browser.get(good.href)).status, 303);
});

test.serial('a v2 user consents once, lands, and the session says so', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked, id } = await reachConsent(gateway);
  t.is(asked.status, 303);
  const consent = new URL(asked.location);
  t.is(consent.searchParams.get('scope'), `USER_ID offline_access CONVERSATION_SEND_MESSAGE.${CONVERSATION}`);
  t.is(consent.searchParams.get('redirect_uri'), gateway.callbackUrl);
  t.is((await gateway.load(id)).state, 'consenting');

  const landed = await browser.get(gateway.divar.answer(asked.location));
  t.is(landed.status, 303);
  t.true(landed.location.startsWith('https://shop.example/divar?code='));
  const { body } = await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  t.like(body.session, {
    state: 'landed',
    consent: 'granted',
    identity: 'verified',
    scopes: ['USER_ID', 'offline_access', `CONVERSATION_SEND_MESSAGE.${CONVERSATION}`],
  });
  t.regex(body.session.grant_id, /^grt_/);
});

test.serial('a grant is stored sealed, with its tokens, its user and its times', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked, id } = await reachConsent(gateway);
  await browser.get(gateway.divar.answer(asked.location));
  const { grantId } = await gateway.load(id);
  await gateway.db.tenant(gateway.tenantId, async (tx) => {
    const grant = await gateway.grants.find(tx, grantId ?? '');
    t.like(grant, { state: 'live', generation: 'v2', verifiedAt: gateway.clock.now() });
    t.like(grant?.facts, {
      userId: V2_USER,
      phone: '09990000001',
      side: 'supply',
      conversationId: CONVERSATION,
    });
    t.is(grant?.expiresAt.getTime(), gateway.clock.now().getTime() + 3_600_000);
    t.is(grant?.consentUntil.getTime(), gateway.clock.now().getTime() + 30 * 86_400_000);
    t.deepEqual(await gateway.grants.openTokens(tx, grantId ?? ''), {
      accessToken: 'ory_at_1',
      refreshToken: 'ory_rt_1',
    });
  });
  const rows = JSON.stringify([
    await queryAsOwner(gateway.ownerUrl, 'select * from grants'),
    await queryAsOwner(gateway.ownerUrl, 'select * from oauth_states'),
    await queryAsOwner(gateway.ownerUrl, 'select * from sessions'),
    gateway.log.lines,
  ]);
  const state = new URL(asked.location).searchParams.get('state') ?? '';
  for (const planted of [
    'ory_at_',
    'ory_rt_',
    'ory_ac_',
    V2_USER,
    '0999000',
    CONVERSATION,
    'USER_ID',
    state,
    ...browser.jar.values(),
  ])
    t.false(rows.includes(planted), planted);
});

test.serial('a v1 user consents with the triple, and a test phone leads to the staging page', async (t) => {
  const gateway = await startGateway(t, {
    app: { generation: 'v1', consent: { when: 'init', scopes: ['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH'] } },
    landing: { staging_url: 'https://staging.example/', test_users: [{ phone: '09990000001' }] },
  });
  gateway.divar.user = { phone_numbers: ['+989990000001'] };
  const { browser, asked, id } = await reachConsent(gateway, { generation: 'v1', visit: v1Visit });
  const consent = new URL(asked.location);
  t.is(consent.pathname, '/oauth');
  const triple = Buffer.from(`${V1_USER}:wZ_x9Qa7:${V1_PEER}`).toString('base64');
  t.is(consent.searchParams.get('scope'), `USER_PHONE CHAT_SEND_MESSAGE_OAUTH__${triple}`);
  const landed = await browser.get(gateway.divar.answer(asked.location));
  t.true(landed.location.startsWith('https://staging.example/?code='));
  t.like(await gateway.load(id), { consent: 'granted', identity: 'unverified' });
});

for (const decision of ['deny', 'deny_error'] as const) {
  test.serial(
    `TV-43: a user who says no (${decision}) lands, and is not asked again in this visit`,
    async (t) => {
      const gateway = await startGateway(t, { app: AT_INIT });
      const { browser, asked, id, url } = await reachConsent(gateway);
      const landed = await browser.get(gateway.divar.answer(asked.location, decision));
      t.is(landed.status, 303);
      const { body } = await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
      t.like(body.session, { id, consent: 'denied', identity: 'unverified', grant_id: null, scopes: [] });
      t.true((await browser.open(url)).location.startsWith('https://shop.example/'));
      t.is(exchanges(gateway), 0);
      t.is(await gateway.count('grants'), 0);
    },
  );
}

test.serial(
  'TV-44: an answer that comes twice is exchanged once, also when both come at the same moment',
  async (t) => {
    const gateway = await startGateway(t, { app: AT_INIT });
    const { browser, asked } = await reachConsent(gateway);
    const answer = gateway.divar.answer(asked.location);
    const both = await Promise.all([browser.get(answer), browser.get(answer)]);
    t.deepEqual(both.map(({ status }) => status).sort(), [303, 400]);
    t.is(exchanges(gateway), 1);
    t.is(await gateway.count('grants'), 1);
  },
);

test.serial(
  'a web view that reloads the answer is shown a way on, and lands with a fresh code',
  async (t) => {
    const gateway = await startGateway(t, { app: AT_INIT });
    const { browser, asked } = await reachConsent(gateway);
    const answer = gateway.divar.answer(asked.location);
    const first = await browser.get(answer);
    const reloaded = await browser.get(answer);
    t.is(reloaded.status, 400);
    const [again, back] = linksOf(reloaded.html);
    t.is(back, 'https://open-platform-redirect.divar.ir/completion');
    const landed = await browser.open(again ?? '');
    t.true(landed.location.startsWith('https://shop.example/divar?code='));
    t.not(codeOf(landed), codeOf(first));
    t.is(exchanges(gateway), 1);
  },
);

test.serial('a state is good for ten minutes', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const late = await reachConsent(gateway);
  gateway.clock.advance(600_000);
  t.is((await late.browser.get(gateway.divar.answer(late.asked.location))).status, 400);
  const inTime = await reachConsent(gateway, {
    userId: V2_USER,
    createdAt: gateway.clock.now(),
    launchExpiresAt: new Date(gateway.clock.now().getTime() + 120_000),
  });
  gateway.clock.advance(599_000);
  t.is((await inTime.browser.get(gateway.divar.answer(inTime.asked.location))).status, 303);
});

test.serial('a state made for one app is worth nothing at the address of another', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const other = await provision(gateway, { app: { external_id: 'shop-1-other' } });
  await gateway.directory.refresh();
  const { browser, asked } = await reachConsent(gateway);
  const answer = gateway.divar.answer(asked.location);
  t.is((await browser.get(answer.replace(gateway.appId, other.app.id))).status, 400);
  t.is(exchanges(gateway), 0);
  t.is((await browser.get(answer)).status, 303);
});

test.serial("another person's consent is not kept, and the same browser may try again", async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  gateway.divar.user = { user_id: 'somebody-else' };
  const { browser, asked, id } = await reachConsent(gateway);
  const stopped = await browser.get(gateway.divar.answer(asked.location));
  t.is(stopped.status, 403);
  t.like(await gateway.load(id), {
    consent: 'failed',
    identity: 'unverified',
    grantId: null,
    state: 'opened',
  });
  t.is(await gateway.count('grants'), 0);

  gateway.divar.user = { user_id: V2_USER };
  const [again = ''] = linksOf(stopped.html);
  const askedAgain = await browser.open(again);
  t.is((await browser.get(gateway.divar.answer(askedAgain.location))).status, 303);
  t.like(await gateway.load(id), { consent: 'granted', identity: 'verified' });
});

const IDENTITIES: [
  title: string,
  user: Record<string, unknown>,
  overrides: Parameters<Gateway['begin']>[0],
][] = [
  ['the visit has no user', { user_id: V2_USER }, { userId: null }],
  ['Divar does not tell', {}, { userId: V2_USER }],
  ['the visit is of the other generation', { user_id: V2_USER }, { generation: 'v1', userId: V1_USER }],
];
for (const [title, user, overrides] of IDENTITIES) {
  test.serial(`the identity stays unverified when ${title}`, async (t) => {
    const gateway = await startGateway(t, { app: AT_INIT });
    gateway.divar.user = user;
    const { browser, asked, id } = await reachConsent(gateway, overrides);
    t.is((await browser.get(gateway.divar.answer(asked.location))).status, 303);
    t.like(await gateway.load(id), { consent: 'granted', identity: 'unverified' });
  });
}

test.serial('without a scope that tells the user, Divar is not asked who it is', async (t) => {
  const app = { consent: { when: 'init', scopes: ['CONVERSATION_SEND_MESSAGE.{conversation_id}'] } };
  const gateway = await startGateway(t, { app });
  const { browser, asked, id } = await reachConsent(gateway);
  await browser.get(gateway.divar.answer(asked.location));
  t.false(gateway.divar.seen.some(({ path }) => path.endsWith('/users')));
  t.like(await gateway.load(id), { consent: 'granted', identity: 'unverified' });
});

test.serial('what Divar says it granted counts, not what was asked', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  gateway.divar.grantedScope = 'USER_ID';
  const first = await reachConsent(gateway);
  const landed = await first.browser.get(gateway.divar.answer(first.asked.location));
  const { body } = await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  t.deepEqual(body.session.scopes, ['USER_ID']);
  const second = await reachConsent(gateway);
  t.true(second.asked.location.startsWith(gateway.divar.url));
});

const REUSE: [
  title: string,
  first: Parameters<Gateway['begin']>[0],
  second: Parameters<Gateway['begin']>[0],
  isReused: boolean,
][] = [
  ['the same user', { userId: V2_USER }, { userId: V2_USER }, true],
  ['a user that only the consent told', { userId: null }, { userId: V2_USER }, true],
  ['another user', { userId: V2_USER }, { userId: 'other' }, false],
  ['no user, the same conversation and side', { userId: V2_USER }, { userId: null }, true],
  [
    'no user, the other side',
    { userId: V2_USER },
    { userId: null, visit: { user: { id: null, side: 'demand' } } },
    false,
  ],
  [
    'no user, the side unknown',
    { userId: null, visit: { user: { id: null, side: null } } },
    { userId: null, visit: { user: { id: null, side: null } } },
    false,
  ],
  [
    'no user, another conversation',
    { userId: V2_USER },
    { userId: null, visit: { conversationId: 'c2' } },
    false,
  ],
  [
    'the same user, another conversation',
    { userId: V2_USER },
    { userId: V2_USER, visit: { conversationId: 'c2' } },
    false,
  ],
];
for (const [title, first, second, isReused] of REUSE) {
  test.serial(`a live grant is ${isReused ? 'used again' : 'not used'} for ${title}`, async (t) => {
    const gateway = await startGateway(t, { app: AT_INIT });
    const before = await reachConsent(gateway, first);
    await before.browser.get(gateway.divar.answer(before.asked.location));
    const { grantId } = await gateway.load(before.id);
    const after = await reachConsent(gateway, second);
    t.is(after.asked.location.startsWith('https://shop.example/'), isReused, after.asked.location);
    if (isReused) t.like(await gateway.load(after.id), { consent: 'granted', grantId });
  });
}

test.serial(
  'a grant is not used for another app of the tenant, nor after its token has expired',
  async (t) => {
    const gateway = await startGateway(t, { app: AT_INIT });
    // With a refresh token a new one could be had.
    gateway.divar.tokenExtra = { refresh_token: null };
    const first = await reachConsent(gateway);
    await first.browser.get(gateway.divar.answer(first.asked.location));
    const other = await provision(gateway, { app: { external_id: 'shop-1-other', ...AT_INIT } });
    await gateway.directory.refresh();
    const elsewhere = await reachConsent(gateway, { appId: other.app.id, userId: V2_USER });
    t.true(elsewhere.asked.location.startsWith(gateway.divar.url));
    gateway.clock.advance(3_600_000);
    const now = gateway.clock.now();
    const later = await reachConsent(gateway, {
      userId: V2_USER,
      createdAt: now,
      launchExpiresAt: new Date(now.getTime() + 60_000),
    });
    t.true(later.asked.location.startsWith(gateway.divar.url));
  },
);

test.serial('a user whose grant is used again is verified when Divar had told who he is', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const first = await reachConsent(gateway);
  await first.browser.get(gateway.divar.answer(first.asked.location));
  const again = await reachConsent(gateway);
  t.is((await gateway.load(again.id)).identity, 'verified');
  const nameless = await reachConsent(gateway, { userId: null });
  t.is((await gateway.load(nameless.id)).identity, 'unverified');
});

test.serial('two visits at once in one web view do not mix', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const browser = createBrowser();
  const [a, b] = [
    await gateway.begin({ userId: 'user-a' }),
    await gateway.begin({ userId: 'user-b', visit: { conversationId: 'c2' } }),
  ];
  const askedA = await browser.open(a.url);
  const askedB = await browser.open(b.url);
  const [answerA, answerB] = [
    gateway.divar.answer(askedA.location),
    gateway.divar.answer(askedB.location, 'deny'),
  ];
  const landedB = await browser.get(answerB);
  gateway.divar.user = { user_id: 'user-a' };
  const landedA = await browser.get(answerA);
  const [sessionA, sessionB] = await Promise.all(
    [landedA, landedB].map(
      async (landed) =>
        (await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) })).body.session,
    ),
  );
  t.like(sessionA, { id: a.id, consent: 'granted', user: { id: 'user-a', side: 'supply' } });
  t.like(sessionB, { id: b.id, consent: 'denied', user: { id: 'user-b', side: 'supply' } });
});

test.serial('an app that asks on demand, and one without scopes that apply, land at once', async (t) => {
  const onDemand = await startGateway(t, { app: { consent: { when: 'on_demand', scopes: V2_SCOPES } } });
  t.true((await reachConsent(onDemand)).asked.location.startsWith('https://shop.example/'));
  const scopes = ['CONVERSATION_SEND_MESSAGE.{conversation_id}'];
  const atInit = await startGateway(t, { app: { consent: { when: 'init', scopes } } });
  const poor = await reachConsent(atInit, { visit: { conversationId: null } });
  t.true(poor.asked.location.startsWith('https://shop.example/'));
  t.is((await atInit.load(poor.id)).consent, 'none');
});

test.serial('an answer of another issuer is refused, one of Divar with its name is not', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const first = await reachConsent(gateway);
  const foreign = `${gateway.divar.answer(first.asked.location)}&iss=https%3A%2F%2Fevil.example`;
  const refused = await first.browser.get(foreign);
  t.is(refused.status, 400);
  t.is(exchanges(gateway), 0);
  const askedAgain = await first.browser.open(linksOf(refused.html)[0] ?? '');
  const own = `${gateway.divar.answer(askedAgain.location)}&iss=${encodeURIComponent(gateway.divar.url)}`;
  t.is((await first.browser.get(own)).status, 303);
});

test.serial('whoever only looks ahead at an answer uses nothing up', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked } = await reachConsent(gateway);
  const answer = gateway.divar.answer(asked.location);
  t.is((await browser.get(answer, { method: 'HEAD' })).status, 200);
  t.is((await browser.get(answer, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status, 503);
  t.is(exchanges(gateway), 0);
  t.is((await browser.get(answer)).status, 303);
});

test.serial('a visit that was completed meanwhile keeps its end, and the grant', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked, id } = await reachConsent(gateway);
  t.is((await gateway.api('POST', `/v1/sessions/${id}/complete`, {})).status, 200);
  t.is((await browser.get(gateway.divar.answer(asked.location))).status, 303);
  t.like(await gateway.load(id), { state: 'completed', consent: 'granted' });
});

test.serial('an answer to a visit that has ended is gone, and leaves no grant', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked, id } = await reachConsent(gateway);
  await queryAsOwner(gateway.ownerUrl, 'update sessions set expires_at = $1', [gateway.clock.now()]);
  t.is((await browser.get(gateway.divar.answer(asked.location))).status, 410);
  t.is(await gateway.count('grants'), 0);
  t.is((await gateway.load(id)).consent, 'none');
});

test.serial('a suspended app neither opens nor takes an answer', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const { browser, asked, url } = await reachConsent(gateway);
  await queryAsOwner(gateway.ownerUrl, 'update tenants set suspended_at = now()');
  await gateway.directory.refresh();
  t.is((await browser.open(url)).status, 403);
  t.is((await browser.get(gateway.divar.answer(asked.location))).status, 403);
  t.is(exchanges(gateway), 0);
});

test.serial('a grant whose user was never checked is used by nobody', async (t) => {
  const gateway = await startGateway(t, { app: AT_INIT });
  const first = await reachConsent(gateway);
  await first.browser.get(gateway.divar.answer(first.asked.location));
  // As after the death of a process between storing the tokens and checking the user.
  await queryAsOwner(gateway.ownerUrl, 'update grants set verified_at = null');
  t.true((await reachConsent(gateway)).asked.location.startsWith(gateway.divar.url));
});
