import { z } from 'zod';
import { type Chat, NO_BUTTONS } from './chat.ts';
import { refuseControl } from './control-input.ts';
import type { HopLog } from './hop-log.ts';
import { sideOf } from './identities.ts';
import type { Conversation, Message, Side, Stage } from './world.ts';

/** What a person can send in Divar's chat. */
export const PersonContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('TEXT'), text: z.string().min(1).max(4000) }),
  z.strictObject({ type: z.enum(['IMAGE', 'FILE', 'VOICE', 'VIDEO']) }),
  z.strictObject({
    type: z.literal('LOCATION'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  z.strictObject({
    type: z.literal('CONTACT'),
    name: z.string().max(200),
    phone: z.string().regex(/^\+?\d{3,15}$/),
  }),
]);
export type PersonContent = z.infer<typeof PersonContent>;

type Content = Pick<Message, 'text' | 'mediaId' | 'mediaType' | 'place' | 'contact'>;

const contentOf = (content: PersonContent, mediaId: () => string): Content => {
  if (content.type === 'TEXT') return { text: content.text };
  if (content.type === 'LOCATION')
    return { text: '', place: { latitude: content.latitude, longitude: content.longitude } };
  if (content.type === 'CONTACT') return { text: '', contact: { name: content.name, phone: content.phone } };
  return { text: '', mediaId: mediaId(), mediaType: content.type.toLowerCase() };
};

interface SayDeps {
  stage: Pick<Stage, 'now' | 'random'>;
  chat: Chat;
  log: Pick<HopLog, 'add'>;
}

/** A person writes in a chat; a hop says so. */
export const createSay =
  ({ stage: { now, random }, chat, log }: SayDeps) =>
  (conversation: Conversation, as: Side, content: PersonContent, path: string): Message => {
    if (!sideOf(conversation, as) && conversation.person !== as)
      throw refuseControl(403, 'this person takes no part in the conversation');
    const message = chat.post(conversation, {
      // In a bot chat the person stands on the buyer's side.
      side: conversation.type === 'BOT' ? 'buyer' : as,
      sender: 'human',
      ...contentOf(content, () => `mt_${random(12).toString('base64url')}`),
      buttons: NO_BUTTONS,
    });
    log.add({
      at: new Date(now()).toISOString(),
      ms: 0,
      direction: 'browser',
      kind: 'chat',
      method: 'POST',
      path,
      status: 201,
      as,
      conversation: conversation.id,
      message: message.id,
      problems: [],
    });
    return message;
  };
export type Say = ReturnType<typeof createSay>;
