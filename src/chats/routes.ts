/** The transcript of a chat: our part, and Divar's own where a grant allows reading it. @see CONTRACT section 5 */
import { z } from 'zod';
import type { ReadClient } from '../divar/read.ts';
import { Problem } from '../errors.ts';
import { type Cursors, listQuery } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { ConversationStore } from '../messages/conversation-store.ts';
import { type Conversation, nameOfDivarId } from '../messages/conversations.ts';
import { divarKeyText, echoKeyText } from '../messages/echo.ts';
import type { BlindIndex, Db, Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import { matchEchoes } from './match.ts';
import type { FindReadAccess } from './read-grant.ts';
import { readShown, type ShownMessage } from './read-messages.ts';
import type { ChatStore } from './store.ts';
import {
  ChatMessageView,
  DIVAR_PARTS,
  type DivarPart,
  formatPlace,
  isBefore,
  itemOfShown,
  mergeItems,
  parsePlace,
} from './transcript.ts';
import type { TranscriptStore } from './transcript-store.ts';

export interface ChatRoutesDeps {
  db: Pick<Db, 'tenant'>;
  chats: Pick<ChatStore, 'listTries' | 'listTold'>;
  transcripts: TranscriptStore;
  conversations: Pick<ConversationStore, 'find' | 'findByName'>;
  findReadAccess: FindReadAccess;
  readClient: ReadClient;
  blindIndex: BlindIndex;
  cursors: Cursors;
}

/** A person waits for the page; without Divar's part it is still worth showing. */
const READ_TIMEOUT_MS = 3000;
/** Chats that one process reads for pages at once. */
const MAX_READS = 8;
/** Our messages are known by their tries for as long as these are kept. */
const TRIES_KEPT_DAYS = 400;

/** `cnv_...` or Divar's own id. */
const Params = z.object({ id: z.string().max(200) });
const Query = z.strictObject({ ...listQuery, divar: z.enum(['read', 'skip']).default('read') });
const Transcript = z.object({
  data: z.array(ChatMessageView),
  next_cursor: z.string().nullable(),
  divar: z.object({
    state: z.enum(DIVAR_PARTS).meta({ description: "`read`: Divar's own chat is part of this page" }),
  }),
});

interface DivarChat {
  state: DivarPart;
  shown: readonly ShownMessage[];
}

export function createChatRoutes(deps: ChatRoutesDeps): Route[] {
  const readDivar = createReadDivar(deps);
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/conversations/:id/messages',
      scope: 'conversations:read',
      summary:
        'What was written in a chat, newest first: by us, told to us, and shown by Divar under the grant',
      params: Params,
      query: Query,
      replies: { 200: { description: 'A page of the chat', schema: Transcript } },
      prepare: ({ app, params, query, now }) => readDivar(app, params.id, query.divar === 'skip', now),
      handle: async ({ tx, app, params, query, now, prepared }) => {
        const { state, shown } = prepared as DivarChat;
        const conversation = await load(tx, deps, app.id, params.id);
        const scope = { tenantId: app.tenantId, list: `transcript/${conversation.id}` };
        const cursor = deps.cursors.read(scope, query.cursor);
        const before = cursor === undefined ? undefined : parsePlace(cursor);
        const limit = query.limit + 1;
        const conversationIds = await namesOf(tx, deps, app.id, conversation);
        const page = { appId: app.id, conversationIds, limit, before };
        const onlyShown = (await withoutOwn(tx, deps, app, shown, now))
          .map(itemOfShown)
          .filter(({ place }) => before === undefined || isBefore(place, before));
        const items = [
          ...(await deps.transcripts.listSent(tx, page)),
          ...(await deps.transcripts.listTold(tx, page)),
          ...onlyShown,
        ];
        const listed = deps.cursors.page(scope, {
          rows: mergeItems(items, limit),
          limit: query.limit,
          positionOf: ({ place }) => formatPlace(place),
          view: ({ view }) => view,
        });
        return { status: 200, body: { ...listed, divar: { state } } };
      },
    }),
  ];
}

async function load(
  tx: Tx,
  { conversations }: Pick<ChatRoutesDeps, 'conversations'>,
  appId: string,
  id: string,
): Promise<Conversation> {
  const names = [nameOfDivarId('post', id), nameOfDivarId('bot', id)];
  const found =
    (await conversations.find(tx, appId, id)) ?? (await conversations.findByName(tx, appId, names));
  if (!found) throw new Problem('not_found');
  return found;
}

/** In the first generation events name a chat by the owner of the post first, a message by its sender. */
async function namesOf(
  tx: Tx,
  { conversations }: Pick<ChatRoutesDeps, 'conversations'>,
  appId: string,
  { id, type, facts }: Conversation,
): Promise<string[]> {
  if (facts.v1 === null) return [id];
  const v1 = { userId: facts.v1.peerId, peerId: facts.v1.userId };
  const other = await conversations.findByName(tx, appId, [{ type, facts: { ...facts, v1 } }]);
  return other ? [id, other.id] : [id];
}

/** Before the page's transaction: no connection waits for Divar. */
function createReadDivar(deps: ChatRoutesDeps) {
  let readCount = 0;
  const nothing = (state: DivarPart): DivarChat => ({ state, shown: [] });

  return async (app: App, id: string, isSkipped: boolean, now: Date): Promise<DivarChat> => {
    if (isSkipped) return nothing('skipped');
    const { conversation, access } = await deps.db.tenant(app.tenantId, async (tx) => {
      const found = await load(tx, deps, app.id, id);
      return {
        conversation: found,
        access: await deps.findReadAccess(tx, { app, conversation: found, now }),
      };
    });
    if (access === 'not_granted') return nothing('not_granted');
    if (access === 'renewing' || readCount >= MAX_READS) return nothing('busy');
    readCount += 1;
    try {
      const result = await deps.readClient.read({ app, ...access, timeoutMs: READ_TIMEOUT_MS });
      return result.outcome === 'read'
        ? { state: 'read', shown: readShown(conversation, result.messages) }
        : nothing(result.outcome);
    } finally {
      readCount -= 1;
    }
  };
}

/** Without what our messages and our events show already. */
async function withoutOwn(
  tx: Tx,
  { chats, blindIndex }: Pick<ChatRoutesDeps, 'chats' | 'blindIndex'>,
  app: App,
  shown: readonly ShownMessage[],
  now: Date,
): Promise<(ShownMessage & { sentAt: Date })[]> {
  const keyed = shown.map((one) => ({
    ...one,
    sentAt: one.sentAt ?? now,
    divarKey: blindIndex(divarKeyText(app.id, one.message.id)),
    echoKey: one.seen && blindIndex(echoKeyText(app.id, one.seen.chatName, one.seen.said)),
  }));
  const told = await chats.listTold(
    tx,
    app.id,
    keyed.map(({ divarKey }) => divarKey),
  );
  const echoKeys = [...new Set(keyed.flatMap(({ echoKey }) => echoKey ?? []))];
  const tries = await chats.listTries(tx, echoKeys, TRIES_KEPT_DAYS);
  const ours = new Set(
    echoKeys.flatMap((key) => {
      const echoes = keyed.filter(({ echoKey }) => echoKey === key).map((one) => ({ ...one, seenAt: now }));
      const own = tries.filter(({ echoKey }) => echoKey === key);
      return [...matchEchoes(own, echoes).ours];
    }),
  );
  return keyed.filter(({ divarKey }) => !told.has(divarKey) && !ours.has(divarKey));
}
