/** An app's health as Divar sees it, for the first page of the panel. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import {
  type FailedMinute,
  type Gap,
  HealthView,
  judge,
  listLost,
  MINUTE_MS,
  P99_TARGET_MS,
  percentileMs,
  TARGETS,
} from '../health/health.ts';
import type { Bucket, HealthStore } from '../health/store.ts';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import { MAY } from '../members/members.ts';
import type { TenantStore } from '../tenants/store.ts';
import { Range } from './overview-store.ts';

export interface HealthRoutesDeps {
  tenants: Pick<TenantStore, 'listApps'>;
  health: Pick<HealthStore, 'buckets' | 'failedMinutes' | 'signsOfLife'>;
}

const DAY_MS = 24 * 3600_000;
const WINDOWS_MS = { day: DAY_MS, week: 7 * DAY_MS } as const;
/** What one point of the chart covers. Minutes are kept for two weeks, so a month has what there is of it. */
const SPANS: Record<Range, { ms: number; widthSeconds: number }> = {
  '24h': { ms: DAY_MS, widthSeconds: 3600 },
  '7d': { ms: 7 * DAY_MS, widthSeconds: 6 * 3600 },
  '30d': { ms: 14 * DAY_MS, widthSeconds: 12 * 3600 },
};
const MAX_LOST = 20;

export function createHealthRoutes({ tenants, health }: HealthRoutesDeps): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: '/admin/api/v1/tenants/:tenant/apps/:app/health',
      roles: MAY['apps.read'],
      summary: "How visits are answered, and the minutes that were lost, against Divar's limits",
      params: z.object({ tenant: z.string(), app: z.string().max(64) }),
      query: z.strictObject({ range: Range.default('24h') }),
      replies: { 200: { description: 'Health', schema: HealthView } },
      handle: async ({ tx, params, query, now }) => {
        const app = (await tenants.listApps(tx)).find(({ id }) => id === params.app);
        if (app === undefined) throw new Problem('not_found');
        // The minute that is going on is judged when it is over.
        const to = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
        const weekAgo = new Date(to.getTime() - WINDOWS_MS.week);
        const { since, gaps } = await health.signsOfLife(tx, weekAgo, to);
        const failed = await health.failedMinutes(tx, app.id, weekAgo, to);
        const { ms, widthSeconds } = SPANS[query.range];
        const from = new Date(to.getTime() - ms);
        const buckets = await health.buckets(tx, app.id, { from, to: now, widthSeconds });
        const dayAgo = new Date(now.getTime() - DAY_MS);
        const [day] = await health.buckets(tx, app.id, { from: dayAgo, to: now, widthSeconds: 2 * 86_400 });
        // Nobody answers for the time before the app was there.
        const began = new Date(Math.max((since ?? to).getTime(), app.createdAt.getTime()));
        return { status: 200, body: present({ to, began, failed, gaps, buckets, day }) };
      },
    }),
  ];
}

interface Facts {
  to: Date;
  /** Of what is known at all. */
  began: Date;
  failed: readonly FailedMinute[];
  gaps: readonly Gap[];
  buckets: readonly Bucket[];
  day: Bucket | undefined;
}

function present({ to, began, failed, gaps, buckets, day }: Facts): HealthView {
  const windows = (['day', 'week'] as const).map((name) => {
    const from = new Date(Math.max(to.getTime() - WINDOWS_MS[name], began.getTime()));
    const { minuteCount, lost, availability } = judge({ from, to }, failed, gaps);
    const target = TARGETS[name];
    return { name, from: from.toISOString(), minutes: minuteCount, target, availability, lost };
  });
  const slots = day?.slots ?? [];
  return {
    object: 'health',
    p99: {
      ms: percentileMs(slots, 0.99),
      target_ms: P99_TARGET_MS,
      calls: slots.reduce((sum, count) => sum + count, 0),
    },
    windows,
    series: buckets.map((bucket) => ({
      at: bucket.at.toISOString(),
      calls: bucket.callCount,
      failed: bucket.failedCount,
      p99_ms: percentileMs(bucket.slots, 0.99),
    })),
    lost_minutes: listLost(failed, gaps, MAX_LOST).map(
      ({ at, minuteCount, fault, callCount, failedCount }) => ({
        at: at.toISOString(),
        minutes: minuteCount,
        fault,
        calls: callCount,
        failed: failedCount,
      }),
    ),
  };
}
