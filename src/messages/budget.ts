/**
 * What one try tells about the whole app, and how long all of it waits then. What may go out when is decided where it is
 * counted, in the database (`budget_room` in the migrations). Pure. @see PROTOCOL 4.8, 4.9
 *
 *   open --throttled, or 5 tries in a row that Divar did not take in--> blocked --time--> one probe at a time
 *    ^                                                                    ^                       |
 *    |                                                                    +-----the same again----|
 *    +----------------------------------------any other answer------------------------------------+
 */
import type { SendResult } from '../divar/chat-replies.ts';

export const BLOCKED_BY = ['minute', 'day', 'divar'] as const;
/** `minute`, `day`: a limit of Divar's. `divar`: it takes nothing at the moment. */
export type BlockedBy = (typeof BLOCKED_BY)[number];

/** How an app stood when one of its conversations was claimed. */
export type Health = 'good' | 'troubled' | 'probe';

/** Shares of the day's budget at which the tenant is warned; 100: Divar says that the day is over. */
export type WarnPercent = 50 | 80 | 95 | 100;

export type News = 'throttled' | 'trouble' | 'fine' | 'not_tried';

/** Ends before the first byte that say nothing about Divar. */
const OURS = ['no_api_key', 'bad_target', 'not_renderable', 'poisoned', 'broken'];

export function readNews({ stage, code }: Pick<SendResult, 'stage' | 'code'>): News {
  if (stage !== 'answered') return OURS.includes(code) ? 'not_tried' : 'trouble';
  if (code === 'throttled') return 'throttled';
  return code === 'unavailable' ? 'trouble' : 'fine';
}

export interface Budget {
  blockCount: number;
  troubleCount: number;
  isBlocked: boolean;
  sentLastMinute: number;
  sentToday: number;
  learntPerMinute: number | null;
  learntPerDay: number | null;
}

export interface Block {
  by: BlockedBy;
  /** Until Tehran's midnight when null. */
  seconds: number | null;
  /** Undefined: as it was. */
  learntPerMinute?: number | null;
  learntPerDay?: number | null;
}

/** A minute of Divar's, whenever it began. */
const MINUTE_SECONDS = 60;
/** Whoever asks for more patience is not believed. */
const MAX_RETRY_AFTER_SECONDS = 86_400;
/** A limit that does not say which it is: 1, 2, 4 ... minutes. */
const MAX_UNSAID_SECONDS = 3600;
/** Whoever is refused with less has company that uses up the same limit; what we have sent says nothing about it then. */
const LEAST_PER_MINUTE = 5;
const LEAST_PER_DAY = 100;
/** One failure may be chance. At 5 in a row the circuit opens. */
const MAX_TROUBLES = 5;
/** Probes after 5, 10, 20 ... seconds. */
const FIRST_PROBE_SECONDS = 5;
const MAX_PROBE_SECONDS = 60;

/** What follows from a 429. A limit is learnt from what was taken in before it; each further one of the same moment was not. */
export function planThrottle(
  budget: Budget,
  { limit, retryAfterSeconds }: Pick<SendResult, 'limit' | 'retryAfterSeconds'>,
  health: Health,
): Block {
  const by = limit ?? ((retryAfterSeconds ?? 0) > MAX_UNSAID_SECONDS ? 'day' : 'minute');
  const learnt = learn(budget, { by, isSaid: limit != null, isProbe: health === 'probe' });
  if (retryAfterSeconds !== null && retryAfterSeconds > 0)
    return { by, seconds: Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS), ...learnt };
  if (limit === 'day') return { by, seconds: null, ...learnt };
  const doublings = limit === 'minute' || health !== 'probe' ? 0 : budget.blockCount;
  return { by, seconds: Math.min(MINUTE_SECONDS * 2 ** doublings, MAX_UNSAID_SECONDS), ...learnt };
}

function learn(
  budget: Budget,
  { by, isSaid, isProbe }: { by: BlockedBy; isSaid: boolean; isProbe: boolean },
): Pick<Block, 'learntPerMinute' | 'learntPerDay'> {
  const counted = (sentCount: number, known: number | null, leastCount: number) => {
    if (budget.isBlocked && known !== null) return Math.max(1, known - 1);
    return sentCount > leastCount ? Math.min(known ?? sentCount, sentCount - 1) : known;
  };
  if (by === 'day' && isSaid && !isProbe)
    return { learntPerDay: counted(budget.sentToday, budget.learntPerDay, LEAST_PER_DAY) };
  if (by !== 'minute') return {};
  // Refused after a minute of silence: it was not the minute.
  if (isProbe) return isSaid ? {} : { learntPerMinute: null };
  return { learntPerMinute: counted(budget.sentLastMinute, budget.learntPerMinute, LEAST_PER_MINUTE) };
}

/** Undefined while it may still be chance. */
export function planCircuit(budget: Budget, health: Health, dice: number): Block | undefined {
  if (health !== 'probe' && budget.troubleCount + 1 < MAX_TROUBLES) return undefined;
  const doublings = health === 'probe' ? Math.min(budget.blockCount, 10) : 0;
  const seconds = Math.min(FIRST_PROBE_SECONDS * 2 ** doublings, MAX_PROBE_SECONDS);
  return { by: 'divar', seconds: seconds * (1 + 0.2 * dice) };
}

/** When the day's budget is used up if it goes on like this; null when it lasts until midnight. */
export function foretellEnd(day: {
  usedCount: number;
  limitCount: number;
  startedAt: Date;
  endsAt: Date;
  now: Date;
}): Date | null {
  const elapsedMs = day.now.getTime() - day.startedAt.getTime();
  if (day.usedCount >= day.limitCount) return day.now;
  if (day.usedCount <= 0 || elapsedMs <= 0) return null;
  const at = day.now.getTime() + ((day.limitCount - day.usedCount) * elapsedMs) / day.usedCount;
  return at < day.endsAt.getTime() ? new Date(at) : null;
}
