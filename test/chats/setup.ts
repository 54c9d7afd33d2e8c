/** Messages, events and chats on a real database, against a Divar that also lets chats be read. */
import { openChats } from '../../src/chats/open.ts';
import { type ChatWorkerDeps, createChatWorker } from '../../src/chats/worker.ts';
import { createReadClient } from '../../src/divar/read.ts';
import type { Announce } from '../../src/events/announce.ts';
import type { NewEvent } from '../../src/events/events.ts';
import { createEventIntake } from '../../src/events/intake.ts';
import { createEventStore } from '../../src/events/store.ts';
import { createMessageWorker } from '../../src/messages/worker.ts';
import { createCall } from '../../src/platform/call.ts';
import { systemClock } from '../../src/platform/ids.ts';
import { afterCommit } from '../../src/queue/after-commit.ts';
import type { Session } from '../../src/session/session.ts';
import type { Teardown } from '../helpers/database.ts';
import { testBlindIndex, testNewId, testRandom, testSeal } from '../helpers/fakes.ts';
import { openRoom, type Wanted } from '../messages/setup.ts';

const TIMEOUT_MS = 10_000;

export type ChatRoom = Awaited<ReturnType<typeof openChatRoom>>;

export interface ToldMessage {
  id: string;
  text: string;
  conversation?: string;
  type?: 'BOT' | 'HUMAN';
  side?: 'SELLER' | 'BUYER';
  sentAt?: Date;
}

export async function openChatRoom(t: Teardown, wanted: Wanted = {}) {
  const room = await openRoom(t, wanted);
  const { app, db, directory, messages, conversations, grants, workerDeps, inTenant, divar } = room;
  const events = createEventStore({ seal: testSeal() });
  const newId = testNewId(systemClock);
  const told: NewEvent[] = [];
  const announce: Announce = async (tx, event) => {
    const id = newId('evt');
    await events.insert(tx, id, event);
    afterCommit(tx, () => told.push(event));
    return id;
  };
  const signals = { publish: () => undefined };
  const { tokens } = workerDeps;
  const common = {
    messages,
    conversations,
    directory,
    signals,
    clock: systemClock,
    blindIndex: testBlindIndex,
  };
  const chats = openChats({ ...common, grants, tokens, events, announce, timeoutMs: TIMEOUT_MS });
  const call = createCall();
  t.teardown(() => call.close());
  const chatWorkerDeps: ChatWorkerDeps = {
    ...common,
    ...chats,
    db,
    readClient: createReadClient({ call, hostsOf: () => divar.hosts, directory }),
    random: testRandom,
    ladder: workerDeps.ladder,
    leaseSeconds: 30,
    timeoutMs: TIMEOUT_MS,
    log: room.log,
  };
  const reader = createChatWorker(chatWorkerDeps);
  const worker = createMessageWorker({ ...workerDeps, reconcile: chats.reconcile });
  const intake = createEventIntake({
    events,
    announce,
    blindIndex: testBlindIndex,
    openConversation: async (tx, { id }, name, now) => (await conversations.open(tx, id, name, now)).id,
    confirmEcho: chats.confirmEcho,
    keepReading: chats.keepReading,
    revokeGrants: async () => [],
  });
  const tellBody = (body: Record<string, unknown>) =>
    inTenant((tx) => intake(tx, { app, body, rawText: JSON.stringify(body), now: systemClock.now() }));

  return {
    ...room,
    ...chats,
    told,
    worker,
    reader,
    tellBody,
    /** As Divar tells it in the second generation. */
    tell: async (message: ToldMessage) =>
      (await tellBody({ type: 'NEW_MESSAGE', new_message: spellMessage(message) })).outcome,
    readScopeOf: ({ visit }: Pick<Session, 'visit'>) =>
      app.generation === 'v1'
        ? `CHAT_READ_CONVERSATION.${triple(visit.user.id, visit.postToken, visit.peer.id)}`
        : `CHAT_CONVERSATION_READ.${visit.conversationId}`,
    /** Texts of the events that tell chat messages. */
    texts: () =>
      told
        .filter(({ type }) => type === 'chat.message.received')
        .map(({ data }) => (data as { message: { text: string } }).message.text),
    /** As if so much time had passed for tries, unknown messages and readings. */
    age: async (seconds: number) => {
      const back = `make_interval(secs => ${seconds})`;
      await room.owner(`update attempts set created_at = created_at - ${back}`);
      await room.owner(`update messages set state_at = state_at - ${back}, due_at = due_at - ${back}`);
      await room.owner(
        `update chat_reads set due_at = due_at - ${back}, read_at = read_at - ${back}, active_at = active_at - ${back}`,
      );
    },
  };
}

export function spellMessage(message: ToldMessage): Record<string, unknown> {
  const { id, text, conversation = 'c1', type = 'BOT', side = 'SELLER' } = message;
  return {
    id,
    conversation: { id: conversation, type: 'POST', post_token: 'wZ_x9Qa7' },
    sender: { side, type },
    type: 'TEXT',
    sent_at: (message.sentAt ?? systemClock.now()).toISOString(),
    text,
  };
}

function triple(...ids: (string | null)[]): string {
  return Buffer.from(ids.join(':')).toString('base64');
}
