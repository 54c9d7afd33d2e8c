import test from 'ava';
import { CONVERSATION, openApi, openRoom, V1_PEER, V1_USER } from './setup.ts';

async function setup(t: Parameters<typeof openRoom>[0]) {
  const room = await openRoom(t);
  const api = await openApi(t, room);
  const session = await room.visit();
  const accept = (text: string, more: object = {}) => room.accept({ session_id: session.id, text, ...more });
  const get = async () => (await api('GET', `/v1/conversations/${CONVERSATION}`)).body;
  const post = (verb: string) => api('POST', `/v1/conversations/${CONVERSATION}/${verb}`);
  return { room, api, accept, get, post };
}

test('every call is protected', async (t) => {
  const { room, api } = await setup(t);
  const routes = [
    ['GET', '/v1/conversations'],
    ['GET', '/v1/conversations/cnv_1'],
    ['POST', '/v1/conversations/cnv_1/hold'],
    ['POST', '/v1/conversations/cnv_1/resume'],
    ['POST', '/v1/conversations/cnv_1/skip'],
  ] as const;
  for (const [method, path] of routes) t.is((await api(method, path, { key: '' })).status, 401, path);
  await room.owner(`update api_keys set scopes = '{messages:write}'`);
  for (const [method, path] of routes) t.is((await api(method, path)).status, 403, path);
});

test('is found by our id and by the id of Divar, and shows nothing of other apps', async (t) => {
  const { api, accept, get } = await setup(t);
  const { conversationId } = await accept('a');
  const body = await get();
  t.like(body, {
    id: conversationId,
    object: 'conversation',
    divar_id: CONVERSATION,
    type: 'post',
    post_token: 'wZ_x9Qa7',
    v1: null,
    head: null,
    held_at: null,
  });
  t.deepEqual((await api('GET', `/v1/conversations/${conversationId}`)).body, body);
  t.deepEqual((await api('GET', '/v1/conversations')).body, { data: [body], next_cursor: null });
  t.is((await api('GET', '/v1/conversations/unknown')).status, 404);
});

test('tells the three ids of a v1 conversation', async (t) => {
  const room = await openRoom(t, { app: { generation: 'v1' } });
  const api = await openApi(t, room);
  const user = { id: V1_USER, side: null };
  const session = await room.visit({ visit: { conversationId: null, user, peer: { id: V1_PEER } } });
  const { conversationId } = await room.accept({ session_id: session.id, text: 'a' });
  t.like((await api('GET', `/v1/conversations/${conversationId}`)).body, {
    divar_id: null,
    post_token: 'wZ_x9Qa7',
    v1: { user_id: V1_USER, peer_id: V1_PEER },
  });
});

test('says what stands at its head and why', async (t) => {
  const { room, accept, get } = await setup(t);
  const unknown = await accept('lost');
  room.divar.behave = ({ text }) => (text === 'lost' ? 'lost' : { status: 503 });
  await room.drain();
  t.like((await get()).head, { message_id: unknown.id, reason: 'unknown' });
  await room.owner(`update messages set state = 'failed', final_at = now()`);
  const retried = await accept('retried');
  await room.drain();
  t.like((await get()).head, { message_id: retried.id, reason: 'retry' });
  await room.owner(`update messages set state = 'failed', final_at = now() where final_at is null`);
  await room.owner(`update grants set state = 'revoked'`);
  const held = await accept('held', { on_missing_consent: 'hold' });
  const { head } = await get();
  t.like(head, { message_id: held.id, reason: 'grant' });
  t.truthy(Date.parse(head.since));
});

test('a held conversation sends nothing until it is resumed, and takes messages all the time', async (t) => {
  const { room, accept, get, post } = await setup(t);
  const first = await accept('first');
  const { status, body } = await post('hold');
  t.is(status, 200);
  t.like(body.head, { message_id: first.id, reason: 'held' });
  const again = await post('hold');
  t.is(again.body.held_at, body.held_at, 'to hold twice changes nothing');
  await accept('second');
  await room.drain();
  await room.passTime(100_000);
  await room.drain();
  t.deepEqual(room.divar.requests, []);

  t.like((await post('resume')).body, { held_at: null, head: null });
  await room.drain();
  t.deepEqual(
    room.divar.delivered.map(({ text }) => text),
    ['first', 'second'],
  );
  t.is((await get()).head, null);
});

test('messages expire in a held conversation too', async (t) => {
  const { room, accept, post } = await setup(t);
  const { id } = await accept('a', { expires_at: new Date(Date.now() + 60_000).toISOString() });
  await post('hold');
  await room.passTime(61);
  await room.drain();
  t.is((await room.find(id)).state, 'expired');
});

test('skip takes a waiting head out of the way: unknown becomes failed, queued and held become cancelled', async (t) => {
  const { room, accept, post } = await setup(t);
  room.divar.behave = ({ text }) =>
    text === 'lost' ? 'lost' : text === 'retried' ? { status: 503 } : 'deliver';
  const [lost, retried, last] = [await accept('lost'), await accept('retried'), await accept('last')];
  await room.drain();
  t.is((await post('skip')).status, 200);
  await room.drain();
  t.like(await room.find(lost.id), { state: 'failed', code: 'skipped' });
  t.is((await room.find(retried.id)).code, 'divar_unavailable');
  t.is((await post('skip')).status, 200);
  t.like(await room.find(retried.id), { state: 'cancelled', code: 'skipped' });
  await room.drain();
  t.is((await room.find(last.id)).state, 'sent');
  const nothing = await post('skip');
  t.is(nothing.status, 409);
  t.is(nothing.body.code, 'conflict');
});

test('what is being sent is neither skipped nor cancelled', async (t) => {
  const { room, api, accept, post } = await setup(t);
  const statuses: number[] = [];
  const { id } = await accept('a');
  room.divar.behave = async () => {
    statuses.push((await post('skip')).status, (await api('POST', `/v1/messages/${id}/cancel`)).status);
    return 'deliver' as const;
  };
  await room.drain();
  t.deepEqual(statuses, [409, 409]);
  t.is((await room.find(id)).state, 'sent');
});
