/** The gateway's words in the reader's. */
import type { MessageKey } from '../i18n/fa.ts';
import type { DeliveryState, Endpoint, JobState } from './shapes.ts';

/** Colour of a state; never alone: the word stands beside it. */
export type Mood = 'on' | 'off' | 'starting' | 'wrong';

export const DELIVERY_STATES: Record<DeliveryState, readonly [MessageKey, Mood]> = {
  pending: ['deliveryPending', 'starting'],
  delivered: ['deliveryDelivered', 'on'],
  dead: ['deliveryDead', 'wrong'],
  cancelled: ['deliveryCancelled', 'off'],
};

export const ENDPOINT_STATES: Record<Endpoint['state'], readonly [MessageKey, Mood]> = {
  enabled: ['endpointEnabled', 'on'],
  failing: ['endpointFailing', 'wrong'],
  disabled: ['endpointDisabled', 'off'],
};

export const DISABLED_REASONS: Record<NonNullable<Endpoint['disabled_reason']>, MessageKey> = {
  failing: 'disabledFailing',
  gone: 'disabledGone',
  request: 'disabledRequest',
};

export const JOB_STATES: Record<JobState, readonly [MessageKey, Mood]> = {
  planned: ['jobPlanned', 'off'],
  running: ['jobRunning', 'starting'],
  done: ['jobDone', 'on'],
  failed: ['jobFailed', 'wrong'],
  cancelled: ['jobCancelled', 'off'],
};

/** Why an attempt failed; one that this panel does not know yet shows its own name. */
export const DELIVERY_CODES: Record<string, MessageKey> = {
  bad_status: 'codeBadStatus',
  timeout: 'codeTimeout',
  unreachable: 'codeUnreachable',
  tls: 'codeTls',
  redirect: 'codeRedirect',
  gone: 'codeGone',
  reset: 'codeReset',
  too_large: 'codeTooLarge',
  broken: 'codeBroken',
  endpoint_disabled: 'codeEndpointDisabled',
  endpoint_deleted: 'codeEndpointDeleted',
};

/** Event types by family, in the order of a visit. */
export const EVENT_FAMILIES: readonly (readonly [
  MessageKey,
  readonly (readonly [type: string, MessageKey])[],
])[] = [
  [
    'familySession',
    [
      ['session.created', 'evSessionCreated'],
      ['session.landed', 'evSessionLanded'],
      ['session.completed', 'evSessionCompleted'],
      ['session.denied', 'evSessionDenied'],
    ],
  ],
  [
    'familyMessage',
    [
      ['message.sent', 'evMessageSent'],
      ['message.failed', 'evMessageFailed'],
      ['message.unknown', 'evMessageUnknown'],
    ],
  ],
  ['familyChat', [['chat.message.received', 'evChatReceived']]],
  [
    'familyChatbot',
    [
      ['chatbot.message.received', 'evChatbotReceived'],
      ['chatbot.started', 'evChatbotStarted'],
    ],
  ],
  ['familyButton', [['button.clicked', 'evButtonClicked']]],
  [
    'familyGrant',
    [
      ['grant.created', 'evGrantCreated'],
      ['grant.expiring', 'evGrantExpiring'],
      ['grant.broken', 'evGrantBroken'],
      ['grant.recovered', 'evGrantRecovered'],
      ['grant.revoked', 'evGrantRevoked'],
    ],
  ],
  [
    'familySubscription',
    [
      ['subscription.lost', 'evSubscriptionLost'],
      ['subscription.renewed', 'evSubscriptionRenewed'],
    ],
  ],
  [
    'familyPost',
    [
      ['post.updated', 'evPostUpdated'],
      ['payment.updated', 'evPaymentUpdated'],
    ],
  ],
  [
    'familyOther',
    [
      ['endpoint.disabled', 'evEndpointDisabled'],
      ['quota.warning', 'evQuotaWarning'],
      ['divar.unknown', 'evDivarUnknown'],
    ],
  ],
];

export const EVENT_TYPES = EVENT_FAMILIES.flatMap(([, types]) => types);
const BY_TYPE = new Map(EVENT_TYPES);

export function nameOfEvent(type: string): MessageKey | undefined {
  return BY_TYPE.get(type);
}

/** `shop.example`: enough to know it by; the whole address stands beside it. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
