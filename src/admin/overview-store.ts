/** Counts of one app for the first page of the panel: the only place that looks into the tables of several rooms, and reads
 *  nothing but how many there are, and the ids of what went wrong. */
import { z } from 'zod';
import type { Tx } from '../ports.ts';

const DAY_MS = 24 * 3600_000;
/** What the page may look back on. `unit`: what one bar of its chart counts. */
export const RANGES = {
  '24h': { ms: DAY_MS, unit: 'hour' },
  '7d': { ms: 7 * DAY_MS, unit: 'day' },
  '30d': { ms: 30 * DAY_MS, unit: 'day' },
} as const;
export const Range = z.enum(['24h', '7d', '30d']);
export type Range = z.infer<typeof Range>;

const MAX_ERRORS = 10;
const Total = z.object({ total: z.int(), before: z.int() });

export const OverviewView = z
  .object({
    object: z.literal('overview'),
    range: Range,
    from: z.iso.datetime(),
    /** `before`: as many in the time of the same length before. */
    sessions: Total.extend({ landed: z.int() }),
    messages: Total.extend({ sent: z.int(), failed: z.int() }),
    deliveries: Total.extend({
      delivered: z.int(),
      dead: z.int(),
      delivered_before: z.int(),
      final_before: z.int(),
    }),
    /** What somebody should look after, now. */
    trouble: z.object({
      unknown_messages: z.int(),
      failed_messages: z.int(),
      dead_deliveries: z.int(),
      broken_grants: z.int(),
    }),
    /** Hours or days of Tehran; those without anything are there. */
    series: z.array(
      z.object({ at: z.iso.datetime(), sessions: z.int(), messages: z.int(), deliveries: z.int() }),
    ),
    /** The last ones, newest first. */
    errors: z.array(
      z.object({
        kind: z.enum(['message', 'delivery', 'grant']),
        id: z.string(),
        state: z.string(),
        code: z.string().nullable(),
        at: z.iso.datetime(),
      }),
    ),
    /** Divar's budget of today, Tehran's day. `limit` is null where nothing says what it is. */
    quota: z.object({ used: z.int(), limit: z.int().nullable(), resets_at: z.iso.datetime() }),
  })
  .meta({ id: 'Overview' });
export type OverviewView = z.infer<typeof OverviewView>;

/** Ids begin with their time, so a range of time is a range of the index that lists are read by. */
const COUNTS_SQL = `
select
  (select jsonb_build_object('total', count(*) filter (where is_now), 'before', count(*) filter (where not is_now),
     'landed', count(*) filter (where is_now and landed_at is not null))
   from (select id >= id_floor('ses', :since) as is_now, landed_at from sessions
     where tenant_id = :tenant and app_id = :app and id >= id_floor('ses', :before)) s) as sessions,
  (select jsonb_build_object('total', count(*) filter (where is_now), 'before', count(*) filter (where not is_now),
     'sent', count(*) filter (where is_now and state = 'sent'), 'failed', count(*) filter (where is_now and state = 'failed'))
   from (select id >= id_floor('msg', :since) as is_now, state from messages
     where tenant_id = :tenant and app_id = :app and id >= id_floor('msg', :before)) m) as messages,
  (select jsonb_build_object('total', count(*) filter (where is_now), 'before', count(*) filter (where not is_now),
     'delivered', count(*) filter (where is_now and state = 'delivered'), 'dead', count(*) filter (where is_now and state = 'dead'),
     'delivered_before', count(*) filter (where not is_now and state = 'delivered'),
     'final_before', count(*) filter (where not is_now and state in ('delivered', 'dead')))
   from (select id >= id_floor('dlv', :since) as is_now, state from deliveries
     where tenant_id = :tenant and app_id = :app and id >= id_floor('dlv', :before)) d) as deliveries,
  (select count(*) from messages where tenant_id = :tenant and app_id = :app and state = 'unknown' and final_at is null) as unknown_messages,
  (select count(*) from grants where tenant_id = :tenant and app_id = :app and state = 'broken') as broken_grants,
  (select jsonb_build_object('used', sent_today(b, now()), 'limit', day_limit(b, a.limits, now()), 'resets_at', tehran_midnight(now()))
   from app_budgets b join apps a on a.tenant_id = b.tenant_id and a.id = b.app_id
   where b.tenant_id = :tenant and b.app_id = :app) as quota`;

