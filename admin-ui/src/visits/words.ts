/** What the gateway's words are called on these pages. */
import type { MessageKey } from '../i18n/fa.ts';
import type { Attempt, Conversation, Grant, Message, Session, WaitReason } from './shapes.ts';

export const SESSION_STATES = {
  created: 'sessionCreated',
  opened: 'sessionOpened',
  consenting: 'sessionConsenting',
  landed: 'sessionLanded',
  completed: 'sessionCompleted',
  expired: 'sessionExpired',
} as const satisfies Record<Session['state'], MessageKey>;

export const CONSENTS = {
  none: 'consentNone',
  granted: 'consentGranted',
  denied: 'consentDenied',
  failed: 'consentFailed',
} as const satisfies Record<Session['consent'], MessageKey>;

export const ENTRIES = {
  init: 'entryInit',
  button: 'entryButton',
  direct_link: 'entryDirectLink',
} as const satisfies Record<Session['entry'], MessageKey>;

export const SIDES = {
  supply: 'sideSupply',
  demand: 'sideDemand',
} as const satisfies Record<'supply' | 'demand', MessageKey>;

export const IDENTITIES = {
  verified: 'identityVerified',
  unverified: 'identityUnverified',
} as const satisfies Record<Session['identity'], MessageKey>;

export const GRANT_STATES = {
  live: 'grantLive',
  refreshing: 'grantRefreshing',
  broken: 'grantBroken',
  revoked: 'grantRevoked',
  expired: 'grantExpired',
} as const satisfies Record<Grant['state'], MessageKey>;

export const MESSAGE_STATES = {
  queued: 'messageQueued',
  sending: 'messageSending',
  sent: 'messageSent',
  unknown: 'messageUnknown',
  held: 'messageHeld',
  failed: 'messageFailed',
  expired: 'messageExpired',
  cancelled: 'messageCancelled',
} as const satisfies Record<Message['state'], MessageKey>;

export const LANES = {
  reply: 'laneReply',
  transactional: 'laneTransactional',
  bulk: 'laneBulk',
} as const satisfies Record<Message['lane'], MessageKey>;

export const ON_UNKNOWN = {
  hold: 'onUnknownHold',
  retry: 'onUnknownRetry',
  fail: 'onUnknownFail',
} as const satisfies Record<Message['on_unknown'], MessageKey>;

export const ON_MISSING_CONSENT = {
  fail: 'onMissingFail',
  hold: 'onMissingHold',
} as const satisfies Record<Message['on_missing_consent'], MessageKey>;

export const CONFIRMATIONS = {
  answer: 'confirmedAnswer',
  echo: 'confirmedEcho',
  read: 'confirmedRead',
  request: 'confirmedRequest',
} as const satisfies Record<NonNullable<Message['confirmed_by']>, MessageKey>;

/** A code that this panel does not know yet shows its own name. */
export const MESSAGE_CODES: Readonly<Record<string, MessageKey>> = {
  consent_required: 'codeConsentRequired',
  grant_broken: 'codeGrantBroken',
  grant_renewing: 'codeGrantRenewing',
  grant_revoked: 'codeGrantRevoked',
  api_key_refused: 'codeApiKeyRefused',
  forbidden: 'codeForbidden',
  target_not_found: 'codeTargetNotFound',
  recipient_restricted: 'codeRecipientRestricted',
  refused_by_divar: 'codeRefusedByDivar',
  divar_unreachable: 'codeDivarUnreachable',
  divar_unavailable: 'codeDivarUnavailable',
  throttled: 'codeThrottled',
  outcome_unknown: 'codeOutcomeUnknown',
  not_renderable: 'codeNotRenderable',
  poisoned: 'codePoisoned',
  app_not_ready: 'codeAppNotReady',
  expired: 'codeExpired',
  cancelled: 'codeCancelled',
  skipped: 'codeSkipped',
  resolved: 'codeResolved',
};

export const ATTEMPT_STAGES = {
  before_send: 'attemptBeforeSend',
  ambiguous: 'attemptAmbiguous',
  answered: 'attemptAnswered',
} as const satisfies Record<NonNullable<Attempt['stage']>, MessageKey>;

export const ATTEMPT_OUTCOMES = {
  sent: 'messageOutcomeSent',
  failed: 'messageOutcomeFailed',
  unknown: 'messageOutcomeUnknown',
  queued: 'messageOutcomeQueued',
} as const satisfies Record<NonNullable<Attempt['outcome']>, MessageKey>;

export const CONVERSATION_TYPES = {
  post: 'conversationPost',
  bot: 'conversationBot',
} as const satisfies Record<Conversation['type'], MessageKey>;

export const WAITS = {
  unknown: 'waitUnknown',
  budget: 'waitBudget',
  grant: 'waitGrant',
  held: 'waitHeld',
  retry: 'waitRetry',
} as const satisfies Record<WaitReason, MessageKey>;

/** The look of a state: it went well, it needs somebody, or neither. */
export type Mood = 'on' | 'starting' | 'off' | 'wrong';

export const MOODS: Readonly<Record<string, Mood>> = {
  landed: 'on',
  completed: 'on',
  opened: 'starting',
  consenting: 'starting',
  sent: 'on',
  sending: 'starting',
  queued: 'starting',
  held: 'starting',
  unknown: 'wrong',
  failed: 'wrong',
  live: 'on',
  refreshing: 'starting',
  broken: 'wrong',
};
