/** What a failure means for the person at the screen: a cause and what to do, never the gateway's English. */
import type { Failure, Issue } from '../api/call.ts';
import type { MessageKey } from '../i18n/fa.ts';
import type { Translate } from '../i18n/speak.ts';

const BY_REASON = {
  offline: 'failedOffline',
  timeout: 'failedTimeout',
  unreachable: 'failedUnreachable',
  unreadable: 'errorUnreadable',
  cancelled: 'failedCancelled',
  device: 'failedDevice',
} as const satisfies Record<Exclude<Failure['reason'], 'problem'>, MessageKey>;

const BY_CODE: Record<string, MessageKey> = {
  invalid_request: 'failedInvalid',
  unauthorized: 'failedUnauthorized',
  credentials_wrong: 'failedCredentials',
  second_factor_required: 'failedSecondFactorRequired',
  second_factor_wrong: 'failedCode',
  step_up_required: 'failedStepUp',
  origin_not_allowed: 'failedOrigin',
  forbidden: 'failedForbidden',
  tenant_suspended: 'failedSuspended',
  not_found: 'failedNotFound',
  conflict: 'failedConflict',
  last_owner: 'failedLastOwner',
  code_spent: 'failedLinkSpent',
  rate_limited: 'failedTooMany',
  unavailable: 'failedUnavailable',
};

const BY_ISSUE: Record<string, MessageKey> = {
  missing: 'issueMissing',
  email: 'issueEmail',
  too_small: 'issueTooShort',
  too_big: 'issueTooLong',
  password_guessable: 'issueGuessable',
  url: 'endpointUrlNotAllowed',
  url_not_allowed: 'endpointUrlNotAllowed',
  events_missing: 'someEventsMissing',
  secret_text: 'issueSecretText',
  bad_format: 'issueFormat',
};

/** A whole minute says enough once it is more than one. */
function waitOf(params: Failure['params'], t: Translate, count: (value: number) => string): string {
  const seconds = Number(params.retry_after_seconds);
  if (!Number.isFinite(seconds)) return t('waitSome');
  return seconds > 90
    ? t('waitMinutes', { count: count(Math.ceil(seconds / 60)) })
    : t('waitSeconds', { count: count(Math.ceil(seconds)) });
}

export function sayFailure(failure: Failure, t: Translate, count: (value: number) => string): string {
  if (failure.reason !== 'problem') return t(BY_REASON[failure.reason]);
  const key = BY_CODE[failure.code];
  if (key === undefined) return t('failedOther', { status: count(failure.status) });
  return t(key, {
    wait: failure.code === 'rate_limited' ? waitOf(failure.params, t, count) : '',
    origin: String(failure.params.origin ?? ''),
  });
}

/** `field`: the label of what is wrong. */
export function sayIssue(issue: Issue, t: Translate, minLength: string | undefined): string {
  const key = BY_ISSUE[issue.code] ?? (issue.path === 'body.code' ? 'issueCode' : 'issueOther');
  if (key === 'issueTooShort' && minLength === undefined) return t('issueMissing');
  return t(key, { min: minLength ?? '' });
}
