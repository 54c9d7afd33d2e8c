import test, { type ExecutionContext } from 'ava';
import {
  answerJson,
  CONVERSATION,
  createAddon,
  P,
  POST,
  REDIRECT,
  SLUG,
  setup,
  U,
  V2_USER,
} from './setup.ts';

const READ_SCOPE = `CHAT_POST_CONVERSATIONS_READ.${POST}`;
const SUBSCRIBE = '/v1/open-platform/events/subscriptions';

/** An app whose events arrive, with a control that waits for them. */
const hearing = async (t: ExecutionContext, given: Record<string, unknown> = {}) => {
  const addon = await createAddon(t, answerJson({}));
  const simulator = await setup(t);
  const { request } = simulator;
  await simulator.register({ events_url: `${addon.url}/e`, ...given });
  const bodies = () => addon.seen.map(({ body }) => JSON.parse(body.toString('utf8')));
  /** As soon as so many events were sent, in the order in which they arrived. */
  const told = async (count: number) => {
    let after = 0;
    while (addon.seen.length < count) {
      const { latest, hops } = (await request('GET', `/__log?kind=event&after=${after}&wait_ms=10000`)).json;
      if (hops.length === 0) break;
      after = latest;
    }
    t.is(addon.seen.length, count);
    return bodies();
  };
  const say = (text: string, as = 'buyer', conversation = CONVERSATION) =>
    request('POST', `/__chats/${conversation}/messages`, { as, text });
  const subscribe = async (fields: Record<string, unknown>, scopes: string) => {
    const { access_token } = await simulator.grant(scopes);
    const reply = await request('POST', SUBSCRIBE, fields, simulator.api(access_token));
    t.is(reply.status, 200, reply.text);
    return access_token;
  };
  const hearMessages = (metadata: unknown = { sub: 's1' }) =>
    subscribe({ event_type: 'NEW_MESSAGE_ON_POST', event_resource_id: POST, metadata }, READ_SCOPE);
  const dialect = (fields: object) => request('PUT', '/__events/dialect', fields);
  const fault = (fields: object) => request('PUT', '/__faults', [{ where: 'event', ...fields }]);
  return { ...simulator, addon, told, say, subscribe, hearMessages, dialect, fault };
};

test('a message of a person is told to who has subscribed, with the key and the metadata', async (t) => {
  const { say, hearMessages, told, addon, clock } = await hearing(t);
  await say('پیش از اشتراک');
  await hearMessages();
  const { json } = await say('سلام');
  const [body] = await told(1);
  t.deepEqual(body, {
    type: 'NEW_MESSAGE',
    metadata: { sub: 's1' },
    new_message: {
      id: json.id,
      conversation: { id: CONVERSATION, type: 'POST', post_token: POST },
      sender: { side: 'BUYER', type: 'HUMAN' },
      sent_at: clock.at * 1000,
      type: 'TEXT',
      text: 'سلام',
    },
  });
  t.is(addon.seen[0]?.headers.authorization, 'idk_9f3e77c1');
});

test('a subscription ends with its token and with its grant', async (t) => {
  const { say, hearMessages, told, advance, request } = await hearing(t);
  await hearMessages();
  await advance(3_600_001);
  await say('توکن گذشته است');
  await hearMessages();
  await say('یک');
  t.is((await told(1))[0].new_message.text, 'یک');
  await request('POST', '/__revoke', { app: SLUG, user: 'seller' });
  await say('پس گرفته شد');
  await hearMessages();
  await say('دو');
  t.is((await told(2))[1].new_message.text, 'دو');
});

test("an add-on's own message comes back as a bot's", async (t) => {
  const { subscribe, told, request, api } = await hearing(t);
  const scopes = `${READ_SCOPE} CONVERSATION_SEND_MESSAGE.${CONVERSATION}`;
  const token = await subscribe({ event_type: 'NEW_MESSAGE_ON_POST', event_resource_id: POST }, scopes);
  const path = `/v2/open-platform/conversations/${CONVERSATION}/messages`;
  await request('POST', path, { type: 'TEXT', message: 'ثبت شد' }, api(token));
  const [body] = await told(1);
  t.like(body.new_message, { sender: { side: 'SELLER', type: 'BOT' }, text: 'ثبت شد' });
  t.false('metadata' in body);
});

