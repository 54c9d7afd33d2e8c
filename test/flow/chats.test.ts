/** What comes back from chats, through the product as it runs and the simulator inside it, in both generations. */
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
  v1: ['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH', 'CHAT_READ_CONVERSATION'],
  v2: [
    'USER_ID',
    'CONVERSATION_SEND_MESSAGE.{conversation_id}',
    'CHAT_CONVERSATION_READ.{conversation_id}',
    'CHAT_POST_CONVERSATIONS_READ.{post_token}',
  ],
};
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

async function setup(t: Teardown) {
  const { url: databaseUrl } = await createTestDatabase(t);
  const requestOf = (generation: Generation) =>
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
    // The shorter a call may take, the sooner a chat can prove anything.
    startGateway(t, { databaseUrl, withSimulator: true, env: { DIVAR_TIMEOUT_MS: '2000' } }),
    runCli(databaseUrl, ['provision', '-'], requestOf('v1')),
    runCli(databaseUrl, ['provision', '-'], requestOf('v2')),
  ]);
  const simulator = createControl(gateway.simulatorUrl);
  await eventually('the simulator knows both apps', async () => {
    const { apps } = await simulator('GET', '/__apps');
    return apps.length === 2;
  });
  const appOf = (generation: Generation, made: { api_keys: { key: string }[] }) => ({
    generation,
    slug: SLUGS[generation],
    key: made.api_keys[0]?.key ?? '',
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
  const browser = createBrowser();
  const asked = await browser.open(tapped.url);
  const consent = { url: asked.location, user: 'seller', decision: 'grant' };
  const landed = await browser.get((await simulator('POST', '/__consent', consent)).location);
  const { body } = await app.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  t.is(body.session.consent, 'granted');
  const send = async (more: object): Promise<string> => {
    const sent = await app.api('POST', '/v1/messages', { session_id: body.session.id, ...more });
    t.is(sent.status, 202, JSON.stringify(sent.body));
    return sent.body.id;
  };
  const settled = (id: string, state: string) =>
    eventually(`${id} is ${state}`, async () => {
      const found = (await app.api('GET', `/v1/messages/${id}`)).body;
      return found.state === state && found;
    });
  return { ...world, app, conversation, post, session: body.session, send, settled };
}

/** The next send is stored by Divar, and its answer is lost. */
const loseAnswer = ({ simulator, app }: Awaited<ReturnType<typeof visit>>) =>
  simulator('PUT', '/__faults', [{ where: 'send', app: app.slug, mode: 'reset_after_store', times: 1 }]);

test.serial('v2: the echo of a message whose answer was lost settles it, and is not told', async (t) => {
  const visited = await visit(t, 'v2');
  const { app, send, settled, simulator, conversation } = visited;
  const subscription = await app.api('POST', '/v1/subscriptions', {
    grant_id: visited.session.grant_id,
    event_type: 'NEW_MESSAGE_ON_POST',
    resource_id: visited.post,
  });
  await eventually('the subscription is live', async () => {
    const { body } = await app.api('GET', `/v1/subscriptions/${subscription.body.id}`);
    return body.state === 'live';
  });
  await loseAnswer(visited);
  const id = await send({ text: 'سفارش شما ثبت شد' });
  t.is((await settled(id, 'sent')).confirmed_by, 'echo');
  await simulator('POST', `/__chats/${conversation}/messages`, { as: 'buyer', text: 'ممنون' });
  const told = await eventually('the buyer is heard', async () => {
    const { body } = await app.api('GET', '/v1/events?limit=100&type=chat.message.received');
    return body.data.length > 0 && body.data;
  });
  t.deepEqual(
    told.map(({ data }: { data: { message: { text: string } } }) => data.message.text),
    ['ممنون'],
  );
  const { body } = await app.api('GET', `/v1/conversations/${conversation}/messages`);
  t.deepEqual(
    body.data.map(({ text, source }: { text: string; source: string }) => [text, source]),
    [
      ['ممنون', 'event'],
      ['سفارش شما ثبت شد', 'message'],
    ],
  );
  t.is(body.divar.state, 'read');
});

test.serial('v1: reading the chat settles a message that no event told, and shows the rest', async (t) => {
  const visited = await visit(t, 'v1');
  const { app, send, settled, simulator, conversation } = visited;
  await simulator('POST', `/__chats/${conversation}/messages`, { as: 'buyer', text: 'هنوز هست؟' });
  await loseAnswer(visited);
  const id = await send({ text: 'بله، هست', on_unknown: 'retry' });
  await settled(id, 'unknown');
  const sent = await settled(id, 'sent');
  t.like(sent, { confirmed_by: 'read', attempts: 1 });
  const { body } = await app.api('GET', `/v1/conversations/${sent.conversation_id}/messages`);
  t.deepEqual(
    body.data.map(({ text, source }: { text: string; source: string }) => [text, source]),
    [
      ['بله، هست', 'message'],
      ['هنوز هست؟', 'divar'],
    ],
  );
});

test.serial('v2: a picture is uploaded once and sent, with its token and without a text', async (t) => {
  const { gateway, app, send, settled, simulator, conversation } = await visit(t, 'v2');
  const form = new FormData();
  form.append('file', new File([new Uint8Array(Buffer.from(PNG, 'base64'))], 'نمونه.png'));
  const response = await fetch(`${gateway.url}/v1/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.key}` },
    body: form,
  });
  const media = (await response.json()) as { id: string; kind: string };
  t.is(response.status, 201, JSON.stringify(media));
  const id = await send({ media_id: media.id });
  t.like(await settled(id, 'sent'), { media_id: media.id, text: null, confirmed_by: 'answer' });
  const { chats, conversations } = await simulator('GET', '/__state');
  t.true(JSON.stringify(chats ?? conversations).includes('image'));
  const refused = await app.api('POST', '/v1/messages', {
    conversation_id: conversation,
    media_id: 'med_none',
  });
  t.is(refused.status, 400);
  t.deepEqual(
    refused.body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`),
    ['body.media_id unknown_media'],
  );
});
