import test from 'ava';
import {
  CONVERSATION,
  P,
  POST,
  SEND_SCOPE,
  type Setup,
  SLUG,
  STATE,
  setup,
  TRIPLE,
  U,
  V2_USER,
} from './setup.ts';

const USERS = '/v1/open-platform/users';
const SEND = `/v2/open-platform/conversations/${CONVERSATION}/messages`;
const OLD_SEND = '/v2/open-platform/chat/conversation';
const READ = `/v1/open-platform/chat/conversations/${CONVERSATION}`;

/** TV-61 */
const GRID_MESSAGE = {
  type: 'TEXT',
  message: 'پیش‌فاکتور آماده است',
  sender_buttons: {
    rows: [
      {
        buttons: [
          { action: { open_server_link: { data: { ref: 'r_01' } } }, icon: 'TERMS', caption: 'پیگیری' },
          { action: { get_dynamic_action: { data: { ref: 'r_02' } } }, icon: 'CHECKED', caption: 'تأیید' },
        ],
      },
      { buttons: [{ action: { open_post_page: { post_token: POST } }, caption: 'آگهی' }] },
    ],
  },
};

/** TV-60 */
const OLD_MESSAGE = {
  user_id: U,
  post_token: POST,
  peer_id: P,
  type: 'TEXT',
  message: 'پیش‌فاکتور آماده است',
  sender_btn: {
    action: 'LINK',
    data: { icon_name: 'TERMS', extra_data: { order: 'A-17' }, caption: 'پیگیری' },
  },
  receiver_btn: {
    action: 'DIRECT_LINK',
    data: { icon_name: 'PAYMENT', direct_link: 'https://addon.example/p/A-17', caption: 'پرداخت' },
  },
};

const chatOf = async ({ request }: Setup, id = CONVERSATION) =>
  (await request('GET', '/__state')).json.chats.find(
    (one: { conversation: string }) => one.conversation === id,
  );

/** A v1 token for the seller of the first post. */
const grantV1 = async ({ consent, authorizeUrl, request }: Setup, scope: string): Promise<string> => {
  const { json } = await consent(authorizeUrl({ scope }, '/oauth'));
  const code = new URL(json.location).searchParams.get('code');
  const body = { code, client_id: SLUG, client_secret: 'apikey-1', grant_type: 'authorization_code' };
  return (await request('POST', '/v1/open-platform/oauth/access_token', body)).json.access_token;
};

test('refuses a request without or with an unknown API key', async (t) => {
  const { register, request, grant } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  const authorization = `Bearer ${token}`;
  t.is((await request('GET', USERS, undefined, { authorization })).status, 401);
  t.is((await request('GET', USERS, undefined, { authorization, 'x-api-key': 'apikey-2' })).status, 401);
});

test('refuses an API key that does not hold the permission', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register({ api_keys: [{ key: 'apikey-1', permissions: ['USER_RETRIEVE'] }] });
  const { access_token: token } = await grant();
  t.is((await request('GET', USERS, undefined, api(token))).status, 200);
  const reply = await request('POST', SEND, { message: 'سلام' }, api(token));
  t.is(reply.status, 403);
  t.is(reply.json.code, 7);
});

test('v2 takes the token as Bearer only', async (t) => {
  const { register, request, grant } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  const key = { 'x-api-key': 'apikey-1' };
  t.is((await request('GET', USERS, undefined, { ...key, 'x-access-token': token })).status, 401);
  t.is((await request('GET', USERS, undefined, { ...key, authorization: token })).status, 401);
  t.is((await request('GET', USERS, undefined, { ...key, authorization: `Bearer ${token}x` })).status, 401);
});

test('refuses the token of another app', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  await register({ api_keys: [{ key: 'apikey-2' }] }, 'other-app');
  const { access_token: token } = await grant();
  t.is((await request('GET', USERS, undefined, api(token, 'apikey-2'))).status, 403);
});

test('tells of a user only what the scopes allow', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const ask = async (scope: string) =>
    (await request('GET', USERS, undefined, api((await grant(scope)).access_token))).json;
  t.deepEqual(await ask('USER_ID'), { user_id: V2_USER });
  t.deepEqual(await ask('USER_PHONE USER_ID'), {
    phone_number: '09990000001',
    phone_numbers: ['09990000001'],
    user_id: V2_USER,
  });
  t.is((await ask(SEND_SCOPE)).code, 7);
});

