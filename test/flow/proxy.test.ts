/** Divar's API through the product as it runs, with the requests that the official SDKs make: the simulator answers for a
 *  sandbox app, and a server that notes what it is asked for a live one. */
import test, { type ExecutionContext } from 'ava';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provisionRequest } from '../helpers/apps.ts';
import { createTestDatabase, type Teardown } from '../helpers/database.ts';
import { eventually, runCli, startGateway } from '../helpers/gateway.ts';
import { type FakeReply, loopbackFake, type RecordedRequest } from '../helpers/http.ts';
import { sharedByFile } from './shared.ts';
import { createApi, createControl } from './visitor.ts';

const SLUG = 'blue-otter-lamp';
const SCOPES = [
  'USER_ID',
  'offline_access',
  'CHAT_BOT_USER_MESSAGE_SEND',
  'CONVERSATION_SEND_MESSAGE.{conversation_id}',
];
/** Headers as the generated clients send them. */
const SDKS: Record<string, Record<string, string>> = {
  Go: { 'User-Agent': 'OpenAPI-Generator/1.0.0/go', Accept: 'application/json' },
  Python: { 'User-Agent': 'OpenAPI-Generator/1.0.0/python', Accept: 'application/json' },
};

async function setup(t: Teardown) {
  const { url: databaseUrl } = await createTestDatabase(t);
  let answer: (request: RecordedRequest) => FakeReply | Promise<FakeReply> = () => ({ body: {} });
  const divar = await loopbackFake(t, (request) => answer(request));
  const page = await loopbackFake(t, () => ({ body: '<h1>ارسال کالا</h1>' }));
  const env = { DIVAR_API_URL: divar.url, DIVAR_TIMEOUT_MS: '2000' };
  const landing = { url: `${page.url}/divar` };
  const request = (externalId: string, app: object, divar: object, apiKeys?: object[]) =>
    provisionRequest({
      tenant: { external_id: externalId },
      app: { external_id: externalId, ...app },
      divar,
      landing,
      ...(apiKeys ? { api_keys: apiKeys } : {}),
    });
  const gateway = await startGateway(t, { databaseUrl, withSimulator: true, env });
  const provision = (given: object) => runCli(databaseUrl, ['provision', '-'], given);
  const consent = { when: 'init', scopes: SCOPES };
  const sandbox = await provision(request('sandbox', { environment: 'sandbox', consent }, { slug: SLUG }));
  const live = await provision(
    request('live', {}, {}, [
      { name: 'all', scopes: ['*'] },
      { name: 'reads', scopes: ['divar:read', 'messages:write'] },
    ]),
  );
  const old = await provision(request('old', { generation: 'v1' }, { slug: 'red-fox-lantern' }));
  const simulator = createControl(gateway.simulatorUrl);
  await eventually('the simulator knows the app', async () =>
    (await simulator('GET', '/__apps')).apps.some((app: { slug: string }) => app.slug === SLUG),
  );

  const ask = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const response = await fetch(`${gateway.url}/v1/divar${path}`, {
      method,
      redirect: 'manual',
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : null,
    };
  };

  /** A person who has granted, in a chat of his own. */
  const visit = async () => {
    const { conversation } = await simulator('POST', '/__chats', {});
    const tapped = await simulator('POST', '/__tap', { app: SLUG, as: 'seller', kind: 'chat', conversation });
    const browser = createBrowser();
    const asked = await browser.open(tapped.url);
    const decision = { url: asked.location, user: 'seller', decision: 'grant' };
    const { location } = await simulator('POST', '/__consent', decision);
    const landed = await browser.get(location);
    const api = createApi(gateway.url, sandbox.api_keys[0].key);
    const { body } = await api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
    return { conversation, session: body.session, grantId: body.session.grant_id as string };
  };

  return {
    gateway,
    simulator,
    divar,
    ask,
    visit,
    api: createApi(gateway.url, sandbox.api_keys[0].key),
    keys: {
      sandbox: sandbox.api_keys[0].key as string,
      live: live.api_keys[0].key as string,
      reads: live.api_keys[1].key as string,
      old: old.api_keys[0].key as string,
    },
    answerWith: (next: typeof answer) => {
      answer = next;
    },
  };
}

const sharedWorld = sharedByFile(setup);

