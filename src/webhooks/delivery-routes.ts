/** `/v1/deliveries`: how each event fared on its way to each endpoint. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Cursors, listQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { Signals } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { EndpointStore } from './endpoint-store.ts';
import {
  DeliveryView,
  DeliveryWithAttemptsView,
  presentDelivery,
  presentDeliveryAttempt,
} from './present.ts';
import type { DeliveryStore } from './store.ts';
import { type Delivery, WEBHOOKS_TOPIC } from './webhooks.ts';

export interface DeliveryRoutesDeps {
  deliveries: Pick<DeliveryStore, 'find' | 'list' | 'listAttempts' | 'requeue'>;
  endpoints: Pick<EndpointStore, 'find'>;
  cursors: Cursors;
  signals: Pick<Signals, 'publish'>;
}

const MAX_ATTEMPTS_SHOWN = 100;
const Params = z.object({ id: z.string().max(64) });
const ListQuery = z.strictObject({
  ...listQuery,
  event_id: z.string().min(1).max(64).optional(),
  endpoint_id: z.string().min(1).max(64).optional(),
  state: z.enum(['pending', 'delivered', 'dead', 'cancelled']).optional(),
});

export function createDeliveryRoutes({
  deliveries,
  endpoints,
  cursors,
  signals,
}: DeliveryRoutesDeps): Route[] {
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/deliveries',
      scope: 'deliveries:read',
      summary: 'List deliveries, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of deliveries', schema: pageOf(DeliveryView) } },
      handle: async ({ tx, app, query }) => {
        const { limit, event_id: eventId, endpoint_id: endpointId, state } = query;
        const narrowed = [eventId, endpointId, state].map((value) => value ?? '').join('/');
        const scope = { tenantId: app.tenantId, list: `deliveries/${app.id}/${narrowed}` };
        const before = cursors.read(scope, query.cursor);
        const rows = await deliveries.list(tx, app.id, {
          eventId,
          endpointId,
          state,
          before,
          limit: limit + 1,
        });
        const positionOf = ({ id }: Delivery) => id;
        return { status: 200, body: cursors.page(scope, { rows, limit, positionOf, view: presentDelivery }) };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/deliveries/:id',
      scope: 'deliveries:read',
      summary: 'One delivery with its attempts',
      params: Params,
      replies: { 200: { description: 'The delivery', schema: DeliveryWithAttemptsView } },
      handle: async ({ tx, app, params }) => {
        const delivery = await deliveries.find(tx, app.id, params.id);
        if (!delivery) throw new Problem('not_found');
        const attempts = await deliveries.listAttempts(tx, delivery.id, MAX_ATTEMPTS_SHOWN);
        const body = { ...presentDelivery(delivery), attempt_list: attempts.map(presentDeliveryAttempt) };
        return { status: 200, body };
      },
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/deliveries/:id/retry',
      scope: 'deliveries:write',
      summary: 'Deliver it again at once, whatever became of it',
      params: Params,
      replies: { 202: { description: 'The delivery', schema: DeliveryView } },
      handle: async ({ tx, app, params }) => {
        const delivery = await deliveries.find(tx, app.id, params.id);
        if (!delivery) throw new Problem('not_found');
        const endpoint = await endpoints.find(tx, app.id, delivery.endpointId);
        if (!endpoint || endpoint.disabledAt)
          throw new Problem('conflict', { detail: 'The endpoint is disabled, or removed' });
        await deliveries.requeue(tx, delivery.id);
        afterCommit(tx, () => signals.publish(WEBHOOKS_TOPIC));
        const queued = (await deliveries.find(tx, app.id, delivery.id)) ?? delivery;
        return { status: 202, body: presentDelivery(queued) };
      },
    }),
  ];
}