test('a user has one id per app, stable, opaque and different from app to app', async (t) => {
  const { register, request } = await setup(t);
  await register();
  await register({}, 'second-app');
  await register({ generation: 'v1' }, 'old-app');
  const ids = async (slug: string) => (await request('GET', `/__apps/${slug}/users`)).json;
  const [first, second, old] = [await ids(SLUG), await ids('second-app'), await ids('old-app')];
  t.is(first.seller, V2_USER);
  t.not(second.seller, first.seller);
  t.deepEqual(await ids('second-app'), second);
  for (const id of [first.buyer, second.seller, second.buyer]) {
    t.is(id.length, 44);
    for (const mark of ['/', '+', '=']) t.true(id.includes(mark), id);
  }
  t.regex(old.seller, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a v1 app asks for its user with POST and x-access-token', async (t) => {
  const simulator = await setup(t);
  const { register, request } = simulator;
  await register({ generation: 'v1' });
  const token = await grantV1(simulator, 'USER_PHONE');
  const headers = { 'x-api-key': 'apikey-1', 'x-access-token': token };
  t.deepEqual((await request('POST', USERS, '', headers)).json, { phone_numbers: ['09990000001'] });
  const bearer = { 'x-api-key': 'apikey-1', authorization: `Bearer ${token}` };
  t.is((await request('POST', USERS, '', bearer)).status, 401);
  t.is((await request('GET', USERS, undefined, headers)).status, 404);
});

test('a v2 app does not find the paths of v1, nor retired ones', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  for (const [method, path] of [
    ['POST', USERS],
    ['POST', OLD_SEND],
    ['GET', '/v1/open-platform/chat/conversation-messages'],
    ['POST', `/v2/open-platform/chatbot-conversations/${CONVERSATION}/messages`],
    ['POST', `/experimental/open-platform/chat/bot/conversations/${CONVERSATION}/messages`],
    ['POST', '/v1/open-platform/notify/chat/post-conversations'],
  ] as const) {
    const reply = await request(method, path, method === 'POST' ? {} : undefined, api(token));
    t.is(reply.status, 404, path);
    t.is(reply.json.code, 5);
  }
});

test('a sent message stands on both sides with the buttons of each, and the reply names no message', async (t) => {
  const simulator = await setup(t);
  const { register, request, grant, api } = simulator;
  await register();
  const { access_token: token } = await grant();
  const reply = await request('POST', SEND, GRID_MESSAGE, api(token));
  t.deepEqual(reply.json, { status: 200, message: 'success' });
  const chat = await chatOf(simulator);
  const [seller, buyer] = [chat.sides.seller[0], chat.sides.buyer[0]];
  t.is(seller.text, GRID_MESSAGE.message);
  t.is(buyer.id, seller.id);
  t.deepEqual(
    seller.buttons.map((row: unknown[]) => row.length),
    [2, 1],
  );
  t.deepEqual(buyer.buttons, []);
  t.regex(seller.id, /^[0-9a-f]{8}-[0-9a-f]{4}-1/);
});

test('the buttons of the sender are those of the grantor', async (t) => {
  const simulator = await setup(t);
  const { register, request, grant, api } = simulator;
  await register();
  const { access_token: token } = await grant(SEND_SCOPE, 'buyer');
  await request('POST', SEND, GRID_MESSAGE, api(token));
  const chat = await chatOf(simulator);
  t.deepEqual(chat.sides.seller[0].buttons, []);
  t.is(chat.sides.buyer[0].buttons.length, 2);
});

for (const scope of [
  SEND_SCOPE,
  `CHAT_POST_CONVERSATIONS_MESSAGE_SEND.${POST}`,
  'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND',
])
  test(`one scope is enough to send: ${scope.split('.')[0]}`, async (t) => {
    const { register, request, grant, api } = await setup(t);
    await register();
    const { access_token: token } = await grant(scope);
    t.is((await request('POST', SEND, { message: 'سلام' }, api(token))).status, 200);
  });

test('refuses to send without a scope for this conversation', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant('USER_ID CHAT_POST_CONVERSATIONS_MESSAGE_SEND.gZk81mQv');
  t.is((await request('POST', SEND, { message: 'سلام' }, api(token))).status, 403);
  const supplier = await grant('CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND', 'buyer');
  t.is((await request('POST', SEND, { message: 'سلام' }, api(supplier.access_token))).status, 403);
});

test('refuses to send into an unknown conversation, or one the grantor takes no part in', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  const unknown = await request('POST', SEND.replace('0b7c', '0b7d'), { message: 'سلام' }, api(token));
  t.is(unknown.status, 404);
  const stranger = await grant('USER_ID', 'stranger');
  t.is((await request('POST', SEND, { message: 'سلام' }, api(stranger.access_token))).status, 403);
});

