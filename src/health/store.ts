/** All SQL of the health buckets. */
import type { Db, Tx } from '../ports.ts';
import { type FailedMinute, type Gap, SLOT_COUNT } from './health.ts';
import type { MinuteCount } from './meter.ts';

/** One statement stays well under a megabyte. */
const MAX_ROWS = 2000;

export interface Bucket {
  at: Date;
  callCount: number;
  failedCount: number;
  slots: number[];
}

interface BucketRow {
  at: Date;
  call_count: number;
  failed_count: number;
  slots: number[] | null;
}

interface FailedRow {
  minute: Date;
  call_count: number;
  ours_count: number;
  key_count: number;
  request_count: number;
}

/** Sums of each slot, in the order of the slots. */
const BUCKETS_SQL = `
with rows as (
  select date_bin(make_interval(secs => :width), minute, :from) as at, call_count,
    ours_count + key_count + request_count as failed_count, slots
  from init_minutes where tenant_id = :tenant and app_id = :app and minute >= :from and minute < :to),
sums as (
  select p.at, array_agg(p.total order by p.slot) as slots from (
    select r.at, s.slot, sum(s.hits)::integer as total from rows r cross join unnest(r.slots) with ordinality as s(hits, slot)
    group by r.at, s.slot) p group by p.at)
select r.at, sum(r.call_count)::integer as call_count, sum(r.failed_count)::integer as failed_count, s.slots
from rows r join sums s on s.at = r.at group by r.at, s.slots order by r.at`;

export type HealthStore = ReturnType<typeof createHealthStore>;

export function createHealthStore() {
  return {
    add: async (
      db: Pick<Db, 'call'>,
      counts: readonly (MinuteCount & { tenantId: string })[],
      beats: readonly number[],
    ): Promise<void> => {
      if (beats.length > 0) await db.call('note_alive_minutes', [beats]);
      for (let start = 0; start < counts.length; start += MAX_ROWS) {
        const rows = counts.slice(start, start + MAX_ROWS).map(({ tenantId, appId, ...count }) => ({
          ...count,
          tenant_id: tenantId,
          app_id: appId,
        }));
        await db.call('add_init_minutes', [JSON.stringify(rows)]);
      }
    },

    /** Sums over equal spans that begin at `from`; spans without calls are left out. */
    buckets: async (
      tx: Tx,
      appId: string,
      { from, to, widthSeconds }: { from: Date; to: Date; widthSeconds: number },
    ): Promise<Bucket[]> => {
      const { rows } = await tx.sql.raw<{ rows: BucketRow[] }>(BUCKETS_SQL, {
        ...{ tenant: tx.tenantId, app: appId, from, to, width: widthSeconds },
      });
      return rows.map((row) => ({
        at: row.at,
        callCount: row.call_count,
        failedCount: row.failed_count,
        slots: row.slots ?? Array<number>(SLOT_COUNT).fill(0),
      }));
    },

    failedMinutes: async (tx: Tx, appId: string, from: Date, to: Date): Promise<FailedMinute[]> => {
      const rows: FailedRow[] = await tx
        .sql('init_minutes')
        .where({ tenant_id: tx.tenantId, app_id: appId })
        .where('minute', '>=', from)
        .where('minute', '<', to)
        .whereRaw('ours_count + key_count + request_count > 0')
        .orderBy('minute');
      return rows.map((row) => ({
        at: row.minute,
        callCount: row.call_count,
        oursCount: row.ours_count,
        keyCount: row.key_count,
        requestCount: row.request_count,
      }));
    },

    /** Since when signs of life are kept at all, and where there are none since. */
    signsOfLife: async (tx: Tx, from: Date, to: Date): Promise<{ since: Date | undefined; gaps: Gap[] }> => {
      const { rows } = await tx.sql.raw<{
        rows: { since: Date | null; began_at: Date | null; minute_count: number | null }[];
      }>('select * from alive_minutes_between(?, ?)', [from, to]);
      return {
        since: rows[0]?.since ?? undefined,
        gaps: rows.flatMap(({ began_at: at, minute_count: count }) =>
          at === null ? [] : [{ at, minuteCount: Number(count) }],
        ),
      };
    },
  };
}
