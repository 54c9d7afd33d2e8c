import test from 'ava';
import { Problem, type ProblemCode } from '../../src/errors.ts';
import { MESSAGES_TOPIC } from '../../src/messages/messages.ts';
import { provision } from '../helpers/apps.ts';
import type { Teardown } from '../helpers/database.ts';
import { newSession } from '../helpers/sessions.ts';
import { CONVERSATION, openRoom, type Room, V1_PEER, V1_USER, V2_USER } from './setup.ts';

interface Thrower extends Teardown {
  throwsAsync(promise: Promise<unknown>, expected: { instanceOf: typeof Problem }): Promise<Problem>;
  is(actual: unknown, expected: unknown): void;
}

/** Refused with this problem, and nothing stored. */
async function refuses(t: Thrower, room: Room, body: object, code: ProblemCode): Promise<Problem> {
  const problem = await t.throwsAsync(room.accept(body), { instanceOf: Problem });
  t.is(problem.code, code);
  for (const table of ['messages', 'conversations', 'button_references']) t.is(await room.count(table), 0);
  t.is(room.published.length, 0);
  return problem;
}

test('keeps a message before it says so, sealed, and calls the workers after the commit', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ userId: V2_USER });
  const message = await room.accept({
    session_id: session.id,
    text: 'planted-text',
    receiver_buttons: [
      [{ caption: 'planted-caption', action: { ask: { data: { planted: 'planted-data' } } } }],
    ],
    metadata: { order: 'planted-metadata' },
    lane: 'bulk',
    on_unknown: 'retry',
    expires_at: '2100-01-01T00:00:00Z',
  });
  t.like(message, { state: 'queued', lane: 'bulk', onUnknown: 'retry', position: 1, sessionId: session.id });
  t.truthy(message.grantId);
  t.deepEqual(room.published, [MESSAGES_TOPIC]);

  const tables = ['conversations', 'messages', 'button_references', 'attempts'];
  const rows = await Promise.all(tables.map((table) => room.owner(`select * from ${table}`)));
  t.deepEqual(
    rows.map((found) => found.length),
    [1, 1, 1, 0],
  );
  t.notRegex(
    JSON.stringify(rows),
    new RegExp(`planted|pvd_|${CONVERSATION}|wZ_x9Qa7|${V2_USER.slice(0, 8)}`),
  );
});

test('gives every message of a conversation the next place, however many come at once', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const accept = (text: string) => room.accept({ session_id: session.id, text });
  for (const round of [0, 1, 2]) await Promise.all([1, 2, 3, 4, 5].map((n) => accept(`${round}.${n}`)));
  const rows = await room.owner<{ position: number }>('select position::int from messages order by position');
  t.deepEqual(
    rows.map(({ position }) => position),
    Array.from({ length: 15 }, (_, n) => n + 1),
  );
  t.is(await room.count('conversations'), 1);
});

test('a later message does not bring its conversation forward, and does not push it back', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const dueAt = () =>
    room.owner<{ due_at: Date }>('select due_at from conversations').then(([row]) => row?.due_at);
  await room.accept({ session_id: session.id, text: 'first' });
  const first = await dueAt();
  await room.accept({ session_id: session.id, text: 'second' });
  t.deepEqual(await dueAt(), first);
  room.divar.behave = () => ({ status: 503 });
  await room.drain();
  const waiting = await dueAt();
  await room.accept({ session_id: session.id, text: 'third' });
  t.deepEqual(await dueAt(), waiting);
});

test('visits, our ids and ids of Divar name the same conversation', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { conversationId } = await room.accept({ conversation_id: CONVERSATION, text: 'a' });
  t.is((await room.accept({ session_id: session.id, text: 'b' })).conversationId, conversationId);
  t.is((await room.accept({ conversation_id: conversationId, text: 'c' })).conversationId, conversationId);
  const conversation = await room.inTenant((tx) => room.conversations.find(tx, room.app.id, conversationId));
  t.is(conversation?.facts.postToken, 'wZ_x9Qa7', 'learnt from the visit');
  t.not(
    (await room.accept({ chatbot: { conversation_id: CONVERSATION }, text: 'd' })).conversationId,
    conversationId,
  );
});

test('the two sides of a v1 chat are two conversations, and our id names one of them', async (t) => {
  const room = await openRoom(t, { app: { generation: 'v1' } });
  const side = (user: string, peer: string) =>
    room.visit({
      userId: user,
      visit: { conversationId: null, user: { id: user, side: null }, peer: { id: peer } },
    });
  const [one, two] = [await side(V1_USER, V1_PEER), await side(V1_PEER, V1_USER)];
  const first = await room.accept({ session_id: one.id, text: 'a' });
  const second = await room.accept({ session_id: two.id, text: 'b' });
  t.not(first.conversationId, second.conversationId);
  t.is((await room.accept({ conversation_id: first.conversationId, text: 'c' })).position, 2);
});

