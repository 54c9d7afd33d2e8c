/** The conversation resource of the tenant API: what waits where, and how to get it moving. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Cursors, listQuery, nameNarrowing, pageOf } from '../http/cursor.ts';
import { type Route, type TenantReply, type TenantRequest, tenantRoute } from '../http/route.ts';
import type { Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { ConversationStore } from './conversation-store.ts';
import { type Conversation, nameOfDivarId } from './conversations.ts';
import { MESSAGES_TOPIC, type MessageState, type MessageStep } from './messages.ts';
import { ConversationView, presentConversation } from './present.ts';
import { findHeads, schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';

export interface ConversationRoutesDeps {
  conversations: Pick<ConversationStore, 'find' | 'findByName' | 'lock' | 'list' | 'setHeld'>;
  messages: Pick<MessageStore, 'findHead' | 'advance'>;
  cursors: Cursors;
  signals: Pick<Signals, 'publish'>;
}

/** `cnv_...` or Divar's own id. */
const Params = z.object({ id: z.string().max(200) });
const ListQuery = z.strictObject({
  ...listQuery,
  type: z.enum(['post', 'bot']).optional(),
  /** `held` by the tenant, or with messages that `wait`, for whatever reason. */
  state: z.enum(['held', 'waiting']).optional(),
});
type OfOne = TenantRequest<z.infer<typeof Params>, unknown, unknown>;

/** How a head is taken out of the way. One that is being sent cannot be: its outcome is near. */
const SKIPS: Partial<Record<MessageState, MessageStep>> = {
  queued: 'cancel',
  held: 'cancel',
  unknown: 'fail',
};

const ONE = { 200: { description: 'The conversation', schema: ConversationView } };

export function createConversationRoutes(deps: ConversationRoutesDeps): Route[] {
  const { conversations, messages } = deps;

  const load = async (tx: Tx, appId: string, id: string): Promise<Conversation> => {
    const names = [nameOfDivarId('post', id), nameOfDivarId('bot', id)];
    const found =
      (await conversations.find(tx, appId, id)) ?? (await conversations.findByName(tx, appId, names));
    if (!found) throw new Problem('not_found');
    return found;
  };

  const answer = async (tx: Tx, conversation: Conversation, now: Date): Promise<TenantReply> => {
    const heads = await findHeads(tx, [conversation.id]);
    return {
      status: 200,
      body: presentConversation(conversation, { head: heads.get(conversation.id), now }),
    };
  };

  /** Under the lock that workers take too. */
  const change = async (
    { tx, app, params, now }: OfOne,
    apply: (conversation: Conversation) => Promise<void>,
  ) => {
    const { id } = await load(tx, app.id, params.id);
    const conversation = await conversations.lock(tx, id);
    if (!conversation) throw new Problem('not_found');
    await apply(conversation);
    await schedule(tx, id);
    afterCommit(tx, () => deps.signals.publish(MESSAGES_TOPIC));
    return await answer(tx, await load(tx, app.id, id), now);
  };

  const skipHead = async (tx: Tx, conversation: Conversation): Promise<void> => {
    const head = await messages.findHead(tx, conversation.id);
    const step = head && SKIPS[head.state];
    if (!head || !step)
      throw new Problem('conflict', { detail: head ? 'the message is being sent' : 'nothing waits here' });
    await messages.advance(tx, head, step, { code: 'skipped' });
  };

  const post = (
    verb: string,
    summary: string,
    apply: (request: OfOne, conversation: Conversation) => Promise<void>,
  ) =>
    tenantRoute({
      method: 'POST',
      path: `/v1/conversations/:id/${verb}`,
      scope: 'conversations:write',
      summary,
      params: Params,
      replies: ONE,
      handle: (request) => change(request, (conversation) => apply(request, conversation)),
    });

  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/conversations',
      scope: 'conversations:read',
      summary: 'List conversations, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of conversations', schema: pageOf(ConversationView) } },
      handle: async ({ tx, app, query, now }) => {
        const { limit, cursor, ...filters } = query;
        const scope = { tenantId: app.tenantId, list: `conversations/${app.id}${nameNarrowing(filters)}` };
        const before = deps.cursors.read(scope, cursor);
        const rows = await conversations.list(tx, app.id, { limit: limit + 1, before, ...filters });
        const heads = await findHeads(
          tx,
          rows.map((row) => row.id),
        );
        const view = (row: Conversation) => presentConversation(row, { head: heads.get(row.id), now });
        const page = { rows, limit, positionOf: (row: Conversation) => row.id, view };
        return { status: 200, body: deps.cursors.page(scope, page) };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/conversations/:id',
      scope: 'conversations:read',
      summary: "One conversation, by our id or by Divar's: what stands at its head, and why",
      params: Params,
      replies: ONE,
      handle: async ({ tx, app, params, now }) => answer(tx, await load(tx, app.id, params.id), now),
    }),
    post('hold', 'Stop sending into a conversation', ({ tx, now }, { id, heldAt }) =>
      conversations.setHeld(tx, id, heldAt ?? now),
    ),
    post('resume', 'Send into a conversation again', ({ tx }, { id }) => conversations.setHeld(tx, id, null)),
    post('skip', 'Take the first waiting message out of the way', ({ tx }, conversation) =>
      skipHead(tx, conversation),
    ),
  ];
}
