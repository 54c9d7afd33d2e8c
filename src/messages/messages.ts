/** Messages that tenants asked us to send: what may happen to one, and what an outcome is called. @see CONTRACT section 5 */
import { Problem } from '../errors.ts';

/** Signals topic: there may be something to send. */
export const MESSAGES_TOPIC = 'messages';

/** A grant that comes wakes what waits for it; looking again this often heals whatever that missed. */
export const CONSENT_RECHECK_SECONDS = 3600;

/** New tokens wake what waits for them; this is what a lost wake-up costs. */
export const RENEWAL_RECHECK_SECONDS = 30;

export const MESSAGE_STATES = [
  'queued',
  'sending',
  'sent',
  'unknown',
  'held',
  'failed',
  'expired',
  'cancelled',
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** Nothing ever changes such a message again. */
export const FINAL_STATES = ['sent', 'failed', 'expired', 'cancelled'] as const satisfies MessageState[];

export const LANES = ['reply', 'transactional', 'bulk'] as const;
export type Lane = (typeof LANES)[number];
export const ON_UNKNOWN = ['hold', 'retry', 'fail'] as const;
export type OnUnknown = (typeof ON_UNKNOWN)[number];
export const ON_MISSING_CONSENT = ['fail', 'hold'] as const;
export type OnMissingConsent = (typeof ON_MISSING_CONSENT)[number];

/**
 * What may happen to a message, and what it becomes. Whatever is not here is refused.
 *
 *   held --release--> queued --send--> sending --confirm--> sent
 *                       ^                 |-----fail------> failed
 *                       |-----requeue-----|
 *                       |                 +-----lose------> unknown --confirm, fail, requeue--> (as above)
 *   queued, held --cancel, expire, fail--> cancelled, expired, failed
 */
export const MESSAGE_TRANSITIONS = {
  release: { held: 'queued' },
  send: { queued: 'sending' },
  confirm: { sending: 'sent', unknown: 'sent' },
  requeue: { sending: 'queued', unknown: 'queued' },
  lose: { sending: 'unknown' },
  fail: { queued: 'failed', held: 'failed', sending: 'failed', unknown: 'failed' },
  expire: { queued: 'expired', held: 'expired' },
  cancel: { queued: 'cancelled', held: 'cancelled' },
} as const satisfies Record<string, Partial<Record<MessageState, MessageState>>>;
export type MessageStep = keyof typeof MESSAGE_TRANSITIONS;

/** The state after `step`. Throws `conflict` when the table has no such step. */
export function advanceMessage(state: MessageState, step: MessageStep): MessageState {
  const next = (MESSAGE_TRANSITIONS[step] as Partial<Record<MessageState, MessageState>>)[state];
  if (next === undefined)
    throw new Problem('conflict', { detail: `a message that is ${state} cannot be changed in this way` });
  return next;
}

export function isFinal(state: MessageState): boolean {
  return (FINAL_STATES as readonly MessageState[]).includes(state);
}

/** Why a message failed or waits: for programs the key, for people the text. */
export const MESSAGE_CODES = {
  consent_required: 'The user has not granted sending into this conversation, or not any more',
  grant_broken: 'Divar no longer accepts the grant: the user has to consent again',
  grant_renewing: 'The tokens of the grant are being renewed',
  grant_revoked: 'The user, or the tenant, has taken the consent back',
  api_key_refused: "Divar does not accept the app's API key",
  forbidden: 'Divar refused: the app or the grant lacks the permission for this conversation',
  target_not_found: 'Divar knows no such conversation or user',
  recipient_restricted: 'The recipient does not take messages from this sender',
  refused_by_divar: 'Divar refused the message as it is',
  divar_unreachable: 'Divar could not be reached; the message was surely not sent',
  divar_unavailable: 'Divar does not take messages at the moment; the message was surely not sent',
  throttled: "Divar's limit for this app is reached; the message was surely not sent",
  outcome_unknown: 'Divar may have taken the message: its answer was lost',
  not_renderable: 'The message could not be prepared for sending',
  poisoned: 'Three processes died while they worked on the message: it was set aside',
  app_not_ready: 'The app cannot send: it is suspended or lacks its API key',
  expired: 'It was not sent before its expires_at',
  cancelled: 'Cancelled on request',
  skipped: 'Taken out of the way on request',
  resolved: 'Decided on request',
} as const;
export type MessageCode = keyof typeof MESSAGE_CODES;

/** One `action` of a button, as the tenant wrote it: exactly one member. */
export interface TenantAction {
  open_url?: string | undefined;
  open_session?: { data: Record<string, unknown>; page?: string | undefined } | undefined;
  ask?: { data: Record<string, unknown> } | undefined;
  open_post?: string | undefined;
  open_post_manage?: string | undefined;
}
interface TenantButton {
  caption: string;
  icon?: string | null | undefined;
  action: TenantAction;
}
export type TenantGrid = readonly (readonly TenantButton[])[];

/** How it was learnt that a message stands in the chat: Divar's answer, its echo among the events, by reading the chat, or
 *  by the tenant's word. */
export const CONFIRMED_BY = ['answer', 'echo', 'read', 'request'] as const;
export type ConfirmedBy = (typeof CONFIRMED_BY)[number];

/** What is sealed of a message. */
export interface MessageContent {
  text: string | null;
  mediaId: string | null;
  senderButtons: TenantGrid;
  receiverButtons: TenantGrid;
  metadata: Record<string, string>;
  /** As the tenant named the recipient, to give it back. */
  chatbot: { conversation_id?: string | undefined; user_id?: string | undefined } | null;
  /** The grant the tenant insists on; no other will do. */
  grantId: string | null;
  /** What Divar carries for each button that comes back to us, by place: `sender.0.1`. */
  references: Record<string, string>;
}

export interface Message {
  tenantId: string;
  id: string;
  appId: string;
  conversationId: string;
  position: number;
  sessionId: string | null;
  /** The grant it is, or was, sent with. */
  grantId: string | null;
  state: MessageState;
  lane: Lane;
  onUnknown: OnUnknown;
  onMissingConsent: OnMissingConsent;
  /** `MessageContent`; null once erased. */
  sealedContent: string | null;
  code: MessageCode | null;
  /** Set when it is sent. */
  confirmedBy: ConfirmedBy | null;
  attemptCount: number;
  /** Rungs of the schedule it has climbed. */
  failureCount: number;
  createdAt: Date;
  stateAt: Date;
  dueAt: Date;
  expiresAt: Date | null;
  finalAt: Date | null;
}

/** What the message became by it. */
export type AttemptOutcome = Extract<MessageState, 'sent' | 'failed' | 'unknown' | 'queued'>;

export interface Attempt {
  id: string;
  messageId: string;
  number: number;
  /** Null while it runs, and after its process died. */
  stage: 'before_send' | 'ambiguous' | 'answered' | null;
  status: number | null;
  outcome: AttemptOutcome | null;
  code: string | null;
  durationMs: number | null;
  createdAt: Date;
}
