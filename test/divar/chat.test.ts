import test from 'ava';
import { type ChatContent, type ChatTarget, createChatClient } from '../../src/divar/chat.ts';
import { createCall } from '../../src/platform/call.ts';
import { type Call, CallError, type CallReply, type CallRequest } from '../../src/ports.ts';
import type { App } from '../../src/tenants/tenants.ts';
import type { Teardown } from '../helpers/database.ts';
import { createTestClock } from '../helpers/fakes.ts';
import { type FakeReply, loopbackFake } from '../helpers/http.ts';

// The values shared by the vectors of PROTOCOL 8.
const USER = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
const PEER = 'a1b2c3d4-1111-4222-8333-944455556666';
const V2_USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const BOT_CONVERSATION = 'c0ffee00-1234-4bcd-9e8f-001122334455';

const TV_60 = `{"user_id":"3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f","post_token":"wZ_x9Qa7","peer_id":"a1b2c3d4-1111-4222-8333-944455556666","type":"TEXT","message":"پیش‌فاکتور آماده است","sender_btn":{"action":"LINK","data":{"icon_name":"TERMS","extra_data":{"order":"A-17"},"caption":"پیگیری"}},"receiver_btn":{"action":"DIRECT_LINK","data":{"icon_name":"PAYMENT","direct_link":"https://addon.example/p/A-17","caption":"پرداخت"}}}`;
const TV_61 = `{"type":"TEXT","message":"پیش‌فاکتور آماده است","sender_buttons":{"rows":[{"buttons":[{"action":{"open_server_link":{"data":{"ref":"r_01"}}},"icon":"TERMS","caption":"پیگیری"},{"action":{"get_dynamic_action":{"data":{"ref":"r_02"}}},"icon":"CHECKED","caption":"تأیید"}]},{"buttons":[{"action":{"open_post_page":{"post_token":"wZ_x9Qa7"}},"caption":"آگهی"}]}]}}`;
const TV_62 = `{"message":"","media_token":"mt_1"}`;
const TV_63 = `{"type":"TEXT","text_message":"سلام","buttons":{"rows":[{"buttons":[{"action":{"open_direct_link":"https://addon.example/"},"icon":"HOME","caption":"خانه"}]}]}}`;

const V1_TARGET: ChatTarget = { kind: 'v1', userId: USER, postToken: 'wZ_x9Qa7', peerId: PEER };
const V2_TARGET: ChatTarget = { kind: 'conversation', conversationId: CONVERSATION };

const TEXT: ChatContent = { text: 'سلام', mediaToken: null, senderButtons: [], receiverButtons: [] };
const INVOICE = 'پیش‌فاکتور آماده است';

const app = { id: 'app_1', generation: 'v2', environment: 'live' } as App;

function createClient(call: Call, url: string, openSecret = () => 'k-1') {
  return createChatClient({
    call,
    clock: createTestClock(),
    hostsOf: () => ({
      apiUrl: url,
      v1ApiUrl: `${url}/v1-host`,
      oauthUrl: '',
      v1OauthUrl: '',
      uploadUrl: '',
      completionUrl: '',
    }),
    directory: { openSecret },
    timeoutMs: 10_000,
  });
}

async function setup(t: Teardown, reply: FakeReply = { body: { status: 200, message: 'success' } }) {
  const divar = await loopbackFake(t, () => reply);
  const call = createCall();
  t.teardown(() => call.close());
  return { divar, client: createClient(call, divar.url) };
}

test('spells a v1 send exactly as TV-60, with the headers of that generation', async (t) => {
  const { divar, client } = await setup(t);
  const result = await client.send({
    app,
    target: V1_TARGET,
    content: {
      text: INVOICE,
      mediaToken: null,
      senderButtons: [[{ caption: 'پیگیری', icon: 'TERMS', action: { openSession: { order: 'A-17' } } }]],
      receiverButtons: [
        [{ caption: 'پرداخت', icon: 'PAYMENT', action: { openUrl: 'https://addon.example/p/A-17' } }],
      ],
    },
    accessToken: 'tok',
  });
  const [request] = divar.requests;
  t.is(request?.body, TV_60);
  t.is(request?.url, '/v1-host/v2/open-platform/chat/conversation');
  t.is(request?.headers['x-api-key'], 'k-1');
  t.is(request?.headers['x-access-token'], 'tok');
  t.is(request?.headers.authorization, undefined);
  t.is(request?.headers['content-type'], 'application/json');
  t.is(result.code, 'sent');
  t.is(result.stage, 'answered');
  t.is(result.status, 200);
});

