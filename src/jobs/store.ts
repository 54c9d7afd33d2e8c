/** All SQL of jobs. */
import type { Tx } from '../ports.ts';
import { isFinal, type Job, type JobState, type ReplayRequest, type Target } from './jobs.ts';

interface JobRow {
  tenant_id: string;
  id: string;
  app_id: string;
  type: 'replay';
  state: JobState;
  request: ReplayRequest;
  plan: Target[];
  total: number;
  skipped: number;
  done: number;
  failed: number;
  position: number;
  last_position: number;
  due_at: Date | null;
  claim_id: string | null;
  created_at: Date;
  started_at: Date | null;
  final_at: Date | null;
}

export type NewJob = Pick<
  Job,
  'id' | 'appId' | 'request' | 'targets' | 'total' | 'lastPosition' | 'createdAt'
>;

export type JobStore = ReturnType<typeof createJobStore>;

export function createJobStore() {
  const rows = (tx: Tx) => tx.sql<JobRow>('jobs').where({ tenant_id: tx.tenantId });

  return {
    insert: async (tx: Tx, job: NewJob): Promise<void> => {
      await tx.sql('jobs').insert({
        tenant_id: tx.tenantId,
        id: job.id,
        app_id: job.appId,
        type: 'replay',
        request: JSON.stringify(job.request),
        plan: JSON.stringify(job.targets),
        total: job.total,
        position: 0,
        last_position: job.lastPosition,
        due_at: tx.sql.raw('now()'),
        created_at: job.createdAt,
      });
    },

    find: async (tx: Tx, appId: string, id: string): Promise<Job | undefined> => {
      const row = await rows(tx).where({ app_id: appId, id }).first();
      return row && fromRow(row as JobRow);
    },

    /** The row stays locked until the transaction ends. */
    lock: async (tx: Tx, appId: string, id: string): Promise<Job | undefined> => {
      const row = await rows(tx).where({ app_id: appId, id }).forUpdate().first();
      return row && fromRow(row as JobRow);
    },

    countOpen: async (tx: Tx, appId: string): Promise<number> => {
      const row = await rows(tx).where({ app_id: appId }).whereNull('final_at').count({ count: '*' }).first();
      return Number(row?.count ?? 0);
    },

    /** Newest first. */
    list: async (
      tx: Tx,
      appId: string,
      page: { limit: number; before?: string | undefined },
    ): Promise<Job[]> => {
      const found = await rows(tx)
        .where({ app_id: appId })
        .modify((query) => page.before && query.where('id', '<', page.before))
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (found as JobRow[]).map(fromRow);
    },

    /** Writes how far it has come. `restMs`: until somebody should look again; of no meaning once it is final. */
    save: async (tx: Tx, job: Job, restMs: number): Promise<void> => {
      const isOver = isFinal(job.state);
      await rows(tx)
        .where({ id: job.id })
        .update({
          state: job.state,
          total: job.total,
          skipped: job.skipped,
          done: job.done,
          failed: job.failed,
          position: job.position,
          started_at: job.startedAt,
          due_at: isOver ? null : tx.sql.raw('now() + make_interval(secs => ?)', [restMs / 1000]),
          final_at: isOver ? tx.sql.raw('now()') : null,
        });
    },
  };
}

function fromRow(row: JobRow): Job {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    appId: row.app_id,
    state: row.state,
    request: row.request,
    targets: row.plan,
    total: row.total,
    skipped: row.skipped,
    done: row.done,
    failed: row.failed,
    position: row.position,
    lastPosition: row.last_position,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finalAt: row.final_at,
  };
}
