/** The whole visit, from the tap to the way back, through the product as it runs and the simulator inside it. */
import test, { type ExecutionContext } from 'ava';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provisionRequest } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { eventually, type Gateway, runCli, startGateway } from '../helpers/gateway.ts';
import { loopbackFake } from '../helpers/http.ts';
import { sharedByFile } from './shared.ts';
import { type Api, type Control, createApi, createControl } from './visitor.ts';

type Generation = 'v1' | 'v2';

interface AppUnderTest {
  generation: Generation;
  id: string;
  slug: string;
  api: Api;
}

interface World {
  gateway: Gateway;
  simulator: Control;
  /** Behind row-level security. */
  ownerUrl: string;
  /** The tenant's pages. */
  landingUrl: string;
  /** What its pages were asked for, in order. */
  landedOn: () => string[];
  apps: Record<Generation, AppUnderTest>;
}

const SLUGS = { v1: 'red-fox-lantern', v2: 'blue-otter-lamp' };
const SCOPES = {
  v1: ['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH'],
  v2: ['USER_ID', 'offline_access', 'CONVERSATION_SEND_MESSAGE.{conversation_id}'],
};
/** What a button brings back must survive Divar: half-spaces, Persian digits, nesting, a number it would round. */
const BUTTON_DATA = {
  order: 'A-۱۷',
  note: 'پی‌گیری',
  nested: { list: [1, { deep: null }] },
  big: 2 ** 53 + 2,
};

/** Both generations behind one gateway, provisioned the way operators do it. */
async function setup(t: Teardown): Promise<World> {
  const { url: databaseUrl, ownerUrl } = await createTestDatabase(t);
  const tenant = await loopbackFake(t, () => ({ body: '<h1>ارسال کالا</h1>' }));
  const [gateway, v1, v2] = await Promise.all([
    startGateway(t, { databaseUrl, withSimulator: true }),
    ...(['v1', 'v2'] as const).map((generation) =>
      runCli(databaseUrl, ['provision', '-'], appRequest(generation, tenant.url)),
    ),
  ]);
  const simulator = createControl(gateway.simulatorUrl);
  await eventually('the simulator knows both apps', async () => {
    const { apps } = await simulator('GET', '/__apps');
    return apps.length === 2;
  });
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of the operator's tool
  const appOf = (generation: Generation, made: any): AppUnderTest => ({
    generation,
    id: made.app.id,
    slug: SLUGS[generation],
    api: createApi(gateway.url, made.api_keys[0].key),
  });
  return {
    gateway,
    simulator,
    ownerUrl,
    landingUrl: tenant.url,
    landedOn: () => tenant.requests.filter(({ method }) => method === 'GET').map((request) => request.url),
    apps: { v1: appOf('v1', v1), v2: appOf('v2', v2) },
  };
}

function appRequest(generation: Generation, landingUrl: string) {
  return provisionRequest({
    tenant: { external_id: `shop-${generation}` },
    app: {
      external_id: `shop-${generation}-sandbox`,
      environment: 'sandbox',
      generation,
      divar: { slug: SLUGS[generation] },
      consent: { when: 'init', scopes: SCOPES[generation] },
      landing: { url: `${landingUrl}/divar?lang=fa`, pages: { track: `${landingUrl}/track` } },
    },
  });
}

const sharedWorld = sharedByFile(setup);

type Browser = ReturnType<typeof createBrowser>;

interface Tapped {
  conversation: string;
  post: string;
  url: string;
}

/** A seller taps the add-on in a chat nobody else uses. */
async function tap(
  t: ExecutionContext,
  { simulator }: World,
  { slug }: AppUnderTest,
  given: { conversation?: string; dialect?: object } = {},
): Promise<Tapped> {
  const chat = given.conversation
    ? { conversation: given.conversation, post: '' }
    : await simulator('POST', '/__chats', {});
  const { conversation, post } = chat;
  const tapped = await simulator('POST', '/__tap', {
    app: slug,
    as: 'seller',
    kind: 'chat',
    conversation,
    ...(given.dialect ? { dialect: given.dialect } : {}),
  });
  t.deepEqual(tapped.problems, []);
  return { conversation, post, url: tapped.url };
}

/** Opens the visit up to Divar's consent page, decides there, and comes back. */
async function consent(
  t: ExecutionContext,
  { gateway, simulator }: World,
  browser: Browser,
  url: string,
  decision: string,
  user = 'seller',
) {
  const asked = await browser.open(url);
  t.is(asked.status, 303);
  t.true(asked.location.startsWith(`${gateway.simulatorUrl}/oauth`), asked.location);
  const decided = await simulator('POST', '/__consent', { url: asked.location, user, decision });
  t.true(String(decided.location).startsWith(`${gateway.url}/oauth/`), JSON.stringify(decided));
  return await browser.get(decided.location);
}

function exchange(app: AppUnderTest, code: string) {
  return app.api('POST', '/v1/sessions/exchange', { code });
}

