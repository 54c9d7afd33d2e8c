/** One try: the exact bytes, signed, to the endpoint, and an honest account of how it went. */
import { presentEvent, type StoredEvent } from '../events/events.ts';
import { type Call, CallError, type Clock } from '../ports.ts';
import { signatureHeaders } from './signature.ts';
import { type Delivery, type Endpoint, isUnreachable, readRetryAfter, type TryResult } from './webhooks.ts';

/** More than a webhook has to say; reading stops there. @see SECURITY 2.4 */
const MAX_ANSWER_BYTES = 64 * 1024;
/** What of it is kept for the tenant to read. */
const KEPT_ANSWER_LENGTH = 16 * 1024;

export interface Prepared {
  delivery: Delivery;
  endpoint: Endpoint;
  /** Every secret that is valid now. */
  secrets: readonly string[];
  event: StoredEvent;
}

export interface AttemptDeps {
  /** Guarded: tenants name these addresses. */
  call: Call;
  clock: Clock;
  /** `WEBHOOK_TIMEOUT_MS`, the whole exchange. */
  timeoutMs: number;
}

/** The bytes that are signed and sent: the same for every try. */
export function requestBody(event: StoredEvent, replayOf: string | null): string {
  return JSON.stringify(presentEvent(event, replayOf));
}

/** `signed`: what `signatureHeaders` has made. */
export function requestHeaders(
  event: Pick<StoredEvent, 'sequence'>,
  attemptNumber: number,
  signed: Record<string, string>,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-peyvand-attempt': String(attemptNumber),
    ...(event.sequence === null ? {} : { 'x-peyvand-sequence': String(event.sequence) }),
    ...signed,
  };
}

interface SignedRequest {
  body: string;
  signed: Record<string, string>;
}

export function createAttempt({ call, clock, timeoutMs }: AttemptDeps) {
  const sign = ({ delivery, secrets, event }: Prepared, now: Date): SignedRequest => {
    const body = requestBody(event, delivery.replayOf);
    return { body, signed: signatureHeaders(secrets, { id: event.id, now, body }) };
  };

  const exchange = async (
    { delivery, endpoint, event }: Prepared,
    { body, signed }: SignedRequest,
    now: Date,
  ): Promise<Omit<TryResult, 'sentAt' | 'signature'>> => {
    const reply = await call({
      method: 'POST',
      url: endpoint.url,
      headers: requestHeaders(event, delivery.attemptCount + 1, signed),
      body,
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    });
    return {
      stage: 'answered',
      status: reply.status,
      code: null,
      retryAfterSeconds: readRetryAfter(reply.headers['retry-after'], now),
      durationMs: reply.durationMs,
      answer: reply.body.length === 0 ? null : reply.body.toString('utf8').slice(0, KEPT_ANSWER_LENGTH),
      timings: reply.timings ?? null,
    };
  };

  return async (prepared: Prepared): Promise<TryResult> => {
    const now = clock.now();
    let sent: Pick<TryResult, 'sentAt' | 'signature'> = { sentAt: null, signature: null };
    try {
      const request = sign(prepared, now);
      sent = { sentAt: now, signature: request.signed['webhook-signature'] ?? null };
      return { ...(await exchange(prepared, request, now)), ...sent };
    } catch (cause) {
      // What breaks our own preparation counts as a try that was never sent, so that it is soon out of its neighbours' way.
      const { stage, code } =
        cause instanceof CallError ? cause : { stage: 'before_send' as const, code: 'broken' };
      // How long it took to be refused would tell what there is.
      const durationMs = isUnreachable(code) ? null : clock.now().getTime() - now.getTime();
      const none = { status: null, retryAfterSeconds: null, answer: null, timings: null };
      return { ...none, ...sent, stage, code, durationMs };
    }
  };
}
