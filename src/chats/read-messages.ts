/** What a reading of a chat shows, in the words that events use. Pure. @see PROTOCOL 4.6, TV-66, TV-67 */
import type { JsonObject } from '../events/fields.ts';
import { type ChatFacts, type ChatMessage, readMessage, readNotification } from '../events/read-message.ts';
import { type SeenMessage, seenOf } from '../events/seen.ts';
import type { Conversation } from '../messages/conversations.ts';

export interface ShownMessage {
  message: ChatMessage & { id: string };
  chat: ChatFacts;
  raw: JsonObject;
  sentAt: Date | null;
  /** Set when it may be one of ours. */
  seen: SeenMessage | null;
}

/** Messages without an id cannot be told apart from others and are left out. */
export function readShown(conversation: Conversation, messages: readonly JsonObject[]): ShownMessage[] {
  return messages.flatMap((raw) => {
    const { message, chat } = conversation.facts.v1 ? readOld(conversation, raw) : readNew(conversation, raw);
    const { id } = message;
    if (id === null) return [];
    const sentAt = message.sent_at === null ? null : new Date(message.sent_at);
    return [{ message: { ...message, id }, chat, raw, sentAt, seen: seenOf(message, chat) }];
  });
}

function readNew({ facts, type }: Conversation, raw: JsonObject) {
  const { message, chat } = readMessage(raw, type);
  return {
    message,
    chat: { ...chat, divar_id: facts.divarId, post_token: chat.post_token ?? facts.postToken },
  };
}

function readOld({ facts }: Conversation, raw: JsonObject) {
  const { message, chat } = readNotification(raw);
  return { message, chat: { ...chat, post_token: facts.postToken } };
}