const onBehalf = (key: string, name: string) => ({ 'X-API-Key': key, Authorization: `Bearer ${name}` });
const POST_PATH = '/v1/open-platform/finder/post/wZ_x9Qa7';

test.serial('is protected, and says what is missing', async (t) => {
  const { ask, keys, divar } = await sharedWorld();
  const cases: [string, string, Record<string, string>, number][] = [
    ['GET', POST_PATH, {}, 401],
    ['GET', POST_PATH, { 'X-API-Key': 'divar-api-key-1' }, 401],
    ['GET', POST_PATH, { 'X-API-Key': keys.live.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) }, 401],
    ['GET', POST_PATH, { 'X-API-Key': keys.live, Authorization: 'Bearer ory_at_x' }, 401],
    ['GET', POST_PATH, { Authorization: 'Bearer grt_00000000000000000000000000' }, 401],
    ['GET', '/v1/open-platform/users', onBehalf(keys.live, 'grt_00000000000000000000000000'), 404],
    ['GET', '/v1/open-platform/users', onBehalf(keys.live, 'ses_00000000000000000000000000'), 404],
    ['GET', '/v1/open-platform/users', { 'X-API-Key': keys.live }, 409],
    ['DELETE', '/v1/open-platform/addons/post/p1', { 'X-API-Key': keys.reads }, 403],
    ['GET', '/v2/open-platform/chatbot-conversations/c1/messages', { 'X-API-Key': keys.live }, 404],
    ['GET', '/v1/open-platform/chat/conversations/%2e%2e%2fusers', { 'X-API-Key': keys.live }, 404],
    ['PUT', '/v1/open-platform/users', { 'X-API-Key': keys.live }, 405],
    ['GET', POST_PATH, { 'X-API-Key': keys.old }, 409],
  ];
  for (const [method, path, headers, status] of cases) {
    const reply = await ask(method, path, headers);
    t.is(reply.status, status, `${method} ${path} ${JSON.stringify(headers)} ${reply.text}`);
    t.is(reply.json.status, status);
  }
  t.is(divar.requests.length, 0);
});

for (const [sdk, headers] of Object.entries(SDKS))
  test.serial(`the ${sdk} SDK reads with our key, and only what may pass passes`, async (t) => {
    const { ask, keys, divar, answerWith } = await sharedWorld();
    divar.requests.length = 0;
    answerWith(() => ({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'set-cookie': 'divar=1',
        server: 'divar',
        'x-divar-internal': 'planted',
        'access-control-allow-origin': '*',
      },
      body: '{"token":"wZ_x9Qa7","price":9007199254740993}',
    }));
    const planted = {
      cookie: 'a=b',
      'x-access-token': 'planted',
      'x-forwarded-for': '1.2.3.4',
      'proxy-authorization': 'Basic x',
      'x-custom': 'planted',
    };
    const reply = await ask('GET', `${POST_PATH}?a=1&b=%2F`, {
      ...headers,
      ...planted,
      'X-API-Key': keys.live,
    });
    t.is(reply.status, 200);
    t.is(reply.text, '{"token":"wZ_x9Qa7","price":9007199254740993}');
    for (const name of ['set-cookie', 'server', 'x-divar-internal', 'access-control-allow-origin'])
      t.is(reply.headers.get(name), null, name);
    t.truthy(reply.headers.get('ratelimit-limit'));
    const [seen] = divar.requests;
    t.is(seen?.url, `${POST_PATH}?a=1&b=%2F`);
    t.is(seen?.headers['x-api-key'], 'divar-api-key-1');
    t.is(seen?.headers.accept, 'application/json');
    t.is(seen?.headers.authorization, undefined);
    for (const name of Object.keys(planted)) t.is(seen?.headers[name], undefined, name);
    t.false(JSON.stringify(seen).includes('pvd_'));
  });

