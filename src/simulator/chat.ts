import { createMessageId } from './identities.ts';
import type { Conversation, Message, Side, Stage } from './world.ts';

export type NewMessage = Omit<Message, 'id' | 'sentAt'>;

/** Puts messages into conversations. */
export const createChat = ({ now, random, changed }: Pick<Stage, 'now' | 'random' | 'changed'>) => ({
  post(conversation: Conversation, message: NewMessage): Message {
    const sentAt = now();
    const stored: Message = { id: createMessageId(sentAt, random), sentAt, ...message };
    conversation.messages.push(stored);
    changed();
    return stored;
  },
});
export type Chat = ReturnType<typeof createChat>;

export const NO_BUTTONS: Record<Side, []> = { seller: [], buyer: [] };