test('a v1 app is notified at the address and with the key of its subscription', async (t) => {
  const { say, told, request, addon } = await hearing(t, { generation: 'v1', client_secret: '' });
  const token = (await grantV1(t, request)).access_token;
  const fields = { post_token: POST, endpoint: `${addon.url}/notify`, identification_key: 'sub-key' };
  const headers = { 'x-api-key': 'apikey-1', 'x-access-token': token };
  const path = '/v1/open-platform/notify/chat/post-conversations';
  t.is((await request('POST', path, { ...fields, endpoint: '' }, headers)).status, 400);
  t.is((await request('POST', path, fields, headers)).status, 200);
  t.is((await request('POST', path, fields, headers)).status, 200);
  await say('موجوده؟');
  const [body] = await told(1);
  t.is(addon.seen[0]?.url, '/notify');
  t.is(addon.seen[0]?.headers.authorization, 'sub-key');
  t.like(body, { type: 'CHAT_MESSAGE', timestamp: '1772353815' });
  t.like(body.payload, {
    sender: { id: P, is_supply: false },
    receiver: { id: U, is_supply: true },
    from: null,
    sent_at: '1772353815250000',
    metadata: { post_token: POST },
  });
  t.false((await request('GET', '/__state')).text.includes('sub-key'));
});

/** A grant of the seller for a v1 app. */
const grantV1 = async (t: ExecutionContext, request: Awaited<ReturnType<typeof setup>>['request']) => {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: SLUG,
    redirect_uri: REDIRECT,
    scope: `CHAT_READ_POST_CONVERSATIONS__${POST}`,
    state: 'state-12345678',
  });
  const url = `http://simulator.example/oauth?${query}`;
  const decided = await request('POST', '/__consent', { url, user: 'seller', decision: 'grant' });
  const code = new URL(decided.json.location).searchParams.get('code');
  const fields = { code, client_id: SLUG, client_secret: 'apikey-1', grant_type: 'authorization_code' };
  const reply = await request('POST', '/v1/open-platform/oauth/access_token', fields);
  t.is(reply.status, 200, reply.text);
  return reply.json;
};

test('a chatbot hears what is typed, and from where it was started', async (t) => {
  const { request, told, say } = await hearing(t);
  const opened = await request('POST', '/__chats', {
    bot: SLUG,
    as: 'seller',
    start: 'CHAT',
    id: CONVERSATION,
  });
  t.is(opened.status, 201);
  await request('POST', '/__chats', { bot: SLUG, as: 'seller', start: 'MY_DIVAR' });
  await say('/start MY_POST made-up', 'seller', opened.json.conversation);
  const bodies = await told(3);
  t.deepEqual(
    bodies.map((body) => body.new_chatbot_message.text),
    [`/start CHAT ${CONVERSATION}`, '/start MY_DIVAR', '/start MY_POST made-up'],
  );
  t.like(bodies[0].new_chatbot_message, {
    conversation: { id: opened.json.conversation, type: 'BOT' },
    sender: { type: 'HUMAN' },
  });
  t.is((await request('POST', '/__chats', { bot: 'nobody', as: 'seller' })).status, 404);
});

test('a revocation is told only to who may hear of it', async (t) => {
  const { request, grant, told } = await hearing(t);
  await grant('USER_ID');
  await request('POST', '/__revoke', { app: SLUG, user: 'seller' });
  await grant('USER_ID NOTIFICATION_ACCESS_REVOCATION');
  await request('POST', '/__revoke', { app: SLUG, user: 'seller' });
  t.deepEqual(await told(1), [
    { type: 'USER_ACCESS_REVOCATION', user_access_revocation: { user_id: V2_USER } },
  ]);
});

