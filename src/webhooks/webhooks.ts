/** How events reach a tenant's server: what an answer means, when to try again, when to give an endpoint up. Pure. */
import type { EventType } from '../events/events.ts';
import type { CallTimings } from '../ports.ts';
import type { Ladder } from '../queue/ladder.ts';

/** Signals topic: there may be something to deliver. */
export const WEBHOOKS_TOPIC = 'webhooks';

/** A head that fails lets the rest of its lane pass after that. @see CONTRACT section 5 */
export const HEAD_PATIENCE_SECONDS = 600;
/** An endpoint is given up after five days without a success, of which there must be proof. @see FEATURES 3.1 */
const GIVE_UP_MS = 5 * 86_400_000;
const GIVE_UP_FAILURES = 10;
const WARNING_PERCENTS = [90, 70, 50] as const;
/** A wait is at most this share shorter or longer, so that what failed together does not come back together. */
const JITTER_SHARE = 0.2;
/** A day: whoever asks for more patience than that is not believed. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

export type DeliveryState = 'pending' | 'delivered' | 'dead' | 'cancelled';
export type DisabledReason = 'failing' | 'gone' | 'request';

export interface EndpointHealth {
  /** The first failure after the last success. */
  failingSince: Date | null;
  failureCount: number;
}

export interface Endpoint extends EndpointHealth {
  tenantId: string;
  id: string;
  appId: string;
  url: string;
  events: readonly string[];
  disabledAt: Date | null;
  disabledReason: DisabledReason | null;
  lastSuccessAt: Date | null;
  secretMadeAt: Date;
  /** The end of the overlap of the last rotation. */
  previousSecretsUntil: Date | null;
  createdAt: Date;
}

/** A secret that still signs beside its successor. */
export interface PreviousSecret {
  secret: string;
  expiresAt: string;
}

export interface Delivery {
  tenantId: string;
  id: string;
  appId: string;
  eventId: string;
  eventType: EventType;
  endpointId: string;
  lane: string;
  position: number | null;
  state: DeliveryState;
  replayOf: string | null;
  attemptCount: number;
  failureCount: number;
  code: string | null;
  /** Of the last try, where it was looked up. */
  lastStatus: number | null;
  lastDurationMs: number | null;
  dueAt: Date | null;
  createdAt: Date;
  finalAt: Date | null;
}

export interface DeliveryAttempt {
  id: string;
  deliveryId: string;
  number: number;
  stage: 'before_send' | 'ambiguous' | 'answered';
  status: number | null;
  outcome: 'delivered' | 'failed' | 'dead';
  code: string | null;
  durationMs: number | null;
  /** What the endpoint said, capped; null when it said nothing or once erased. */
  answer: string | null;
  /** When it was signed, and how; null when nothing was signed. */
  sentAt: Date | null;
  signature: string | null;
  timings: CallTimings | null;
  createdAt: Date;
}

/** How one try ended. */
export interface TryResult {
  stage: DeliveryAttempt['stage'];
  status: number | null;
  /** Of a try without an answer. */
  code: string | null;
  retryAfterSeconds: number | null;
  durationMs: number | null;
  answer: string | null;
  sentAt: Date | null;
  signature: string | null;
  timings: CallTimings | null;
}

export interface Verdict {
  outcome: DeliveryAttempt['outcome'];
  code: string | null;
  /** Rungs climbed, this failure included. */
  failureCount: number;
  /** Until the next try; of no meaning once it is over. */
  waitSeconds: number;
  /** The endpoint says that it is no more. */
  isGone: boolean;
}

/** `failureCount` is what was climbed before this try. `dice`: evenly in [0, 1). */
export function judgeTry(
  result: Pick<TryResult, 'stage' | 'status' | 'code' | 'retryAfterSeconds'>,
  failureCount: number,
  { ladder, dice }: { ladder: Ladder; dice: number },
): Verdict {
  const { status } = result;
  if (status !== null && status >= 200 && status < 300)
    return { outcome: 'delivered', code: null, failureCount, waitSeconds: 0, isGone: false };
  const code = codeOf(result);
  if (status === 410)
    return { outcome: 'dead', code, failureCount: failureCount + 1, waitSeconds: 0, isGone: true };
  // An answer that says "never" is asked again only on the slow half of the ladder.
  const skipped = isRefusal(status) ? Math.floor(ladder.length / 2) : 0;
  const rung = Math.max(failureCount, skipped);
  const waitSeconds = planWait(ladder[rung], result.retryAfterSeconds, dice);
  const outcome = waitSeconds === undefined ? 'dead' : 'failed';
  return { outcome, code, failureCount: rung + 1, waitSeconds: waitSeconds ?? 0, isGone: false };
}

/** Tries until it is given up, those that were made included, if all of them fail. */
export function maxAttempts({ state, attemptCount, failureCount }: Delivery, ladder: Ladder): number {
  if (state !== 'pending') return attemptCount;
  return attemptCount + Math.max(1, ladder.length + 1 - failureCount);
}

/** Undefined when the ladder has ended. What the other side asks for is never cut short. */
function planWait(
  rung: number | undefined,
  retryAfterSeconds: number | null,
  dice: number,
): number | undefined {
  if (rung === undefined) return undefined;
  const asked = Math.min(Math.max(retryAfterSeconds ?? 0, 0), MAX_RETRY_AFTER_SECONDS);
  return Math.max(rung * (1 - JITTER_SHARE + 2 * JITTER_SHARE * dice), asked);
}

/** These of the 4xx say "not now". @see FEATURES 3.1 */
const PASSING_STATUSES = new Set([408, 409, 425, 429]);

function isRefusal(status: number | null): boolean {
  return status !== null && status >= 400 && status < 500 && !PASSING_STATUSES.has(status);
}

/** Blocked, refused and not found are one answer: a tenant must not look around inside our network with us. */
const UNREACHABLE = new Set(['not_allowed', 'dns', 'connect']);

function codeOf({ status, code }: Pick<TryResult, 'status' | 'code'>): string {
  if (status === null) return UNREACHABLE.has(code ?? '') ? 'unreachable' : (code ?? 'broken');
  if (status >= 300 && status < 400) return 'redirect';
  return status === 410 ? 'gone' : 'bad_status';
}

export function isUnreachable(code: string): boolean {
  return UNREACHABLE.has(code);
}

/** `Retry-After`: seconds, or a date. Null when it says neither. @see RFC 9110 section 10.2.3 */
export function readRetryAfter(header: string | string[] | undefined, now: Date): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

/** How far an endpoint is on its way to being given up; 100 is the end of it. */
export function failingPercent({ failingSince, failureCount }: EndpointHealth, now: Date): number {
  if (failingSince === null) return 0;
  const byTime = (now.getTime() - failingSince.getTime()) / GIVE_UP_MS;
  return Math.floor(100 * Math.min(1, byTime, failureCount / GIVE_UP_FAILURES));
}

/** The last line that was crossed: 50, 70 or 90 %. */
export function warningPercent(health: EndpointHealth, now: Date): number | null {
  const percent = failingPercent(health, now);
  return WARNING_PERCENTS.find((line) => percent >= line) ?? null;
}
