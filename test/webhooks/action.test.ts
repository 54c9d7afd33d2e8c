import { createHmac } from 'node:crypto';
import test from 'ava';
import { createButtonReferences, makeReferences } from '../../src/messages/buttons.ts';
import { createActionRoutes } from '../../src/webhooks/action-routes.ts';
import type { Teardown } from '../helpers/database.ts';
import { openEventRoom } from '../helpers/event-room.ts';
import { type FakeReply, loopbackFake } from '../helpers/http.ts';

const FALLBACK = 'فعلاً در دسترس نیستیم.';
const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
const CLICK = {
  touchpoint: 'CHAT',
  post_token: 'wZ_x9Qa7',
  conversation_id: CONVERSATION,
  user_side: 'SUPPLY',
  extra_data: { answer: 'yes' },
  user_id: USER,
};

async function setup(
  t: Teardown,
  answer: () => FakeReply | Promise<FakeReply>,
  { patienceMs, hasAddress = true }: { patienceMs?: number; hasAddress?: boolean } = {},
) {
  const tenant = await loopbackFake(t, answer);
  const room = await openEventRoom(t, {
    app: { action_url: hasAddress ? `${tenant.url}/action` : null, action_fallback_text: FALLBACK },
    landing: { pages: { track: 'https://shop.example/track' } },
    routes: (parts) => {
      const { conversations, seal } = parts;
      return createActionRoutes({
        ...parts,
        references: createButtonReferences({ seal }),
        openConversation: async (tx, app, name, now) => (await conversations.open(tx, app.id, name, now)).id,
        actionSecretOf: async () => parts.made.app.action_secret ?? '',
        isAllowedUrl: (url) => url.startsWith('https://'),
        ...(patienceMs === undefined ? {} : { patienceMs }),
      });
    },
  });

  const click = async (body: object = CLICK, headers: Record<string, string> = {}) => {
    const response = await fetch(`${room.url}/a/${room.app.id}`, {
      method: 'POST',
      headers: { authorization: 'idk_9f3e77c1', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };

  /** What Divar carries for a button of a sent message. */
  const sendButton = async (data: Record<string, unknown>): Promise<string> => {
    const conversationId = await room.openConversation(CONVERSATION);
    await room.owner(
      `insert into messages (tenant_id, id, app_id, conversation_id, position, state, lane, on_unknown, on_missing_consent, created_at)
       values ($1, 'msg_1', $2, $3, 1, 'sent', 'reply', 'hold', 'fail', now())`,
      [room.app.tenantId, room.app.id, conversationId],
    );
    const grid = [[{ caption: 'x', action: { ask: { data } } }]];
    const references = makeReferences({ sender: grid, receiver: [] }, room.random);
    const store = createButtonReferences({ seal: room.seal });
    await room.inTenant((tx) =>
      store.insert(tx, { appId: room.app.id, messageId: 'msg_1', references, now: room.clock.now() }),
    );
    return references[0]?.reference ?? '';
  };
  return { ...room, tenant, click, sendButton };
}

test.serial('is protected: a wrong key asks nobody', async (t) => {
  const { click, tenant } = await setup(t, () => ({ body: {} }));
  t.is((await click(CLICK, { authorization: 'wrong' })).status, 401);
  t.is(tenant.requests.length, 0);
});

test.serial('asks the tenant in our words, signed, and answers Divar in its words', async (t) => {
  const answer = { action: { open_url: 'https://shop.example/x' }, text_message: 'ثبت شد' };
  const { click, tenant, app, made } = await setup(t, () => ({ body: answer }));
  t.deepEqual(await click(), {
    status: 200,
    json: { action: { open_direct_link: 'https://shop.example/x' }, text_message: 'ثبت شد' },
  });
  const [request] = tenant.requests;
  t.deepEqual(request?.json, {
    type: 'dynamic_action',
    app_id: app.id,
    touchpoint: 'CHAT',
    conversation_id: CONVERSATION,
    post_token: 'wZ_x9Qa7',
    user: { id: USER, side: 'supply' },
    data: { answer: 'yes' },
  });
  const key = Buffer.from(made.app.action_secret!.slice('whsec_'.length), 'base64');
  const signed = `${request?.headers['webhook-id']}.${request?.headers['webhook-timestamp']}.${request?.body}`;
  t.is(
    request?.headers['webhook-signature'],
    `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
  );
});

test.serial('an anonymous click on something new is asked with nulls', async (t) => {
  const { click, tenant } = await setup(t, () => ({ body: { text_message: 'ok' } }));
  const anonymous = {
    touchpoint: 'SOMETHING_NEW',
    post_token: null,
    conversation_id: null,
    user_side: null,
    extra_data: {},
    user_id: null,
  };
  t.deepEqual((await click(anonymous)).json, { text_message: 'ok' });
  t.like(tenant.requests[0]?.json, {
    touchpoint: 'SOMETHING_NEW',
    conversation_id: null,
    user: { id: null, side: null },
    data: {},
  });
});

test.serial(
  "a button of ours brings the tenant's own data, is told as a click, and may open a session",
  async (t) => {
    const { click, tenant, sendButton, listEvents, owner } = await setup(t, () => ({
      body: { action: { open_session: { data: { order: 'B-2' }, page: 'track' } } },
    }));
    const ref = await sendButton({ order: 'A-17', big: '9007199254740993' });
    const { json } = await click({ ...CLICK, extra_data: { ref } });
    const data = { order: 'A-17', big: '9007199254740993' };
    t.like(tenant.requests[0]?.json, { data });
    const { ref: next } = (json as { action: { open_server_link: { data: { ref: string } } } }).action
      .open_server_link.data;
    t.regex(next, /^pvd_/);
    t.not(next, ref);
    t.is((await owner('select * from button_references where message_id = $1', ['msg_1'])).length, 2);
    const [event] = await listEvents();
    t.like(event, {
      type: 'button.clicked',
      sequence: 1,
      data: { message_id: 'msg_1', data, session_id: null },
    });
  },
);

test.serial('without an address the fallback is the answer', async (t) => {
  const { click } = await setup(t, () => ({}), { hasAddress: false });
  t.deepEqual((await click()).json, { text_message: FALLBACK });
});

test.serial('whatever is no answer, the user gets the fallback', async (t) => {
  let reply: FakeReply = {};
  const { click, log } = await setup(t, () => reply);
  const replies: FakeReply[] = [
    { status: 500, body: { text_message: 'x' } },
    { status: 201, body: { text_message: 'x' } },
    { status: 302, headers: { location: 'https://shop.example' } },
    { body: 'not json' },
    { body: {} },
    { body: { action: {} } },
    { body: { action: { open_url: 'https://a.example', open_session: { data: {} } } } },
    { body: { action: { open_url: 'javascript:alert(1)' } } },
    { body: { action: { open_url: 'http://10.0.0.1/' } } },
    { body: { action: { open_session: { data: {}, page: 'unknown' } } } },
    // The clicked button is none of ours, so no message stands behind the session.
    { body: { action: { open_session: { data: {} } } } },
    { body: { text_message: ' ' } },
    { body: { text_message: 'x'.repeat(1001) } },
    { body: `{"text_message":"${'x'.repeat(70 * 1024)}"}` },
  ];
  for (reply of replies) t.deepEqual(await click(), { status: 200, json: { text_message: FALLBACK } });
  t.is(log.lines.filter(({ message }) => message === 'dynamic action fell back').length, replies.length);
});

test.serial('a tenant that does not answer in time does not keep the user waiting', async (t) => {
  const { click } = await setup(t, () => new Promise(() => undefined), { patienceMs: 50 });
  t.deepEqual((await click()).json, { text_message: FALLBACK });
});
