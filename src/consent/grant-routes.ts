/** `/v1/grants`: what users have allowed this app. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Cursors, ListQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { Grant } from './consent.ts';
import { GrantView, presentGrant } from './grant-view.ts';
import type { GrantStore } from './store.ts';

export function createGrantRoutes({
  grants,
  cursors,
}: {
  grants: Pick<GrantStore, 'find' | 'list'>;
  cursors: Cursors;
}): Route[] {
  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/grants',
      scope: 'grants:read',
      summary: 'List the grants of the app, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of grants', schema: pageOf(GrantView) } },
      handle: async ({ tx, app, query, now }) => {
        const scope = { tenantId: app.tenantId, list: `grants/${app.id}` };
        const before = cursors.read(scope, query.cursor);
        const rows = await grants.list(tx, app.id, { limit: query.limit + 1, before });
        const page = {
          rows,
          limit: query.limit,
          positionOf: (row: Grant) => row.id,
          view: (row: Grant) => presentGrant(row, now),
        };
        return { status: 200, body: cursors.page(scope, page) };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/grants/:id',
      scope: 'grants:read',
      summary: 'One grant',
      params: z.object({ id: z.string() }),
      replies: { 200: { description: 'The grant', schema: GrantView } },
      handle: async ({ tx, app, params, now }) => {
        const grant = await grants.find(tx, params.id);
        if (grant?.appId !== app.id || grant.verifiedAt === null) throw new Problem('not_found');
        return { status: 200, body: presentGrant(grant, now) };
      },
    }),
  ];
}
