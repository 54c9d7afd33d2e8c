import test from 'ava';
import {
  conversationKeyText,
  type Head,
  mayReach,
  nameOfBotUser,
  nameOfDivarId,
  nameOfVisit,
  sendScope,
  targetOf,
  waitReason,
} from '../../src/messages/conversations.ts';
import type { Visit } from '../../src/session/session.ts';
import { T0 } from '../helpers/fakes.ts';
import { newSession } from '../helpers/sessions.ts';

const USER = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
const PEER = 'a1b2c3d4-1111-4222-8333-944455556666';
/** PROTOCOL 3.3, "own, 8". */
const TRIPLE =
  'M2YwYjZhNTItMGMxZS00ZDdmLTlhNDQtNWIxYTJjM2Q0ZTVmOndaX3g5UWE3OmExYjJjM2Q0LTExMTEtNDIyMi04MzMzLTk0NDQ1NTU1NjY2Ng==';

const visit = (change: Partial<Visit> = {}): Visit => ({
  ...newSession({ tenantId: 'ten_a', appId: 'app_a' }).visit,
  conversationId: 'c1',
  user: { id: USER, side: null },
  peer: { id: PEER },
  ...change,
});
const nameIn = (generation: 'v1' | 'v2', change: Partial<Visit> = {}) =>
  nameOfVisit({ generation }, visit(change));

test('the generation of the app decides how a chat is named', (t) => {
  const v1 = nameIn('v1');
  const v2 = nameIn('v2');
  t.truthy(v1 && v2);
  if (!v1 || !v2) return;
  t.deepEqual(targetOf(v1), { kind: 'v1', userId: USER, postToken: 'wZ_x9Qa7', peerId: PEER });
  t.deepEqual(targetOf(v2), { kind: 'conversation', conversationId: 'c1' });
  t.is(sendScope(v1), `CHAT_SEND_MESSAGE_OAUTH.${TRIPLE}`);
  t.is(sendScope(v2), 'CONVERSATION_SEND_MESSAGE.c1');
});

test('a visit that lacks a part of the name names nothing', (t) => {
  t.is(nameIn('v2', { conversationId: null }), undefined);
  t.is(nameIn('v1', { postToken: null }), undefined);
  t.is(nameIn('v1', { user: { id: null, side: 'supply' } }), undefined);
  t.is(nameIn('v1', { peer: { id: null } }), undefined);
  t.truthy(nameIn('v1', { conversationId: null }));
});

test('a chatbot needs a scope by user only', (t) => {
  const [byUser, byId] = [nameOfBotUser('u1'), nameOfDivarId('bot', 'c1')];
  t.deepEqual(targetOf(byUser), { kind: 'bot_user', userId: 'u1' });
  t.deepEqual(targetOf(byId), { kind: 'bot_conversation', conversationId: 'c1' });
  t.is(sendScope(byUser), 'CHAT_BOT_USER_MESSAGE_SEND');
  t.is(sendScope(byId), undefined);
});

test('different chats, sides and apps never share an order', (t) => {
  const names = [
    nameIn('v1'),
    nameIn('v1', { user: { id: PEER, side: null }, peer: { id: USER } }),
    nameIn('v2'),
    nameOfDivarId('bot', 'c1'),
    nameOfBotUser('c1'),
  ].filter((name) => name !== undefined);
  const keys = ['app_a', 'app_b'].flatMap((appId) => names.map((name) => conversationKeyText(appId, name)));
  t.is(new Set(keys).size, 10);
});

test('a named grant is taken unless it is certain that it cannot send there', (t) => {
  const known = nameIn('v2');
  const unknownPost = nameOfDivarId('post', 'c1');
  const v1 = nameIn('v1');
  if (!known || !v1) return t.fail();
  t.true(mayReach(['CONVERSATION_SEND_MESSAGE.c1'], known));
  t.false(mayReach(['CONVERSATION_SEND_MESSAGE.c2', 'USER_ID'], known));
  t.true(mayReach(['CHAT_POST_CONVERSATIONS_MESSAGE_SEND.wZ_x9Qa7'], known));
  t.false(mayReach(['CHAT_POST_CONVERSATIONS_MESSAGE_SEND.other'], known));
  t.true(mayReach(['CHAT_POST_CONVERSATIONS_MESSAGE_SEND.other'], unknownPost));
  t.true(mayReach(['CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND'], unknownPost));
  t.true(mayReach([`CHAT_SEND_MESSAGE_OAUTH.${TRIPLE}`], v1));
  t.true(mayReach(['CHAT_SEND_MESSAGE_POST_CONVERSATIONS.wZ_x9Qa7'], v1));
  t.false(mayReach(['CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND'], v1));
  t.false(mayReach(['CONVERSATION_SEND_MESSAGE.c1'], nameOfBotUser('u1')));
  t.true(mayReach([], nameOfDivarId('bot', 'c1')));
});

test('says why a conversation waits, and nothing while it moves', (t) => {
  const later = new Date(T0.getTime() + 1000);
  const head: Head = {
    messageId: 'msg_1',
    state: 'queued',
    code: null,
    stateAt: T0,
    dueAt: later,
    heldAt: null,
    budget: null,
  };
  const reason = (change: Partial<Head>) => waitReason({ ...head, ...change }, T0)?.reason ?? null;
  t.is(waitReason(undefined, T0), null);
  t.is(reason({}), null, 'never tried: it is due, by whatever clock');
  t.is(reason({ code: 'throttled' }), 'retry');
  t.is(reason({ code: 'throttled', dueAt: T0 }), null);
  t.is(reason({ state: 'sending' }), null);
  t.is(reason({ state: 'unknown', code: 'outcome_unknown' }), 'unknown');
  t.is(reason({ state: 'held', code: 'consent_required' }), 'grant');
  t.is(reason({ state: 'unknown', heldAt: T0 }), 'held');
  t.is(reason({ budget: { by: 'day', until: later, since: null } }), 'budget');
  t.is(reason({ budget: { by: 'divar', until: later, since: T0 } }), 'retry');
  t.is(reason({ budget: { by: 'minute', until: later, since: null }, heldAt: T0 }), 'held');
});
