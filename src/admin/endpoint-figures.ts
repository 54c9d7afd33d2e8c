/** How the endpoints of an app have fared in the last day: one look for the whole list of them. */
import { z } from 'zod';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import { MAY } from '../members/members.ts';
import type { Tx } from '../ports.ts';
import type { TenantStore } from '../tenants/store.ts';
import { APP_PATH, loadApp } from './call-routes.ts';

const DAY_MS = 24 * 3600_000;
/** The slowest twentieth is looked for among so many of the last deliveries: enough to tell, and never a long look. */
const TIMED_COUNT = 1000;

const FigureView = z.object({
  /** Of the endpoint. */
  id: z.string(),
  delivered: z.int(),
  dead: z.int(),
  pending: z.int(),
  /** Milliseconds; null when nothing was delivered. */
  p95_ms: z.int().nullable(),
});
const FiguresView = z
  .object({ data: z.array(FigureView), from: z.iso.datetime() })
  .meta({ id: 'EndpointFigures' });
type FigureView = z.infer<typeof FigureView>;

const SQL = `
with counted as (
  select endpoint_id, count(*) filter (where state = 'delivered') as delivered, count(*) filter (where state = 'dead') as dead,
    count(*) filter (where state = 'pending') as pending
  from deliveries where tenant_id = :tenant and app_id = :app and id >= id_floor('dlv', :since) group by endpoint_id),
newest as (
  select tenant_id, id, endpoint_id, attempt_count from deliveries
  where tenant_id = :tenant and app_id = :app and id >= id_floor('dlv', :since) and state = 'delivered' order by id desc limit ${TIMED_COUNT}),
timed as (
  select n.endpoint_id, percentile_disc(0.95) within group (order by a.duration_ms) as p95_ms
  from newest n join delivery_attempts a on a.tenant_id = n.tenant_id and a.delivery_id = n.id and a.number = n.attempt_count
  where a.duration_ms is not null group by n.endpoint_id)
select c.endpoint_id as id, c.delivered, c.dead, c.pending, t.p95_ms from counted c left join timed t using (endpoint_id)`;

export async function countByEndpoint(tx: Tx, appId: string, since: Date): Promise<FigureView[]> {
  const values = { tenant: tx.tenantId, app: appId, since };
  const { rows } = await tx.sql.raw<{ rows: FigureView[] }>(SQL, values);
  return rows.map((row) => ({
    id: row.id,
    delivered: Number(row.delivered),
    dead: Number(row.dead),
    pending: Number(row.pending),
    p95_ms: row.p95_ms,
  }));
}

export function createEndpointFigureRoutes(deps: { tenants: Pick<TenantStore, 'listApps'> }): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: `${APP_PATH}/endpoint-figures`,
      roles: MAY['traffic.read'],
      summary: 'What became of the deliveries of the last 24 hours, by endpoint',
      params: z.object({ tenant: z.string(), app: z.string().max(64) }),
      replies: { 200: { description: 'Figures', schema: FiguresView } },
      handle: async ({ tx, params, now }) => {
        const app = await loadApp(deps, tx, params.app);
        const since = new Date(now.getTime() - DAY_MS);
        const data = await countByEndpoint(tx, app.id, since);
        return { status: 200, body: { data, from: since.toISOString() } };
      },
    }),
  ];
}
