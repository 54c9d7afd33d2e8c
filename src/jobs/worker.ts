/**
 * Works on jobs, step by step. A step is one transaction under the job's claim: it counts what has become of the deliveries
 * made so far, makes the next ones while there is room, and writes how far it has come. So a process may die at any point,
 * and another goes on from the last step.
 */
import type { EventInRange, EventStore } from '../events/store.ts';
import type { Clock, Db, Log, NewId, RandomBytes, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import { beginClaimed, type Claim, createClaimer, releaseClaimed } from '../queue/claim.ts';
import type { EndpointStore } from '../webhooks/endpoint-store.ts';
import type { DeliveryStore, ReplayDelivery } from '../webhooks/store.ts';
import { WEBHOOKS_TOPIC } from '../webhooks/webhooks.ts';
import { endOf, isFinal, type Job, rangeOf, WINDOW_COUNT } from './jobs.ts';
import type { JobStore } from './store.ts';

export interface JobWorkerDeps {
  db: Pick<Db, 'call' | 'tenant'>;
  jobs: Pick<JobStore, 'find' | 'save'>;
  events: Pick<EventStore, 'listInRange'>;
  endpoints: Pick<EndpointStore, 'listEnabled'>;
  deliveries: Pick<DeliveryStore, 'lockOfJob' | 'insertReplays' | 'listDelivered'>;
  signals: Pick<Signals, 'publish'>;
  newId: NewId;
  clock: Clock;
  random: RandomBytes;
  leaseSeconds: number;
  log: Log;
}

const TICK_COUNT = 8;
/** While it gets on, and while it waits for an endpoint that is down. */
const STEP_MS = 200;
const STANDSTILL_MS = 5000;

interface Batch {
  deliveries: ReplayDelivery[];
  skipped: number;
  /** How far the log was read. */
  position: number;
}

export function createJobWorker(deps: JobWorkerDeps) {
  const { db, jobs, log, clock } = deps;
  const claim = createClaimer<{ tenant_id: string; id: string; app_id: string }>({
    db,
    fn: 'claim_jobs',
    leaseSeconds: deps.leaseSeconds,
    random: deps.random,
  });

  /** The next deliveries. What nobody can be told any more, or whose endpoint is gone, is skipped. */
  const nextBatch = async (tx: Tx, job: Job, roomCount: number): Promise<Batch> => {
    const limit = Math.floor(roomCount / job.targets.length);
    if (limit < 1 || job.position >= job.lastPosition)
      return { deliveries: [], skipped: 0, position: job.position };
    const found = await deps.events.listInRange(tx, job.appId, rangeOf(job), limit);
    const enabled = new Set((await deps.endpoints.listEnabled(tx, job.appId)).map(({ id }) => id));
    const wanted = found.flatMap((event) =>
      job.targets
        .filter(({ types }) => types.includes(event.type))
        .map(({ endpointId }) => ({ event, endpointId })),
    );
    const taken = new Set(
      job.request.undelivered
        ? await deps.deliveries.listDelivered(
            tx,
            wanted.map(({ event }) => event.id),
          )
        : [],
    );
    const missing = wanted.filter(({ event, endpointId }) => !taken.has(`${event.id}/${endpointId}`));
    const possible = missing.filter(({ event, endpointId }) => !event.isErased && enabled.has(endpointId));
    const now = clock.now();
    return {
      deliveries: possible.map(({ event, endpointId }) =>
        toDelivery(job, event, endpointId, deps.newId, now),
      ),
      skipped: missing.length - possible.length,
      position: found.length < limit ? job.lastPosition : (found.at(-1)?.position ?? job.lastPosition),
    };
  };

  const step = async (tx: Tx, held: Claim, appId: string): Promise<void> => {
    if (!(await beginClaimed(tx, 'jobs', held, deps.leaseSeconds))) return;
    const job = await jobs.find(tx, appId, held.id);
    if (job && !isFinal(job.state)) await advance(tx, job);
    await releaseClaimed(tx, 'jobs', held);
  };

  const advance = async (tx: Tx, job: Job): Promise<void> => {
    const counts = await deps.deliveries.lockOfJob(tx, job.id);
    const batch = await nextBatch(tx, job, WINDOW_COUNT - counts.pending);
    await deps.deliveries.insertReplays(tx, job.id, batch.deliveries);
    const skipped = job.skipped + batch.skipped;
    const next: Job = {
      ...job,
      state: 'running',
      skipped,
      done: counts.delivered,
      failed: skipped + counts.dead + counts.cancelled,
      position: batch.position,
      startedAt: job.startedAt ?? clock.now(),
    };
    const isOver =
      batch.position >= job.lastPosition && counts.pending === 0 && batch.deliveries.length === 0;
    const isStill = batch.position === job.position && next.done === job.done && next.failed === job.failed;
    // What was removed since it was planned is in neither number.
    const ended = { ...next, state: endOf(next), total: next.done + next.failed };
    await jobs.save(tx, isOver ? ended : next, isStill ? STANDSTILL_MS : STEP_MS);
    if (batch.deliveries.length > 0) afterCommit(tx, () => deps.signals.publish(WEBHOOKS_TOPIC));
    if (isOver) afterCommit(tx, () => logEnd(log, ended));
  };

  return {
    /** How many jobs were looked at. A job whose step fails is due again with its lease. */
    tick: async (): Promise<number> => {
      const held = await claim(TICK_COUNT);
      for (const { tenant_id: tenantId, id, app_id: appId, claimId } of held) {
        try {
          await db.tenant(tenantId, (tx) => step(tx, { tenantId, id, claimId }, appId));
        } catch (cause) {
          log.error({ job_id: id, app_id: appId, err: cause }, 'a step of a job failed');
        }
      }
      return held.length;
    },
  };
}

/** Its lane is of this job alone, so that it is never mixed into the live order; within it a conversation keeps its own. */
function toDelivery(
  job: Job,
  event: EventInRange,
  endpointId: string,
  newId: NewId,
  now: Date,
): ReplayDelivery {
  const id = newId('dlv');
  const lane = event.conversationId === null ? id : `${job.id}/${event.conversationId}`;
  return { id, appId: job.appId, eventId: event.id, endpointId, lane, position: event.position, now };
}

function logEnd(log: Log, job: Job): void {
  log.info(
    {
      app_id: job.appId,
      job_id: job.id,
      state: job.state,
      total_count: job.total,
      failed_count: job.failed,
    },
    'a job is over',
  );
}
