import test from 'ava';
import { provision } from '../helpers/apps.ts';
import { openApi, openRoom } from './setup.ts';

const routes = [
  ['POST', '/v1/messages'],
  ['GET', '/v1/messages'],
  ['GET', '/v1/messages/msg_1'],
  ['GET', '/v1/messages/msg_1/attempts'],
  ['POST', '/v1/messages/msg_1/cancel'],
  ['POST', '/v1/messages/msg_1/resolve'],
] as const;

async function setup(t: Parameters<typeof openRoom>[0]) {
  const room = await openRoom(t);
  const api = await openApi(t, room);
  const session = await room.visit();
  const post = (body: object = {}) =>
    api('POST', '/v1/messages', { body: { session_id: session.id, text: 'سلام', ...body } });
  const get = async (id: string) => (await api('GET', `/v1/messages/${id}`)).body;
  return { room, api, session, post, get };
}

test('every call is protected', async (t) => {
  const { room, api } = await setup(t);
  for (const [method, path] of routes) {
    t.is((await api(method, path, { key: '' })).status, 401, path);
    t.is((await api(method, path, { key: `pvd_live_aaaaaaaa_${'a'.repeat(43)}` })).status, 401, path);
  }
  await room.owner(`update api_keys set scopes = '{sessions:write}'`);
  for (const [method, path] of routes) {
    const body = method === 'POST' ? {} : undefined;
    t.is((await api(method, path, { body })).status, 403, path);
  }
});

test('a key that may only read does not send', async (t) => {
  const { room, api, post } = await setup(t);
  await room.owner(`update api_keys set scopes = '{messages:read}'`);
  t.is((await post()).status, 403);
  t.is((await api('GET', '/v1/messages')).status, 200);
});

test('202 means stored: the message can be read at once, as it was given', async (t) => {
  const { room, api, session } = await setup(t);
  const request = {
    session_id: session.id,
    text: 'سفارش شما ثبت شد',
    media_id: null,
    sender_buttons: [
      [{ caption: 'پیگیری', icon: 'TERMS', action: { open_session: { data: { order: 'A-17' } } } }],
    ],
    receiver_buttons: [[{ caption: 'پرداخت', action: { open_url: 'https://shop.example/p/A-17' } }]],
    lane: 'transactional',
    on_unknown: 'retry',
    on_missing_consent: 'hold',
    expires_at: '2100-01-01T00:00:00+03:30',
    metadata: { order: 'A-17' },
  };
  const { status, body } = await api('POST', '/v1/messages', { body: request });
  t.is(status, 202);
  t.regex(body.id, /^msg_[0-9a-hjkmnp-tv-z]{26}$/);
  t.regex(body.conversation_id, /^cnv_/);
  t.like(body, {
    object: 'message',
    state: 'queued',
    ...request,
    receiver_buttons: [
      [{ caption: 'پرداخت', icon: null, action: { open_url: 'https://shop.example/p/A-17' } }],
    ],
    expires_at: '2099-12-31T20:30:00.000Z',
    chatbot: null,
    code: null,
    reason: null,
    attempts: 0,
    sent_at: null,
    final_at: null,
  });
  const { warnings, ...message } = body;
  t.deepEqual(warnings, []);
  t.deepEqual((await api('GET', `/v1/messages/${body.id}`)).body, message);

  await room.drain();
  const sent = (await api('GET', `/v1/messages/${body.id}`)).body;
  t.like(sent, { state: 'sent', attempts: 1, text: request.text, code: null, reason: null });
  t.is(sent.sent_at, sent.final_at);
  const { body: attempts } = await api('GET', `/v1/messages/${body.id}/attempts`);
  t.is(attempts.next_cursor, null);
  t.is(attempts.data.length, 1);
  t.like(attempts.data[0], {
    object: 'attempt',
    number: 1,
    stage: 'answered',
    status: 200,
    outcome: 'sent',
    code: null,
  });
  t.regex(attempts.data[0].id, /^att_/);
});

test('bad input gets all its issues and stores nothing', async (t) => {
  const { room, api, session } = await setup(t);
  const { status, body } = await api('POST', '/v1/messages', {
    body: {
      session_id: session.id,
      text: 5,
      surprise: true,
      sender_buttons: [[{ caption: 'a', action: { open_url: 'https://a.example', ask: { data: {} } } }]],
    },
  });
  t.is(status, 400);
  t.is(body.code, 'invalid_request');
  t.deepEqual(body.errors.map(({ path }: { path: string }) => path).sort(), [
    'body.sender_buttons.0.0.action',
    'body.surprise',
    'body.text',
    'body.text',
  ]);
  t.is(await room.count('messages'), 0);
});

test('a missing consent is a conflict that says where to send the user', async (t) => {
  const { room, api } = await setup(t);
  const session = await room.visit({ granted: false, visit: { conversationId: 'conversation-2' } });
  const { status, body } = await api('POST', '/v1/messages', { body: { session_id: session.id, text: 'a' } });
  t.is(status, 409);
  t.like(body, {
    code: 'consent_required',
    consent_url: `https://us.example/s/${session.id}?CONVERSATION_SEND_MESSAGE.conversation-2`,
  });
  t.is(await room.count('messages'), 0);
});

