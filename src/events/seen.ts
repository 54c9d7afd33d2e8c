/** A message that is seen in a chat and may be one of ours coming back. Pure. @see PROTOCOL 5.3, CONTRACT section 7 */
import { nameOfEchoes, type Said } from '../messages/echo.ts';
import type { ChatFacts, ChatMessage } from './read-message.ts';

export interface SeenMessage {
  /** `nameOfEchoes` */
  chatName: string;
  said: Said;
  divarId: string;
  /** By Divar's clock; null when it does not say. */
  sentAt: Date | null;
}

/** In v2 ours are a bot's; in v1 they are told as the user's whose grant sent them, so any may be. */
export function seenOf(message: ChatMessage, chat: ChatFacts): SeenMessage | null {
  const { id, text, type, sent_at, sender } = message;
  if (id === null || (chat.v1 === null && sender.type !== 'bot')) return null;
  const chatName = nameOfEchoes({
    divarId: chat.divar_id,
    postToken: chat.post_token,
    v1: senderFirst(chat, message),
  });
  if (chatName === null) return null;
  return {
    chatName,
    said: { text, kind: type },
    divarId: id,
    sentAt: sent_at === null ? null : new Date(sent_at),
  };
}

/** `ChatFacts` has the owner of the post first. */
function senderFirst({ v1 }: ChatFacts, { sender }: ChatMessage) {
  if (v1 === null) return null;
  return sender.side === 'demand'
    ? { userId: v1.peer_id, peerId: v1.user_id }
    : { userId: v1.user_id, peerId: v1.peer_id };
}
