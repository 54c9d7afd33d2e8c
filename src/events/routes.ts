/** Where Divar tells us what happened, and where tenants read it. @see CONTRACT sections 4 and 5 */
import { z } from 'zod';
import { Problem, type ProblemIssue } from '../errors.ts';
import { type Cursors, listQuery, pageOf } from '../http/cursor.ts';
import { type DivarRoute, type Route, tenantRoute } from '../http/route.ts';
import type { Db, Log, Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import { EventFilter, EventView, presentEvent, type StoredEvent } from './events.ts';
import type { Inbox } from './inbox.ts';
import type { EventFilters, EventStore } from './store.ts';
import { createEventStreamRoutes, type EventStreamDeps } from './stream.ts';

export interface EventRoutesDeps extends EventStreamDeps {
  db: Pick<Db, 'tenant'>;
  events: Pick<EventStore, 'find' | 'list' | 'lastPosition'>;
  inbox: Pick<Inbox, 'keep'>;
  admitsAddress: (address: string, app: App) => boolean;
  /** Whether it is the key of one of the app's subscriptions. */
  knowsKey?: (appId: string, presented: string) => Promise<boolean>;
  /** Our id of a conversation named by ours or by Divar's id. */
  findConversation: (tx: Tx, appId: string, id: string) => Promise<string | undefined>;
  cursors: Cursors;
  log: Log;
}

const ListQuery = z.strictObject({
  ...listQuery,
  type: EventFilter.optional(),
  conversation_id: z.string().min(1).max(200).optional(),
  /** The id of an event: only what came after it. */
  after: z.string().min(1).max(64).optional(),
  /** `desc`: newest first, for people; only a reader who goes forward is promised to miss none. */
  order: z.enum(['asc', 'desc']).optional(),
  /** When it happened: from one instant, before another. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
type ListQuery = z.infer<typeof ListQuery>;

function filtersOf({ type, from, to }: ListQuery): EventFilters {
  return {
    type,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

export function createEventRoutes(deps: EventRoutesDeps): Route[] {
  const { events, cursors } = deps;

  const intake: DivarRoute = {
    kind: 'divar',
    method: 'POST',
    path: '/e/:app_id',
    summary: 'Events of Divar, both generations',
    keepsRaw: true,
    admitsAddress: deps.admitsAddress,
    ...(deps.knowsKey ? { knowsKey: deps.knowsKey } : {}),
    handle: async ({ app, rawText, now, requestId }) => {
      const id = await deps.inbox.keep({ app, rawText, now });
      deps.log.debug({ request_id: requestId, app_id: app.id, inbox_id: id }, 'event kept');
      return { status: 200, body: {} };
    },
  };

  const list = tenantRoute({
    method: 'GET',
    path: '/v1/events',
    scope: 'events:read',
    summary: 'The events of the app, oldest first unless asked otherwise; a reader misses none',
    query: ListQuery,
    replies: { 200: { description: 'A page of events', schema: pageOf(EventView) } },
    handle: async ({ tx, app, query }) => {
      const { limit, cursor, after: afterId, conversation_id: conversation = '', ...narrowed } = query;
      const newestFirst = query.order === 'desc';
      const list = `events/${app.id}/${conversation}/${JSON.stringify(narrowed)}`;
      const scope = { tenantId: app.tenantId, list };
      const read = cursors.read(scope, cursor);
      const turned = read === undefined ? undefined : Number(read);
      const after = newestFirst || turned === undefined ? await positionOf(tx, app.id, afterId) : turned;
      const conversationId =
        conversation === '' ? undefined : await deps.findConversation(tx, app.id, conversation);
      // A conversation that nobody has heard of has no events.
      const rows =
        conversation !== '' && conversationId === undefined
          ? []
          : await events.list(tx, app.id, {
              ...filtersOf(query),
              ...{ conversationId, after, newestFirst, limit: limit + 1 },
              before: newestFirst ? turned : undefined,
            });
      const positionText = ({ position }: StoredEvent) => String(position);
      return {
        status: 200,
        body: cursors.page(scope, { rows, limit, positionOf: positionText, view: present }),
      };
    },
  });

  const positionOf = async (tx: Tx, appId: string, id: string | undefined): Promise<number> => {
    if (id === undefined) return 0;
    const event = await events.find(tx, appId, id);
    if (!event) throw new Problem('invalid_request', { issues: [UNKNOWN_EVENT] });
    return event.position;
  };

  const one = tenantRoute({
    method: 'GET',
    path: '/v1/events/:id',
    scope: 'events:read',
    summary: 'One event',
    params: z.object({ id: z.string().max(64) }),
    replies: { 200: { description: 'The event', schema: EventView } },
    handle: async ({ tx, app, params }) => {
      const event = await events.find(tx, app.id, params.id);
      if (!event) throw new Problem('not_found');
      return { status: 200, body: present(event) };
    },
  });

  // The stream before the one: its path would be taken for an id.
  return [intake, list, ...createEventStreamRoutes(deps), one];
}

const UNKNOWN_EVENT: ProblemIssue = {
  path: 'query.after',
  code: 'unknown_event',
  message: 'The id of an event of this app',
};

function present(event: StoredEvent): EventView {
  return presentEvent(event);
}
