/** Telling events again, and the jobs that do it. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem, type ProblemIssue } from '../errors.ts';
import type { EventRange, EventStore } from '../events/store.ts';
import { type Cursors, listQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { EndpointStore } from '../webhooks/endpoint-store.ts';
import type { DeliveryStore } from '../webhooks/store.ts';
import {
  countFor,
  isFinal,
  JOBS_TOPIC,
  type Job,
  JobView,
  MAX_DELIVERY_COUNT,
  MAX_OPEN_JOBS,
  planTargets,
  presentJob,
  ReplayRequest,
  rangeOf,
  type Target,
} from './jobs.ts';
import type { JobStore } from './store.ts';

export interface JobRoutesDeps {
  jobs: Pick<JobStore, 'insert' | 'find' | 'lock' | 'countOpen' | 'list' | 'save'>;
  events: Pick<EventStore, 'countByType' | 'spanOf' | 'lastPosition'>;
  endpoints: Pick<EndpointStore, 'listEnabled'>;
  deliveries: Pick<DeliveryStore, 'lockOfJob' | 'cancelOfJob' | 'countUndelivered'>;
  /** Our id of a conversation named by ours or by Divar's id. */
  findConversation: (tx: Tx, appId: string, id: string) => Promise<string | undefined>;
  cursors: Cursors;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

const Params = z.object({ id: z.string().max(64) });

