import test from 'ava';
import { type ChatRoom, openChatRoom, spellMessage, type ToldMessage } from './setup.ts';

const V1 = { user: 'u-seller', peer: 'u-buyer', post: 'wZ_x9Qa7' };

/** A visit whose grant allows sending and reading. */
async function setup(t: Parameters<typeof openChatRoom>[0], generation: 'v1' | 'v2' = 'v2') {
  const room = await openChatRoom(t, { app: { generation } });
  const session = await room.visit({
    generation,
    granted: false,
    visit:
      generation === 'v2'
        ? { conversationId: 'c1' }
        : { user: { id: V1.user, side: 'supply' }, peer: { id: V1.peer }, postToken: V1.post },
  });
  const sendScope =
    generation === 'v2'
      ? 'CONVERSATION_SEND_MESSAGE.c1'
      : `CHAT_SEND_MESSAGE_OAUTH.${Buffer.from(`${V1.user}:${V1.post}:${V1.peer}`).toString('base64')}`;
  await room.grant(session, [sendScope, room.readScopeOf(session)]);
  const send = async (text: string, more: object = {}) => {
    const { id } = await room.accept({ session_id: session.id, text, ...more });
    await room.drain(room.worker);
    return id;
  };
  return { room, session, send };
}

/** The chat shows these from now on. */
function show(room: ChatRoom, messages: readonly ToldMessage[]) {
  room.divar.read = ({ to }) =>
    to === 'c1'
      ? {
          status: 200,
          body: JSON.stringify({ conversation: { id: 'c1' }, messages: messages.map(spellMessage) }),
        }
      : { status: 404, body: '{"code":5}' };
}

/** As if events could not have been taken in for so long; how many chats are read because of it. */
async function watch({ owner, db }: ChatRoom, seconds: number): Promise<number> {
  await owner(`update intake_watch set seen_at = seen_at - make_interval(secs => ${seconds})`);
  const [row] = await db.call<{ watch_intake: number }>('watch_intake', [60, 30]);
  return row?.watch_intake ?? -1;
}

/** Reads once, when it is due. */
async function read(room: ChatRoom): Promise<number> {
  await room.owner(`update chat_reads set read_at = read_at - interval '5 seconds'`);
  return await room.reader.tick();
}

for (const onUnknown of ['hold', 'retry', 'fail'] as const)
  test.serial(`a message that is found in its chat is sent, whatever ${onUnknown} says`, async (t) => {
    const { room, send } = await setup(t);
    room.divar.behave = () => 'lost';
    const id = await send('رسید؟', { on_unknown: onUnknown });
    t.is((await room.find(id)).state, 'unknown');
    show(room, [{ id: 'm1', text: 'رسید؟' }]);
    t.is(await read(room), 0, 'not before it can have arrived');
    await room.age(60);
    t.is(await read(room), 1);
    t.like(await room.find(id), { state: 'sent', confirmedBy: 'read' });
    t.deepEqual(room.divar.refusals, []);
  });

test.serial('in the first generation the chat is read by its three ids', async (t) => {
  const { room, send } = await setup(t, 'v1');
  room.divar.behave = () => 'lost';
  const id = await send('رسید؟');
  const shown = {
    messages: [
      {
        id: 'm1',
        type: 'TEXT',
        data: { text: 'رسید؟' },
        from: null,
        sender: { id: V1.user, is_supply: true },
        to: null,
        receiver: { id: V1.peer, is_supply: false },
        sent_at: `${Date.now()}000`,
      },
    ],
  };
  room.divar.read = ({ to }) =>
    to === `${V1.user}:${V1.post}:${V1.peer}`
      ? { status: 200, body: JSON.stringify(shown) }
      : { status: 404, body: '' };
  await room.age(60);
  await read(room);
  t.like(await room.find(id), { state: 'sent', confirmedBy: 'read' });
  t.deepEqual(room.divar.refusals, []);
});

test.serial('what is not in the chat is decided by the tenant’s word: hold, retry, fail', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = ({ number }) => (number === 1 ? 'reset_unread' : 'deliver');
  const failed = await send('f', { on_unknown: 'fail' });
  show(room, []);
  await room.age(60);
  await read(room);
  t.like(await room.find(failed), { state: 'failed', code: 'outcome_unknown' });

  const retried = await send('r', { on_unknown: 'retry' });
  await room.age(60);
  await read(room);
  t.like(await room.find(retried), { state: 'queued', code: 'outcome_unknown' });
  await room.passTime(3600);
  await room.drain(room.worker);
  t.like(await room.find(retried), { state: 'sent', attemptCount: 2, confirmedBy: 'answer' });

  const held = await send('h');
  await room.age(60);
  await read(room);
  t.is((await room.find(held)).state, 'unknown');
  show(room, [{ id: 'm9', text: 'h' }]);
  await room.age(600);
  await read(room);
  t.like(await room.find(held), { state: 'sent', confirmedBy: 'read' }, 'looked for again, it came late');
});

