import { createMessageId } from './identities.ts';
import type { Conversation, Message, Side, Stage } from './world.ts';

export type NewMessage = Omit<Message, 'id' | 'sentAt'>;

type ChatDeps = Pick<Stage, 'now' | 'random' | 'changed'> & {
  /** Called with each message once it stands there. */
  said(conversation: Conversation, message: Message): void;
};

/** Puts messages into conversations. */
export const createChat = ({ now, random, changed, said }: ChatDeps) => ({
  post(conversation: Conversation, message: NewMessage): Message {
    const sentAt = now();
    const stored: Message = { id: createMessageId(sentAt, random), sentAt, ...message };
    conversation.messages.push(stored);
    changed();
    said(conversation, stored);
    return stored;
  },
});
export type Chat = ReturnType<typeof createChat>;

export const NO_BUTTONS: Record<Side, []> = { seller: [], buyer: [] };
