/** What the answers to our checks mean. Pure: every cause is a key of the catalogue of causes. */
import type { OauthOutcome } from '../divar/oauth.ts';
import type { CheckOutcome, Exchange } from './setup.ts';

/** Divar's patience with an init, and a user's with a page. @see PROTOCOL 6 */
export const SLOW_MS = 2000;

type Verdict = Pick<CheckOutcome, 'state' | 'cause'>;

export const PASSED: Verdict = { state: 'passed', cause: null };
export const failed = (cause: string): Verdict => ({ state: 'failed', cause });
export const warned = (cause: string): Verdict => ({ state: 'warning', cause });
export const skipped = (cause: string): Verdict => ({ state: 'skipped', cause });

const API_KEY_BY_STATUS: Readonly<Record<number, Verdict>> = {
  200: PASSED,
  401: failed('api_key_refused'),
  403: failed('get_post_missing'),
  404: warned('test_post_unknown'),
  429: warned('throttled'),
};

export function judgeApiKey({ status }: Pick<Exchange, 'status'>): Verdict {
  if (status === null || status >= 500) return failed('divar_unreachable');
  return API_KEY_BY_STATUS[status] ?? warned('unexpected_answer');
}

/** A code that nobody has been given: whoever refuses the code has accepted the secret. */
export function judgeClientSecret(outcome: OauthOutcome<unknown>): Verdict {
  if (outcome.ok || outcome.code === 'invalid_grant') return PASSED;
  if (outcome.code === 'no_secret') return failed('client_secret_missing');
  if (outcome.code === 'invalid_client' || outcome.status === 401) return failed('client_secret_wrong');
  if (outcome.stage !== 'answered' || (outcome.status ?? 0) >= 500) return failed('divar_unreachable');
  return warned('unexpected_answer');
}

export interface InitAnswers {
  right: Pick<Exchange, 'status' | 'duration_ms'>;
  /** There was an address in the answer. */
  hasUrl: boolean;
  wrong: Pick<Exchange, 'status'>;
  isSuspended: boolean;
}

export function judgeInit({ right, hasUrl, wrong, isSuspended }: InitAnswers): Verdict {
  if (isSuspended) return failed('app_disabled');
  if (right.status === null) return failed('gateway_unreachable');
  if (right.status === 401) return failed('identification_key_wrong');
  if (right.status !== 200 || !hasUrl || wrong.status !== 401) return failed('own_trouble');
  return (right.duration_ms ?? 0) > SLOW_MS ? warned('init_slow') : PASSED;
}

export interface PageAnswer extends Pick<Exchange, 'status' | 'code' | 'duration_ms'> {
  forbidsFraming: boolean;
}

const PAGE_BY_CODE: Readonly<Record<string, string>> = {
  dns: 'landing_dns',
  tls: 'landing_tls',
  timeout: 'landing_timeout',
  not_allowed: 'landing_not_allowed',
};

export function judgePage({ status, code, duration_ms, forbidsFraming }: PageAnswer): Verdict {
  // More than we read is an answer all the same.
  if (code === 'too_large') return PASSED;
  if (status === null) return failed(PAGE_BY_CODE[code ?? ''] ?? 'landing_unreachable');
  if (status >= 500) return failed('landing_failing');
  if (status >= 400) return warned('landing_refuses');
  if (status >= 300) return warned('landing_redirects');
  if ((duration_ms ?? 0) > SLOW_MS) return warned('landing_slow');
  // Divar opens pages as windows of their own, so that is fine; it is told all the same.
  return forbidsFraming ? { state: 'passed', cause: 'landing_forbids_framing' } : PASSED;
}

/** `X-Frame-Options`, or a policy of its own: the page shows in no frame of another site. */
export function forbidsFraming(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  if (/deny|sameorigin/i.test(String(headers['x-frame-options'] ?? ''))) return true;
  const [, ancestors] =
    /frame-ancestors\s+([^;]*)/i.exec(String(headers['content-security-policy'] ?? '')) ?? [];
  return ancestors !== undefined && !/divar\.ir|\*/.test(ancestors);
}

const WEBHOOK_BY_CODE: Readonly<Record<string, string>> = {
  timeout: 'webhook_timeout',
  tls: 'webhook_tls',
  reset: 'webhook_broken',
  too_large: 'webhook_broken',
};

export function judgeWebhook({ status, code }: Pick<Exchange, 'status' | 'code'>): Verdict {
  if (status === null) return failed(WEBHOOK_BY_CODE[code ?? ''] ?? 'webhook_unreachable');
  if (status >= 200 && status < 300) return PASSED;
  if (status === 410) return failed('webhook_gone');
  return failed(status >= 300 && status < 400 ? 'webhook_redirect' : 'webhook_bad_status');
}

const RANKS = ['failed', 'warning', 'skipped', 'passed'] as const;

/** Of several the one that is worst. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  for (const rank of RANKS) {
    const found = verdicts.filter(({ state }) => state === rank);
    const [first] = found;
    if (first) return found.find(({ cause }) => cause !== null) ?? first;
  }
  return PASSED;
}

/** Without the query, which may hold secrets of the business. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
