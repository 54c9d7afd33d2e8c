/** Every error that a caller may see: one class, one table of codes. @see RFC 9457 */

export interface ProblemIssue {
  /** JSON path into the request: `body.text`, `query.limit`, `header.authorization`. */
  path: string;
  code: string;
  message: string;
}

/** The fixed codes and what they mean; printed into the API reference. `retryable`: the same request may succeed later. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid', retryable: false },
  unauthorized: { status: 401, title: 'The credentials are missing or wrong', retryable: false },
  forbidden: { status: 403, title: 'The key does not allow this', retryable: false },
  credentials_wrong: { status: 401, title: 'The e-mail address or the password is wrong', retryable: false },
  second_factor_required: { status: 403, title: 'The second factor is missing', retryable: false },
  second_factor_wrong: { status: 403, title: 'The code does not fit', retryable: false },
  step_up_required: { status: 403, title: 'The second factor is needed again', retryable: false },
  origin_not_allowed: { status: 403, title: 'The call does not come from our own pages', retryable: false },
  tenant_suspended: { status: 403, title: 'The tenant is suspended', retryable: false },
  not_found: { status: 404, title: 'There is no such thing', retryable: false },
  method_not_allowed: { status: 405, title: 'The address does not take this method', retryable: false },
  conflict: { status: 409, title: 'The state does not allow this', retryable: false },
  last_owner: { status: 409, title: 'A tenant needs an owner', retryable: false },
  consent_required: { status: 409, title: 'The user has not granted this yet', retryable: false },
  idempotency_in_flight: { status: 409, title: 'The same request is being worked on', retryable: true },
  code_spent: { status: 410, title: 'The code was used or has expired', retryable: false },
  body_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'The content type is not supported', retryable: false },
  idempotency_mismatch: {
    status: 422,
    title: 'The idempotency key belongs to another request',
    retryable: false,
  },
  url_not_allowed: { status: 400, title: 'The address may not be reached', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  internal: { status: 500, title: 'Something went wrong on our side', retryable: true },
  outcome_unknown: {
    status: 504,
    title: 'It is not known whether Divar has done it',
    retryable: false,
  },
  unavailable: { status: 503, title: 'The service cannot answer right now', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemOptions {
  /** For the caller; never holds a secret, personal data or a cause's text. */
  detail?: string;
  issues?: readonly ProblemIssue[];
  /** Further members of the problem document, such as `consent_url`. */
  extra?: Record<string, unknown>;
  retryAfterSeconds?: number;
  /** For the log only. */
  cause?: unknown;
}

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly issues: readonly ProblemIssue[];
  readonly extra: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;
  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.detail = options.detail;
    this.issues = options.issues ?? [];
    this.extra = options.extra ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
