import test, { type ExecutionContext } from 'ava';
import { answerJson, createAddon, PAGE, REDIRECT, SLUG, setup } from './setup.ts';

const OTHER = 'red-fox-cup';

/** Two apps with a desk each, that hear of events. */
const twoDesks = async (t: ExecutionContext) => {
  const addon = await createAddon(t, answerJson({ url: PAGE }));
  const other = await createAddon(t, answerJson({ url: PAGE }));
  const simulator = await setup(t);
  await simulator.register({ owner: 'app_1', init_url: `${addon.url}/i`, events_url: `${addon.url}/e` });
  await simulator.register(
    { owner: 'app_2', api_keys: [{ key: 'apikey-2' }], events_url: `${other.url}/e` },
    OTHER,
  );
  const desk = (method: string, path = '', body?: unknown, slug = SLUG, owner = 'app_1') =>
    simulator.request(method, `/__desks/${slug}${path}?owner=${owner}`, body);
  const openChat = async (slug = SLUG, owner = 'app_1'): Promise<string> =>
    (await desk('POST', '/chats', {}, slug, owner)).json.conversation;
  /** As soon as so many hops of the kind are there. */
  const hops = async (kind: string, count: number) => {
    for (let after = 0, found: unknown[] = []; ; ) {
      const path = `/__log?kind=${kind}&after=${after}&wait_ms=10000`;
      const { json } = await simulator.request('GET', path);
      found = [...found, ...json.hops];
      if (found.length >= count || json.hops.length === 0) return found;
      after = json.latest;
    }
  };
  return { ...simulator, addon, other, desk, openChat, hops };
};

test('a desk opens for the owner of the app and nobody else', async (t) => {
  const { desk } = await twoDesks(t);
  t.is((await desk('GET')).status, 200);
  t.is((await desk('GET', '', undefined, SLUG, 'app_2')).status, 403);
  t.is((await desk('GET', '', undefined, SLUG, '')).status, 403);
  t.is((await desk('GET', '', undefined, 'nobody')).status, 404);
});

test('a desk shows its own chats, and no secret', async (t) => {
  const { desk, openChat } = await twoDesks(t);
  const mine = await openChat();
  const theirs = await openChat(OTHER, 'app_2');
  await desk('POST', `/chats/${mine}/messages`, { as: 'buyer', content: { type: 'TEXT', text: 'سلام' } });
  const { json, text } = await desk('GET');
  t.deepEqual(
    json.chats.map((chat: { conversation: string }) => chat.conversation),
    [mine],
  );
  t.is(json.chats[0].sides.seller[0].text, 'سلام');
  t.is(json.hops.length, 1);
  for (const secret of ['idk_9f3e77c1', 'apikey-1', 's+1']) t.false(text.includes(secret));
  t.deepEqual((await desk('GET', '', undefined, OTHER, 'app_2')).json.hops, []);
  for (const [method, path, body] of [
    ['PUT', `/chats/${theirs}`, { blocked: true }],
    ['POST', `/chats/${theirs}/messages`, { as: 'buyer', content: { type: 'TEXT', text: 'x' } }],
    ['POST', '/taps', { as: 'buyer', kind: 'chat', conversation: theirs }],
  ] as const)
    t.is((await desk(method, path, body)).status, 404, path);
});

test('the first chat is opened once, and the oldest of many makes room', async (t) => {
  const { desk } = await twoDesks(t);
  const first = await desk('POST', '/chats', { fresh: false });
  t.is((await desk('POST', '/chats', { fresh: false })).json.conversation, first.json.conversation);
  for (let count = 0; count < 20; count += 1) await desk('POST', '/chats', {});
  const ids = (await desk('GET')).json.chats.map((chat: { conversation: string }) => chat.conversation);
  t.is(ids.length, 20);
  t.false(ids.includes(first.json.conversation));
});

test('another app can neither write into a chat of a desk nor hear of it', async (t) => {
  const { desk, openChat, request, authorizeUrl, consent, token, hops, other } = await twoDesks(t);
  const mine = await openChat();
  const scope = `CHAT_SUPPLIER_ALL_CONVERSATIONS_READ CONVERSATION_SEND_MESSAGE.${mine}`;
  const decided = await consent(authorizeUrl({ client_id: OTHER, scope }));
  const code = new URL(decided.json.location).searchParams.get('code') ?? '';
  const pair = (
    await token({ grant_type: 'authorization_code', code, client_id: OTHER, redirect_uri: REDIRECT })
  ).json;
  const headers = { 'x-api-key': 'apikey-2', authorization: `Bearer ${pair.access_token}` };
  const subscription = { event_type: 'NEW_MESSAGE_ON_POST', event_resource_id: '' };
  const subscribed = await request('POST', '/v1/open-platform/events/subscriptions', subscription, headers);
  t.is(subscribed.status, 200, subscribed.text);
  const path = `/v2/open-platform/conversations/${mine}/messages`;
  t.is((await request('POST', path, { type: 'TEXT', message: 'x' }, headers)).status, 404);
  await desk('POST', `/chats/${mine}/messages`, { as: 'buyer', content: { type: 'TEXT', text: 'سلام' } });
  // What may be heard is, and comes after what may not.
  const shared = await request('POST', '/__chats', {});
  await request('POST', `/__chats/${shared.json.conversation}/messages`, { as: 'buyer', text: 'همگانی' });
  await hops('event', 1);
  t.deepEqual(
    other.seen.map(({ body }) => JSON.parse(body.toString()).new_message.text),
    ['همگانی'],
  );
});

