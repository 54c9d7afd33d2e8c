/** `/v1/deliveries`: how each event fared on its way to each endpoint. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { EventFilter } from '../events/events.ts';
import type { EventStore } from '../events/store.ts';
import { type Cursors, listQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { Signals } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { Ladder } from '../queue/ladder.ts';
import { requestBody, requestHeaders } from './attempt.ts';
import type { EndpointStore } from './endpoint-store.ts';
import {
  DeliveryView,
  DeliveryWithAttemptsView,
  presentDelivery,
  presentDeliveryAttempt,
} from './present.ts';
import { namedHeaders } from './signature.ts';
import type { DeliveryFilters, DeliveryStore } from './store.ts';
import { type Delivery, type DeliveryAttempt, WEBHOOKS_TOPIC } from './webhooks.ts';

export interface DeliveryRoutesDeps {
  deliveries: Pick<DeliveryStore, 'find' | 'list' | 'listAttempts' | 'requeue'>;
  endpoints: Pick<EndpointStore, 'find'>;
  events: Pick<EventStore, 'find'>;
  /** `RETRY_SCHEDULE_SECONDS` */
  ladder: Ladder;
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
  /** Of the event. */
  type: EventFilter.optional(),
  /** Why the last attempt failed. */
  code: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional(),
  /** The id of a job. */
  replay_of: z.string().min(1).max(64).optional(),
  /** When it was made: from one instant, before another. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
type ListQuery = z.infer<typeof ListQuery>;

function filtersOf(query: ListQuery): DeliveryFilters {
  const { from, to } = query;
  return {
    eventId: query.event_id,
    endpointId: query.endpoint_id,
    state: query.state,
    type: query.type,
    code: query.code,
    replayOf: query.replay_of,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

export function createDeliveryRoutes(deps: DeliveryRoutesDeps): Route[] {
  return [...readRoutes(deps), retryRoute(deps)];
}

function readRoutes({ deliveries, endpoints, events, ladder, cursors }: DeliveryRoutesDeps): Route[] {
  const view = (delivery: Delivery) => presentDelivery(delivery, ladder);
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/deliveries',
      scope: 'deliveries:read',
      summary: 'List deliveries, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of deliveries', schema: pageOf(DeliveryView) } },
      handle: async ({ tx, app, query }) => {
        const { limit, cursor, ...narrowed } = query;
        const list = `deliveries/${app.id}/${JSON.stringify(narrowed)}`;
        const scope = { tenantId: app.tenantId, list };
        const before = cursors.read(scope, cursor);
        const rows = await deliveries.list(tx, app.id, { ...filtersOf(query), before, limit: limit + 1 });
        const positionOf = ({ id }: Delivery) => id;
        return { status: 200, body: cursors.page(scope, { rows, limit, positionOf, view }) };
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
        const event = await events.find(tx, app.id, delivery.eventId);
        const endpoint = await endpoints.find(tx, app.id, delivery.endpointId);
        const sequence = event?.sequence ?? null;
        const headersOf = ({ number, sentAt, signature }: DeliveryAttempt) =>
          sentAt === null || signature === null
            ? {}
            : requestHeaders({ sequence }, number, namedHeaders(delivery.eventId, sentAt, signature));
        const body = {
          ...view(delivery),
          url: endpoint?.url ?? null,
          request_body: event?.payload ? requestBody(event, delivery.replayOf) : null,
          attempt_list: attempts.map((attempt) => presentDeliveryAttempt(attempt, headersOf)),
        };
        return { status: 200, body };
      },
    }),
  ];
}

function retryRoute({ deliveries, endpoints, ladder, signals }: DeliveryRoutesDeps): Route {
  return tenantRoute({
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
      return { status: 202, body: presentDelivery(queued, ladder) };
    },
  });
}