const button = (action: unknown) => ({ caption: 'دکمه', action });
const grid = (rows: unknown[][]) => ({ rows: rows.map((buttons) => ({ buttons })) });
const good = button({ open_direct_link: 'https://a.example/' });

for (const [title, body] of Object.entries({
  'no text': {},
  'an empty text without media': { message: '' },
  'a text that is no string': { message: 5 },
  'another type than TEXT': { type: 'IMAGE', message: 'x' },
  'text and media at once': { message: 'x', media_token: 'mt_1' },
  'media nobody uploaded': { message: '', media_token: 'mt_1' },
  'four rows': { message: 'x', sender_buttons: grid([[good], [good], [good], [good]]) },
  'four buttons in a row': { message: 'x', receiver_buttons: grid([[good, good, good, good]]) },
  'two keys in one action (TV-65)': {
    message: 'x',
    sender_buttons: grid([
      [button({ open_direct_link: 'https://a.example', open_server_link: { data: {} } })],
    ]),
  },
  'an action without a key': { message: 'x', sender_buttons: grid([[button({})]]) },
  'an action nobody knows': { message: 'x', sender_buttons: grid([[button({ open_moon: {} })]]) },
  'an http link': {
    message: 'x',
    sender_buttons: grid([[button({ open_direct_link: 'http://a.example/' })]]),
  },
  'a relative link': { message: 'x', sender_buttons: grid([[button({ open_direct_link: '/a' })]]) },
  'a server link without data': { message: 'x', sender_buttons: grid([[button({ open_server_link: {} })]]) },
  'a button without a caption': { message: 'x', sender_buttons: grid([[{ action: good.action }]]) },
}))
  test(`refuses to send ${title}`, async (t) => {
    const simulator = await setup(t);
    const { register, request, grant, api } = simulator;
    await register();
    const { access_token: token } = await grant();
    const reply = await request('POST', SEND, body, api(token));
    t.is(reply.status, 400);
    t.is(reply.json.code, 3);
    t.is((await chatOf(simulator)).sides.seller.length, 0);
  });

test('warns of an unknown icon, long captions and data that may come back changed', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  const odd = {
    caption: 'ا'.repeat(31),
    icon: 'REAL_STATE',
    action: { open_server_link: { data: { n: 12345678901234 } } },
  };
  t.is(
    (await request('POST', SEND, { message: 'x', sender_buttons: grid([[odd]]) }, api(token))).status,
    200,
  );
  const { hops } = (await request('GET', '/__log?kind=send')).json;
  t.is(hops[0].problems.length, 3);
});

test('answers 412 with code 9 while the recipient blocks', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  await request('PUT', `/__chats/${CONVERSATION}`, { blocked: true });
  const reply = await request('POST', SEND, { message: 'سلام' }, api(token));
  t.is(reply.status, 412);
  t.deepEqual(reply.json, { code: 9, message: "message delivery failed due to recipient's restriction" });
  await request('PUT', `/__chats/${CONVERSATION}`, { blocked: false });
  t.is((await request('POST', SEND, { message: 'سلام' }, api(token))).status, 200);
});

test('a test app works only with test posts', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register({ test_app: true });
  const real = '7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2910';
  const { access_token: token } = await grant(`CONVERSATION_SEND_MESSAGE.${real}`);
  t.is((await request('POST', SEND.replace(CONVERSATION, real), { message: 'x' }, api(token))).status, 403);
  t.is((await request('GET', '/v1/open-platform/finder/post/AaT3vN_xk2', undefined, api(token))).status, 403);
});

test('counts requests per minute and per day and names the limit in its 429', async (t) => {
  const { register, request, grant, api, advance } = await setup(t);
  await register({ limits: { per_minute: 1, per_day: 2 } });
  const { access_token: token } = await grant();
  const ask = () => request('GET', USERS, undefined, api(token));
  t.is((await ask()).status, 200);
  const minute = await ask();
  t.is(minute.status, 429);
  t.is(minute.json.code, 8);
  t.is(minute.json.details[0].limit, 'minute');
  await advance(60_000);
  t.is((await ask()).status, 200);
  await advance(60_000);
  t.is((await ask()).json.details[0].limit, 'daily');
});

test('reads the texts of a conversation in order with their sides', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant(`${SEND_SCOPE} CHAT_CONVERSATION_READ.${CONVERSATION}`);
  await request('POST', `/__chats/${CONVERSATION}/messages`, { as: 'buyer', text: 'سلام' });
  await request('POST', SEND, { message: 'سفارش ثبت شد' }, api(token));
  const { json } = await request('GET', READ, undefined, api(token));
  t.deepEqual(json.conversation, { id: CONVERSATION, type: 'POST', post_token: POST });
  t.deepEqual(
    json.messages.map((one: { sender: unknown; text: string }) => [one.sender, one.text]),
    [
      [{ side: 'BUYER', type: 'HUMAN' }, 'سلام'],
      [{ side: 'SELLER', type: 'BOT' }, 'سفارش ثبت شد'],
    ],
  );
  t.is(json.messages[0].sent_at, '2026-03-01T08:30:15.250Z');
});