test('people send whatever Divar knows, and the bot is told of each', async (t) => {
  const { desk, hops, addon } = await twoDesks(t);
  const { conversation } = (await desk('POST', '/chats', { bot: true, as: 'buyer' })).json;
  const contents = [
    { type: 'TEXT', text: '/start' },
    { type: 'IMAGE' },
    { type: 'FILE' },
    { type: 'VOICE' },
    { type: 'VIDEO' },
    { type: 'LOCATION', latitude: 35.7, longitude: 51.4 },
    { type: 'CONTACT', name: 'سامان', phone: '+989990000002' },
  ];
  for (const content of contents) {
    const reply = await desk('POST', `/chats/${conversation}/messages`, { as: 'buyer', content });
    t.is(reply.status, 201, reply.text);
  }
  await hops('event', contents.length);
  const told = addon.seen.map(({ body }) => JSON.parse(body.toString()).new_chatbot_message);
  t.deepEqual(
    told.map(({ type }) => type),
    contents.map(({ type }) => type),
  );
  t.truthy(told[1].image_data.link);
  t.deepEqual(told[5].location_data, { latitude: 35.7, longitude: 51.4 });
  t.deepEqual(told[6].contact_data, { name: 'سامان', phone: '+989990000002' });
  for (const content of [
    { type: 'MOON' },
    { type: 'LOCATION', latitude: 91, longitude: 0 },
    { type: 'TEXT' },
  ])
    t.is((await desk('POST', `/chats/${conversation}/messages`, { as: 'buyer', content })).status, 400);
});

test('faults and dialects of a desk are of its app alone', async (t) => {
  const { desk, openChat, request, addon } = await twoDesks(t);
  await request('PUT', '/__faults', [{ where: 'send', status: 500 }]);
  const settings = {
    faults: [{ where: 'send', status: 412, name: 'send_blocked' }],
    dialect: { key: 'wrong', data_key: 'provider_data' },
    event_dialect: { human: 'USER' },
  };
  t.is((await desk('PUT', '/settings', settings)).status, 200);
  const { json } = await desk('GET');
  t.deepEqual(json.faults, [{ where: 'send', status: 412, name: 'send_blocked', app: SLUG }]);
  t.deepEqual(json.dialect, settings.dialect);
  t.deepEqual((await desk('GET', '', undefined, OTHER, 'app_2')).json.faults, []);
  t.is((await request('GET', '/__faults')).json.faults.length, 2);
  const conversation = await openChat();
  await desk('POST', '/taps', { as: 'buyer', kind: 'chat', conversation });
  t.is(addon.seen[0]?.headers.authorization, 'not-the-identification-key');
  t.true(addon.seen[0]?.body.toString().includes('provider_data'));
  t.is((await desk('PUT', '/settings', { dialect: { moon: true } })).status, 400);
  await desk('PUT', '/settings', { faults: [] });
  t.deepEqual((await request('GET', '/__faults')).json.faults, [{ where: 'send', status: 500 }]);
});

test('a tap on a desk opens the page of its own app only', async (t) => {
  const { desk, openChat } = await twoDesks(t);
  const conversation = await openChat();
  const tap = { as: 'seller', kind: 'chat', conversation };
  const { json } = await desk('POST', '/taps', tap);
  t.true(json.ok, JSON.stringify(json));
  t.regex(json.open, /^\/webview\//);
  t.is((await desk('POST', '/taps', { ...tap, app: OTHER })).status, 400);
  t.is((await desk('POST', '/taps', { ...tap, kind: 'button' })).status, 400);
});

test('the receiver takes webhooks of its app, and fails as a fault says', async (t) => {
  const { desk, request, url } = await twoDesks(t);
  const { receiver_url: receiver } = (await desk('GET')).json;
  t.true(receiver.startsWith(`${url}/receivers/`));
  const deliver = () => request('POST', receiver.slice(url.length), { type: 'session.created' });
  t.is((await deliver()).status, 200);
  await desk('PUT', '/settings', { faults: [{ where: 'webhook', status: 500 }] });
  t.is((await deliver()).status, 500);
  const theirs = (await desk('GET', '', undefined, OTHER, 'app_2')).json.receiver_url;
  t.is((await request('POST', theirs.slice(url.length), {})).status, 200);
  t.is((await request('POST', '/receivers/nobody', {})).status, 404);
});

test('a person takes the access back from the desk', async (t) => {
  const { desk, grant } = await twoDesks(t);
  await grant('USER_ID');
  t.is((await desk('POST', '/revocations', { as: 'buyer' })).json.revoked, 0);
  t.is((await desk('POST', '/revocations', { as: 'seller' })).json.revoked, 1);
  t.true((await desk('GET')).json.grants[0].revoked);
});
