/** Ends a try: the health of the endpoint, the attempt, the delivery and the next of its lane, all at once. */
import type { Announce } from '../events/announce.ts';
import type { Clock, NewId, RandomBytes, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import { type Claim, releaseClaimed } from '../queue/claim.ts';
import type { Ladder } from '../queue/ladder.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { DeliveryStore } from './store.ts';
import {
  type Delivery,
  type DisabledReason,
  failingPercent,
  HEAD_PATIENCE_SECONDS,
  judgeTry,
  type TryResult,
  type Verdict,
  WEBHOOKS_TOPIC,
} from './webhooks.ts';

export interface SettleDeps {
  deliveries: Pick<DeliveryStore, 'settle' | 'insertAttempt'>;
  endpoints: Pick<EndpointStore, 'noteSuccess' | 'noteFailure'>;
  /** `RETRY_SCHEDULE_SECONDS` */
  ladder: Ladder;
  newId: NewId;
  clock: Clock;
  random: RandomBytes;
  signals: Pick<Signals, 'publish'>;
}

export interface Settled {
  verdict: Verdict;
  /** Set when the endpoint is to be given up. */
  giveUp: DisabledReason | undefined;
}

/** Undefined when the claim is no longer ours: another process has decided in the meantime, and its word stands. */
export type SettleTry = (
  tx: Tx,
  claim: Claim,
  delivery: Delivery,
  result: TryResult,
) => Promise<Settled | undefined>;

export function createSettleTry(deps: SettleDeps): SettleTry {
  const noteHealth = async (tx: Tx, endpointId: string, verdict: Verdict) => {
    const now = deps.clock.now();
    if (verdict.outcome === 'delivered') {
      await deps.endpoints.noteSuccess(tx, endpointId, now);
      return undefined;
    }
    const health = await deps.endpoints.noteFailure(tx, endpointId, now);
    if (verdict.isGone) return 'gone';
    return health && failingPercent(health, now) === 100 ? 'failing' : undefined;
  };

  return async (tx, claim, delivery, result) => {
    const dice = deps.random(4).readUInt32BE() / 2 ** 32;
    const verdict = judgeTry(result, delivery.failureCount, { ladder: deps.ladder, dice });
    // The endpoint before the delivery: whoever disables an endpoint holds its row while he waits to commit an event, and who
    // commits an event may wait for a delivery. So nobody may hold a delivery and wait for an endpoint.
    const giveUp = await noteHealth(tx, delivery.endpointId, verdict);
    if (!(await releaseClaimed(tx, 'deliveries', claim))) return undefined;
    await deps.deliveries.insertAttempt(tx, delivery.appId, {
      id: deps.newId('att'),
      deliveryId: delivery.id,
      number: delivery.attemptCount + 1,
      stage: result.stage,
      status: result.status,
      outcome: verdict.outcome,
      code: verdict.code,
      durationMs: result.durationMs,
      answer: result.answer,
      sentAt: result.sentAt,
      signature: result.signature,
      timings: result.timings,
      createdAt: deps.clock.now(),
    });
    await deps.deliveries.settle(tx, delivery, verdict, HEAD_PATIENCE_SECONDS);
    afterCommit(tx, () => deps.signals.publish(WEBHOOKS_TOPIC));
    return { verdict, giveUp };
  };
}

export interface DisableDeps {
  endpoints: Pick<EndpointStore, 'find' | 'disable'>;
  announce: Announce;
  clock: Clock;
}

/** Stops an endpoint and says so to the others. In a transaction of its own: whoever announces must hold no delivery, for
 *  which those wait who commit events. */
export function createDisableEndpoint({ endpoints, announce, clock }: DisableDeps) {
  return async (
    tx: Tx,
    {
      appId,
      endpointId,
      reason,
      simulated,
    }: {
      appId: string;
      endpointId: string;
      reason: DisabledReason;
      simulated: boolean;
    },
  ): Promise<void> => {
    const now = clock.now();
    const endpoint = await endpoints.find(tx, appId, endpointId);
    if (!endpoint || !(await endpoints.disable(tx, endpointId, reason, now))) return;
    const { url, failingSince, failureCount } = endpoint;
    const data = {
      endpoint_id: endpointId,
      url,
      reason,
      failing_since: failingSince?.toISOString() ?? null,
      failure_count: failureCount,
    };
    await announce(tx, { type: 'endpoint.disabled', appId, simulated, data, now });
  };
}
