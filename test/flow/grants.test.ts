/** Grants and subscriptions through the product as it runs and the simulator inside it, in both generations. */
import test, { type ExecutionContext } from 'ava';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provisionRequest } from '../helpers/apps.ts';
import { createTestDatabase, type Teardown } from '../helpers/database.ts';
import { eventually, runCli, startGateway } from '../helpers/gateway.ts';
import { sharedByFile } from './shared.ts';
import { createApi, createControl } from './visitor.ts';

type Generation = 'v1' | 'v2';

const SLUGS = { v1: 'red-fox-lantern', v2: 'blue-otter-lamp' };
const SCOPES = {
  v1: ['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH', 'CHAT_READ_POST_CONVERSATIONS.{post_token}'],
  v2: [
    'USER_ID',
    'offline_access',
    'CONVERSATION_SEND_MESSAGE.{conversation_id}',
    'CHAT_POST_CONVERSATIONS_READ.{post_token}',
  ],
};

async function setup(t: Teardown) {
  const { url: databaseUrl } = await createTestDatabase(t);
  const appRequest = (generation: Generation) =>
    provisionRequest({
      tenant: { external_id: `shop-${generation}` },
      app: {
        external_id: `shop-${generation}-sandbox`,
        environment: 'sandbox',
        generation,
        divar: { slug: SLUGS[generation] },
        consent: { when: 'init', scopes: SCOPES[generation] },
      },
    });
  const [gateway, v1, v2] = await Promise.all([
    startGateway(t, { databaseUrl, withSimulator: true }),
    runCli(databaseUrl, ['provision', '-'], appRequest('v1')),
    runCli(databaseUrl, ['provision', '-'], appRequest('v2')),
  ]);
  const simulator = createControl(gateway.simulatorUrl);
  await eventually('the simulator knows both apps', async () => {
    const { apps } = await simulator('GET', '/__apps');
    return apps.length === 2;
  });
  const appOf = (generation: Generation, made: { app: { id: string }; api_keys: { key: string }[] }) => ({
    generation,
    id: made.app.id,
    slug: SLUGS[generation],
    api: createApi(gateway.url, made.api_keys[0]?.key ?? ''),
  });
  return { gateway, simulator, apps: { v1: appOf('v1', v1), v2: appOf('v2', v2) } };
}

const sharedWorld = sharedByFile(setup);

/** A seller consents in a chat nobody else uses. */
async function visit(t: ExecutionContext, generation: Generation) {
  const world = await sharedWorld();
  const { simulator } = world;
  const app = world.apps[generation];
  const { conversation, post } = await simulator('POST', '/__chats', {});
  const tapped = await simulator('POST', '/__tap', {
    app: app.slug,
    as: 'seller',
    kind: 'chat',
    conversation,
  });
  t.deepEqual(tapped.problems, []);
  const browser = createBrowser();
  const asked = await browser.open(tapped.url);
  const decided = await simulator('POST', '/__consent', {
    url: asked.location,
    user: 'seller',
    decision: 'grant',
  });
  const landed = await browser.get(decided.location);
  const { body } = await app.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  t.is(body.session.consent, 'granted');
  return {
    ...world,
    app,
    conversation,
    post,
    session: body.session,
    grantId: body.session.grant_id as string,
  };
}

type Visited = Awaited<ReturnType<typeof visit>>;

async function eventsOf({ app }: Visited, type: string) {
  const { body } = await app.api('GET', `/v1/events?limit=100&type=${type}`);
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
  return body.data as { id: string; data: Record<string, any> }[];
}

async function subscribe(t: ExecutionContext, visited: Visited) {
  const { app, grantId, post } = visited;
  const request = { grant_id: grantId, event_type: 'NEW_MESSAGE_ON_POST', resource_id: post };
  const made = await app.api('POST', '/v1/subscriptions', request);
  t.is(made.status, 201, JSON.stringify(made.body));
  t.is((await app.api('POST', '/v1/subscriptions', request)).status, 200, 'a second one is the first');
  await eventually('the subscription is live', async () => {
    const { body } = await app.api('GET', `/v1/subscriptions/${made.body.id}`);
    return body.state === 'live';
  });
  return made.body.id as string;
}

const hopsOf = async ({ simulator, app }: Visited, kind: string) =>
  (await simulator('GET', `/__log?kind=${kind}&app=${app.slug}`)).hops as {
    status: number;
    problems: string[];
  }[];

test.serial(
  'v2: a subscription is registered again with every refresh, and ends with its grant',
  async (t) => {
    const visited = await visit(t, 'v2');
    const { app, simulator, grantId, conversation } = visited;
    const id = await subscribe(t, visited);
    t.is((await hopsOf(visited, 'subscribe')).length, 1);

    const refreshed = await app.api('POST', `/v1/grants/${grantId}/refresh`);
    t.is(refreshed.status, 200, JSON.stringify(refreshed.body));
    t.like(refreshed.body, { id: grantId, state: 'live', reason: null });
    t.deepEqual(
      (await hopsOf(visited, 'refresh')).map(({ status, problems }) => [status, problems]),
      [[200, []]],
    );
    t.is((await hopsOf(visited, 'subscribe')).length, 2, 'in the same job');
    t.like((await app.api('GET', `/v1/subscriptions/${id}`)).body, { state: 'live', lost_since: null });

    await simulator('POST', `/__chats/${conversation}/messages`, { as: 'buyer', text: 'سلام' });
    const told = await eventually('the buyer is heard', async () =>
      (await eventsOf(visited, 'chat.message.received')).find((event) => event.data.message.text === 'سلام'),
    );
    t.deepEqual(told.data.metadata, { subscription: id });

    t.is((await app.api('DELETE', `/v1/grants/${grantId}`)).status, 204);
    t.like((await app.api('GET', `/v1/grants/${grantId}`)).body, {
      state: 'revoked',
      reason: 'revoked_by_tenant',
    });
    const lost = await eventually(
      'the loss is told',
      async () => (await eventsOf(visited, 'subscription.lost'))[0],
    );
    t.like(lost.data, { subscription: { id, state: 'lost' }, reason: 'revoked_by_tenant' });
    t.like((await eventsOf(visited, 'grant.revoked'))[0]?.data, { grant_ids: [grantId] });
    t.is((await app.api('POST', `/v1/grants/${grantId}/refresh`)).status, 409);
    t.is((await app.api('DELETE', `/v1/subscriptions/${id}`)).status, 204);
    t.is((await app.api('GET', `/v1/subscriptions/${id}`)).status, 404);
  },
);

