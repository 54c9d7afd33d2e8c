/**
 * When the tokens of a grant are renewed, and what may be done while it is not known whether they were. Pure.
 *
 * Divar replaces both tokens at a refresh and takes the old pair for two minutes more. Whoever loses the answer may ask
 * again with the same refresh token inside that time and never after it; then the old access token, while it lives, tells
 * whether there was a rotation at all. Seconds since the refresh token may first have reached Divar:
 *
 *   0 ------ ask, and ask again ------ 100 ------ wait ------ 150 ---- probe ---->
 *                                                    (but 130 after the last try: that one may have been the rotation)
 *                                                                 works: there was no rotation, all begins anew
 *                                                                 401: the new pair is lost, the grant is broken
 *
 * @see PROTOCOL 3.6
 */
import type { OauthFailure, OauthOutcome } from '../divar/oauth.ts';
import { planWaitSeconds } from '../queue/ladder.ts';
import type { GrantState } from './consent.ts';

/** Signals topic: a grant may have to be looked at. */
export const GRANTS_TOPIC = 'grants';

/** Divar's two minutes, less the longest call and a process that dawdles. */
const RETRY_WINDOW_SECONDS = 100;
/** Past Divar's two minutes with room for a clock: earlier, the old access token would work in both cases. Counted from the first
 *  try, and with less room from the last: any of them may be the one that Divar heard. */
const PROBE_FROM_SECONDS = 150;
const PROBE_AFTER_LAST_SECONDS = 130;
/** Tries that all failed within the window and were settled by us: an outage of Divar's, and not an answer we lost. */
const OUTAGE_TRY_COUNT = 4;

/** One immediate retry inside Divar's two minutes, then 30 s, 1, 5 and 15 minutes; the last rung is climbed for ever. */
const REFRESH_LADDER = [1, 30, 60, 300, 900];

/** The last try of a journal, if the ladder has not come by: it may be the one that is answered. */
const LAST_TRY_SECONDS = 90;
const MIN_LAST_WAIT_SECONDS = 20;

/** Before the access token ends: five times the longest way to a probe for those whose events depend on it. */
const KEPT_MARGIN_SECONDS = 600;
const MARGIN_SECONDS = 300;
/** So that grants of one hour do not come back in one second. */
const JITTER_SECONDS = 60;
/** Tokens that live for seconds (tests, a misconfigured Divar) are not renewed without end. */
const MARGIN_SHARE = 0.25;

/** A refresh token that nobody uses ends after 30 days; touched in time it is not forgotten. */
const TOUCH_SECONDS = 7 * 24 * 3600;
/** A grant that Divar refuses although its tokens are new: the trouble may be the app's key and pass. */
const RECHECK_SECONDS = 3600;

/** Below this an access token may end on its way. */
export const LENDABLE_SECONDS = 15;
/** A token younger than this is what somebody who asks for a new one wants. */
export const FRESH_SECONDS = 30;
/** A refusal so soon after a refresh is meant; later it is something new. */
export const REFUSAL_MEMORY_SECONDS = 300;

/** Before the consent ends, in days. */
const WARNING_DAYS = [1, 3, 7];
const DAY_SECONDS = 24 * 3600;

export type BrokenReason = 'refused' | 'refresh_lost' | 'access_refused';

/** All that decides, as the database's clock tells it. */
export interface Freshness {
  state: GrantState;
  reason: string | null;
  refreshable: boolean;
  isKept: boolean;
  /** Of the access token; negative once it is over. */
  expiresInSeconds: number;
  consentInSeconds: number;
  /** Since these tokens are stored. */
  ageSeconds: number;
  /** Since the refresh token may first have reached Divar; null when it has not. */
  sentAgeSeconds: number | null;
  /** Since it may last have; not less than that when nothing is known of it. */
  lastSentAgeSeconds: number | null;
  /** A try of this journal has no answer that we know. */
  isUnanswered: boolean;
  /** Tries of this journal that are known to have failed. */
  lostCount: number;
  /** Failures since the tokens were stored. */
  tryCount: number;
  /** Divar has refused the access token. */
  isRefused: boolean;
  /** The last warning that was given. */
  toldDays: number | null;
}

