/** Errors as documents. @see RFC 9457 and CONTRACT section 5 */
import { PROBLEMS, Problem, type ProblemIssue } from '../errors.ts';

/** When nobody named a wait: long enough to spare us, short enough for a person who waits. */
const DEFAULT_RETRY_AFTER_SECONDS = 2;

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  retryable: boolean;
  errors: readonly ProblemIssue[];
  [member: string]: unknown;
}

export function problemDocument(
  problem: Problem,
  { requestId, publicUrl }: { requestId: string; publicUrl: string },
): ProblemDocument {
  const { title, retryable } = PROBLEMS[problem.code];
  return {
    ...problem.extra,
    type: `${publicUrl}/docs#problem-${problem.code}`,
    title,
    status: problem.status,
    code: problem.code,
    detail: problem.detail ?? title,
    request_id: requestId,
    retryable,
    errors: problem.issues,
  };
}

/** Seconds for `Retry-After`; undefined where the same request would fail again. */
export function retryAfterSeconds(problem: Problem): number | undefined {
  if (problem.retryAfterSeconds !== undefined) return Math.max(1, Math.ceil(problem.retryAfterSeconds));
  return problem.status === 503 || problem.status === 429 ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
}

/** Whatever was thrown, as something a caller may see. The cause is kept for the log and shown to nobody. */
export function toProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem('internal', { cause: thrown });
}
