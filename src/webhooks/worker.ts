/**
 * Delivers what is due. A claimed delivery is worked in three steps: load (transaction), call (none), settle (transaction).
 * A process may die between any two: the claim ends with its lease, and the delivery is made again under the same event id.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../errors.ts';
import type { EventStore } from '../events/store.ts';
import type { Db, Log, RandomBytes, Tx } from '../ports.ts';
import { type Claim, createClaimer } from '../queue/claim.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import { type AttemptDeps, createAttempt, type Prepared } from './attempt.ts';
import type { EndpointStore } from './endpoint-store.ts';
import {
  createDisableEndpoint,
  createSettleTry,
  type DisableDeps,
  type SettleDeps,
  type Settled,
} from './settle.ts';
import type { DeliveryStore } from './store.ts';
import { type Delivery, type TryResult, warningPercent } from './webhooks.ts';

export type WebhookWorkerDeps = AttemptDeps &
  Omit<SettleDeps, 'deliveries' | 'endpoints'> &
  Omit<DisableDeps, 'endpoints'> & {
    deliveries: SettleDeps['deliveries'] & Pick<DeliveryStore, 'findClaimed' | 'release'>;
    endpoints: SettleDeps['endpoints'] & DisableDeps['endpoints'] & Pick<EndpointStore, 'findWithSecrets'>;
    events: Pick<EventStore, 'find'>;
    directory: Pick<AppDirectory, 'find'>;
    db: Pick<Db, 'call' | 'tenant'>;
    random: RandomBytes;
    leaseSeconds: number;
    log: Log;
    /** Between tries to write a result down. Tests give their own. */
    pause?: (ms: number) => Promise<unknown>;
  };

/** What lies between the end of the longest call and the end of the lease, so that a result can be written. */
const LEASE_MARGIN_SECONDS = 5;
/** A known result is worth some patience: PostgreSQL may just be restarting. */
const SETTLE_WAITS_MS = [100, 400, 1000, 2000, 5000, 8000, 8000];
const SWEEP_COUNT = 1000;
const TICK_COUNT = 32;

/** Which endpoints a line serves. Those that fail have one of their own, so that their time-outs cost only each other. */
export type Line = 'healthy' | 'troubled';

export type WebhookWorker = ReturnType<typeof createWebhookWorker>;

export function createWebhookWorker(deps: WebhookWorkerDeps) {
  const { db, log, clock, pause = sleep } = deps;
  const leaseSeconds = Math.max(deps.leaseSeconds, Math.ceil(deps.timeoutMs / 1000) + LEASE_MARGIN_SECONDS);
  const attempt = createAttempt(deps);
  const settleTry = createSettleTry(deps);
  const disableEndpoint = createDisableEndpoint(deps);
  const claimerOf = (fn: string) => createClaimer({ db, fn, leaseSeconds, random: deps.random });
  const claimers = {
    healthy: claimerOf('claim_deliveries'),
    troubled: claimerOf('claim_troubled_deliveries'),
  };

  const load = async (tx: Tx, claim: Claim): Promise<Prepared | undefined> => {
    const delivery = await deps.deliveries.findClaimed(tx, claim);
    const found =
      delivery &&
      (await deps.endpoints.findWithSecrets(tx, delivery.appId, delivery.endpointId, clock.now()));
    const event = delivery && (await deps.events.find(tx, delivery.appId, delivery.eventId));
    if (delivery && found && found.endpoint.disabledAt === null && event)
      return { delivery, ...found, event };
    // Removed or disabled a moment ago: the sweep buries what waits for it.
    await deps.deliveries.release(tx, claim);
    return undefined;
  };

  const settle = async (
    claim: Claim,
    { delivery }: Prepared,
    result: TryResult,
  ): Promise<Settled | undefined> => {
    for (const waitMs of [...SETTLE_WAITS_MS, undefined]) {
      try {
        return await db.tenant(claim.tenantId, (tx) => settleTry(tx, claim, delivery, result));
      } catch (cause) {
        if (waitMs === undefined || !(cause instanceof Problem)) throw cause;
        await pause(waitMs);
      }
    }
    return undefined;
  };

  const giveUp = async ({ tenantId, appId, endpointId }: Delivery, { giveUp: reason }: Settled) => {
    if (reason === undefined) return;
    const simulated = deps.directory.find(appId)?.environment === 'sandbox';
    await db.tenant(tenantId, (tx) => disableEndpoint(tx, { appId, endpointId, reason, simulated }));
    log.warn({ app_id: appId, endpoint_id: endpointId, reason }, 'an endpoint was disabled');
  };

  const claim = async (line: Line, maxCount: number): Promise<Claim[]> =>
    (await claimers[line](maxCount)).map((row) => ({
      tenantId: row.tenant_id,
      id: row.id,
      claimId: row.claimId,
    }));

  const run = async (held: Claim): Promise<void> => {
    try {
      const prepared = await db.tenant(held.tenantId, (tx) => load(tx, held));
      if (!prepared) return;
      const result = await attempt(prepared);
      const settled = await settle(held, prepared, result);
      logAttempt(log, prepared, result, settled, clock.now());
      if (settled) await giveUp(prepared.delivery, settled);
    } catch (cause) {
      log.error({ delivery_id: held.id, err: cause }, 'a delivery was left to its lease');
    }
  };

  return {
    /** At most `maxCount` that are due, endpoint by endpoint in turn. */
    claim,

    /** Works on one delivery. Never rejects: what it could not end, the lease ends. */
    run,

    /** Claims what is due and works on it; resolves when all of it has ended. How many there were. */
    tick: async (): Promise<number> => {
      const claims = [...(await claim('healthy', TICK_COUNT)), ...(await claim('troubled', TICK_COUNT))];
      await Promise.all(claims.map(run));
      return claims.length;
    },

    /** Buries what waits for endpoints that are no more, and frees lanes whose head has vanished. How much there was. */
    sweep: async (): Promise<number> => {
      const [buried] = await db.call<{ bury_deliveries: number }>('bury_deliveries', [SWEEP_COUNT]);
      const [freed] = await db.call<{ free_lanes: number }>('free_lanes', [SWEEP_COUNT]);
      return Number(buried?.bury_deliveries ?? 0) + Number(freed?.free_lanes ?? 0);
    },
  };
}

/** One line a try: no address, no content. */
function logAttempt(
  log: Log,
  { delivery, endpoint }: Prepared,
  result: TryResult,
  settled: Settled | undefined,
  now: Date,
): void {
  const fields = {
    tenant_id: delivery.tenantId,
    app_id: delivery.appId,
    endpoint_id: endpoint.id,
    delivery_id: delivery.id,
    event_id: delivery.eventId,
    attempt: delivery.attemptCount + 1,
    stage: result.stage,
    status: result.status,
    code: settled?.verdict.code ?? result.code,
    duration_ms: result.durationMs,
    outcome: settled?.verdict.outcome ?? null,
    warning_percent: warningPercent(endpoint, now),
  };
  if (settled) log.info(fields, 'webhook attempt');
  else log.warn(fields, 'a result came too late: another process had taken the delivery over');
}
