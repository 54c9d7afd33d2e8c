/** The message resource of the tenant API. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import {
  type Cursors,
  ListQuery,
  listQuery,
  nameNarrowing,
  pageOf,
  rangeQuery,
  readRange,
} from '../http/cursor.ts';
import { type Route, type TenantReply, type TenantRequest, tenantRoute } from '../http/route.ts';
import type { Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { AcceptMessage } from './accept.ts';
import type { ConversationStore } from './conversation-store.ts';
import { lintMessage } from './lint.ts';
import {
  type ConfirmedBy,
  LANES,
  MESSAGE_CODES,
  MESSAGE_STATES,
  MESSAGES_TOPIC,
  type Message,
  type MessageCode,
  type MessageState,
  type MessageStep,
} from './messages.ts';
import { AcceptedMessageView, AttemptView, MessageView, presentAttempt, presentMessage } from './present.ts';
import { MessageRequest } from './request.ts';
import { findHeads, schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';
import { findWarnings } from './warnings.ts';

export interface MessageRoutesDeps {
  acceptMessage: AcceptMessage;
  /** For addresses that are not https. */
  isAllowedUrl: (url: string) => boolean;
  messages: Pick<MessageStore, 'load' | 'list' | 'listAttempts' | 'openContent' | 'advance'>;
  conversations: Pick<ConversationStore, 'lock'>;
  cursors: Cursors;
  signals: Pick<Signals, 'publish'>;
}

const Params = z.object({ id: z.string() });
const MessagesQuery = z.strictObject({
  ...listQuery,
  ...rangeQuery,
  state: z.enum(MESSAGE_STATES).optional(),
  lane: z.enum(LANES).optional(),
  code: z.enum(Object.keys(MESSAGE_CODES) as [MessageCode, ...MessageCode[]]).optional(),
  /** Ours (`cnv_`). */
  conversation_id: z.string().min(1).max(64).optional(),
  session_id: z.string().min(1).max(64).optional(),
});
type OfOne<Body = unknown> = TenantRequest<z.infer<typeof Params>, unknown, Body>;

const ResolveRequest = z
  .strictObject({ as: z.enum(['sent', 'failed', 'retry']) })
  .meta({ id: 'ResolveRequest' });

interface Change {
  step: MessageStep;
  confirmedBy?: ConfirmedBy;
  code: MessageCode | null;
  /** The one state it may be in. */
  only?: MessageState;
}

const RESOLUTIONS: Record<z.infer<typeof ResolveRequest>['as'], Change> = {
  sent: { only: 'unknown', step: 'confirm', code: null, confirmedBy: 'request' },
  failed: { only: 'unknown', step: 'fail', code: 'resolved' },
  retry: { only: 'unknown', step: 'requeue', code: null },
};

const ONE = { 200: { description: 'The message', schema: MessageView } };