/** One button a side in the first generation, rows of them in the second. */
function followUp(generation: Generation, sessionId: string) {
  const track = {
    caption: 'پیگیری',
    icon: 'TERMS',
    action: { open_session: { data: BUTTON_DATA, page: 'track' } },
  };
  const pay = { caption: 'پرداخت', action: { open_url: 'https://shop.example/p/A-17' } };
  return {
    session_id: sessionId,
    text: 'سفارش شما ثبت شد؛ پیش‌فاکتور آماده است',
    sender_buttons: generation === 'v1' ? [[track]] : [[track, { ...pay, caption: 'راهنما' }], [pay]],
    receiver_buttons: [[pay]],
  };
}

async function loadChat({ simulator }: World, conversation: string) {
  const { chats } = await simulator('GET', '/__state');
  return chats.find((chat: { conversation: string }) => chat.conversation === conversation);
}

async function sendAndAwait(t: ExecutionContext, { generation, api }: AppUnderTest, sessionId: string) {
  const accepted = await api('POST', '/v1/messages', followUp(generation, sessionId));
  t.is(accepted.status, 202, JSON.stringify(accepted.body));
  return await eventually('the message is sent', async () => {
    const { body } = await api('GET', `/v1/messages/${accepted.body.id}`);
    return body.final_at !== null && body;
  });
}

for (const generation of ['v1', 'v2'] as const) {
  test.serial(`a visit of generation ${generation} goes all the way there and back`, async (t) => {
    const shared = await sharedWorld();
    const { gateway, simulator, landingUrl } = shared;
    const app = shared.apps[generation];
    const browser = createBrowser();

    const tapped = await tap(t, shared, app);
    const landed = await consent(t, shared, browser, tapped.url, 'grant');
    t.is(landed.status, 303);
    t.true(landed.location.startsWith(`${landingUrl}/divar?lang=fa&code=`), landed.location);
    t.is((await browser.get(landed.location)).status, 200);
    t.regex(shared.landedOn().at(-1) ?? '', /^\/divar\?lang=fa&code=[\w-]{43}$/);

    const { status, body } = await exchange(app, codeOf(landed));
    t.is(status, 200);
    const users = await simulator('GET', `/__apps/${app.slug}/users`);
    t.like(body.session, {
      object: 'session',
      state: 'landed',
      consent: 'granted',
      identity: generation === 'v2' ? 'verified' : 'unverified',
      generation,
      entry: 'init',
      source: generation === 'v2' ? 'CHAT' : null,
      post_token: tapped.post,
      conversation_id: generation === 'v2' ? tapped.conversation : null,
      user: { id: users.seller, side: 'supply' },
      peer: { id: generation === 'v1' ? users.buyer : null },
      data: null,
      simulated: true,
    });
    t.is((await exchange(app, codeOf(landed))).body.code, 'code_spent');

    const keySet = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(body.session_token, keySet, {
      algorithms: ['EdDSA'],
      issuer: gateway.url,
      audience: app.id,
      subject: body.session.id,
    });
    t.is((payload.exp ?? 0) - (payload.iat ?? 0), 300);

    t.is((await sendAndAwait(t, app, body.session.id)).state, 'sent');
    const { sides } = await loadChat(shared, tapped.conversation);
    const [seen] = sides.seller;
    const captions = (side: { buttons: { caption: string }[][] }[]) =>
      side.map(({ buttons }) => buttons.map((row) => row.map(({ caption }) => caption)));
    t.is(seen.text, 'سفارش شما ثبت شد؛ پیش‌فاکتور آماده است');
    t.is(sides.buyer[0].text, seen.text);
    t.deepEqual(captions(sides.seller), [
      generation === 'v1' ? [['پیگیری']] : [['پیگیری', 'راهنما'], ['پرداخت']],
    ]);
    t.deepEqual(captions(sides.buyer), [[['پرداخت']]]);

    const button = { message_id: seen.id, side: 'seller', row: 0, column: 0 };
    const again = await simulator('POST', '/__tap', { app: app.slug, as: 'seller', kind: 'button', button });
    t.deepEqual(again.problems, []);
    const tracked = await browser.open(again.url);
    t.true(tracked.location.startsWith(`${landingUrl}/track?code=`), tracked.location);
    const second = await exchange(app, codeOf(tracked));
    t.like(second.body.session, { entry: 'button', consent: 'granted', data: BUTTON_DATA });
    t.is(second.body.session.grant_id, body.session.grant_id);
    t.not(second.body.session.id, body.session.id);

    const completed = await app.api('POST', `/v1/sessions/${second.body.session.id}/complete`, {});
    t.is(completed.body.state, 'completed');
    const before = (await simulator('GET', '/__state')).completions.length;
    for (const visit of [body.session, completed.body]) {
      const back = await browser.get(visit.return_url);
      t.is(back.status, 303);
      t.is(back.location, `${gateway.simulatorUrl}/completion`);
      t.is((await browser.get(back.location)).status, 200);
    }
    t.is((await simulator('GET', '/__state')).completions.length, before + 2);
  });

  for (const decision of ['deny', 'deny_error']) {
    test.serial(
      `a user of generation ${generation} who says no (${decision}) lands without a grant`,
      async (t) => {
        const shared = await sharedWorld();
        const app = shared.apps[generation];
        const browser = createBrowser();
        const { url, conversation } = await tap(t, shared, app);
        const landed = await consent(t, shared, browser, url, decision);
        t.true(landed.location.startsWith(`${shared.landingUrl}/divar?lang=fa&code=`), landed.location);
        const { body } = await exchange(app, codeOf(landed));
        t.like(body.session, { state: 'landed', consent: 'denied', grant_id: null, scopes: [] });

        const refused = await app.api('POST', '/v1/messages', followUp(generation, body.session.id));
        t.is(refused.status, 409);
        t.is(refused.body.code, 'consent_required');
        const granted = await consent(t, shared, browser, refused.body.consent_url, 'grant');
        t.like((await exchange(app, codeOf(granted))).body.session, {
          id: body.session.id,
          consent: 'granted',
        });
        t.is((await sendAndAwait(t, app, body.session.id)).state, 'sent');
        t.is((await loadChat(shared, conversation)).sides.buyer.length, 1);
      },
    );
  }

  test.serial(
    `only the first browser has a visit of generation ${generation}, at every point of it`,
    async (t) => {
      const shared = await sharedWorld();
      const app = shared.apps[generation];
      const { url } = await tap(t, shared, app);
      for (const ahead of [{ method: 'HEAD' }, { headers: { 'sec-purpose': 'prefetch' } }])
        t.false((await createBrowser().get(url, ahead)).location.startsWith(shared.gateway.simulatorUrl));

      const [first, second] = [createBrowser(), createBrowser()];
      const asked = await first.open(url);
      t.is(asked.status, 303);
      t.is((await second.open(url)).status, 410);
      const decided = await shared.simulator('POST', '/__consent', {
        url: asked.location,
        user: 'seller',
        decision: 'grant',
      });
      t.is((await second.get(decided.location)).status, 400);
      const landed = await first.get(decided.location);
      t.is(landed.status, 303);
      t.is((await second.open(url)).status, 410);
      const reloaded = await first.open(url);
      t.is(reloaded.status, 303);
      t.not(codeOf(reloaded), codeOf(landed));
      const sessions = [];
      for (const visited of [landed, reloaded])
        sessions.push((await exchange(app, codeOf(visited))).body.session.id);
      t.is(sessions[0], sessions[1]);
      t.is((await second.open(url)).status, 410);
    },
  );

  test.serial(`a visit of generation ${generation} leads back to Divar only`, async (t) => {
    const shared = await sharedWorld();
    const app = shared.apps[generation];
    const completion = `${shared.gateway.simulatorUrl}/completion`;
    const cases = {
      'https://divar.ir/chat/x?a=1': 'https://divar.ir/chat/x?a=1',
      'https://divar.ir.evil.example/x': completion,
      'https://divar.ir@evil.example/': completion,
      'javascript:alert(1)': completion,
      'http://divar.ir/': completion,
    };
    for (const [address, expected] of Object.entries(cases)) {
      const { url } = await tap(t, shared, app, { dialect: { return_url: address } });
      const browser = createBrowser();
      const landed = await consent(t, shared, browser, url, 'deny');
      const { session } = (await exchange(app, codeOf(landed))).body;
      t.is((await browser.get(session.return_url)).location, expected, address);
    }
  });
}

