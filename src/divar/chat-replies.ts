/** What Divar answers to a send, turned into one shape. Pure. @see PROTOCOL 4.8, test vectors TV-64 and TV-68 */
import type { CallReply, CallStage } from '../ports.ts';

type SendStage = CallStage | 'answered';

/** `sent` and the classes of PROTOCOL 4.8. `divar_error`: an answer after which the message may stand in the chat. */
export type AnswerCode =
  | 'sent'
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'target_not_found'
  | 'recipient_restricted'
  | 'rejected'
  | 'throttled'
  | 'unavailable'
  | 'divar_error'
  | 'malformed_reply';

export interface SendResult {
  stage: SendStage;
  status: number | null;
  /** An `AnswerCode` when Divar answered; else the code of `CallError`, or `no_api_key`, `bad_target`: never begun. */
  code: string;
  retryAfterSeconds: number | null;
  durationMs: number;
  /** Which limit a 429 speaks of, where it says so. */
  limit?: 'minute' | 'day' | null;
  /** A chatbot send tells the conversation: the only way to learn it from a user id. */
  divarConversationId: string | null;
}

/** By HTTP status first, Divar's own code second: its mapping is not the canonical one. PROTOCOL 4.8, 7 row 37 */
const BY_STATUS: Record<number, AnswerCode> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'target_not_found',
  429: 'throttled',
  503: 'unavailable',
};

/** gRPC FAILED_PRECONDITION: with 412 it says that the recipient, or a blacklist, keeps the message out. */
const FAILED_PRECONDITION = 9;

export function readReply(reply: CallReply, isSuccess: (body: unknown) => boolean): SendResult {
  const body = parseJson(reply.body);
  const code = judgeReply(reply.status, body, isSuccess);
  return {
    stage: code === 'divar_error' || code === 'malformed_reply' ? 'ambiguous' : 'answered',
    status: reply.status,
    code,
    retryAfterSeconds: readRetryAfter(reply),
    durationMs: reply.durationMs,
    limit: code === 'throttled' ? readLimit(body) : null,
    divarConversationId: code === 'sent' ? readConversationId(body) : null,
  };
}

function judgeReply(status: number, body: unknown, isSuccess: (body: unknown) => boolean): AnswerCode {
  if (status === 200) return isSuccess(body) ? 'sent' : 'malformed_reply';
  if (status === 412)
    return memberOf(body, 'code') === FAILED_PRECONDITION ? 'recipient_restricted' : 'rejected';
  const known = BY_STATUS[status];
  if (known) return known;
  // 408 comes from whoever stands in front of Divar, after it has seen some of the request.
  return status >= 400 && status < 500 && status !== 408 ? 'rejected' : 'divar_error';
}

/** Seconds, or an HTTP date, which is read against the reply's own `Date`: both by the same clock. RFC 9110 10.2.3 */
export function readRetryAfter({ headers }: Pick<CallReply, 'headers'>): number | null {
  const value = firstOf(headers['retry-after'])?.trim();
  if (!value) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(firstOf(headers.date) ?? '')) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

/** "Names the limit kind" is all that is documented; TV-68 does so in a detail. The first text that says it counts. */
function readLimit(body: unknown): 'minute' | 'day' | null {
  const details = memberOf(body, 'details');
  const texts = [memberOf(body, 'message'), ...(Array.isArray(details) ? details.slice(0, 10) : [])].flatMap(
    (value) => (typeof value === 'object' && value !== null ? Object.values(value) : [value]),
  );
  for (const text of texts) {
    if (typeof text !== 'string') continue;
    if (/daily|per[ _-]?day|\bday\b|روز/i.test(text)) return 'day';
    if (/minute|دقیقه/i.test(text)) return 'minute';
  }
  return null;
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function readConversationId(body: unknown): string | null {
  const id = memberOf(body, 'conversation_id');
  return typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
}

/** Bodies may be empty, HTML or cut short. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
