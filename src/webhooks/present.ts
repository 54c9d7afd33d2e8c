/** Endpoints and deliveries as tenants see them. @see CONTRACT section 5 */
import { z } from 'zod';
import type { Ladder } from '../queue/ladder.ts';
import {
  type Delivery,
  type DeliveryAttempt,
  type Endpoint,
  maxAttempts,
  warningPercent,
} from './webhooks.ts';

const Instant = z.iso.datetime().nullable();

export const EndpointView = z
  .object({
    id: z.string(),
    object: z.literal('endpoint'),
    url: z.string(),
    events: z.array(z.string()),
    state: z.enum(['enabled', 'failing', 'disabled']),
    disabled_at: Instant,
    disabled_reason: z.enum(['failing', 'gone', 'request']).nullable(),
    /** The first failure after the last success. */
    failing_since: Instant,
    failure_count: z.int(),
    /** 50, 70 or 90 on the way to being disabled for five days of failures. */
    warning_percent: z.int().nullable(),
    last_success_at: Instant,
    secret_made_at: z.iso.datetime(),
    previous_secrets_until: Instant,
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Endpoint' });
export type EndpointView = z.infer<typeof EndpointView>;

export const EndpointWithSecretView = EndpointView.extend({ secret: z.string() }).meta({
  id: 'EndpointWithSecret',
});

export function presentEndpoint(endpoint: Endpoint, now: Date): EndpointView {
  return {
    id: endpoint.id,
    object: 'endpoint',
    url: endpoint.url,
    events: [...endpoint.events],
    state: stateOf(endpoint),
    disabled_at: iso(endpoint.disabledAt),
    disabled_reason: endpoint.disabledReason,
    failing_since: iso(endpoint.failingSince),
    failure_count: endpoint.failureCount,
    warning_percent: warningPercent(endpoint, now),
    last_success_at: iso(endpoint.lastSuccessAt),
    secret_made_at: endpoint.secretMadeAt.toISOString(),
    previous_secrets_until: stillAhead(endpoint.previousSecretsUntil, now),
    created_at: endpoint.createdAt.toISOString(),
  };
}

function stateOf({ disabledAt, failingSince }: Endpoint): EndpointView['state'] {
  if (disabledAt) return 'disabled';
  return failingSince ? 'failing' : 'enabled';
}

export const DeliveryView = z
  .object({
    id: z.string(),
    object: z.literal('delivery'),
    event_id: z.string(),
    event_type: z.string(),
    endpoint_id: z.string(),
    state: z.enum(['pending', 'delivered', 'dead', 'cancelled']),
    replay_of: z.string().nullable(),
    attempts: z.int(),
    /** How many there will be if all of them fail. */
    max_attempts: z.int(),
    /** Why the last attempt failed. */
    code: z.string().nullable(),
    /** What the endpoint answered last. */
    last_status: z.int().nullable(),
    last_duration_ms: z.int().nullable(),
    /** Null when it is final, or waits behind another of its conversation. */
    next_attempt_at: Instant,
    created_at: z.iso.datetime(),
    final_at: Instant,
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = z.infer<typeof DeliveryView>;

export function presentDelivery(delivery: Delivery, ladder: Ladder): DeliveryView {
  return {
    id: delivery.id,
    object: 'delivery',
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    endpoint_id: delivery.endpointId,
    state: delivery.state,
    replay_of: delivery.replayOf,
    attempts: delivery.attemptCount,
    max_attempts: maxAttempts(delivery, ladder),
    code: delivery.code,
    last_status: delivery.lastStatus,
    last_duration_ms: delivery.lastDurationMs,
    next_attempt_at: iso(delivery.dueAt),
    created_at: delivery.createdAt.toISOString(),
    final_at: iso(delivery.finalAt),
  };
}

const Milliseconds = z.int().nullable();

export const DeliveryAttemptView = z
  .object({
    id: z.string(),
    object: z.literal('attempt'),
    number: z.int(),
    stage: z.enum(['before_send', 'ambiguous', 'answered']),
    status: z.int().nullable(),
    outcome: z.enum(['delivered', 'failed', 'dead']),
    code: z.string().nullable(),
    duration_ms: z.int().nullable(),
    /** The beginning of what the endpoint answered, as text; kept for ten days. */
    answer: z.string().nullable(),
    /** As it was sent, without the body; null when nothing was. */
    request: z.object({ sent_at: z.iso.datetime(), headers: z.record(z.string(), z.string()) }).nullable(),
    /** Milliseconds; null where there is no such part: a connection that stood already, or plain http. */
    timings: z
      .object({ dns: Milliseconds, connect: Milliseconds, tls: Milliseconds, first_byte: Milliseconds })
      .nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'DeliveryAttempt' });
export type DeliveryAttemptView = z.infer<typeof DeliveryAttemptView>;

export const DeliveryWithAttemptsView = DeliveryView.extend({
  /** Where it goes now; null when the endpoint was removed. */
  url: z.string().nullable(),
  /** The bytes that are signed and sent, as text; null once erased. */
  request_body: z.string().nullable(),
  /** The last hundred, oldest first. */
  attempt_list: z.array(DeliveryAttemptView),
}).meta({ id: 'DeliveryWithAttempts' });

/** `headersOf`: of what was sent, put together again from what is kept. */
export function presentDeliveryAttempt(
  attempt: DeliveryAttempt,
  headersOf: (attempt: DeliveryAttempt) => Record<string, string>,
): DeliveryAttemptView {
  const { timings, sentAt } = attempt;
  return {
    id: attempt.id,
    object: 'attempt',
    number: attempt.number,
    stage: attempt.stage,
    status: attempt.status,
    outcome: attempt.outcome,
    code: attempt.code,
    duration_ms: attempt.durationMs,
    answer: attempt.answer,
    request: sentAt && { sent_at: sentAt.toISOString(), headers: headersOf(attempt) },
    timings: timings && {
      dns: timings.dns,
      connect: timings.connect,
      tls: timings.tls,
      first_byte: timings.firstByte,
    },
    created_at: attempt.createdAt.toISOString(),
  };
}

function iso(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}

function stillAhead(instant: Date | null, now: Date): string | null {
  return instant !== null && instant > now ? instant.toISOString() : null;
}