test.serial('errors of Divar, bodies and empty answers come back as they are', async (t) => {
  const { ask, keys, divar, answerWith } = await sharedWorld();
  const key = { 'X-API-Key': keys.live };
  answerWith(() => ({ status: 404, body: { code: 5, message: 'not found', details: [] } }));
  t.like(await ask('GET', POST_PATH, key), {
    status: 404,
    json: { code: 5, message: 'not found', details: [] },
  });
  answerWith(() => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>502</html>' }));
  t.like(await ask('GET', POST_PATH, key), { status: 502, text: '<html>502</html>' });
  answerWith(() => ({ status: 204 }));
  t.like(await ask('DELETE', '/v1/open-platform/addons/post/p1', key), { status: 204, text: '' });
  answerWith(() => ({ status: 302, headers: { location: 'https://evil.example/' } }));
  const moved = await ask('GET', POST_PATH, key);
  t.is(moved.status, 302);
  t.is(moved.headers.get('location'), null);
  answerWith(({ json }) => ({ body: { got: json } }));
  const text = 'سلام'.repeat(10_000);
  const sent = await ask('POST', '/v2/open-platform/finder/post', key, { text });
  t.is(sent.json.got.text, text);
  const before = divar.requests.length;
  t.is((await ask('POST', '/v2/open-platform/finder/post', key, 'x'.repeat(1024 * 1024 + 1))).status, 413);
  t.is(divar.requests.length, before);
});

test.serial('an answer that never comes is a problem that says whether to ask again', async (t) => {
  const { ask, keys, answerWith } = await sharedWorld();
  const key = { 'X-API-Key': keys.live };
  answerWith(() => new Promise(() => undefined));
  t.like((await ask('GET', POST_PATH, key)).json, { status: 503, code: 'unavailable', retryable: true });
  t.like((await ask('DELETE', '/v1/open-platform/addons/post/p1', key)).json, {
    status: 504,
    code: 'outcome_unknown',
    retryable: false,
  });
});

test.serial('a grant or a visit names whose token is used, as far as it goes', async (t) => {
  const { ask, keys, visit, simulator } = await sharedWorld();
  const { grantId, session, conversation } = await visit();
  const users = await simulator('GET', `/__apps/${SLUG}/users`);
  for (const name of [grantId, session.id]) {
    const reply = await ask('GET', '/v1/open-platform/users', onBehalf(keys.sandbox, name));
    t.is(reply.status, 200, reply.text);
    t.is(reply.json.user_id, users.seller);
  }
  const read = `/v1/open-platform/chat/conversations/${conversation}`;
  const refused = await ask('GET', read, onBehalf(keys.sandbox, session.id));
  t.like(refused.json, { status: 409, code: 'consent_required' });
  t.regex(refused.json.consent_url, /\/s\//);
  t.is((await ask('GET', read, onBehalf(keys.sandbox, grantId))).json.consent_url, null);
  t.is((await ask('GET', '/v1/open-platform/users', onBehalf(keys.live, grantId))).status, 404);
});

const grid = (...buttons: object[]) => ({ rows: [{ buttons }] });

async function shown(conversation: string) {
  const { simulator } = await sharedWorld();
  const { chats } = await simulator('GET', '/__state');
  const chat = chats.find((one: { conversation: string }) => one.conversation === conversation);
  return chat?.sides.buyer as { text: string; buttons: { caption: string; action: object }[][] }[];
}

test.serial(
  'a send of the SDK is a message in the line of its conversation, and answers as Divar does',
  async (t) => {
    const { ask, keys, visit, api } = await sharedWorld();
    const { grantId, conversation } = await visit();
    const path = `/v2/open-platform/conversations/${conversation}/messages`;
    const body = {
      type: 'TEXT',
      message: 'سفارش شما ثبت شد',
      receiver_buttons: grid(
        { action: { open_direct_link: 'https://shop.example/p' }, icon: 'TERMS', caption: 'پرداخت' },
        { action: { open_server_link: { data: { order: 'A-17' } } }, icon_name: 'SEND', caption: 'پیگیری' },
      ),
    };
    const own = await api('POST', '/v1/messages', {
      conversation_id: conversation,
      grant_id: grantId,
      text: 'یک',
    });
    const reply = await ask('POST', path, onBehalf(keys.sandbox, grantId), body);
    t.deepEqual([reply.status, reply.json], [200, { status: 200, message: 'success' }]);
    const id = reply.headers.get('x-peyvand-message-id') ?? '';
    t.like((await api('GET', `/v1/messages/${id}`)).body, { state: 'sent', text: 'سفارش شما ثبت شد' });
    t.is((await api('GET', `/v1/messages/${own.body.id}`)).body.state, 'sent');
    const messages = await shown(conversation);
    t.deepEqual(
      messages.map(({ text }) => text),
      ['یک', 'سفارش شما ثبت شد'],
    );
    t.deepEqual(
      messages[1]?.buttons.map((row) => row.map(({ caption }) => caption)),
      [['پرداخت', 'پیگیری']],
    );
    t.false(JSON.stringify(messages).includes('A-17'), 'what the button means stays with us');
  },
);

test.serial('a chatbot send tells its conversation, by user and by conversation', async (t) => {
  const { ask, keys, visit, simulator } = await sharedWorld();
  const { grantId } = await visit();
  const users = await simulator('GET', `/__apps/${SLUG}/users`);
  const bot = '/v1/open-platform/chat/bot';
  const byUser = `${bot}/users/${encodeURIComponent(users.seller)}/messages`;
  const body = {
    text_message: 'سلام',
    buttons: grid({ action: { get_dynamic_action: { data: { q: '1' } } }, caption: 'بله' }),
  };
  const first = await ask('POST', byUser, onBehalf(keys.sandbox, grantId), body);
  t.is(first.status, 200, first.text);
  t.regex(first.json.conversation_id, /^[0-9a-f-]{36}$/);
  const byConversation = `${bot}/conversations/${first.json.conversation_id}/messages`;
  const second = await ask('POST', byConversation, { 'X-API-Key': keys.sandbox }, { text_message: 'دوباره' });
  t.deepEqual([second.status, second.json], [200, { conversation_id: first.json.conversation_id }]);
  const foreign = `${bot}/users/${encodeURIComponent(users.buyer)}/messages`;
  t.is((await ask('POST', foreign, onBehalf(keys.sandbox, grantId), body)).status, 403);
});

test.serial('what is no message is refused with all that is wrong, and nothing is stored', async (t) => {
  const { ask, keys, visit, api } = await sharedWorld();
  const { grantId, conversation } = await visit();
  const path = `/v2/open-platform/conversations/${conversation}/messages`;
  const send = (body: unknown) => ask('POST', path, onBehalf(keys.sandbox, grantId), body);
  const button = {
    action: { open_direct_link: 'https://a.example', open_server_link: { data: {} } },
    caption: '',
  };
  const bad = await send({ message: ' ', sender_buttons: grid(button), receiver_buttons: { rows: 'x' } });
  t.is(bad.status, 400);
  const paths = bad.json.errors.map((issue: { path: string }) => issue.path);
  for (const expected of [
    'body.message',
    'body.sender_buttons.0.0.caption',
    'body.sender_buttons.0.0.action',
    'body.receiver_buttons',
  ])
    t.true(paths.includes(expected), `${expected} in ${paths}`);
  for (const body of ['[]', 'null', '{', '']) t.is((await send(body)).status, 400, body);
  t.is(
    (await ask('POST', path, { 'X-API-Key': keys.sandbox }, { message: 'x' })).json.code,
    'consent_required',
  );
  const { body } = await api('GET', `/v1/conversations/${conversation}`);
  t.is(body.code, 'not_found');
});

test.serial('a recipient who takes no messages is told in the words of Divar', async (t) => {
  const { ask, keys, visit, simulator } = await sharedWorld();
  const { grantId, conversation } = await visit();
  await simulator('PUT', `/__chats/${conversation}`, { blocked: true });
  const path = `/v2/open-platform/conversations/${conversation}/messages`;
  const reply = await ask('POST', path, onBehalf(keys.sandbox, grantId), { message: 'سلام' });
  t.is(reply.status, 412);
  t.is(reply.json.code, 9);
});

async function lose(t: ExecutionContext) {
  const world = await sharedWorld();
  const { grantId, conversation } = await world.visit();
  await world.simulator('PUT', '/__faults', [
    { where: 'send', mode: 'reset_after_store', times: 1 },
    { where: 'read', status: 503 },
  ]);
  t.teardown(async () => void (await world.simulator('DELETE', '/__faults')));
  const path = `/v2/open-platform/conversations/${conversation}/messages`;
  const send = (message: string) =>
    world.ask('POST', path, onBehalf(world.keys.sandbox, grantId), { message });
  return { ...world, send };
}

test.serial(
  'a send whose answer is lost is a problem that names the message, and stops nobody',
  async (t) => {
    const { send, api } = await lose(t);
    const lost = await send('یک');
    t.like(lost.json, { status: 504, code: 'outcome_unknown', retryable: false });
    t.is((await api('GET', `/v1/messages/${lost.json.message_id}`)).status, 200);
    t.is((await send('دو')).status, 200);
  },
);
