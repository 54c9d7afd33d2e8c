/** What a tenant uses, by app and day. @see ADMINUI 3.3: Usage */
import { z } from 'zod';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import { MAY } from '../members/members.ts';
import type { TenantStore } from '../tenants/store.ts';
import { readStorage, readUsage } from './usage-store.ts';

const DEFAULT_DAYS = 30;
const Counts = z.array(z.int());

const UsageView = z
  .object({
    object: z.literal('usage'),
    /** When each day begins, oldest first; the last one is going on. */
    days: z.array(z.iso.datetime()),
    apps: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        environment: z.enum(['live', 'sandbox']),
        /** One number a day, zeros too. */
        sessions: Counts,
        messages: Counts,
        /** Of the messages, those that Divar has taken. */
        sent: Counts,
        deliveries: Counts,
        /** Divar's budget of today. */
        quota: z.object({ used: z.int(), limit: z.int().nullable() }),
      }),
    ),
  })
  .meta({ id: 'Usage' });

const StorageView = z.object({
  object: z.literal('storage'),
  message_bytes: z.int(),
  event_bytes: z.int(),
});

export function createUsageRoutes({ tenants }: { tenants: Pick<TenantStore, 'listApps'> }): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: '/admin/api/v1/tenants/:tenant/usage',
      roles: MAY['usage.read'],
      summary: 'Sessions, messages, deliveries and storage by app and day',
      query: z.strictObject({
        days: z.enum(['7', '30', '90']).transform(Number).default(DEFAULT_DAYS),
      }),
      replies: { 200: { description: 'Usage', schema: UsageView } },
      handle: async ({ tx, query, now }) => {
        const apps = await tenants.listApps(tx);
        const ids = apps.map(({ id }) => id);
        const usage = await readUsage(tx, ids, { days: query.days, now });
        return {
          status: 200,
          body: {
            object: 'usage',
            days: usage.days.map((at) => at.toISOString()),
            apps: usage.apps.map(({ appId, ...counts }) => {
              const app = apps.find(({ id }) => id === appId);
              return {
                ...counts,
                id: appId,
                name: app?.name ?? '',
                environment: app?.environment ?? 'live',
              };
            }),
          },
        };
      },
    }),
    roleRoute({
      method: 'GET',
      path: '/admin/api/v1/tenants/:tenant/usage/storage',
      roles: MAY['usage.read'],
      summary: 'What is kept of the contents of messages and events',
      replies: { 200: { description: 'Bytes', schema: StorageView } },
      handle: async ({ tx }) => {
        const { messageBytes, eventBytes } = await readStorage(tx);
        return {
          status: 200,
          body: { object: 'storage', message_bytes: messageBytes, event_bytes: eventBytes },
        };
      },
    }),
  ];
}