const ReplayCountView = z
  .object({
    object: z.literal('replay_count'),
    /** Deliveries: an event that goes to two endpoints counts twice. */
    total: z.int(),
    endpoints: z.array(z.object({ endpoint_id: z.string(), total: z.int() })),
    /** Of the events; null when there are none. */
    oldest_at: z.iso.datetime().nullable(),
    newest_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ReplayCount' });

interface Plan {
  request: ReplayRequest;
  targets: Target[];
  counts: { endpoint_id: string; total: number }[];
  total: number;
  span: { oldestAt: Date; newestAt: Date } | undefined;
  lastPosition: number;
}

export function createJobRoutes(deps: JobRoutesDeps): Route[] {
  return [...replayRoutes(deps), ...jobRoutes(deps)];
}

function createPlanReplay(deps: JobRoutesDeps) {
  const { events, endpoints } = deps;
  return async (tx: Tx, appId: string, asked: ReplayRequest): Promise<Plan> => {
    const enabled = await endpoints.listEnabled(tx, appId);
    const request = await resolve(deps, tx, appId, asked, enabled);
    const targets = planTargets(request, enabled);
    const lastPosition = await events.lastPosition(tx, appId);
    const range = rangeOf({ request, targets, position: 0, lastPosition });
    const counts = request.undelivered
      ? await countMissing(deps, tx, appId, { targets, range })
      : await countAll(deps, tx, appId, { targets, range });
    const total = counts.reduce((sum, count) => sum + count.total, 0);
    const span = total === 0 ? undefined : await events.spanOf(tx, appId, range);
    return { request, targets, counts, total, span, lastPosition };
  };
}

interface Counted {
  targets: readonly Target[];
  range: EventRange;
}

async function countAll({ events }: JobRoutesDeps, tx: Tx, appId: string, { targets, range }: Counted) {
  const countByType = await events.countByType(tx, appId, range);
  return targets.map((target) => ({
    endpoint_id: target.endpointId,
    total: countFor(target, countByType),
  }));
}

async function countMissing(
  { deliveries }: JobRoutesDeps,
  tx: Tx,
  appId: string,
  { targets, range }: Counted,
) {
  const counts: Plan['counts'] = [];
  for (const { endpointId, types } of targets) {
    const total = await deliveries.countUndelivered(tx, appId, { ...range, types }, endpointId);
    counts.push({ endpoint_id: endpointId, total });
  }
  return counts;
}

/** The request with our id of its conversation.
 *  @throws Problem `invalid_request` for an endpoint or a conversation that the app does not have. */
async function resolve(
  { findConversation }: JobRoutesDeps,
  tx: Tx,
  appId: string,
  asked: ReplayRequest,
  enabled: readonly { id: string }[],
): Promise<ReplayRequest> {
  const { endpoint_id: endpointId, conversation_id: name } = asked;
  const issues: ProblemIssue[] = [];
  if (endpointId !== undefined && !enabled.some(({ id }) => id === endpointId))
    issues.push(unknown('endpoint_id', 'The id of an enabled endpoint of this app'));
  const conversationId = name === undefined ? undefined : await findConversation(tx, appId, name);
  if (name !== undefined && conversationId === undefined)
    issues.push(unknown('conversation_id', 'The id of a conversation of this app'));
  if (issues.length > 0) throw new Problem('invalid_request', { issues });
  return conversationId === undefined ? asked : { ...asked, conversation_id: conversationId };
}

function replayRoutes(deps: JobRoutesDeps): Route[] {
  const planReplay = createPlanReplay(deps);
  return [
    tenantRoute({
      method: 'POST',
      path: '/v1/events/replay/count',
      scope: 'events:write',
      summary: 'How much a replay would deliver',
      body: ReplayRequest,
      replies: { 200: { description: 'Counted, nothing begun', schema: ReplayCountView } },
      handle: async ({ tx, app, body }) => {
        const { counts, total, span } = await planReplay(tx, app.id, body);
        const times = {
          oldest_at: span?.oldestAt.toISOString() ?? null,
          newest_at: span?.newestAt.toISOString() ?? null,
        };
        return { status: 200, body: { object: 'replay_count', total, endpoints: counts, ...times } };
      },
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/events/replay',
      scope: 'events:write',
      summary: 'Deliver events again, as a job; they keep their ids and carry replay_of',
      body: ReplayRequest,
      replies: { 202: { description: 'The job', schema: JobView } },
      handle: async ({ tx, app, body, now }) => {
        if ((await deps.jobs.countOpen(tx, app.id)) >= MAX_OPEN_JOBS)
          throw new Problem('conflict', { detail: `At most ${MAX_OPEN_JOBS} jobs of an app at once` });
        const { request, targets, total, lastPosition } = await planReplay(tx, app.id, body);
        if (targets.length === 0)
          throw new Problem('conflict', { detail: 'No enabled endpoint takes these events' });
        if (total > MAX_DELIVERY_COUNT)
          throw new Problem('conflict', {
            detail: `${total} deliveries, at most ${MAX_DELIVERY_COUNT}: ask for a narrower range`,
          });
        const id = deps.newId('job');
        await deps.jobs.insert(tx, {
          id,
          appId: app.id,
          request,
          targets,
          total,
          lastPosition,
          createdAt: now,
        });
        afterCommit(tx, () => deps.signals.publish(JOBS_TOPIC));
        return { status: 202, body: presentJob(await load(deps, tx, app.id, id), now) };
      },
    }),
  ];
}

function jobRoutes(deps: JobRoutesDeps): Route[] {
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/jobs',
      scope: 'jobs:read',
      summary: 'List jobs, newest first',
      query: z.strictObject(listQuery),
      replies: { 200: { description: 'A page of jobs', schema: pageOf(JobView) } },
      handle: async ({ tx, app, query, now }) => {
        const scope = { tenantId: app.tenantId, list: `jobs/${app.id}` };
        const before = deps.cursors.read(scope, query.cursor);
        const rows = await deps.jobs.list(tx, app.id, { before, limit: query.limit + 1 });
        const positionOf = ({ id }: Job) => id;
        const view = (job: Job) => presentJob(job, now);
        return {
          status: 200,
          body: deps.cursors.page(scope, { rows, limit: query.limit, positionOf, view }),
        };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/jobs/:id',
      scope: 'jobs:read',
      summary: 'One job and its progress',
      params: Params,
      replies: { 200: { description: 'The job', schema: JobView } },
      handle: async ({ tx, app, params, now }) => ({
        status: 200,
        body: presentJob(await load(deps, tx, app.id, params.id), now),
      }),
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/jobs/:id/cancel',
      scope: 'jobs:write',
      summary: 'Stop a job; what waits is not delivered any more',
      params: Params,
      replies: { 200: { description: 'The job', schema: JobView } },
      handle: async ({ tx, app, params, now }) => {
        const job = await deps.jobs.lock(tx, app.id, params.id);
        if (!job) throw new Problem('not_found');
        if (job.state === 'cancelled') return { status: 200, body: presentJob(job, now) };
        if (isFinal(job.state)) throw new Problem('conflict', { detail: `The job is ${job.state}` });
        const counts = await deps.deliveries.lockOfJob(tx, job.id);
        await deps.deliveries.cancelOfJob(tx, job.id);
        const failed = job.skipped + counts.dead + counts.cancelled;
        await deps.jobs.save(tx, { ...job, state: 'cancelled', done: counts.delivered, failed }, 0);
        return { status: 200, body: presentJob(await load(deps, tx, app.id, job.id), now) };
      },
    }),
  ];
}

async function load({ jobs }: Pick<JobRoutesDeps, 'jobs'>, tx: Tx, appId: string, id: string): Promise<Job> {
  const job = await jobs.find(tx, appId, id);
  if (!job) throw new Problem('not_found');
  return job;
}

function unknown(name: string, message: string): ProblemIssue {
  return { path: `body.${name}`, code: `unknown_${name.replace(/_id$/, '')}`, message };
}
