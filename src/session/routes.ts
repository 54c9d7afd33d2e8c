/** `/v1/sessions`: what a tenant may read of its visits. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Cursors, listQuery, nameNarrowing, pageOf, rangeQuery, readRange } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import { SessionView } from './present.ts';
import type { SessionStore } from './store.ts';
import { type ViewSessions, viewSession } from './view.ts';

const SessionParams = z.object({ id: z.string() });
const ListQuery = z.strictObject({
  ...listQuery,
  ...rangeQuery,
  state: SessionView.shape.state.optional(),
  entry: SessionView.shape.entry.optional(),
  consent: SessionView.shape.consent.optional(),
  simulated: z.enum(['true', 'false']).optional(),
});

export interface SessionRoutesDeps {
  sessions: Pick<SessionStore, 'load' | 'list'>;
  cursors: Cursors;
  viewSessions: ViewSessions;
}

export function createSessionRoutes({ sessions, cursors, viewSessions }: SessionRoutesDeps): Route[] {
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/sessions',
      scope: 'sessions:read',
      summary: 'List the sessions of the app, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of sessions', schema: pageOf(SessionView) } },
      handle: async ({ tx, app, query, now }) => {
        const { limit, cursor, ...filters } = query;
        const scope = { tenantId: app.tenantId, list: `sessions/${app.id}${nameNarrowing(filters)}` };
        const { state, entry, consent, simulated } = filters;
        const rows = await sessions.list(tx, app.id, {
          limit: limit + 1,
          before: cursors.read(scope, cursor),
          ...{ entry, consent },
          state: state && { is: state, at: now },
          simulated: simulated === undefined ? undefined : simulated === 'true',
          ...readRange(filters),
        });
        const shown = new Map((await viewSessions(tx, rows, now)).map((view) => [view.id, view]));
        const page = { rows, limit, positionOf: ({ id }: { id: string }) => id };
        const body = cursors.page(scope, { ...page, view: ({ id }: { id: string }) => shown.get(id) });
        return { status: 200, body };
      },
    }),

    tenantRoute({
      method: 'GET',
      path: '/v1/sessions/:id',
      scope: 'sessions:read',
      sessionToken: true,
      summary: 'One session',
      params: SessionParams,
      replies: { 200: { description: 'The session', schema: SessionView } },
      handle: async ({ tx, app, params, now }) => {
        const session = await sessions.load(tx, params.id);
        if (session.appId !== app.id) throw new Problem('not_found');
        return { status: 200, body: await viewSession(viewSessions, tx, session, now) };
      },
    }),
  ];
}
