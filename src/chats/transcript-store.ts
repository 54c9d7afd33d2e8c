/** SQL of a chat's transcript: what was sent from our messages, what came from our events. Newest first, before a place. */
import type { EventStore } from '../events/store.ts';
import type { MessageContent } from '../messages/messages.ts';
import type { MessageStore } from '../messages/store.ts';
import type { Tx } from '../ports.ts';
import type { ChatMessageView, Item, Place } from './transcript.ts';

interface Page {
  appId: string;
  /** The names of one chat. */
  conversationIds: readonly string[];
  limit: number;
  before: Place | undefined;
}

interface PlacedRow {
  id: string;
  at: Date;
}

/** After every message. */
const THE_END = new Date('9999-12-31T00:00:00.000Z');

/** Events that tell chat messages. */
const TOLD_TYPES = ['chat.message.received', 'chatbot.message.received', 'chatbot.started'];

/** To the millisecond, which is what a place of ours can tell. */
const placedBefore = (at: string, name: string) =>
  `(date_trunc('milliseconds', ${at}), ${name} collate "C") < (?::timestamptz, ?)`;

export type TranscriptStore = ReturnType<typeof createTranscriptStore>;

export function createTranscriptStore(deps: {
  messages: Pick<MessageStore, 'load' | 'openContent'>;
  events: Pick<EventStore, 'find'>;
}) {
  const query = async (
    tx: Tx,
    sql: string,
    page: Page,
    bindings: readonly string[][],
  ): Promise<PlacedRow[]> => {
    const [at, name] = [page.before?.at ?? THE_END, page.before?.name ?? ''];
    const { rows } = await tx.sql.raw<{ rows: PlacedRow[] }>(sql, [
      tx.tenantId,
      [...page.conversationIds],
      ...bindings,
      at,
      name,
      page.limit,
    ]);
    return rows;
  };

  return {
    /** What stands in the chat, or may: by the time of the last try. */
    listSent: async (tx: Tx, page: Page): Promise<Item[]> => {
      const rows = await query(
        tx,
        `select m.id, date_trunc('milliseconds', a.at) as at from messages m cross join lateral (
           select max(t.created_at) as at from attempts t where t.tenant_id = m.tenant_id and t.message_id = m.id) a
         where m.tenant_id = ? and m.conversation_id = any(?) and m.state in ('sending', 'sent', 'unknown')
           and ${placedBefore('a.at', 'm.id')} order by 2 desc, m.id collate "C" desc limit ?`,
        page,
        [],
      );
      return await Promise.all(
        rows.map(async ({ id, at }) => {
          const message = await deps.messages.load(tx, page.appId, id);
          const content = deps.messages.openContent(message);
          return { place: { at, name: id }, view: viewOfSent(id, at, message.state as 'sent', content) };
        }),
      );
    },

    /** By the time it was told. */
    listTold: async (tx: Tx, page: Page): Promise<Item[]> => {
      const rows = await query(
        tx,
        `select e.id, date_trunc('milliseconds', e.created_at) as at from events e
         where e.tenant_id = ? and e.conversation_id = any(?) and e.type = any(?)
           and ${placedBefore('e.created_at', 'e.id')} order by 2 desc, e.id collate "C" desc limit ?`,
        page,
        [TOLD_TYPES],
      );
      const found = await Promise.all(rows.map(({ id }) => deps.events.find(tx, page.appId, id)));
      return rows.map(({ id, at }, n) => ({
        place: { at, name: id },
        view: viewOfTold(id, at, found[n]?.payload?.data.message as Told | undefined),
      }));
    },
  };
}

type Told = Omit<ChatMessageView, 'sent_at'> & { sent_at: string | null };

function viewOfSent(
  id: string,
  at: Date,
  state: 'sending' | 'sent' | 'unknown',
  content: MessageContent | null,
): ChatMessageView {
  return {
    object: 'chat_message',
    id: null,
    direction: 'out',
    message_id: id,
    event_id: null,
    source: 'message',
    state,
    type: content === null ? null : content.mediaId === null ? 'text' : 'media',
    text: content?.text ?? null,
    media_id: content?.mediaId ?? null,
    sender: { side: null, type: 'bot' },
    sent_at: at.toISOString(),
  };
}

/** Without a message its ten days are over. */
function viewOfTold(id: string, at: Date, message: Told | undefined): ChatMessageView {
  const known = message ?? { id: null, type: null, text: null, sender: { side: null, type: null } };
  return {
    ...known,
    object: 'chat_message',
    direction: 'in',
    message_id: null,
    event_id: id,
    source: 'event',
    state: null,
    media_id: null,
    sent_at: message?.sent_at ?? at.toISOString(),
  };
}
