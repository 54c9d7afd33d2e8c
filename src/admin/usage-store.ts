/** What each app of a tenant has used, day by day. Days are Tehran's, as Divar's quotas are. */
import type { Tx } from '../ports.ts';

export interface AppUsage {
  appId: string;
  sessions: number[];
  messages: number[];
  sent: number[];
  deliveries: number[];
  quota: { used: number; limit: number | null };
}

const KINDS = ['sessions', 'messages', 'sent', 'deliveries'] as const;
type Kind = (typeof KINDS)[number];

const DAYS_SQL = `
select g.at from generate_series(
  tehran_midnight(:now) - make_interval(days => :days), tehran_midnight(:now) - interval '1 day', interval '1 day') as g(at)`;

const COUNTS_SQL = `
select 'sessions' as kind, app_id, date_trunc('day', created_at, 'Asia/Tehran') as at, count(*)::integer as n from sessions
where tenant_id = :tenant and id >= id_floor('ses', :since) group by 2, 3
union all
select 'messages', app_id, date_trunc('day', created_at, 'Asia/Tehran'), count(*)::integer from messages
where tenant_id = :tenant and id >= id_floor('msg', :since) group by 2, 3
union all
select 'sent', app_id, date_trunc('day', created_at, 'Asia/Tehran'), count(*)::integer from messages
where tenant_id = :tenant and id >= id_floor('msg', :since) and state = 'sent' group by 2, 3
union all
select 'deliveries', app_id, date_trunc('day', created_at, 'Asia/Tehran'), count(*)::integer from deliveries
where tenant_id = :tenant and id >= id_floor('dlv', :since) group by 2, 3`;

/** What is kept of contents: texts and payloads that were not erased yet, as they lie on the disk. */
const STORAGE_SQL = `
select
  (select coalesce(sum(pg_column_size(content)), 0) from messages where tenant_id = :tenant and content is not null) as message_bytes,
  (select coalesce(sum(pg_column_size(payload)), 0) from events where tenant_id = :tenant and payload is not null) as event_bytes`;

const QUOTA_SQL = `
select b.app_id, sent_today(b, now()) as used, day_limit(b, a.limits, now()) as per_day
from app_budgets b join apps a on a.tenant_id = b.tenant_id and a.id = b.app_id where b.tenant_id = :tenant`;

/** @returns the first instants of the days, and what belongs to each of them by app */
export async function readUsage(
  tx: Tx,
  appIds: readonly string[],
  { days, now }: { days: number; now: Date },
): Promise<{ days: Date[]; apps: AppUsage[] }> {
  const read = async <Row>(sql: string, facts: object = {}): Promise<Row[]> =>
    (await tx.sql.raw<{ rows: Row[] }>(sql, { tenant: tx.tenantId, ...facts })).rows;
  const starts = (await read<{ at: Date }>(DAYS_SQL, { now, days })).map(({ at }) => at);
  const since = starts[0] ?? now;
  const counts = await read<{ kind: Kind; app_id: string; at: Date; n: number }>(COUNTS_SQL, { since });
  const quotas = await read<{ app_id: string; used: number; per_day: number | null }>(QUOTA_SQL);

  const dayOf = new Map(starts.map((at, index) => [at.getTime(), index]));
  const apps = new Map(
    appIds.map((appId) => {
      const quota = quotas.find((row) => row.app_id === appId);
      const zeros = () => Array<number>(starts.length).fill(0);
      return [
        appId,
        {
          appId,
          ...{ sessions: zeros(), messages: zeros(), sent: zeros(), deliveries: zeros() },
          quota: { used: quota?.used ?? 0, limit: quota?.per_day ?? null },
        },
      ] as const;
    }),
  );
  for (const { kind, app_id: appId, at, n } of counts) {
    const place = dayOf.get(at.getTime());
    const of = apps.get(appId);
    if (place !== undefined && of !== undefined) of[kind][place] = n;
  }
  return { days: starts, apps: [...apps.values()] };
}

/** Reads all that is kept, so it is asked for by itself. */
export async function readStorage(tx: Tx): Promise<{ messageBytes: number; eventBytes: number }> {
  const { rows } = await tx.sql.raw<{ rows: { message_bytes: string; event_bytes: string }[] }>(STORAGE_SQL, {
    tenant: tx.tenantId,
  });
  return {
    messageBytes: Number(rows[0]?.message_bytes ?? 0),
    eventBytes: Number(rows[0]?.event_bytes ?? 0),
  };
}
