/** `/v1/endpoints`: where a tenant wants its events. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { EVENT_TYPES, EventFilter } from '../events/events.ts';
import { exampleData } from '../events/examples.ts';
import type { EventStore } from '../events/store.ts';
import { type Cursors, ListQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { NewId, RandomBytes, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { Ladder } from '../queue/ladder.ts';
import { makeWebhookSecret } from '../tenants/made-secrets.ts';
import type { EndpointStore } from './endpoint-store.ts';
import {
  DeliveryView,
  EndpointView,
  EndpointWithSecretView,
  presentDelivery,
  presentEndpoint,
} from './present.ts';
import type { DeliveryStore } from './store.ts';
import { type Endpoint, WEBHOOKS_TOPIC } from './webhooks.ts';

export interface EndpointRoutesDeps {
  endpoints: Pick<
    EndpointStore,
    | 'insert'
    | 'count'
    | 'find'
    | 'findByUrl'
    | 'list'
    | 'lock'
    | 'update'
    | 'remove'
    | 'rotate'
    | 'enable'
    | 'disable'
  >;
  deliveries: Pick<DeliveryStore, 'insert' | 'find'>;
  events: Pick<EventStore, 'insert'>;
  /** Whether tenants may be reached there; a resolved address is judged again at every delivery. */
  isAllowedUrl: (url: string) => boolean;
  /** `RETRY_SCHEDULE_SECONDS` */
  ladder: Ladder;
  cursors: Cursors;
  newId: NewId;
  random: RandomBytes;
  signals: Pick<Signals, 'publish'>;
}

/** @see FEATURES 3.4 */
const MAX_ENDPOINTS = 20;
/** @see FEATURES 3.2 */
const MAX_PREVIOUS_SECRETS = 10;
const DAY_SECONDS = 86_400;

const Url = z.url({ protocol: /^https?$/ }).max(2048);
const Events = z.array(EventFilter).min(1).max(50);
const Params = z.object({ id: z.string().max(64) });
const NewEndpointBody = z.strictObject({ url: Url, events: Events.default(['*']) });
const ChangeBody = z.strictObject({ url: Url.optional(), events: Events.optional() });
const RotateBody = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(7 * DAY_SECONDS)
    .default(DAY_SECONDS),
});
const TestBody = z.strictObject({ type: z.enum(EVENT_TYPES).default('chat.message.received') });
const ONE = { 200: { description: 'The endpoint', schema: EndpointView } };

export function createEndpointRoutes(deps: EndpointRoutesDeps): Route[] {
  return [...readRoutes(deps), ...changeRoutes(deps), ...actionRoutes(deps)];
}

function readRoutes({ endpoints, cursors }: EndpointRoutesDeps): Route[] {
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/endpoints',
      scope: 'endpoints:read',
      summary: 'List the endpoints of the app, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of endpoints', schema: pageOf(EndpointView) } },
      handle: async ({ tx, app, query, now }) => {
        const scope = { tenantId: app.tenantId, list: `endpoints/${app.id}` };
        const { limit } = query;
        const before = cursors.read(scope, query.cursor);
        const rows = await endpoints.list(tx, app.id, { limit: limit + 1, before });
        const view = (endpoint: Endpoint) => presentEndpoint(endpoint, now);
        return { status: 200, body: cursors.page(scope, { rows, limit, positionOf: ({ id }) => id, view }) };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/endpoints/:id',
      scope: 'endpoints:read',
      summary: 'One endpoint',
      params: Params,
      replies: ONE,
      handle: async ({ tx, app, params, now }) => ({
        status: 200,
        body: presentEndpoint(await load(endpoints, tx, app.id, params.id), now),
      }),
    }),
  ];
}

function changeRoutes({ endpoints, isAllowedUrl, newId, random }: EndpointRoutesDeps): Route[] {
  const requireAllowed = (url: string) => {
    const issue = {
      path: 'body.url',
      code: 'url_not_allowed',
      message: 'https on port 443, without user info',
    };
    if (!isAllowedUrl(url)) throw new Problem('url_not_allowed', { issues: [issue] });
  };

  return [
    tenantRoute({
      method: 'POST',
      path: '/v1/endpoints',
      scope: 'endpoints:write',
      summary: 'Make an endpoint; its secret is shown this once',
      body: NewEndpointBody,
      replies: { 201: { description: 'The endpoint and its secret', schema: EndpointWithSecretView } },
      handle: async ({ tx, app, body, now }) => {
        requireAllowed(body.url);
        if ((await endpoints.count(tx, app.id)) >= MAX_ENDPOINTS)
          throw new Problem('conflict', { detail: `An app has at most ${MAX_ENDPOINTS} endpoints` });
        const made = { id: newId('end'), appId: app.id, ...body, secret: makeWebhookSecret(random), now };
        if (!(await endpoints.insert(tx, made))) throw taken();
        const endpoint = await load(endpoints, tx, app.id, made.id);
        return { status: 201, body: { ...presentEndpoint(endpoint, now), secret: made.secret } };
      },
    }),
    tenantRoute({
      method: 'PATCH',
      path: '/v1/endpoints/:id',
      scope: 'endpoints:write',
      summary: 'Change the address or the events of an endpoint',
      params: Params,
      body: ChangeBody,
      replies: ONE,
      handle: async ({ tx, app, params, body, now }) => {
        if (body.url !== undefined) requireAllowed(body.url);
        const endpoint = await loadLocked(endpoints, tx, app.id, params.id);
        const { url = endpoint.url, events = endpoint.events } = body;
        const holder = await endpoints.findByUrl(tx, app.id, url);
        if (holder && holder.id !== endpoint.id) throw taken();
        await endpoints.update(tx, endpoint.id, { url, events });
        return { status: 200, body: presentEndpoint({ ...endpoint, url, events }, now) };
      },
    }),
    tenantRoute({
      method: 'DELETE',
      path: '/v1/endpoints/:id',
      scope: 'endpoints:write',
      summary: 'Remove an endpoint; what waits for it is cancelled',
      params: Params,
      replies: { 204: { description: 'Removed', schema: z.null() } },
      handle: async ({ tx, app, params }) => {
        if (!(await endpoints.remove(tx, app.id, params.id))) throw new Problem('not_found');
        return { status: 204, body: null };
      },
    }),
  ];
}