/** The zone of Divar's days. */
const SERIES_SQL = `
with spans as (
  select g.at from generate_series(date_trunc(:unit, :since, 'Asia/Tehran'), :until, ('1 ' || :unit)::interval) as g(at)),
visits as (select date_trunc(:unit, created_at, 'Asia/Tehran') as at, count(*) as n from sessions
  where tenant_id = :tenant and app_id = :app and id >= id_floor('ses', :since) group by 1),
sends as (select date_trunc(:unit, created_at, 'Asia/Tehran') as at, count(*) as n from messages
  where tenant_id = :tenant and app_id = :app and id >= id_floor('msg', :since) group by 1),
hooks as (select date_trunc(:unit, created_at, 'Asia/Tehran') as at, count(*) as n from deliveries
  where tenant_id = :tenant and app_id = :app and id >= id_floor('dlv', :since) group by 1)
select s.at, coalesce(v.n, 0)::integer as sessions, coalesce(m.n, 0)::integer as messages, coalesce(h.n, 0)::integer as deliveries
from spans s left join visits v on v.at = s.at left join sends m on m.at = s.at left join hooks h on h.at = s.at order by s.at`;

const ERRORS_SQL = `
select * from (
  (select 'message' as kind, id, state, code, state_at as at from messages
   where tenant_id = :tenant and app_id = :app and state in ('failed', 'unknown') and id >= id_floor('msg', :since) order by id desc limit :count)
  union all
  (select 'delivery', id, state, code, coalesce(final_at, created_at) from deliveries
   where tenant_id = :tenant and app_id = :app and state = 'dead' and id >= id_floor('dlv', :since) order by id desc limit :count)
  union all
  (select 'grant', id, state, null, coalesce(refresh_first_sent_at, created_at) from grants
   where tenant_id = :tenant and app_id = :app and state = 'broken' order by id desc limit :count)) found
order by at desc limit :count`;

interface CountsRow {
  sessions: OverviewView['sessions'];
  messages: OverviewView['messages'];
  deliveries: OverviewView['deliveries'];
  unknown_messages: number;
  broken_grants: number;
  quota: { used: number; limit: number | null; resets_at: string } | null;
}
interface SeriesRow {
  at: Date;
  sessions: number;
  messages: number;
  deliveries: number;
}
interface ErrorRow {
  kind: 'message' | 'delivery' | 'grant';
  id: string;
  state: string;
  code: string | null;
  at: Date;
}

export async function countOverview(tx: Tx, appId: string, range: Range, now: Date): Promise<OverviewView> {
  const { ms, unit } = RANGES[range];
  const since = new Date(now.getTime() - ms);
  const before = new Date(since.getTime() - ms);
  const read = async <Row>(sql: string): Promise<Row[]> => {
    const facts = { tenant: tx.tenantId, app: appId, since, before, until: now, unit, count: MAX_ERRORS };
    return (await tx.sql.raw<{ rows: Row[] }>(sql, facts)).rows;
  };
  const [counts] = await read<CountsRow>(COUNTS_SQL);
  if (counts === undefined) throw new Error('a query of counts has no row');
  const series = await read<SeriesRow>(SERIES_SQL);
  const errors = await read<ErrorRow>(ERRORS_SQL);
  const { sessions, messages, deliveries, quota } = counts;
  return {
    object: 'overview',
    range,
    from: since.toISOString(),
    ...{ sessions, messages, deliveries },
    trouble: {
      unknown_messages: counts.unknown_messages,
      failed_messages: messages.failed,
      dead_deliveries: deliveries.dead,
      broken_grants: counts.broken_grants,
    },
    series: series.map((row) => ({ ...row, at: row.at.toISOString() })),
    errors: errors.map((row) => ({ ...row, at: row.at.toISOString() })),
    quota: {
      used: quota?.used ?? 0,
      limit: quota?.limit ?? null,
      resets_at: new Date(quota?.resets_at ?? now).toISOString(),
    },
  };
}