test('spells a v2 send exactly as TV-61, with the headers of that generation', async (t) => {
  const { divar, client } = await setup(t);
  const result = await client.send({
    app,
    target: V2_TARGET,
    content: {
      text: INVOICE,
      mediaToken: null,
      senderButtons: [
        [
          { caption: 'پیگیری', icon: 'TERMS', action: { openSession: { ref: 'r_01' } } },
          { caption: 'تأیید', icon: 'CHECKED', action: { ask: { ref: 'r_02' } } },
        ],
        [{ caption: 'آگهی', icon: null, action: { openPost: 'wZ_x9Qa7' } }],
      ],
      receiverButtons: [],
    },
    accessToken: 'tok',
  });
  const [request] = divar.requests;
  t.is(request?.body, TV_61);
  t.is(request?.url, `/v2/open-platform/conversations/${CONVERSATION}/messages`);
  t.is(request?.headers['x-api-key'], 'k-1');
  t.is(request?.headers.authorization, 'Bearer tok');
  t.is(request?.headers['x-access-token'], undefined);
  t.is(result.code, 'sent');
});

test('spells media exactly as TV-62', async (t) => {
  const { divar, client } = await setup(t);
  const content = { ...TEXT, text: null, mediaToken: 'mt_1' };
  await client.send({ app, target: V2_TARGET, content, accessToken: 'tok' });
  t.is(divar.requests[0]?.body, TV_62);
});

test('spells a chatbot send exactly as TV-63, without a token where none is needed', async (t) => {
  const { divar, client } = await setup(t, { body: { conversation_id: BOT_CONVERSATION } });
  const receiverButtons = [
    [{ caption: 'خانه', icon: 'HOME', action: { openUrl: 'https://addon.example/' } }],
  ];
  const result = await client.send({
    app,
    target: { kind: 'bot_conversation', conversationId: BOT_CONVERSATION },
    content: { ...TEXT, receiverButtons },
    accessToken: null,
  });
  const [request] = divar.requests;
  t.is(request?.body, TV_63);
  t.is(request?.url, `/v1/open-platform/chat/bot/conversations/${BOT_CONVERSATION}/messages`);
  t.is(request?.headers.authorization, undefined);
  t.is(result.code, 'sent');
  t.is(result.divarConversationId, BOT_CONVERSATION);
});

test('encodes a user id as one path segment (TV-69)', async (t) => {
  const { divar, client } = await setup(t, { body: { conversation_id: BOT_CONVERSATION } });
  await client.send({
    app,
    target: { kind: 'bot_user', userId: V2_USER },
    content: TEXT,
    accessToken: 'tok',
  });
  t.is(
    divar.requests[0]?.url,
    '/v1/open-platform/chat/bot/users/5Qu7XELa%2Ft%2BtsYlR4U0Ij0lNNSCJPfWF%2Fvm%2BxpPkxf4%3D/messages',
  );
});

test('a conversation id cannot leave its path segment', async (t) => {
  const { divar, client } = await setup(t);
  const sendTo = (conversationId: string) =>
    client.send({
      app,
      target: { kind: 'conversation', conversationId },
      content: TEXT,
      accessToken: 'tok',
    });
  await sendTo('../../v1/x?a=b#c');
  t.is(divar.requests[0]?.url, '/v2/open-platform/conversations/..%2F..%2Fv1%2Fx%3Fa%3Db%23c/messages');
  for (const id of ['..', '.', '', '\ud800']) {
    const result = await sendTo(id);
    t.is(result.stage, 'before_send');
    t.is(result.code, 'bad_target');
  }
  t.is(divar.requests.length, 1);
});

/** What the client makes of an answer, without a network. */
async function judge(reply: Partial<CallReply> & { body: Buffer }, target: ChatTarget = V2_TARGET) {
  const call: Call = async () => ({ status: 200, headers: {}, durationMs: 7, ...reply });
  return await createClient(call, 'https://divar.example').send({
    app,
    target,
    content: TEXT,
    accessToken: 'tok',
  });
}

const RESTRICTED = `{"code":9,"message":"message delivery failed due to recipient's restriction"}`;
const QUOTA = `{"code":8,"message":"quota","details":[{"@type":"type.googleapis.com/x.Y","limit":"daily"}]}`;