test('refuses to read without the scope', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant();
  t.is((await request('GET', READ, undefined, api(token))).status, 403);
});

test('v1 sends by triple and reads back with from and to', async (t) => {
  const simulator = await setup(t);
  const { register, request } = simulator;
  await register({ generation: 'v1' });
  const token = await grantV1(
    simulator,
    `CHAT_SEND_MESSAGE_OAUTH__${TRIPLE} CHAT_READ_CONVERSATION__${TRIPLE}`,
  );
  const headers = { 'x-api-key': 'apikey-1', 'x-access-token': token };
  t.deepEqual((await request('POST', OLD_SEND, OLD_MESSAGE, headers)).json, {
    status: 200,
    message: 'success',
  });
  const chat = await chatOf(simulator);
  t.deepEqual(chat.sides.seller[0].buttons[0][0].action, { open_server_link: { data: { order: 'A-17' } } });
  t.deepEqual(chat.sides.buyer[0].buttons[0][0].action, { open_direct_link: 'https://addon.example/p/A-17' });
  const query = new URLSearchParams({ user_id: U, peer_id: P, post_token: POST });
  const path = `/v1/open-platform/chat/conversation-messages?${query}`;
  const [message] = (await request('GET', path, undefined, headers)).json.messages;
  t.deepEqual(message.from, { id: U, is_supply: true });
  t.is(message.sent_at, '1772353815250000');
});

test('v1 refuses a sender who is not the grantor, a wrong peer, and the grid of v2', async (t) => {
  const simulator = await setup(t);
  const { register, request } = simulator;
  await register({ generation: 'v1' });
  const token = await grantV1(simulator, `CHAT_SEND_MESSAGE_OAUTH__${TRIPLE}`);
  const headers = { 'x-api-key': 'apikey-1', 'x-access-token': token };
  const send = (change: object) => request('POST', OLD_SEND, { ...OLD_MESSAGE, ...change }, headers);
  t.is((await send({ user_id: P, peer_id: U })).status, 403);
  t.is((await send({ peer_id: U })).status, 404);
  t.is((await send({ sender_btn: { action: 'OTHER', data: { caption: 'x' } } })).status, 400);
  t.is(
    (
      await send({
        receiver_btn: { action: 'DIRECT_LINK', data: { caption: 'x', direct_link: 'http://a.example' } },
      })
    ).status,
    400,
  );
  t.is((await request('POST', SEND, { message: 'x' }, headers)).status, 404);
  t.is((await chatOf(simulator)).sides.seller.length, 0);
});

test('mid apps send both ways with x-access-token', async (t) => {
  const { register, request, grant } = await setup(t);
  await register({ generation: 'mid' });
  const { access_token: token } = await grant(`CHAT_MESSAGE_SEND.${TRIPLE} USER_PHONE`);
  const headers = { 'x-api-key': 'apikey-1', 'x-access-token': token };
  t.is((await request('POST', OLD_SEND, OLD_MESSAGE, headers)).status, 200);
  t.is((await request('POST', SEND, { message: 'x' }, headers)).status, 200);
  t.deepEqual((await request('GET', USERS, undefined, headers)).json, { phone_numbers: ['09990000001'] });
});

test('tells about a post and about scopes and permissions', async (t) => {
  const { register, request } = await setup(t);
  await register();
  const key = { 'x-api-key': 'apikey-1' };
  const post = (await request('GET', `/v1/open-platform/finder/post/${POST}`, undefined, key)).json;
  t.is(post.token, POST);
  t.true(post.chat_enabled);
  t.is((await request('GET', '/v1/open-platform/finder/post/nowhere1', undefined, key)).status, 404);
  t.is((await request('GET', `/v1/open-platform/finder/post/${POST}`)).status, 401);
  const { scopes } = (await request('GET', '/v1/open-platform/assets/oauth-scope')).json;
  t.true(scopes.some((one: { slug: string }) => one.slug === 'CONVERSATION_SEND_MESSAGE'));
  const { permissions } = (await request('GET', '/v1/open-platform/assets/permission')).json;
  t.true(permissions.some((one: { slug: string }) => one.slug === 'CHAT_SEND_MESSAGE_OAUTH'));
});

