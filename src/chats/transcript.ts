/** One chat as far as we and Divar know it: what was sent, what came, and what only Divar shows. Pure.
 *  @see CONTRACT section 5 */
import { z } from 'zod';
import type { ShownMessage } from './read-messages.ts';

const Sender = z.object({
  side: z.enum(['supply', 'demand']).nullable(),
  type: z.enum(['human', 'bot']).nullable(),
});
const Content = z.record(z.string(), z.unknown()).optional();

export const ChatMessageView = z
  .object({
    object: z.literal('chat_message'),
    id: z.string().nullable().meta({ description: "Divar's id, where it is known" }),
    direction: z.enum(['out', 'in']),
    message_id: z.string().nullable().meta({ description: 'Of a message that was sent through us' }),
    event_id: z.string().nullable().meta({ description: 'Of the event that told it' }),
    source: z.enum(['message', 'event', 'divar']),
    state: z.enum(['sending', 'sent', 'unknown']).nullable(),
    type: z.string().nullable(),
    text: z.string().nullable().meta({ description: 'Null when it is no text, or its time is over' }),
    media_id: z.string().nullable(),
    sender: Sender,
    sent_at: z.iso.datetime(),
    image: Content,
    file: Content,
    voice: Content,
    location: Content,
    video: Content,
    contact: Content,
  })
  .meta({ id: 'ChatMessage' });
export type ChatMessageView = z.infer<typeof ChatMessageView>;

/** Where the chat of Divar's stands in this answer. */
export const DIVAR_PARTS = ['read', 'not_granted', 'refused', 'away', 'busy', 'skipped'] as const;
export type DivarPart = (typeof DIVAR_PARTS)[number];

/** A place in the transcript: by time, then by name, so that equal times have an order too. */
export interface Place {
  at: Date;
  name: string;
}

export interface Item {
  place: Place;
  view: ChatMessageView;
}

/** Newest first. */
export function isBefore(one: Place, other: Place): boolean {
  const [a, b] = [one.at.getTime(), other.at.getTime()];
  return a < b || (a === b && one.name < other.name);
}

export function mergeItems(items: readonly Item[], limit: number): Item[] {
  return [...items].sort((one, other) => (isBefore(one.place, other.place) ? 1 : -1)).slice(0, limit);
}

export function formatPlace({ at, name }: Place): string {
  return `${at.getTime()} ${name}`;
}

/** Of a cursor that we have sealed ourselves. */
export function parsePlace(text: string): Place {
  const space = text.indexOf(' ');
  return { at: new Date(Number(text.slice(0, space))), name: text.slice(space + 1) };
}

/** A text that only Divar shows. */
export function itemOfShown({ message, sentAt }: ShownMessage & { sentAt: Date }): Item {
  const { id, type, text, sender, sent_at: _, ...content } = message;
  return {
    place: { at: sentAt, name: id },
    view: {
      object: 'chat_message',
      id,
      direction: 'in',
      message_id: null,
      event_id: null,
      source: 'divar',
      state: null,
      type,
      text,
      media_id: null,
      sender,
      sent_at: sentAt.toISOString(),
      ...content,
    },
  };
}
