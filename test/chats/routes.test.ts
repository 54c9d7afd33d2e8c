import test from 'ava';
import { createChatRoutes } from '../../src/chats/routes.ts';
import { createTranscriptStore } from '../../src/chats/transcript-store.ts';
import { createReadClient } from '../../src/divar/read.ts';
import { createEventStore } from '../../src/events/store.ts';
import { createCursors } from '../../src/http/cursor.ts';
import { createCall } from '../../src/platform/call.ts';
import { testBlindIndex, testSeal } from '../helpers/fakes.ts';
import { openApi } from '../messages/setup.ts';
import { openChatRoom, spellMessage, type ToldMessage } from './setup.ts';

/** A chat with one message of ours, one event, and a text that only Divar shows. */
async function setup(t: Parameters<typeof openChatRoom>[0], { isReadable = true } = {}) {
  const room = await openChatRoom(t);
  const session = await room.visit({ granted: false, visit: { conversationId: 'c1' } });
  const scopes = ['CONVERSATION_SEND_MESSAGE.c1', ...(isReadable ? [room.readScopeOf(session)] : [])];
  await room.grant(session, scopes);
  const call = createCall();
  t.teardown(() => call.close());
  const events = createEventStore({ seal: testSeal() });
  const api = await openApi(t, room, [
    ...createChatRoutes({
      ...room,
      transcripts: createTranscriptStore({ messages: room.messages, events }),
      readClient: createReadClient({ call, hostsOf: () => room.divar.hosts, directory: room.directory }),
      blindIndex: testBlindIndex,
      cursors: createCursors({ seal: testSeal() }),
    }),
  ]);
  const { id, conversationId } = await room.accept({ session_id: session.id, text: 'از ما' });
  await room.drain(room.worker);
  await room.tell({ id: 'm2', text: 'رسید', type: 'HUMAN' });
  const shown: ToldMessage[] = [
    { id: 'm0', text: 'پیش‌تر', type: 'HUMAN', sentAt: new Date(Date.now() - 86_400_000) },
    { id: 'm1', text: 'از ما' },
    { id: 'm2', text: 'رسید', type: 'HUMAN' },
  ];
  room.divar.read = () => ({
    status: 200,
    body: JSON.stringify({ conversation: { id: 'c1' }, messages: shown.map(spellMessage) }),
  });
  return { room, api, id, conversationId };
}

type Line = { text: string; source: string };
const linesOf = (body: { data: Line[] }) => body.data.map(({ text, source }) => [text, source]);

test.serial('is protected, and an unknown chat is not found', async (t) => {
  const { api } = await setup(t);
  t.is((await api('GET', '/v1/conversations/c1/messages', { key: '' })).status, 401);
  t.is((await api('GET', '/v1/conversations/cnv_none/messages')).status, 404);
  t.is((await api('GET', '/v1/conversations/c1/messages?divar=maybe&x=1')).body.errors.length, 2);
});

test.serial('tells every message once: ours, what events told, and what only Divar shows', async (t) => {
  const { api, id, conversationId, room } = await setup(t);
  const { status, body } = await api('GET', `/v1/conversations/${conversationId}/messages`);
  t.is(status, 200, JSON.stringify(body));
  t.deepEqual(linesOf(body), [
    ['رسید', 'event'],
    ['از ما', 'message'],
    ['پیش‌تر', 'divar'],
  ]);
  t.deepEqual(body.divar, { state: 'read' });
  t.like(body.data[1], { message_id: id, direction: 'out', state: 'sent' });
  t.deepEqual((await api('GET', '/v1/conversations/c1/messages')).body, body, "by Divar's id too");
  t.deepEqual(await room.owner('select * from echoes'), [], 'reading writes nothing');
});

test.serial('pages by one, through all of its sources, and misses and repeats nothing', async (t) => {
  const { api } = await setup(t);
  const lines: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await api(
      'GET',
      `/v1/conversations/c1/messages?limit=1${cursor && `&cursor=${cursor}`}`,
    );
    lines.push(...linesOf(body));
    cursor = body.next_cursor;
    if (lines.length > 5) break;
  }
  t.deepEqual(lines, [
    ['رسید', 'event'],
    ['از ما', 'message'],
    ['پیش‌تر', 'divar'],
  ]);
});

test.serial('without Divar it gives our part, and says so', async (t) => {
  const { api, room } = await setup(t);
  const stateOf = async (query = '') => {
    const { body } = await api('GET', `/v1/conversations/c1/messages${query}`);
    t.is(body.data.length, 2);
    return body.divar.state as string;
  };
  room.divar.read = () => ({ status: 500, body: '<html>' });
  t.is(await stateOf(), 'away');
  room.divar.read = () => ({ status: 403, body: '{"code":7}' });
  t.is(await stateOf(), 'refused');
  t.is(await stateOf('?divar=skip'), 'skipped');
  const { api: other } = await setup(t, { isReadable: false });
  t.is((await other('GET', '/v1/conversations/c1/messages')).body.divar.state, 'not_granted');
});