test('of many equal requests with one key, one message comes', async (t) => {
  const { room, api, session } = await setup(t);
  const headers = { 'idempotency-key': 'order-17' };
  const send = () => api('POST', '/v1/messages', { body: { session_id: session.id, text: 'a' }, headers });
  const replies = await Promise.all([send(), send(), send(), send()]);
  t.true(replies.every(({ status }) => status === 202 || status === 409));
  const last = await send();
  t.is(last.status, 202);
  t.is(last.headers.get('idempotent-replayed'), 'true');
  t.is(await room.count('messages'), 1);
});

test('lists newest first, page by page, and forgets nobody', async (t) => {
  const { api, post } = await setup(t);
  const ids: string[] = [];
  for (const text of ['a', 'b', 'c', 'd', 'e']) ids.push((await post({ text })).body.id);
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await api('GET', `/v1/messages?limit=2${cursor}`);
    seen.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`;
  } while (cursor !== '');
  t.deepEqual(seen, [...ids].sort().reverse());
  t.is((await api('GET', '/v1/messages?limit=0&x=1')).body.errors.length, 2);
});

test("another tenant's message and an unknown one are the same 404", async (t) => {
  const { room, api, post } = await setup(t);
  const { body } = await post();
  const other = await provision(room, { tenant: { external_id: 'shop-2' }, app: { external_id: 'x' } });
  await room.directory.refresh();
  const key = other.api_keys[0]?.key ?? '';
  const problemOf = async (id: string, verb: string) => {
    const [method, path] =
      verb === '' ? ['GET', ''] : verb === 'attempts' ? ['GET', '/attempts'] : ['POST', `/${verb}`];
    const body = verb === 'resolve' ? { as: 'sent' } : undefined;
    const reply = await api(method ?? '', `/v1/messages/${id}${path}`, { key, body });
    const { request_id, ...problem } = reply.body;
    return { status: reply.status, problem };
  };
  for (const verb of ['', 'attempts', 'cancel', 'resolve']) {
    const foreign = await problemOf(body.id, verb);
    t.is(foreign.status, 404, verb);
    t.deepEqual(foreign, await problemOf('msg_unknown', verb));
  }
});

test('cancels what is not on its way, and lets the next one go', async (t) => {
  const { room, api, session, get } = await setup(t);
  room.divar.behave = ({ text }) => (text === 'first' ? { status: 503 } : 'deliver');
  const first = await room.accept({ session_id: session.id, text: 'first' });
  const second = await room.accept({ session_id: session.id, text: 'second' });
  await room.drain();
  const { status, body } = await api('POST', `/v1/messages/${first.id}/cancel`);
  t.is(status, 200);
  t.like(body, { state: 'cancelled', code: 'cancelled', sent_at: null });
  t.truthy(body.final_at);
  await room.drain();
  t.is((await get(second.id)).state, 'sent');
  t.is((await api('POST', `/v1/messages/${first.id}/cancel`)).status, 409);
  t.is((await api('POST', `/v1/messages/${second.id}/cancel`)).status, 409);
});

test('says why a message waits', async (t) => {
  const { room, api, session, get } = await setup(t);
  room.divar.behave = ({ text }) => (text === 'first' ? 'lost' : 'deliver');
  const first = await room.accept({ session_id: session.id, text: 'first' });
  const second = await room.accept({ session_id: session.id, text: 'second' });
  await room.drain();
  t.like(await get(first.id), { state: 'unknown', code: 'outcome_unknown', final_at: null });
  t.regex((await get(second.id)).reason, new RegExp(`^behind ${first.id}, unknown since 2\\d{3}-`));
  const listed = (await api('GET', '/v1/messages')).body.data;
  t.regex(listed.find(({ id }: { id: string }) => id === second.id).reason, /^behind msg_/);
});

for (const [as, state] of [
  ['sent', 'sent'],
  ['failed', 'failed'],
  ['retry', 'queued'],
] as const) {
  test(`an unknown outcome resolved as "${as}" is ${state}, and the conversation goes on`, async (t) => {
    const { room, api, session, get } = await setup(t);
    room.divar.behave = ({ text, number }) => (text === 'first' && number === 1 ? 'lost' : 'deliver');
    const first = await room.accept({ session_id: session.id, text: 'first' });
    const second = await room.accept({ session_id: session.id, text: 'second' });
    await room.drain();
    const { status, body } = await api('POST', `/v1/messages/${first.id}/resolve`, { body: { as } });
    t.is(status, 200);
    t.is(body.state, state);
    await room.drain();
    t.is((await get(second.id)).state, 'sent');
    t.is((await get(first.id)).state, as === 'failed' ? 'failed' : 'sent');
    t.deepEqual(
      room.divar.delivered.map(({ text }) => text),
      as === 'retry' ? ['first', 'first', 'second'] : ['first', 'second'],
    );
  });
}

test('only an unknown outcome can be resolved, and only in three ways', async (t) => {
  const { api, post } = await setup(t);
  const { body } = await post();
  const resolve = (as: unknown) => api('POST', `/v1/messages/${body.id}/resolve`, { body: { as } });
  for (const as of ['sent', 'failed', 'retry']) t.is((await resolve(as)).status, 409, as);
  t.is((await resolve('done')).status, 400);
});

test('what was erased is shown without its content', async (t) => {
  const { room, post, get } = await setup(t);
  const { body } = await post({ metadata: { a: 'b' } });
  await room.drain();
  await room.owner('update messages set content = null');
  t.like(await get(body.id), { state: 'sent', text: null, metadata: {}, sender_buttons: [] });
});