/** `opens`: the journal begins with this try. `restart`: nothing was rotated, all begins anew when the ladder says so. */
export type Move =
  | { kind: 'send'; opens: boolean }
  | { kind: 'probe' }
  | { kind: 'restart' }
  | { kind: 'lose' }
  | { kind: 'expire' }
  | { kind: 'rest' };

export function isHeld(state: GrantState): boolean {
  return state === 'live' || state === 'refreshing';
}

/** `isAsked`: somebody wants new tokens, whatever is left of the old ones. */
export function planMove(grant: Freshness, isAsked: boolean): Move {
  const { sentAgeSeconds: age, expiresInSeconds } = grant;
  if (!isHeld(grant.state) && !isRechecked(grant)) return { kind: 'rest' };
  if (age !== null) return planUncertain(grant, age);
  if (!grant.refreshable) return { kind: expiresInSeconds <= 0 ? 'expire' : 'rest' };
  const isWanted =
    isAsked ||
    grant.isRefused ||
    isRechecked(grant) ||
    expiresInSeconds <= marginOf(grant) + jitterOf(grant) ||
    grant.ageSeconds >= TOUCH_SECONDS;
  return isWanted ? { kind: 'send', opens: true } : { kind: 'rest' };
}

function planUncertain(grant: Freshness, ageSeconds: number): Move {
  if (ageSeconds < 0 || ageSeconds >= probeFromSeconds(grant, ageSeconds)) {
    if (grant.expiresInSeconds > 0) return { kind: 'probe' };
    // Nothing can be probed any more. Errors that were answered, or silence again and again, are an outage.
    const isOutage = !grant.isUnanswered || grant.lostCount >= OUTAGE_TRY_COUNT;
    return { kind: isOutage ? 'restart' : 'lose' };
  }
  return ageSeconds < RETRY_WINDOW_SECONDS ? { kind: 'send', opens: false } : { kind: 'rest' };
}

/** In seconds since the first try. */
function probeFromSeconds({ lastSentAgeSeconds }: Freshness, ageSeconds: number): number {
  const lastTryAtSeconds = ageSeconds - (lastSentAgeSeconds ?? ageSeconds);
  return Math.max(PROBE_FROM_SECONDS, lastTryAtSeconds + PROBE_AFTER_LAST_SECONDS);
}

/** What a try means for the journal. `refused`: never again with this token. `not_done`: Divar has rotated nothing. */
export type RefreshVerdict = 'refused' | 'unsupported' | 'not_done' | 'answered' | 'unheard';

export function judgeRefresh(failure: OauthFailure): RefreshVerdict {
  if (failure.stage === 'before_send') return 'not_done';
  if (failure.stage === 'ambiguous') return 'unheard';
  if (failure.code === 'invalid_grant') return 'refused';
  if (failure.code === 'unsupported_grant_type') return 'unsupported';
  const status = failure.status ?? 0;
  if (status >= 400 && status < 500 && status !== 408) return 'not_done';
  return status >= 500 ? 'answered' : 'unheard';
}

/** Whether the access token is one of Divar's living ones. A missing scope (403) is told only to those that live. */
export function judgeProbe(outcome: OauthOutcome<unknown>): 'works' | 'refused' | 'unclear' {
  if (outcome.ok) return 'works';
  if (outcome.stage !== 'answered') return 'unclear';
  if (outcome.status === 401) return 'refused';
  return outcome.status === 403 || outcome.code === 'nonsense' ? 'works' : 'unclear';
}