test.serial('a consent that somebody else gave leaves nothing behind', async (t) => {
  const shared = await sharedWorld();
  const app = shared.apps.v2;
  const browser = createBrowser();
  const { url } = await tap(t, shared, app);
  const { session } = (await exchange(app, codeOf(await consent(t, shared, browser, url, 'deny')))).body;
  const asked = await app.api('POST', `/v1/sessions/${session.id}/consent`, {
    scopes: ['USER_ID', 'USER_PHONE'],
  });
  const stranger = await consent(t, shared, browser, asked.body.url, 'grant', 'stranger');
  t.is(stranger.status, 403);
  const { body } = await app.api('GET', `/v1/sessions/${session.id}`);
  t.like(body, { consent: 'failed', grant_id: null, scopes: [] });
  t.deepEqual(await queryAsOwner(shared.ownerUrl, 'select id from grants where verified_at is null'), []);
  const landed = await consent(t, shared, browser, asked.body.url, 'grant');
  t.like((await exchange(app, codeOf(landed))).body.session, {
    id: session.id,
    consent: 'granted',
    identity: 'verified',
    scopes: ['USER_ID', 'USER_PHONE'],
  });
});

test.serial(
  'what Divar brings back without an answer is a page with a way on, and the visit goes on',
  async (t) => {
    const shared = await sharedWorld();
    const app = shared.apps.v2;
    const browser = createBrowser();
    const { url } = await tap(t, shared, app);
    const page = await consent(t, shared, browser, url, 'bounce');
    t.is(page.status, 400);
    const landed = await consent(t, shared, browser, url, 'grant');
    t.is((await exchange(app, codeOf(landed))).body.session.consent, 'granted');
  },
);
