/** Jobs: long work that a tenant asks for, with its progress. The one there is tells events again. @see CONTRACT section 5 */
import { z } from 'zod';
import { EVENT_TYPES, EventFilter, type EventType, matchesFilters } from '../events/events.ts';
import type { EventRange } from '../events/store.ts';

/** Signals topic: there may be a job to work on. */
export const JOBS_TOPIC = 'jobs';

/** Deliveries of one job that are on their way at once: live events of the same endpoint wait behind no more than these. */
export const WINDOW_COUNT = 100;
/** More would take days; a narrower range is asked for. */
export const MAX_DELIVERY_COUNT = 1_000_000;
/** Open jobs of one app. */
export const MAX_OPEN_JOBS = 5;

/**
 * planned --first step--> running --all told--> done, or failed when nothing arrived
 *    \----------------------\------cancel-----> cancelled
 */
export const JOB_STATES = ['planned', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const ReplayRequest = z
  .strictObject({
    /** Absent: every endpoint that takes the events. */
    endpoint_id: z.string().min(1).max(64).optional(),
    /** Types or families, such as `message.*`. */
    types: z.array(EventFilter).min(1).max(50).optional(),
    conversation_id: z.string().min(1).max(200).optional(),
    /** Only what an endpoint has not taken yet, neither at first nor by an earlier replay. */
    undelivered: z.boolean().optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || new Date(from) < new Date(to), {
    path: ['to'],
    message: 'The end comes after the beginning',
  });
export type ReplayRequest = z.infer<typeof ReplayRequest>;

/** What one endpoint gets. An endpoint is told again only what it takes at all. */
export interface Target {
  endpointId: string;
  types: EventType[];
}

export function planTargets(
  request: Pick<ReplayRequest, 'endpoint_id' | 'types'>,
  enabled: readonly { id: string; events: readonly string[] }[],
): Target[] {
  const wanted = EVENT_TYPES.filter((type) => matchesFilters(request.types ?? ['*'], type));
  return enabled
    .filter(({ id }) => request.endpoint_id === undefined || id === request.endpoint_id)
    .map(({ id, events }) => ({
      endpointId: id,
      types: wanted.filter((type) => matchesFilters(events, type)),
    }))
    .filter(({ types }) => types.length > 0);
}

export function countFor(target: Target, countByType: ReadonlyMap<EventType, number>): number {
  return target.types.reduce((sum, type) => sum + (countByType.get(type) ?? 0), 0);
}

export interface Job {
  tenantId: string;
  id: string;
  appId: string;
  state: JobState;
  /** As it was asked for, the conversation by our id. */
  request: ReplayRequest;
  targets: readonly Target[];
  total: number;
  /** Among the failed: what could not even be tried. */
  skipped: number;
  done: number;
  failed: number;
  /** Of the last event that was looked at, and of the last one there was. */
  position: number;
  lastPosition: number;
  createdAt: Date;
  startedAt: Date | null;
  finalAt: Date | null;
}

/** What is still to be looked at of the log. */
export function rangeOf({
  request: { from, to, conversation_id: conversationId },
  targets,
  position,
  lastPosition,
}: Pick<Job, 'request' | 'targets' | 'position' | 'lastPosition'>): EventRange {
  return {
    after: position,
    upTo: lastPosition,
    types: EVENT_TYPES.filter((type) => targets.some(({ types }) => types.includes(type))),
    conversationId,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

export function isFinal(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** What a job has come to, once everything of it is settled. */
export function endOf({ done, failed }: Pick<Job, 'done' | 'failed'>): JobState {
  return done === 0 && failed > 0 ? 'failed' : 'done';
}

/** When it will be over if it goes on as it has gone so far; null while nothing tells. */
export function etaOf(job: Job, now: Date): Date | null {
  const settled = job.done + job.failed;
  if (job.state !== 'running' || job.startedAt === null || settled === 0) return null;
  const spentMs = Math.max(0, now.getTime() - job.startedAt.getTime());
  return new Date(now.getTime() + (spentMs / settled) * Math.max(0, job.total - settled));
}

const Instant = z.iso.datetime().nullable();

export const JobView = z
  .object({
    id: z.string(),
    object: z.literal('job'),
    type: z.literal('replay'),
    state: z.enum(JOB_STATES),
    request: z.record(z.string(), z.unknown()),
    /** Deliveries: an event that goes to two endpoints counts twice. */
    total: z.int(),
    done: z.int(),
    failed: z.int(),
    eta: Instant,
    created_at: z.iso.datetime(),
    started_at: Instant,
    final_at: Instant,
  })
  .meta({ id: 'Job' });
export type JobView = z.infer<typeof JobView>;

export function presentJob(job: Job, now: Date): JobView {
  return {
    id: job.id,
    object: 'job',
    type: 'replay',
    state: job.state,
    request: job.request,
    total: job.total,
    done: job.done,
    failed: job.failed,
    eta: etaOf(job, now)?.toISOString() ?? null,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    final_at: job.finalAt?.toISOString() ?? null,
  };
}
