/**
 * Divar's event bodies, of both generations and in every spelling seen, turned into one event each. Unknown fields stay in
 * the body that is kept beside the event, unknown types become `divar.unknown`, and nothing is refused. @see PROTOCOL 5, 7
 */
import type { ConversationName } from '../messages/conversations.ts';
import type { EventType } from './events.ts';
import { firstObject, type JsonObject, objectOf, textOf, wordOf } from './fields.ts';
import {
  type ChatFacts,
  type ChatMessage,
  nameOfChat,
  readMessage,
  readNotification,
} from './read-message.ts';
import { readStart } from './read-start.ts';
import { type SeenMessage, seenOf } from './seen.ts';

export interface ReadEvent {
  type: EventType;
  /** Without `raw`. */
  data: JsonObject;
  conversation: ConversationName | undefined;
  /** What Divar itself calls what happened; null when it has no name, then the body and the minute stand for it. */
  divarKey: string | null;
  /** What two tellings of one thing have in common, however they are spelled. */
  content: unknown;
  /** Divar's id of the chat message. */
  messageId: string | null;
  /** Set for a chat message that may be one of ours coming back. */
  echo: SeenMessage | null;
  /** Set for a revocation: whose grants have ended. */
  revokedUserId: string | null;
}

type Reader = (body: JsonObject) => ReadEvent | undefined;

const NOTHING = { conversation: undefined, divarKey: null, messageId: null, echo: null, revokedUserId: null };

/** By Divar's `type`; some are called by the name of their subscription. @see PROTOCOL 7, row 35 */
const READERS: Record<string, Reader> = {
  CHAT_MESSAGE: ({ payload }) => {
    const notification = objectOf(payload);
    if (!notification) return undefined;
    const { category, title } = objectOf(notification.metadata) ?? {};
    const post = { category: textOf(category), title: textOf(title) };
    return chatEvent('chat.message.received', readNotification(notification), { post });
  },
  NEW_MESSAGE: readNewMessage,
  NEW_MESSAGE_ON_POST: readNewMessage,
  NEW_CHATBOT_MESSAGE: (body) => {
    const told = objectOf(body.new_chatbot_message);
    if (!told) return undefined;
    const read = readMessage(told, 'bot');
    const start = read.message.sender.type === 'bot' ? undefined : readStart(read.message.text);
    return start
      ? chatEvent('chatbot.started', read, { start, metadata: metadataOf(body) })
      : chatEvent('chatbot.message.received', read, { metadata: metadataOf(body) });
  },
  USER_ACCESS_REVOCATION: (body) => {
    const userId = textOf(objectOf(body.user_access_revocation)?.user_id);
    if (userId === null) return undefined;
    const data = { user_id: userId };
    return { ...NOTHING, type: 'grant.revoked', data, content: data, revokedUserId: userId };
  },
  POST_UPDATE: (body) => {
    const update = objectOf(body.post_update);
    const post = objectOf(update?.post);
    if (!update || !post) return undefined;
    const data = { change: wordOf(update.type), post, metadata: metadataOf(body) };
    return { ...NOTHING, type: 'post.updated', data, content: data };
  },
  PAYMENT_TRANSACTION: (body) => {
    const told = firstObject(body.payment_transaction, body.transaction);
    const payment = told && readPayment(told);
    if (!payment) return undefined;
    // A payment is told again whenever its state changes: that is something new.
    const divarKey = payment.id === null ? null : `${payment.id} ${payment.state}`;
    return { ...NOTHING, type: 'payment.updated', data: { payment }, content: payment, divarKey };
  },
};

export function readEvent(body: JsonObject): ReadEvent {
  const type = textOf(body.type);
  const reader = type !== null && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  const unknown = { ...NOTHING, type: 'divar.unknown' as const, data: { divar_type: type }, content: body };
  return reader?.(body) ?? unknown;
}

function readNewMessage(body: JsonObject): ReadEvent | undefined {
  const told = objectOf(body.new_message);
  return (
    told && chatEvent('chat.message.received', readMessage(told, 'post'), { metadata: metadataOf(body) })
  );
}

function chatEvent(
  type: EventType,
  { message, chat }: { message: ChatMessage; chat: ChatFacts },
  more: JsonObject,
): ReadEvent {
  const { id, sender, ...said } = message;
  return {
    type,
    data: { message, conversation: chat, ...more },
    conversation: nameOfChat(chat),
    divarKey: id,
    // The generations tell different things of the same people, so only the side counts.
    content: { ...said, side: sender.side },
    messageId: id,
    echo: seenOf(message, chat),
    revokedUserId: null,
  };
}

/** @see PROTOCOL 7, row 33 */
function metadataOf(body: JsonObject): JsonObject | null {
  return firstObject(body.metadata, body.meta_data) ?? null;
}

/** Divar's pages also number them. */
const PAYMENT_STATES = ['pending', 'completed', 'failed', 'refunded'];

/** Money is text: it may be larger than a number can tell. @see PROTOCOL 5.4 */
function readPayment(told: JsonObject) {
  const state = wordOf(told.state)?.replace(/^transaction_state_/, '') ?? null;
  return {
    id: textOf(told.id),
    cost_rials: textOf(told.cost_rials),
    state: PAYMENT_STATES[Number(state) - 1] ?? state,
    type: wordOf(told.type)?.replace(/^transaction_type_/, '') ?? null,
    extra_details: told.extra_details ?? null,
  };
}
