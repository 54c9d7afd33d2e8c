/** All SQL of deliveries and their attempts. @see migrations/0005_events.js for lanes */
import type { EventType } from '../events/events.ts';
import type { EventRange } from '../events/store.ts';
import type { CallTimings, Seal, Tx } from '../ports.ts';
import type { Claim } from '../queue/claim.ts';
import type { Delivery, DeliveryAttempt, DeliveryState, Verdict } from './webhooks.ts';

interface DeliveryRow {
  tenant_id: string;
  id: string;
  app_id: string;
  event_id: string;
  event_type: EventType;
  endpoint_id: string;
  lane: string;
  position: number | null;
  state: DeliveryState;
  replay_of: string | null;
  attempt_count: number;
  failure_count: number;
  code: string | null;
  due_at: Date | null;
  claim_id: string | null;
  created_at: Date;
  final_at: Date | null;
  last_status?: number | null;
  last_duration_ms?: number | null;
}

interface AttemptRow {
  tenant_id: string;
  id: string;
  app_id: string;
  delivery_id: string;
  number: number;
  stage: DeliveryAttempt['stage'];
  status: number | null;
  outcome: DeliveryAttempt['outcome'];
  code: string | null;
  duration_ms: number | null;
  answer: string | null;
  sent_at: Date | null;
  signature: string | null;
  timings: CallTimings | null;
  created_at: Date;
}

export interface NewDelivery {
  id: string;
  appId: string;
  eventId: string;
  endpointId: string;
  lane: string;
  now: Date;
}

export interface ReplayDelivery extends NewDelivery {
  position: number;
}

export interface DeliveryFilters {
  eventId?: string | undefined;
  endpointId?: string | undefined;
  state?: DeliveryState | undefined;
  /** Of the event: a type, a family (`message.*`), or `*`. */
  type?: string | undefined;
  /** Why the last try failed. */
  code?: string | undefined;
  /** The job that tells it again. */
  replayOf?: string | undefined;
  /** When it was made. */
  from?: Date | undefined;
  to?: Date | undefined;
}

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

