/** All SQL of the errors page: it looks into the tables of several rooms, and reads when, why and which, never what. */
import type { Tx } from '../ports.ts';
import type { TroubleKind } from './causes.ts';
import { EXAMPLE_COUNT, HOUR_COUNT, type Mark, type MarkState, type Trouble } from './trouble.ts';

/** Every row is one thing that went wrong, or an hour of refused calls. What the tenant itself has decided is no trouble.
 *  Ids begin with their time, so a range of time is a range of the index. */
const FOUND = `
  select 'message' as kind, coalesce(code, 'other') as code, null as endpoint_id, id, conversation_id as affected, state_at as first_at, state_at as last_at, 1::bigint as n
  from messages where tenant_id = :tenant and app_id = :app and state in ('failed', 'unknown')
    and (state = 'unknown' or id >= id_floor('msg', :since)) and coalesce(code, '') not in ('resolved', 'skipped', 'cancelled')
  union all
  select 'delivery', coalesce(code, 'other'), endpoint_id, id, event_id, final_at, final_at, 1
  from deliveries where tenant_id = :tenant and app_id = :app and state = 'dead' and id >= id_floor('dlv', :since)
  union all
  select 'grant', coalesce(reason, 'other'), null, id, id, coalesce(refresh_last_sent_at, refreshed_at, created_at), coalesce(refresh_last_sent_at, refreshed_at, created_at), 1
  from grants where tenant_id = :tenant and app_id = :app and state = 'broken'
  union all
  select 'consent', consent, null, id, id, created_at, created_at, 1
  from sessions where tenant_id = :tenant and app_id = :app and consent in ('denied', 'failed') and id >= id_floor('ses', :since)
  union all
  select kind, code, null, null, null, first_at, last_at, call_count
  from refusals where tenant_id = :tenant and app_id = :app and hour >= :since`;

const GROUPS = `
with found as (${FOUND}),
numbered as (select *, row_number() over (partition by kind, code, endpoint_id order by last_at desc) as turn from found)
select kind, code, endpoint_id, sum(n)::bigint as count, min(first_at) as first_at, max(last_at) as last_at, count(distinct affected) as affected,
  coalesce(array_agg(id order by turn) filter (where id is not null and turn <= ${EXAMPLE_COUNT}), '{}') as ids
from numbered group by kind, code, endpoint_id`;

const HOURS = `
with found as (${FOUND})
select kind, code, endpoint_id, date_trunc('hour', last_at) as hour, sum(n)::bigint as count
from found where last_at >= :line group by 1, 2, 3, 4`;

interface GroupRow {
  kind: TroubleKind;
  code: string;
  endpoint_id: string | null;
  count: number;
  first_at: Date;
  last_at: Date;
  affected: number;
  ids: string[];
}

interface HourRow {
  kind: TroubleKind;
  code: string;
  endpoint_id: string | null;
  hour: Date;
  count: number;
}

interface MarkRow {
  tenant_id: string;
  app_id: string;
  fingerprint: string;
  state: MarkState;
  member_id: string;
  marked_at: Date;
}

/** An hour of one kind of refused calls, as a process has counted it. */
export interface RefusalCount {
  appId: string;
  kind: 'init' | 'event' | 'action';
  code: string;
  count: number;
  firstAt: Date;
  lastAt: Date;
}

export type ErrorStore = ReturnType<typeof createErrorStore>;

export function createErrorStore() {
  const marks = (tx: Tx, appId: string) =>
    tx.sql<MarkRow>('trouble_marks').where({ tenant_id: tx.tenantId, app_id: appId });

  return {
    listGroups: async (tx: Tx, appId: string, since: Date): Promise<Trouble[]> => {
      const values = { tenant: tx.tenantId, app: appId, since };
      const { rows } = await tx.sql.raw<{ rows: GroupRow[] }>(GROUPS, values);
      return rows.map((row) => ({
        kind: row.kind,
        code: row.code,
        endpointId: row.endpoint_id,
        count: Number(row.count),
        affectedCount: Number(row.affected) === 0 ? null : Number(row.affected),
        firstAt: row.first_at,
        lastAt: row.last_at,
        exampleIds: row.ids,
      }));
    },

    /** Of the last day, hour by hour. */
    listHours: async (
      tx: Tx,
      appId: string,
      now: Date,
    ): Promise<(HourRow & { endpointId: string | null })[]> => {
      const line = new Date(now.getTime() - HOUR_COUNT * 3600_000);
      const values = { tenant: tx.tenantId, app: appId, since: line, line };
      const { rows } = await tx.sql.raw<{ rows: HourRow[] }>(HOURS, values);
      return rows.map((row) => ({ ...row, count: Number(row.count), endpointId: row.endpoint_id }));
    },

    listMarks: async (tx: Tx, appId: string): Promise<Mark[]> =>
      ((await marks(tx, appId)) as MarkRow[]).map((row) => ({
        fingerprint: row.fingerprint,
        state: row.state,
        memberId: row.member_id,
        markedAt: row.marked_at,
      })),

    mark: async (tx: Tx, appId: string, mark: Mark): Promise<void> => {
      await tx
        .sql('trouble_marks')
        .insert({
          tenant_id: tx.tenantId,
          app_id: appId,
          fingerprint: mark.fingerprint,
          state: mark.state,
          member_id: mark.memberId,
          marked_at: mark.markedAt,
        })
        .onConflict(['tenant_id', 'app_id', 'fingerprint'])
        .merge(['state', 'member_id', 'marked_at']);
    },

    unmark: async (tx: Tx, appId: string, fingerprint: string): Promise<void> => {
      await marks(tx, appId).where({ fingerprint }).delete();
    },

    addRefusals: async (tx: Tx, counts: readonly RefusalCount[]): Promise<void> => {
      for (const { appId, kind, code, count, firstAt, lastAt } of counts)
        await tx.sql.raw(
          `insert into refusals as r (tenant_id, app_id, kind, code, hour, call_count, first_at, last_at)
           values (:tenant, :app, :kind, :code, date_trunc('hour', cast(:last as timestamptz)), :count, :first, :last)
           on conflict (tenant_id, app_id, kind, code, hour) do update set
             call_count = r.call_count + excluded.call_count, last_at = greatest(r.last_at, excluded.last_at)`,
          { tenant: tx.tenantId, app: appId, kind, code, count, first: firstAt, last: lastAt },
        );
    },
  };
}