test.serial('what waits for a grant that is taken back ends with a reason', async (t) => {
  const visited = await visit(t, 'v2');
  const { app, grantId, conversation } = visited;
  const [listed] = (await app.api('GET', '/v1/conversations?limit=1')).body.data;
  const first = await app.api('POST', '/v1/messages', { session_id: visited.session.id, text: 'یک' });
  const { conversation_id: id } = first.body;
  t.truthy(conversation && listed !== undefined);
  await app.api('POST', `/v1/conversations/${id}/hold`);
  const second = await app.api('POST', '/v1/messages', { session_id: visited.session.id, text: 'دو' });
  t.is((await app.api('DELETE', `/v1/grants/${grantId}`)).status, 204);
  const ended = await eventually('the message ends', async () => {
    const { body } = await app.api('GET', `/v1/messages/${second.body.id}`);
    return body.final_at !== null && body;
  });
  t.like(ended, { state: 'failed', code: 'grant_revoked' });
});

test.serial('v2: a token that ended early at Divar is renewed once, and the message goes out', async (t) => {
  const visited = await visit(t, 'v2');
  const { app, simulator, session } = visited;
  const seen = (await hopsOf(visited, 'refresh')).length;
  await simulator('POST', '/__clock', { advance_ms: 2 * 3_600_000 });
  const accepted = await app.api('POST', '/v1/messages', { session_id: session.id, text: 'پس از ساعتی' });
  t.is(accepted.status, 202);
  const sent = await eventually('the message is sent', async () => {
    const { body } = await app.api('GET', `/v1/messages/${accepted.body.id}`);
    return body.final_at !== null && body;
  });
  await simulator('POST', '/__clock', { reset: true });
  t.is(sent.state, 'sent');
  t.is((await hopsOf(visited, 'refresh')).length, seen + 1);
});

test.serial(
  'v1: Divar presents the key of the subscription, and no other of that kind is taken',
  async (t) => {
    const visited = await visit(t, 'v1');
    const { app, gateway, simulator, conversation, grantId } = visited;
    t.is((await app.api('POST', `/v1/grants/${grantId}/refresh`)).status, 409, 'v1 gives no refresh token');
    await subscribe(t, visited);
    await simulator('POST', `/__chats/${conversation}/messages`, { as: 'buyer', text: 'موجود است؟' });
    await eventually('the buyer is heard', async () =>
      (await eventsOf(visited, 'chat.message.received')).some(
        (event) => event.data.message.text === 'موجود است؟',
      ),
    );
    const foreign = await fetch(`${gateway.url}/e/${app.id}`, {
      method: 'POST',
      headers: { authorization: `pvs_${'A'.repeat(43)}`, 'content-type': 'application/json' },
      body: '{}',
    });
    t.is(foreign.status, 401);
  },
);

test.serial('a subscription that Divar is sure to refuse is refused before Divar is asked', async (t) => {
  const v2 = await visit(t, 'v2');
  const ask = (visited: Visited, body: object) =>
    visited.app.api('POST', '/v1/subscriptions', { grant_id: visited.grantId, ...body });
  const seen = (await hopsOf(v2, 'subscribe')).length;
  const missing = await ask(v2, { event_type: 'POST_UPDATE' });
  t.like(missing.body, { status: 409, code: 'consent_required', scopes: ['USER_POSTS_GET'] });
  t.is((await ask(v2, { event_type: 'NEW_MESSAGE_ON_POST', resource_id: 'AAAAAAAA' })).status, 409);
  t.is((await ask(v2, { event_type: 'NEW_MESSAGE_ON_POST', grant_id: 'grt_unknown' })).status, 404);
  const nonsense = await ask(v2, { event_type: 'X', resource_id: 'a/b', more: 1 });
  t.is(nonsense.status, 400);
  t.is(nonsense.body.errors.length, 3);
  const v1 = await visit(t, 'v1');
  const wrong = await ask(v1, { event_type: 'POST_UPDATE' });
  t.deepEqual(
    wrong.body.errors.map(({ path }: { path: string }) => path),
    ['body.event_type', 'body.resource_id'],
  );
  t.is((await ask({ ...v2, grantId: v1.grantId } as Visited, { event_type: 'POST_UPDATE' })).status, 404);
  t.is((await fetch(`${v2.gateway.url}/v1/subscriptions`)).status, 401);
  t.is((await hopsOf(v2, 'subscribe')).length, seen);
});