export function createDeliveryStore({ seal }: { seal: Seal }) {
  const ofTenant = (tx: Tx) => tx.sql<DeliveryRow>('deliveries').where({ tenant_id: tx.tenantId });
  const withType = (tx: Tx) =>
    tx
      .sql<DeliveryRow>('deliveries')
      .join('events as e', (on) =>
        on.on('e.tenant_id', 'deliveries.tenant_id').on('e.id', 'deliveries.event_id'),
      )
      .where({ 'deliveries.tenant_id': tx.tenantId })
      .select('deliveries.*', { event_type: 'e.type' });
  /** With the last try, for whoever looks at it. */
  const withLastTry = (tx: Tx) =>
    withType(tx)
      .leftJoin('delivery_attempts as a', (on) =>
        on
          .on('a.tenant_id', 'deliveries.tenant_id')
          .on('a.delivery_id', 'deliveries.id')
          .on('a.number', 'deliveries.attempt_count'),
      )
      .select({ last_status: 'a.status', last_duration_ms: 'a.duration_ms' });

  return {
    /** Their place, and whether they are due, the database decides when the event is committed. */
    insert: async (tx: Tx, deliveries: readonly NewDelivery[]): Promise<void> => {
      if (deliveries.length === 0) return;
      await tx.sql('deliveries').insert(
        deliveries.map(({ id, appId, eventId, endpointId, lane, now }) => ({
          tenant_id: tx.tenantId,
          id,
          app_id: appId,
          event_id: eventId,
          endpoint_id: endpointId,
          lane,
          created_at: now,
        })),
      );
    },

    find: async (tx: Tx, appId: string, id: string): Promise<Delivery | undefined> => {
      const row = await withLastTry(tx).where({ 'deliveries.app_id': appId, 'deliveries.id': id }).first();
      return row && fromRow(row as DeliveryRow);
    },

    /** Undefined when the claim is no longer ours, or there is nothing left to do. */
    findClaimed: async (tx: Tx, claim: Claim): Promise<Delivery | undefined> => {
      const row = await withType(tx)
        .where({
          'deliveries.id': claim.id,
          'deliveries.claim_id': claim.claimId,
          'deliveries.state': 'pending',
        })
        .first();
      return row && fromRow(row as DeliveryRow);
    },

    list: async (
      tx: Tx,
      appId: string,
      page: DeliveryFilters & { limit: number; before?: string | undefined },
    ): Promise<Delivery[]> => {
      const rows = await withLastTry(tx)
        .where({ 'deliveries.app_id': appId })
        .where(sameAs(page))
        .modify((query) => {
          const { type = '*' } = page;
          if (page.before !== undefined) query.where('deliveries.id', '<', page.before);
          if (type.endsWith('.*')) query.where('e.type', 'like', `${type.slice(0, -1)}%`);
          else if (type !== '*') query.where({ 'e.type': type });
          // Ids begin with their time, so a range of time is a range of the list's own index.
          if (page.from) query.whereRaw("deliveries.id >= id_floor('dlv', ?)", [page.from]);
          if (page.to) query.whereRaw("deliveries.id < id_floor('dlv', ?)", [page.to]);
        })
        .orderBy('deliveries.id', 'desc')
        .limit(page.limit);
      return (rows as DeliveryRow[]).map(fromRow);
    },

    /** Writes what came of a try, and lets the next of the lane follow. Call it under the claim. */
    settle: async (
      tx: Tx,
      delivery: Delivery,
      verdict: Verdict,
      headPatienceSeconds: number,
    ): Promise<void> => {
      const isFinal = verdict.outcome !== 'failed';
      await ofTenant(tx)
        .where({ id: delivery.id })
        .update({
          state: verdict.outcome === 'failed' ? 'pending' : verdict.outcome,
          attempt_count: delivery.attemptCount + 1,
          failure_count: verdict.failureCount,
          code: verdict.code,
          due_at: isFinal ? null : tx.sql.raw('now() + make_interval(secs => ?)', [verdict.waitSeconds]),
          final_at: isFinal ? tx.sql.raw('now()') : null,
        });
      await letNextPass(tx, delivery, isFinal ? 0 : headPatienceSeconds);
    },

    /** Gives up the claim without having tried. */
    release: async (tx: Tx, claim: Claim): Promise<void> => {
      await ofTenant(tx)
        .where({ id: claim.id, claim_id: claim.claimId })
        .update({ claim_id: null, claimed_until: null } as object);
    },

    /** Tells again what was told: in lanes of the job, behind nothing that is new. Call it after `lockOfJob`. */
    insertReplays: async (tx: Tx, jobId: string, deliveries: readonly ReplayDelivery[]): Promise<void> => {
      if (deliveries.length === 0) return;
      await tx.sql('deliveries').insert(
        deliveries.map(({ id, appId, eventId, endpointId, lane, position, now }) => ({
          tenant_id: tx.tenantId,
          id,
          app_id: appId,
          event_id: eventId,
          endpoint_id: endpointId,
          lane,
          position,
          replay_of: jobId,
          created_at: now,
        })),
      );
      await tx.sql.raw(
        `update deliveries d set due_at = now() where d.tenant_id = ? and d.replay_of = ? and d.state = 'pending' and d.due_at is null
         and not exists (select 1 from deliveries p where p.tenant_id = d.tenant_id and p.endpoint_id = d.endpoint_id and p.lane = d.lane
           and p.state = 'pending' and p.position < d.position)`,
        [tx.tenantId, jobId],
      );
    },

    /** Which of these events were taken, and by which endpoint: `evt_1/end_1`. */
    listDelivered: async (tx: Tx, eventIds: readonly string[]): Promise<string[]> => {
      const rows = await ofTenant(tx)
        .whereIn('event_id', [...new Set(eventIds)])
        .where({ state: 'delivered' })
        .select('event_id', 'endpoint_id');
      return rows.map((row) => `${row.event_id}/${row.endpoint_id}`);
    },

    /** How many events of a part of the log an endpoint has not taken. */
    countUndelivered: async (
      tx: Tx,
      appId: string,
      range: EventRange,
      endpointId: string,
    ): Promise<number> => {
      const row = await tx
        .sql('events as e')
        .where({ 'e.tenant_id': tx.tenantId, 'e.app_id': appId })
        .where('e.position', '>', range.after)
        .where('e.position', '<=', range.upTo)
        .whereIn('e.type', [...range.types])
        .modify((query) => {
          if (range.conversationId !== undefined) query.where({ 'e.conversation_id': range.conversationId });
          if (range.from) query.where('e.created_at', '>=', range.from);
          if (range.to) query.where('e.created_at', '<', range.to);
        })
        .whereRaw(
          `not exists (select 1 from deliveries d where d.tenant_id = e.tenant_id and d.event_id = e.id
             and d.endpoint_id = ? and d.state = 'delivered')`,
          [endpointId],
        )
        .count({ count: '*' })
        .first();
      return Number(row?.count ?? 0);
    },

    /** How many deliveries of the job there are in each state. Waits for whoever is settling one of them, in the order in
     *  which a lane is worked, so that the next of its lane is neither lost nor let pass twice. */
    lockOfJob: async (tx: Tx, jobId: string): Promise<Record<DeliveryState, number>> => {
      await ofTenant(tx)
        .where({ replay_of: jobId, state: 'pending' })
        .orderBy('position')
        .forUpdate()
        .select('id');
      const counts = (await ofTenant(tx)
        .where({ replay_of: jobId })
        .groupBy('state')
        .select('state')
        .count({ count: '*' })) as unknown as { state: DeliveryState; count: string | number }[];
      const none = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
      return { ...none, ...Object.fromEntries(counts.map(({ state, count }) => [state, Number(count)])) };
    },

    /** What is just on its way may still arrive; its result is not written down any more. Call it after `lockOfJob`. */
    cancelOfJob: async (tx: Tx, jobId: string): Promise<void> => {
      await ofTenant(tx)
        .where({ replay_of: jobId, state: 'pending' })
        .update({
          state: 'cancelled',
          due_at: null,
          claim_id: null,
          claimed_until: null,
          final_at: tx.sql.raw('now()'),
        } as object);
    },

    /** At once, on a ladder that begins anew, and outside of its lane: it must not hold up what is new. */
    requeue: async (tx: Tx, id: string): Promise<void> => {
      await ofTenant(tx)
        .where({ id })
        .update({
          state: 'pending',
          lane: id,
          failure_count: 0,
          due_at: tx.sql.raw('now()'),
          final_at: null,
        });
    },

    insertAttempt: async (tx: Tx, appId: string, attempt: DeliveryAttempt): Promise<void> => {
      await tx.sql('delivery_attempts').insert({
        tenant_id: tx.tenantId,
        id: attempt.id,
        app_id: appId,
        delivery_id: attempt.deliveryId,
        number: attempt.number,
        stage: attempt.stage,
        status: attempt.status,
        outcome: attempt.outcome,
        code: attempt.code,
        duration_ms: attempt.durationMs,
        answer:
          attempt.answer === null
            ? null
            : seal.seal(attempt.answer, answerAssociatedData(tx.tenantId, attempt.id)),
        sent_at: attempt.sentAt,
        signature: attempt.signature,
        timings: attempt.timings === null ? null : JSON.stringify(attempt.timings),
        created_at: attempt.createdAt,
      });
    },

    listAttempts: async (tx: Tx, deliveryId: string, limit: number): Promise<DeliveryAttempt[]> => {
      const rows = await tx
        .sql<AttemptRow>('delivery_attempts')
        .where({ tenant_id: tx.tenantId, delivery_id: deliveryId })
        .orderBy('number', 'desc')
        .limit(limit);
      return (rows as AttemptRow[]).reverse().map((row) => attemptFromRow(seal, row));
    },
  };
}

