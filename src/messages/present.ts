/** Messages, attempts and conversations as tenants see them. @see CONTRACT section 5 */
import { z } from 'zod';
import type { BlockedBy } from './budget.ts';
import { type Conversation, type Head, waitReason } from './conversations.ts';
import {
  type Attempt,
  CONFIRMED_BY,
  isFinal,
  LANES,
  MESSAGE_CODES,
  MESSAGE_STATES,
  type Message,
  type MessageContent,
  ON_MISSING_CONSENT,
  ON_UNKNOWN,
  type TenantGrid,
} from './messages.ts';

const Instant = z.iso.datetime().nullable();

const ButtonView = z.object({
  caption: z.string(),
  icon: z.string().nullable(),
  action: z.object({
    open_url: z.string().optional(),
    open_session: z
      .object({ data: z.record(z.string(), z.unknown()), page: z.string().optional() })
      .optional(),
    ask: z.object({ data: z.record(z.string(), z.unknown()) }).optional(),
    open_post: z.string().optional(),
    open_post_manage: z.string().optional(),
  }),
});
const GridView = z.array(z.array(ButtonView));

export const MessageView = z
  .object({
    id: z.string(),
    object: z.literal('message'),
    state: z.enum(MESSAGE_STATES),
    session_id: z.string().nullable(),
    conversation_id: z.string(),
    grant_id: z.string().nullable(),
    chatbot: z.object({ conversation_id: z.string().optional(), user_id: z.string().optional() }).nullable(),
    text: z.string().nullable(),
    media_id: z.string().nullable(),
    sender_buttons: GridView,
    receiver_buttons: GridView,
    lane: z.enum(LANES),
    on_unknown: z.enum(ON_UNKNOWN),
    on_missing_consent: z.enum(ON_MISSING_CONSENT),
    metadata: z.record(z.string(), z.string()),
    code: z.string().nullable(),
    reason: z.string().nullable().meta({ description: 'Why it failed or waits, in words' }),
    confirmed_by: z.enum(CONFIRMED_BY).nullable().meta({ description: 'How it was learnt that it was sent' }),
    attempts: z.int(),
    created_at: z.iso.datetime(),
    expires_at: Instant,
    sent_at: Instant,
    final_at: Instant,
  })
  .meta({ id: 'Message' });
export type MessageView = z.infer<typeof MessageView>;

export const AcceptedMessageView = MessageView.extend({
  warnings: z
    .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
    .meta({ description: 'What is allowed and probably not meant, with JSON paths' }),
}).meta({ id: 'AcceptedMessage' });

export interface MessageContext {
  /** Null once erased. */
  content: MessageContent | null;
  /** Of the message's conversation. */
  head: Head | undefined;
  now: Date;
}

export function presentMessage(message: Message, { content, head, now }: MessageContext): MessageView {
  return {
    id: message.id,
    object: 'message',
    state: message.state,
    session_id: message.sessionId,
    conversation_id: message.conversationId,
    grant_id: message.grantId,
    chatbot: content?.chatbot ?? null,
    text: content?.text ?? null,
    media_id: content?.mediaId ?? null,
    sender_buttons: presentGrid(content?.senderButtons ?? []),
    receiver_buttons: presentGrid(content?.receiverButtons ?? []),
    lane: message.lane,
    on_unknown: message.onUnknown,
    on_missing_consent: message.onMissingConsent,
    metadata: content?.metadata ?? {},
    code: message.code,
    reason: explain(message, head, now),
    confirmed_by: message.confirmedBy,
    attempts: message.attemptCount,
    created_at: message.createdAt.toISOString(),
    expires_at: message.expiresAt?.toISOString() ?? null,
    sent_at: message.state === 'sent' ? (message.finalAt?.toISOString() ?? null) : null,
    final_at: message.finalAt?.toISOString() ?? null,
  };
}

function presentGrid(grid: TenantGrid) {
  return grid.map((row) => row.map((button) => ({ ...button, icon: button.icon ?? null })));
}

/** `behind msg_..., unknown since 2026-03-01T08:30:15.250Z`, or what its code means. */
function explain(message: Message, head: Head | undefined, now: Date): string | null {
  const own = message.code === null ? null : MESSAGE_CODES[message.code];
  if (isFinal(message.state) || !head) return own;
  const waiting = waitReason(head, now);
  const since = waiting ? `, ${waiting.reason} since ${waiting.since.toISOString()}` : '';
  if (head.messageId !== message.id) return `behind ${head.messageId}${since}`;
  if (waiting?.reason === 'held') return `the conversation is held since ${waiting.since.toISOString()}`;
  if (head.budget) return explainBudget(head.budget);
  return waiting?.reason === 'retry' ? `${own}; next try at ${head.dueAt.toISOString()}` : own;
}

const BUDGETS: Record<BlockedBy, string> = {
  minute: "the app's budget of the minute, until",
  day: 'daily budget, until',
  divar: 'Divar takes nothing of this app at the moment; next try at',
};

function explainBudget({ by, until }: NonNullable<Head['budget']>): string {
  return `${BUDGETS[by]} ${until.toISOString()}`;
}

export const AttemptView = z
  .object({
    id: z.string(),
    object: z.literal('attempt'),
    number: z.int(),
    stage: z.enum(['before_send', 'ambiguous', 'answered']).nullable(),
    status: z.int().nullable(),
    outcome: z.enum(['sent', 'failed', 'unknown', 'queued']).nullable(),
    code: z.string().nullable(),
    duration_ms: z.int().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = z.infer<typeof AttemptView>;

export function presentAttempt(attempt: Attempt): AttemptView {
  return {
    id: attempt.id,
    object: 'attempt',
    number: attempt.number,
    stage: attempt.stage,
    status: attempt.status,
    outcome: attempt.outcome,
    code: attempt.code,
    duration_ms: attempt.durationMs,
    created_at: attempt.createdAt.toISOString(),
  };
}

export const ConversationView = z
  .object({
    id: z.string(),
    object: z.literal('conversation'),
    divar_id: z.string().nullable(),
    type: z.enum(['post', 'bot']),
    post_token: z.string().nullable(),
    v1: z.object({ user_id: z.string(), peer_id: z.string() }).nullable(),
    head: z
      .object({
        message_id: z.string(),
        reason: z.enum(['unknown', 'budget', 'grant', 'held', 'retry']),
        since: z.iso.datetime(),
      })
      .nullable()
      .meta({ description: 'The message that everything behind it waits for, if it waits itself' }),
    held_at: Instant,
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' });
export type ConversationView = z.infer<typeof ConversationView>;

export function presentConversation(
  conversation: Conversation,
  { head, now }: { head: Head | undefined; now: Date },
): ConversationView {
  const { facts } = conversation;
  const waiting = waitReason(head, now);
  return {
    id: conversation.id,
    object: 'conversation',
    divar_id: facts.divarId,
    type: conversation.type,
    post_token: facts.postToken,
    v1: facts.v1 && { user_id: facts.v1.userId, peer_id: facts.v1.peerId },
    head:
      head && waiting
        ? { message_id: head.messageId, reason: waiting.reason, since: waiting.since.toISOString() }
        : null,
    held_at: conversation.heldAt?.toISOString() ?? null,
    created_at: conversation.createdAt.toISOString(),
  };
}