test.serial('an answer that is not whole, a refusal and an old text prove nothing', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = () => 'reset_unread';
  const id = await send('x', { on_unknown: 'retry' });
  for (const body of ['', '<html>502</html>', '{}', '{"conversation":{"id":"c1"}}', '[]']) {
    room.divar.read = () => ({ status: 200, body });
    await room.age(7200);
    t.is(await read(room), 1, body);
    t.is((await room.find(id)).state, 'unknown', body);
  }
  room.divar.read = () => ({ status: 500, body: '' });
  await room.age(7200);
  await read(room);
  t.is((await room.find(id)).state, 'unknown');
  room.divar.read = () => ({ status: 403, body: '{"code":7}' });
  await room.age(7200);
  await read(room);
  t.is((await room.find(id)).state, 'queued', 'nobody can look: the tenant’s word counts');
});

test.serial('two equal messages and one of them in the chat: both stay open', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = ({ number }) => (number === 1 ? 'deliver' : 'reset_unread');
  await send('دو');
  const lost = await send('دو');
  show(room, [{ id: 'm1', text: 'دو' }]);
  await room.age(60);
  await read(room);
  t.is((await room.find(lost)).state, 'unknown');
});

test.serial('a text that no event told is told once, as recovered; ours and the rest are not', async (t) => {
  const { room, send } = await setup(t);
  await send('از ما');
  const human = (id: string, text: string, minutesAgo = 0): ToldMessage => ({
    id,
    text,
    type: 'HUMAN',
    side: 'BUYER',
    sentAt: new Date(Date.now() - minutesAgo * 60_000),
  });
  const [told, lost, old] = [human('m2', 'رسید'), human('m3', 'گم شد'), human('m0', 'پیش از این', 60)];
  await room.tell(told);
  show(room, [
    old,
    { id: 'm1', text: 'از ما', sentAt: new Date(Date.now() - 400_000) },
    told,
    lost,
    { id: 'm4', text: 'از افزونه‌ای دیگر' },
  ]);
  t.is(await read(room), 0, 'not yet');
  await room.age(400);
  t.is(await read(room), 1);
  t.deepEqual(room.texts(), ['رسید', 'گم شد', 'از افزونه‌ای دیگر']);
  const [, recovered] = room.told.filter(({ type }) => type === 'chat.message.received');
  t.like(recovered?.data, {
    recovered: true,
    message: { id: 'm3', text: 'گم شد', sender: { side: 'demand' } },
  });
  await room.owner('update chat_reads set due_at = now()');
  t.is(await read(room), 1);
  t.is(await room.tell(lost), 'duplicate');
  t.is(room.texts().length, 3);
});

test.serial('a chat is not read without a grant for it', async (t) => {
  const room = await openChatRoom(t);
  await room.visit({ visit: { conversationId: 'c1' } });
  await room.tell({ id: 'm1', text: 'x', type: 'HUMAN' });
  await room.age(400);
  t.is(await read(room), 1);
  t.deepEqual(await room.owner('select due_at from chat_reads'), [{ due_at: null }]);
  t.deepEqual(room.divar.refusals, []);
});

test.serial('after an interruption chats are read at once, and only after one', async (t) => {
  const { room } = await setup(t);
  await room.tell({ id: 'm1', text: 'x', type: 'HUMAN' });
  await room.age(3600);
  show(room, []);
  await watch(room, 0);
  await read(room);
  t.is(await read(room), 0, 'quiet for an hour: read again in an hour');
  t.is(await watch(room, 0), 0);
  t.is(await read(room), 0);
  t.is(await watch(room, 3600), 1);
  await room.age(60);
  t.is(await read(room), 1);
});

test.serial('one chat of an app is read at a time, and none while Divar wants less', async (t) => {
  const { room } = await setup(t);
  await room.tell({ id: 'm1', text: 'x', type: 'HUMAN' });
  await room.tell({ id: 'm2', text: 'x', type: 'HUMAN', conversation: 'c2' });
  await room.age(400);
  t.is(await room.reader.tick(), 1);
  await room.owner(
    `update chat_reads set read_at = now() - interval '5 seconds', due_at = now() - interval '1 second'`,
  );
  room.divar.read = () => ({ status: 429, body: '{"code":8}' });
  await read(room);
  await read(room);
  t.is(await read(room), 0);
});