export function createMessageRoutes(deps: MessageRoutesDeps): Route[] {
  const view = async (tx: Tx, messages: readonly Message[], now: Date): Promise<MessageView[]> => {
    const heads = await findHeads(
      tx,
      messages.map((message) => message.conversationId),
    );
    return messages.map((message) =>
      presentMessage(message, {
        content: deps.messages.openContent(message),
        head: heads.get(message.conversationId),
        now,
      }),
    );
  };
  const answer = async (tx: Tx, status: number, message: Message, now: Date): Promise<TenantReply> => {
    const [body] = await view(tx, [message], now);
    return { status, body };
  };

  /** One step of the table, on request, under the lock that workers take too. */
  const change = async (
    { tx, app, params, now }: OfOne,
    { step, code, only, confirmedBy }: Change,
  ): Promise<TenantReply> => {
    const { conversationId } = await deps.messages.load(tx, app.id, params.id);
    await deps.conversations.lock(tx, conversationId);
    const message = await deps.messages.load(tx, app.id, params.id);
    if (only !== undefined && message.state !== only)
      throw new Problem('conflict', { detail: `the message is ${message.state}, not ${only}` });
    const changed = await deps.messages.advance(tx, message, step, { code, confirmedBy });
    await schedule(tx, conversationId);
    afterCommit(tx, () => deps.signals.publish(MESSAGES_TOPIC));
    return await answer(tx, 200, changed, now);
  };

  return [
    tenantRoute({
      method: 'POST',
      path: '/v1/messages',
      scope: 'messages:write',
      summary: 'Send a message into a chat; 202 means that it is stored',
      body: MessageRequest,
      lint: (body, { app, now }) => lintMessage(body, { app, now, isAllowedUrl: deps.isAllowedUrl }),
      replies: { 202: { description: 'Stored, and on its way', schema: AcceptedMessageView } },
      handle: async ({ tx, app, body, now }) => {
        const message = await deps.acceptMessage(tx, { app, message: body, now });
        const [shown] = await view(tx, [message], now);
        return { status: 202, body: { ...shown, warnings: findWarnings(body) } };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/messages',
      scope: 'messages:read',
      summary: 'List messages, newest first',
      query: MessagesQuery,
      replies: { 200: { description: 'A page of messages', schema: pageOf(MessageView) } },
      handle: async ({ tx, app, query, now }) => {
        const { limit, cursor, ...filters } = query;
        const scope = { tenantId: app.tenantId, list: `messages/${app.id}${nameNarrowing(filters)}` };
        const before = deps.cursors.read(scope, cursor);
        const { state, lane, code, conversation_id: conversationId, session_id: sessionId } = filters;
        const narrowed = { state, lane, code, conversationId, sessionId, ...readRange(filters) };
        const found = await deps.messages.list(tx, app.id, { limit: limit + 1, before, ...narrowed });
        const shown = await view(tx, found, now);
        const page = {
          rows: shown,
          limit,
          positionOf: (row: MessageView) => row.id,
          view: (row: MessageView) => row,
        };
        return { status: 200, body: deps.cursors.page(scope, page) };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/messages/:id',
      scope: 'messages:read',
      summary: 'One message: its state, and why it is so',
      params: Params,
      replies: ONE,
      handle: async ({ tx, app, params, now }) =>
        answer(tx, 200, await deps.messages.load(tx, app.id, params.id), now),
    }),
    listAttempts(deps),
    tenantRoute({
      method: 'POST',
      path: '/v1/messages/:id/cancel',
      scope: 'messages:write',
      summary: 'Cancel a message that is not on its way yet',
      params: Params,
      replies: ONE,
      handle: (request) => change(request, { step: 'cancel', code: 'cancelled' }),
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/messages/:id/resolve',
      scope: 'messages:write',
      summary: 'Decide about a message whose outcome is unknown',
      params: Params,
      body: ResolveRequest,
      replies: ONE,
      handle: (request) => change(request, RESOLUTIONS[request.body.as]),
    }),
  ];
}

function listAttempts({ messages, cursors }: Pick<MessageRoutesDeps, 'messages' | 'cursors'>): Route {
  return tenantRoute({
    method: 'GET',
    path: '/v1/messages/:id/attempts',
    scope: 'messages:read',
    summary: 'Every try to send a message, newest first',
    params: Params,
    query: ListQuery,
    replies: { 200: { description: 'A page of attempts', schema: pageOf(AttemptView) } },
    handle: async ({ tx, app, params, query }) => {
      const { id } = await messages.load(tx, app.id, params.id);
      const scope = { tenantId: app.tenantId, list: `attempts/${id}` };
      const before = cursors.read(scope, query.cursor);
      const rows = await messages.listAttempts(tx, id, {
        limit: query.limit + 1,
        before: before === undefined ? undefined : Number(before),
      });
      const page = {
        rows,
        limit: query.limit,
        positionOf: (row: (typeof rows)[0]) => String(row.number),
        view: presentAttempt,
      };
      return { status: 200, body: cursors.page(scope, page) };
    },
  });
}