for (const [name, status, body, code, stage] of [
  ['success (TV-64)', 200, '{"status":200,"message":"success"}', 'sent', 'answered'],
  ['success with more fields', 200, '{"status":200,"message":"success","x":1}', 'sent', 'answered'],
  ['restricted (TV-68)', 412, RESTRICTED, 'recipient_restricted', 'answered'],
  ['another 412', 412, 'could not retrieve app from db', 'rejected', 'answered'],
  ['forbidden (TV-68)', 403, '{"code":7,"message":"denied","details":[]}', 'forbidden', 'answered'],
  ['throttled (TV-68)', 429, QUOTA, 'throttled', 'answered'],
  ['unauthorized', 401, '{"code":16}', 'unauthorized', 'answered'],
  ['not found', 404, '{"code":5}', 'target_not_found', 'answered'],
  ['invalid', 400, '{"code":3}', 'invalid', 'answered'],
  ['unavailable', 503, '<html>503</html>', 'unavailable', 'answered'],
  ['another refusal', 422, '', 'rejected', 'answered'],
  ['a bad gateway in HTML (TV-68)', 502, '<html>502</html>', 'divar_error', 'ambiguous'],
  ['an empty 500 (TV-68)', 500, '', 'divar_error', 'ambiguous'],
  ['504', 504, '{}', 'divar_error', 'ambiguous'],
  ['408', 408, '', 'divar_error', 'ambiguous'],
  ['a redirect', 302, '', 'divar_error', 'ambiguous'],
  ['an empty 200 (TV-68)', 200, '', 'malformed_reply', 'ambiguous'],
  ['a 200 in HTML', 200, '<html>ok</html>', 'malformed_reply', 'ambiguous'],
  ['a 200 cut short', 200, '{"status":200', 'malformed_reply', 'ambiguous'],
  ['a 200 that says nothing', 200, '{}', 'malformed_reply', 'ambiguous'],
  ['a 200 that says null', 200, 'null', 'malformed_reply', 'ambiguous'],
  ['a 200 that says no', 200, '{"status":500,"message":"x"}', 'malformed_reply', 'ambiguous'],
  ['201', 201, '{"status":200}', 'divar_error', 'ambiguous'],
] as const) {
  test(`reads ${name}`, async (t) => {
    for (const target of [V2_TARGET, V1_TARGET]) {
      const result = await judge({ status, body: Buffer.from(body) }, target);
      t.is(result.code, code);
      t.is(result.stage, stage);
      t.is(result.status, status);
      t.is(result.durationMs, 7);
    }
  });
}

test('a chatbot send succeeds by naming its conversation, and by nothing else', async (t) => {
  const target: ChatTarget = { kind: 'bot_user', userId: V2_USER };
  const sent = await judge({ body: Buffer.from(`{"conversation_id":"${BOT_CONVERSATION}"}`) }, target);
  t.is(sent.code, 'sent');
  t.is(sent.divarConversationId, BOT_CONVERSATION);
  for (const body of ['{"status":200}', '{"conversation_id":""}', '{"conversation_id":5}'])
    t.is((await judge({ body: Buffer.from(body) }, target)).code, 'malformed_reply');
});

test('reads Retry-After in seconds, and as a date by the clock of the reply', async (t) => {
  const wait = async (headers: CallReply['headers']) =>
    (await judge({ status: 429, headers, body: Buffer.alloc(0) })).retryAfterSeconds;
  const date = 'Sun, 01 Mar 2026 08:30:00 GMT';
  t.is(await wait({ 'retry-after': '60' }), 60);
  t.is(await wait({ 'retry-after': 'Sun, 01 Mar 2026 08:31:30 GMT', date }), 90);
  t.is(await wait({ 'retry-after': 'Sun, 01 Mar 2026 08:00:00 GMT', date }), null);
  t.is(await wait({ 'retry-after': 'Sun, 01 Mar 2026 08:31:30 GMT' }), null);
  t.is(await wait({ 'retry-after': 'soon' }), null);
  t.is(await wait({}), null);
});

test('says how far it came when there is no answer', async (t) => {
  for (const stage of ['before_send', 'ambiguous'] as const) {
    const call: Call = async () => {
      throw new CallError(stage, 'timeout');
    };
    const client = createClient(call, 'https://divar.example');
    const result = await client.send({ app, target: V2_TARGET, content: TEXT, accessToken: 'tok' });
    t.is(result.stage, stage);
    t.is(result.code, 'timeout');
    t.is(result.status, null);
  }
});

test('an app without its API key sends nothing', async (t) => {
  const requests: CallRequest[] = [];
  const call: Call = async (request) => {
    requests.push(request);
    throw new CallError('before_send', 'connect');
  };
  const broken = createClient(call, 'https://divar.example', () => {
    throw new Error('none');
  });
  const result = await broken.send({ app, target: V2_TARGET, content: TEXT, accessToken: 'tok' });
  t.is(result.code, 'no_api_key');
  t.is(result.stage, 'before_send');
  t.deepEqual(requests, []);
});

test('a reply larger than any true one is cut off and counts as lost', async (t) => {
  const { client } = await setup(t, { body: `{"status":200,"message":"${'x'.repeat(100_000)}"}` });
  const result = await client.send({ app, target: V2_TARGET, content: TEXT, accessToken: 'tok' });
  t.is(result.stage, 'ambiguous');
  t.is(result.code, 'too_large');
});