/** Until the next try, after one that failed; `grant` counts it. */
export function planRetrySeconds(grant: Freshness, dice: number): number {
  const { sentAgeSeconds: age, expiresInSeconds } = grant;
  // Within its window each journal climbs from the first rung: what counts there is to be heard in time.
  const count = age === null ? grant.tryCount : grant.lostCount;
  const failedCount = Math.min(Math.max(count, 1), REFRESH_LADDER.length);
  const waitSeconds = planWaitSeconds({ ladder: REFRESH_LADDER, failedCount, dice }) ?? 0;
  // What is left of the access token leaves room for another try, and for its probe.
  const capSeconds = expiresInSeconds > 0 ? Math.max(30, expiresInSeconds / 2) : waitSeconds;
  if (age === null) return Math.min(waitSeconds, capSeconds);
  const untilProbe = probeFromSeconds(grant, age) - age;
  if (untilProbe <= 0) return Math.min(waitSeconds, 30);
  if (age + waitSeconds < RETRY_WINDOW_SECONDS) return waitSeconds;
  const untilLastTry = LAST_TRY_SECONDS - age;
  return untilLastTry >= MIN_LAST_WAIT_SECONDS ? untilLastTry : untilProbe;
}

/** Until somebody should look at the grant again; null when nobody needs to. */
export function planRestSeconds(grant: Freshness, dice: number): number | null {
  if (isRechecked(grant)) return RECHECK_SECONDS * (1 + dice);
  if (!isHeld(grant.state)) return null;
  const { sentAgeSeconds: age } = grant;
  if (age !== null) return Math.max(1, probeFromSeconds(grant, age) - age);
  const shift = (2 * dice - 1) * jitterOf(grant);
  const looks = grant.refreshable
    ? [
        grant.isKept ? grant.expiresInSeconds - marginOf(grant) + shift : Number.POSITIVE_INFINITY,
        TOUCH_SECONDS - grant.ageSeconds + shift,
        ...WARNING_DAYS.filter((days) => grant.toldDays === null || days < grant.toldDays)
          .map((days) => grant.consentInSeconds - days * DAY_SECONDS)
          .filter((seconds) => seconds > 0),
      ]
    : [grant.expiresInSeconds];
  return Math.max(1, Math.min(...looks));
}

/** The warning that is due; undefined when there is none, or it was given. Who has not to be asked anew is not warned of. */
export function dueWarning(grant: Freshness): number | undefined {
  if (!isHeld(grant.state) || !grant.refreshable || grant.consentInSeconds <= 0) return undefined;
  const days = WARNING_DAYS.find((limit) => grant.consentInSeconds <= limit * DAY_SECONDS);
  return days !== undefined && (grant.toldDays === null || days < grant.toldDays) ? days : undefined;
}

/** Why a grant may be lent: a token that may end on its way, or may have been replaced, waits for the refresh. */
export function isLendable(grant: Freshness): boolean {
  return (
    isHeld(grant.state) &&
    !grant.isRefused &&
    grant.expiresInSeconds > LENDABLE_SECONDS &&
    (grant.sentAgeSeconds === null || grant.sentAgeSeconds < RETRY_WINDOW_SECONDS)
  );
}

/** True when the refresh should begin although the token still works. */
export function endsSoon(grant: Freshness): boolean {
  return grant.refreshable && grant.expiresInSeconds <= marginOf(grant);
}

/** Broken by a refusal of tokens that Divar itself had just given. */
export function isRechecked({ state, reason, refreshable }: Freshness): boolean {
  return state === 'broken' && reason === ('access_refused' satisfies BrokenReason) && refreshable;
}

function marginOf({ isKept, expiresInSeconds, ageSeconds }: Freshness): number {
  const lifeSeconds = Math.max(0, expiresInSeconds + ageSeconds);
  return Math.min(isKept ? KEPT_MARGIN_SECONDS : MARGIN_SECONDS, lifeSeconds * MARGIN_SHARE);
}

function jitterOf(grant: Freshness): number {
  return Math.min(JITTER_SECONDS, marginOf(grant) / 5);
}