/** The filters that name one value of a column. */
function sameAs(filters: DeliveryFilters): Record<string, string> {
  const wanted = {
    'deliveries.event_id': filters.eventId,
    'deliveries.endpoint_id': filters.endpointId,
    'deliveries.state': filters.state,
    'deliveries.code': filters.code,
    'deliveries.replay_of': filters.replayOf,
  };
  return Object.fromEntries(
    Object.entries(wanted).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** The one behind it in the lane, if it has not been tried yet: in `afterSeconds`, or earlier if that was said before. */
async function letNextPass(tx: Tx, delivery: Delivery, afterSeconds: number): Promise<void> {
  await tx.sql.raw(
    `update deliveries d set due_at = least(coalesce(d.due_at, 'infinity'), now() + make_interval(secs => ?))
     from (select n.tenant_id, n.id from deliveries n where n.tenant_id = ? and n.endpoint_id = ? and n.lane = ? and n.state = 'pending'
           and n.position > ? order by n.position limit 1) next
     where d.tenant_id = next.tenant_id and d.id = next.id and d.state = 'pending' and d.attempt_count = 0`,
    [afterSeconds, tx.tenantId, delivery.endpointId, delivery.lane, delivery.position],
  );
}

function answerAssociatedData(tenantId: string, id: string): string {
  return `${tenantId}|delivery_attempts|answer|${id}`;
}

function attemptFromRow(seal: Seal, row: AttemptRow): DeliveryAttempt {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    number: row.number,
    stage: row.stage,
    status: row.status,
    outcome: row.outcome,
    code: row.code,
    durationMs: row.duration_ms,
    answer: row.answer === null ? null : seal.open(row.answer, answerAssociatedData(row.tenant_id, row.id)),
    sentAt: row.sent_at,
    signature: row.signature,
    timings: row.timings,
    createdAt: row.created_at,
  };
}

function fromRow(row: DeliveryRow): Delivery {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    appId: row.app_id,
    eventId: row.event_id,
    eventType: row.event_type,
    endpointId: row.endpoint_id,
    lane: row.lane,
    position: row.position,
    state: row.state,
    replayOf: row.replay_of,
    attemptCount: row.attempt_count,
    failureCount: row.failure_count,
    code: row.code,
    lastStatus: row.last_status ?? null,
    lastDurationMs: row.last_duration_ms ?? null,
    dueAt: row.due_at,
    createdAt: row.created_at,
    finalAt: row.final_at,
  };
}