test('posts and payments change by control; of all posts nobody hears that one is gone', async (t) => {
  const { request, subscribe, told } = await hearing(t);
  await subscribe({ event_type: 'POST_UPDATE', event_resource_id: '' }, 'USER_POSTS_GET');
  const change = async (fields: object) =>
    (await request('POST', '/__events', { app: SLUG, ...fields })).json.told;
  t.is(await change({ type: 'POST_UPDATE', post: POST, change: 'PUBLISH' }), 1);
  t.is(await change({ type: 'POST_UPDATE', post: POST, change: 'RETIRE' }), 0);
  t.is(await change({ type: 'PAYMENT_TRANSACTION', state: 'FAILED' }), 1);
  t.is(await change({ type: 'RAW', body: { type: 'BRAND_NEW_EVENT' } }), 1);
  const [update, payment, unknown] = await told(3);
  t.like(update, { type: 'POST_UPDATE', post_update: { type: 'PUBLISH', post: { token: POST } } });
  t.like(payment, { payment_transaction: { cost_rials: 120_000, state: 'TRANSACTION_STATE_FAILED' } });
  t.deepEqual(unknown, { type: 'BRAND_NEW_EVENT' });
  t.is((await request('POST', '/__events', { app: SLUG, type: 'MOON' })).status, 400);
});

const SENT_AT: Record<string, unknown> = {
  micros: 1772353815250000,
  micros_text: '1772353815250000',
  millis: 1772353815250,
  seconds: 1772353815,
  seconds_text: '1772353815',
  nanos_text: '1772353815250000000',
  rfc3339: '2026-03-01T08:30:15.250000Z',
  none: undefined,
};

for (const [sentAt, expected] of Object.entries(SENT_AT))
  test(`a time is written as ${sentAt}`, async (t) => {
    const { say, hearMessages, told, dialect } = await hearing(t);
    await hearMessages();
    await dialect({ sent_at: sentAt });
    await say('سلام');
    t.is((await told(1))[0].new_message.sent_at, expected);
  });

test('the other spellings: people, metadata, numbers, names, unknown fields, a wrong key', async (t) => {
  const { request, say, hearMessages, told, dialect, addon } = await hearing(t);
  await hearMessages();
  await dialect({
    human: 'USER',
    metadata_key: 'meta_data',
    text_key: 'message_text',
    int64: 'text',
    enums: 'number',
    payment_key: 'transaction',
    unknown_fields: true,
    key: 'wrong',
  });
  await say('سلام');
  await request('POST', '/__events', { app: SLUG, type: 'PAYMENT_TRANSACTION', state: 'COMPLETED' });
  await request('POST', '/__chats', { bot: SLUG, as: 'seller', start: 'MY_DIVAR' });
  const [message, payment, start] = await told(3);
  t.like(message, { meta_data: { sub: 's1' }, new_message: { sender: { type: 'USER' } } });
  t.truthy(message.new_message.future_field);
  t.like(payment.transaction, { cost_rials: '120000', state: 2, type: 1 });
  t.is(start.new_chatbot_message.message_text, '/start MY_DIVAR');
  t.not(addon.seen[0]?.headers.authorization, 'idk_9f3e77c1');
  t.is((await dialect({ sent_at: 'moon' })).status, 400);
});

test('events are told twice, in another order, or never, as a fault wants it', async (t) => {
  const { say, hearMessages, told, fault } = await hearing(t);
  await hearMessages();
  const texts = async (count: number) => (await told(count)).map((body) => body.new_message.text);
  await fault({ mode: 'twice', times: 1 });
  await say('یک');
  t.deepEqual(await texts(2), ['یک', 'یک']);
  await fault({ mode: 'swap', times: 1 });
  await say('دو');
  await say('سه');
  t.deepEqual((await texts(4)).slice(2), ['سه', 'دو']);
  await fault({ mode: 'lose', times: 1 });
  await say('چهار');
  await say('پنج');
  t.deepEqual((await texts(5)).slice(4), ['پنج']);
});

test('what is not answered 200 is told again, and lost in the end', async (t) => {
  const { request, say, hearMessages, told, dialect, addon } = await hearing(t);
  await hearMessages();
  await dialect({ retry_ms: [0, 0] });
  addon.answer = answerJson({}, 503);
  await say('یک');
  t.is((await told(3)).length, 3);
  addon.answer = answerJson({});
  await say('دو');
  t.is((await told(4))[3].new_message.text, 'دو');
  const { hops } = (await request('GET', '/__log?kind=event')).json;
  t.deepEqual(
    hops.map((hop: { status: number; problems: string[] }) => [hop.status, hop.problems.length]),
    [
      [503, 1],
      [503, 1],
      [503, 1],
      [200, 0],
    ],
  );
});