test('a chatbot writes by conversation with its key and by user with the token of that user', async (t) => {
  const { register, request, grant, api } = await setup(t);
  await register();
  const { access_token: token } = await grant('CHAT_BOT_USER_MESSAGE_SEND');
  const path = (id: string) => `/v1/open-platform/chat/bot/users/${encodeURIComponent(id)}/messages`;
  const message = { text_message: 'سلام', buttons: grid([[good]]) };
  const sent = await request('POST', path(V2_USER), message, api(token));
  t.deepEqual(sent.json, { conversation_id: 'c0ffee00-1234-4bcd-9e8f-001122334455' });
  const bot = `/v1/open-platform/chat/bot/conversations/${sent.json.conversation_id}/messages`;
  t.is((await request('POST', bot, message, { 'x-api-key': 'apikey-1' })).status, 200);
  const other = (await request('GET', `/__apps/${SLUG}/users`)).json.buyer;
  t.is((await request('POST', path(other), message, api(token))).status, 403);
  t.is((await request('POST', bot, { message: 'سلام' }, { 'x-api-key': 'apikey-1' })).status, 400);
  t.is(
    (await request('POST', bot.replace('c0ffee', 'c0ffef'), message, { 'x-api-key': 'apikey-1' })).status,
    404,
  );
});

test('media goes up in three steps, once per upload token, and never with the API key', async (t) => {
  const simulator = await setup(t);
  const { register, request, grant, api, url } = simulator;
  await register();
  const key = { 'x-api-key': 'apikey-1' };
  const ticket = async () =>
    (await request('POST', '/experimental/open-platform/chat/upload', {}, key)).json.token;
  const upload = async (
    type: string,
    name: string,
    headers: Record<string, string>,
    part = 'file',
    bytes = 8,
  ) => {
    const body = new FormData();
    body.append(part, new File([new Uint8Array(bytes)], name));
    const response = await fetch(`${url}/upload/${type}`, { method: 'POST', headers, body });
    return { status: response.status, json: (await response.json()) as { id: string; status: string } };
  };
  const bearer = { authorization: `Bearer ${await ticket()}` };
  t.is((await upload('image', 'a.png', { ...bearer, ...key })).status, 400);
  t.is((await upload('image', 'a.gif', bearer)).status, 400);
  t.is((await upload('image', 'a.png', bearer, 'image')).status, 400);
  t.is((await upload('voice', 'a.m4a', bearer, 'file', 1_500_001)).status, 400);
  t.is((await upload('sound', 'a.m4a', bearer)).status, 404);
  const done = await upload('image', 'a.png', bearer);
  t.is(done.json.status, 'ok');
  t.is((await upload('image', 'a.png', bearer)).status, 401);
  const { access_token: token } = await grant();
  const message = { message: '', media_token: done.json.id };
  t.is((await request('POST', SEND, message, api(token))).status, 200);
  await register({ api_keys: [{ key: 'apikey-2' }] }, 'other-app');
  const state = { client_id: 'other-app', state: STATE };
  const { json } = await simulator.consent(simulator.authorizeUrl(state));
  const code = new URL(json.location).searchParams.get('code') as string;
  const other = await simulator.token({ grant_type: 'authorization_code', code, client_id: 'other-app' });
  t.is((await request('POST', SEND, message, api(other.json.access_token, 'apikey-2'))).status, 400);
});

test('subscriptions need scope and ownership and end with their token', async (t) => {
  const { register, request, grant, api, advance } = await setup(t);
  await register();
  const path = '/v1/open-platform/events/subscriptions';
  const body = { event_type: 'NEW_MESSAGE_ON_POST', event_resource_id: POST, metadata: { sub: 's1' } };
  const { access_token: none } = await grant('USER_ID');
  t.is((await request('POST', path, body, api(none))).status, 403);
  const { access_token: buyer } = await grant('CHAT_SUPPLIER_ALL_CONVERSATIONS_READ', 'buyer');
  t.is((await request('POST', path, body, api(buyer))).status, 403);
  const { access_token: token } = await grant(`CHAT_POST_CONVERSATIONS_READ.${POST}`);
  t.is((await request('POST', path, { ...body, event_resource_id: '' }, api(token))).status, 403);
  t.is((await request('POST', path, { ...body, event_type: 'NEW_MESSAGE' }, api(token))).status, 400);
  t.deepEqual((await request('POST', path, body, api(token))).json, {});
  const list = async () => (await request('GET', '/__state')).json.subscriptions;
  t.deepEqual((await list())[0].metadata, { sub: 's1' });
  t.true((await list())[0].live);
  await advance(3_600_000);
  t.false((await list())[0].live);
});
