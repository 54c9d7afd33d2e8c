/** Counts of one app for the first page of the panel: the only place that looks into the tables of several rooms, and reads
 *  nothing but how many there are. */
import { z } from 'zod';
import type { Tx } from '../ports.ts';

export const OverviewView = z
  .object({
    object: z.literal('overview'),
    from: z.iso.datetime(),
    sessions: z.object({ total: z.int(), landed: z.int() }),
    messages: z.object({ total: z.int(), sent: z.int(), failed: z.int() }),
    deliveries: z.object({ total: z.int(), delivered: z.int(), dead: z.int() }),
    /** What somebody should look after, now. */
    trouble: z.object({
      unknown_messages: z.int(),
      failed_messages: z.int(),
      dead_deliveries: z.int(),
      broken_grants: z.int(),
    }),
  })
  .meta({ id: 'Overview' });
type OverviewView = z.infer<typeof OverviewView>;

/** Ids begin with their time, so a range of time is a range of the index that lists are read by. */
const SQL = `
select
  (select jsonb_build_object('total', count(*), 'landed', count(*) filter (where landed_at is not null))
   from sessions where tenant_id = :tenant and app_id = :app and id >= id_floor('ses', :since)) as sessions,
  (select jsonb_build_object('total', count(*), 'sent', count(*) filter (where state = 'sent'), 'failed', count(*) filter (where state = 'failed'))
   from messages where tenant_id = :tenant and app_id = :app and id >= id_floor('msg', :since)) as messages,
  (select jsonb_build_object('total', count(*), 'delivered', count(*) filter (where state = 'delivered'), 'dead', count(*) filter (where state = 'dead'))
   from deliveries where tenant_id = :tenant and app_id = :app and id >= id_floor('dlv', :since)) as deliveries,
  (select count(*) from messages where tenant_id = :tenant and app_id = :app and state = 'unknown' and final_at is null) as unknown_messages,
  (select count(*) from grants where tenant_id = :tenant and app_id = :app and state = 'broken') as broken_grants`;

interface Row {
  sessions: OverviewView['sessions'];
  messages: OverviewView['messages'];
  deliveries: OverviewView['deliveries'];
  unknown_messages: number;
  broken_grants: number;
}

export async function countOverview(tx: Tx, appId: string, since: Date): Promise<OverviewView> {
  const { rows } = await tx.sql.raw<{ rows: Row[] }>(SQL, { tenant: tx.tenantId, app: appId, since });
  const [row] = rows;
  if (row === undefined) throw new Error('a query of counts has no row');
  const { sessions, messages, deliveries } = row;
  return {
    object: 'overview',
    from: since.toISOString(),
    ...{ sessions, messages, deliveries },
    trouble: {
      unknown_messages: row.unknown_messages,
      failed_messages: messages.failed,
      dead_deliveries: deliveries.dead,
      broken_grants: row.broken_grants,
    },
  };
}
