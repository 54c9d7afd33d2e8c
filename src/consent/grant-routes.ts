/** `/v1/grants`: what users have allowed this app. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Cursors, ListQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { Db, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { App } from '../tenants/tenants.ts';
import { type Grant, isUsable } from './consent.ts';
import { GrantView, presentGrant } from './grant-view.ts';
import type { GrantRefresh } from './refresh.ts';
import { GRANTS_TOPIC } from './refreshing.ts';
import type { GrantStore } from './store.ts';
import type { TellGrant } from './tell.ts';

export interface GrantRoutesDeps {
  db: Pick<Db, 'tenant'>;
  grants: Pick<GrantStore, 'find' | 'list' | 'revoke'>;
  refresh: Pick<GrantRefresh, 'refreshNow'>;
  tellGrant: TellGrant;
  cursors: Cursors;
  signals: Pick<Signals, 'publish'>;
}

const Params = z.object({ id: z.string().max(200) });
const ONE = { 200: { description: 'The grant', schema: GrantView } };
/** Divar is asked again by then. */
const REFRESH_RETRY_SECONDS = 30;

export function createGrantRoutes(deps: GrantRoutesDeps): Route[] {
  const { grants, cursors } = deps;

  const load = async (tx: Tx, app: App, id: string): Promise<Grant> => {
    const grant = await grants.find(tx, id);
    if (grant?.appId !== app.id || grant.verifiedAt === null) throw new Problem('not_found');
    return grant;
  };

  const requireRefreshable = (grant: Grant, now: Date): void => {
    if (!isUsable(grant, now) || !grant.refreshable)
      throw new Problem('conflict', {
        detail: isUsable(grant, now)
          ? 'Divar gave no refresh token with this grant'
          : `the grant is ${presentGrant(grant, now).state}: the user has to consent again`,
      });
  };

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
      params: Params,
      replies: ONE,
      handle: async ({ tx, app, params, now }) => ({
        status: 200,
        body: presentGrant(await load(tx, app, params.id), now),
      }),
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/grants/:id/refresh',
      scope: 'grants:write',
      summary: 'Renew the tokens of a grant now; they are renewed in time without it',
      params: Params,
      replies: ONE,
      prepare: async ({ app, params, now }) => {
        requireRefreshable(await deps.db.tenant(app.tenantId, (tx) => load(tx, app, params.id)), now);
        return await deps.refresh.refreshNow(app.tenantId, params.id);
      },
      handle: async ({ tx, app, params, prepared, now }) => {
        const grant = await load(tx, app, params.id);
        if (prepared === 'ended') requireRefreshable(grant, now);
        if (prepared !== 'refreshed' && prepared !== 'resting')
          throw new Problem('unavailable', {
            detail: 'Divar gave no new tokens; it will be asked again',
            retryAfterSeconds: REFRESH_RETRY_SECONDS,
          });
        return { status: 200, body: presentGrant(grant, now) };
      },
    }),
    tenantRoute({
      method: 'DELETE',
      path: '/v1/grants/:id',
      scope: 'grants:write',
      summary: 'Destroy the tokens of a grant, end what waits for it and its subscriptions',
      params: Params,
      replies: { 204: { description: 'Ended', schema: z.null() } },
      handle: async ({ tx, app, params, now }) => {
        const { id, facts } = await load(tx, app, params.id);
        if (await grants.revoke(tx, id)) {
          const more = { user_id: facts.userId, grant_ids: [id], reason: 'revoked_by_tenant' };
          await deps.tellGrant(tx, { type: 'grant.revoked', app, grantId: id, more, now });
        }
        afterCommit(tx, () => deps.signals.publish(GRANTS_TOPIC));
        return { status: 204, body: null };
      },
    }),
  ];
}