test('asks for consent when no grant covers the message, and says where', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ granted: false });
  const problem = await refuses(t, room, { session_id: session.id, text: 'a' }, 'consent_required');
  t.deepEqual(problem.extra, {
    consent_url: `https://us.example/s/${session.id}?CONVERSATION_SEND_MESSAGE.${CONVERSATION}`,
  });
  const nameless = await refuses(t, room, { conversation_id: CONVERSATION, text: 'a' }, 'consent_required');
  t.deepEqual(nameless.extra, { consent_url: null });
});

test('a grant that is over, broken, of another conversation or of another kind does not cover', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ granted: false });
  await room.grant(session, ['USER_ID', 'CONVERSATION_SEND_MESSAGE.another']);
  await room.grant(session, undefined, { expiresInMs: -1000 });
  const broken = await room.grant(session);
  await room.owner(`update grants set state = 'broken' where id = $1`, [broken]);
  await refuses(t, room, { session_id: session.id, text: 'a' }, 'consent_required');
  await refuses(t, room, { conversation_id: CONVERSATION, grant_id: broken, text: 'a' }, 'consent_required');
});

test("refuses what is not the app's own: sessions, conversations, grants", async (t) => {
  const room = await openRoom(t);
  const own = await room.visit();
  const sister = await provision(room, { app: { external_id: 'sister' } });
  t.is(sister.tenant.id, room.app.tenantId);
  const foreign = newSession({ tenantId: room.app.tenantId, appId: sister.app.id });
  await room.inTenant((tx) => room.sessions.insert(tx, foreign));
  const grantId = await room.grant(own);
  await room.owner('update grants set app_id = $1 where id = $2', [sister.app.id, grantId]);
  for (const body of [
    { session_id: foreign.id },
    { session_id: 'ses_unknown' },
    { conversation_id: 'cnv_unknown' },
    { conversation_id: CONVERSATION, grant_id: grantId },
    { conversation_id: CONVERSATION, grant_id: 'grt_unknown' },
  ])
    await refuses(t, room, { ...body, text: 'a' }, 'not_found');
});

test('refuses a visit that does not tell its conversation', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ granted: false, visit: { conversationId: null } });
  const problem = await refuses(t, room, { session_id: session.id, text: 'a' }, 'invalid_request');
  t.like(problem.issues[0], { path: 'body.session_id', code: 'no_conversation' });
});

test('a v1 app names no conversation by an id of Divar', async (t) => {
  const room = await openRoom(t, { app: { generation: 'v1' } });
  const problem = await refuses(t, room, { conversation_id: CONVERSATION, text: 'a' }, 'invalid_request');
  t.is(problem.issues[0]?.path, 'body.conversation_id');
});

test('tells all that is wrong for this app at once', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const body = {
    session_id: session.id,
    text: 'a',
    expires_at: '2020-01-01T00:00:00Z',
    sender_buttons: [[{ caption: 'a', action: { open_url: 'http://shop.example/' } }]],
    receiver_buttons: [[{ caption: 'a', action: { open_session: { data: {}, page: 'nowhere' } } }]],
  };
  const problem = await refuses(t, room, body, 'invalid_request');
  t.deepEqual(
    problem.issues.map(({ path }) => path),
    [
      'body.expires_at',
      'body.sender_buttons.0.0.action.open_url',
      'body.receiver_buttons.0.0.action.open_session.page',
    ],
  );
});

test('the message of a completion goes to its session, and its issues say where they stand', async (t) => {
  const room = await openRoom(t);
  const { id } = await room.visit();
  const session = await room.inTenant((tx) => room.sessions.load(tx, id));
  const accept = (message: object) =>
    room.inTenant((tx) =>
      room.acceptMessage(tx, { app: room.app, session, message: message as never, now: new Date() }),
    );
  const good = {
    text: 'سلام',
    sender_buttons: [],
    receiver_buttons: [],
    lane: 'reply',
    on_unknown: 'hold',
    on_missing_consent: 'fail',
  };
  t.is((await accept(good)).sessionId, id);
  const bad = { ...good, sender_buttons: [[{ caption: 'a', action: { open_url: 'http://shop.example/' } }]] };
  const problem = await t.throwsAsync(accept(bad), { instanceOf: Problem });
  t.is(problem?.issues[0]?.path, 'body.message.sender_buttons.0.0.action.open_url');
});

test('another app, another tenant and time make a reference worthless', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  await room.accept({
    session_id: session.id,
    text: 'a',
    sender_buttons: [[{ caption: 'a', action: { open_session: { data: { n: 1 } } } }]],
  });
  await room.drain();
  const reference = /pvd_[\w-]+/.exec(JSON.stringify(room.divar.delivered))?.[0] ?? '';
  const resolve = (appId = room.app.id) =>
    room.inTenant((tx) => room.references.resolve(tx, appId, reference));
  t.deepEqual((await resolve())?.data, { n: 1 });
  t.is(await resolve('app_other'), undefined);
  t.is(
    await room.db.tenant('ten_other', (tx) => room.references.resolve(tx, room.app.id, reference)),
    undefined,
  );
  const [row] = await room.owner<{ days: number }>(
    'select extract(day from expires_at - created_at)::int as days from button_references',
  );
  t.is(row?.days, 180);
  await room.owner('update button_references set expires_at = now()');
  t.is(await resolve(), undefined);
});