function actionRoutes(deps: EndpointRoutesDeps): Route[] {
  const { endpoints, events, deliveries, newId, random } = deps;
  return [
    tenantRoute({
      method: 'POST',
      path: '/v1/endpoints/:id/rotate_secret',
      scope: 'endpoints:write',
      summary: 'Make a new secret; the old one signs beside it for a while',
      params: Params,
      body: RotateBody,
      replies: { 200: { description: 'The endpoint and its new secret', schema: EndpointWithSecretView } },
      handle: async ({ tx, app, params, body, now }) => {
        const secret = makeWebhookSecret(random);
        const expiresAt = new Date(now.getTime() + body.overlap_seconds * 1000);
        const rotation = {
          appId: app.id,
          id: params.id,
          secret,
          expiresAt,
          now,
          maxCount: MAX_PREVIOUS_SECRETS,
        };
        if (!(await endpoints.rotate(tx, rotation))) throw new Problem('not_found');
        const endpoint = await load(endpoints, tx, app.id, params.id);
        return { status: 200, body: { ...presentEndpoint(endpoint, now), secret } };
      },
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/endpoints/:id/enable',
      scope: 'endpoints:write',
      summary: 'Enable an endpoint again, and forget its failures',
      params: Params,
      replies: ONE,
      handle: async ({ tx, app, params, now }) => {
        const endpoint = await loadLocked(endpoints, tx, app.id, params.id);
        await endpoints.enable(tx, endpoint.id);
        return { status: 200, body: presentEndpoint(await load(endpoints, tx, app.id, endpoint.id), now) };
      },
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/endpoints/:id/disable',
      scope: 'endpoints:write',
      summary:
        'Pause an endpoint: nothing is delivered to it until it is enabled; a replay brings what it missed',
      params: Params,
      replies: ONE,
      handle: async ({ tx, app, params, now }) => {
        const endpoint = await loadLocked(endpoints, tx, app.id, params.id);
        await endpoints.disable(tx, endpoint.id, 'request', now);
        return { status: 200, body: presentEndpoint(await load(endpoints, tx, app.id, endpoint.id), now) };
      },
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/endpoints/:id/test',
      scope: 'endpoints:write',
      summary: 'Send an example event to this endpoint alone; it is marked as simulated',
      params: Params,
      body: TestBody,
      replies: { 202: { description: 'The delivery', schema: DeliveryView } },
      handle: async ({ tx, app, params, body, now }) => {
        const endpoint = await load(endpoints, tx, app.id, params.id);
        if (endpoint.disabledAt) throw new Problem('conflict', { detail: 'The endpoint is disabled' });
        const example = {
          appId: app.id,
          type: body.type,
          simulated: true,
          data: exampleData(body.type),
          now,
        };
        // Told to this endpoint alone, so it is not announced.
        const [eventId, id] = [newId('evt'), newId('dlv')];
        await events.insert(tx, eventId, example);
        await deliveries.insert(tx, [{ id, appId: app.id, eventId, endpointId: endpoint.id, lane: id, now }]);
        afterCommit(tx, () => deps.signals.publish(WEBHOOKS_TOPIC));
        const delivery = await deliveries.find(tx, app.id, id);
        if (!delivery) throw new Error('a delivery vanished while it was made');
        return { status: 202, body: presentDelivery(delivery, deps.ladder) };
      },
    }),
  ];
}

async function load(
  endpoints: Pick<EndpointStore, 'find'>,
  tx: Tx,
  appId: string,
  id: string,
): Promise<Endpoint> {
  const endpoint = await endpoints.find(tx, appId, id);
  if (!endpoint) throw new Problem('not_found');
  return endpoint;
}

async function loadLocked(
  endpoints: Pick<EndpointStore, 'lock'>,
  tx: Tx,
  appId: string,
  id: string,
): Promise<Endpoint> {
  const endpoint = await endpoints.lock(tx, appId, id);
  if (!endpoint) throw new Problem('not_found');
  return endpoint;
}

function taken(): Problem {
  return new Problem('conflict', { detail: 'The app has an endpoint with this address already' });
}
