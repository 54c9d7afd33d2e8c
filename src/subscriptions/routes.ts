/** `/v1/subscriptions`: what Divar tells this app of. @see CONTRACT section 5 */
import { z } from 'zod';
import { isUsable } from '../consent/consent.ts';
import type { RefreshStore } from '../consent/refresh-store.ts';
import type { GrantStore } from '../consent/store.ts';
import { Problem } from '../errors.ts';
import { type Cursors, ListQuery, pageOf } from '../http/cursor.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import type { NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { App } from '../tenants/tenants.ts';
import type { SubscriptionStore } from './store.ts';
import {
  isCovered,
  lintSubscription,
  MAX_PER_GRANT,
  presentSubscription,
  SUBSCRIPTIONS_TOPIC,
  type Subscription,
  SubscriptionRequest,
  SubscriptionView,
  scopesFor,
} from './subscriptions.ts';

export interface SubscriptionRoutesDeps {
  subscriptions: SubscriptionStore;
  grants: Pick<GrantStore, 'find'>;
  refreshes: Pick<RefreshStore, 'setKept'>;
  cursors: Cursors;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

const Params = z.object({ id: z.string().max(200) });
const ONE = { description: 'The subscription', schema: SubscriptionView };

export function createSubscriptionRoutes(deps: SubscriptionRoutesDeps): Route[] {
  const { subscriptions } = deps;

  const load = async (tx: Tx, appId: string, id: string): Promise<Subscription> => {
    const subscription = await subscriptions.find(tx, id);
    if (subscription?.appId !== appId) throw new Problem('not_found');
    return subscription;
  };

  /** Before Divar is asked: what is certain to be refused is refused here. */
  const requireGrant = async (tx: Tx, app: App, body: SubscriptionRequest, now: Date): Promise<void> => {
    const issues = lintSubscription(body, app.generation);
    if (issues.length > 0) throw new Problem('invalid_request', { issues });
    const grant = await deps.grants.find(tx, body.grant_id);
    if (grant?.appId !== app.id || grant.verifiedAt === null)
      throw new Problem('not_found', { detail: 'There is no such grant' });
    const wanted = { eventType: body.event_type, resourceId: body.resource_id ?? null };
    if (
      grant.generation === app.generation &&
      isUsable(grant, now) &&
      isCovered(grant.facts.scopes, wanted, app.generation)
    )
      return;
    throw new Problem('consent_required', {
      detail: 'The grant has ended, or has none of the scopes that this takes',
      extra: { scopes: scopesFor(wanted, app.generation), consent_url: null },
    });
  };

  return [
    tenantRoute({
      method: 'GET',
      path: '/v1/subscriptions',
      scope: 'subscriptions:read',
      summary: 'List the subscriptions of the app, newest first',
      query: ListQuery,
      replies: { 200: { description: 'A page of subscriptions', schema: pageOf(SubscriptionView) } },
      handle: async ({ tx, app, query }) => {
        const scope = { tenantId: app.tenantId, list: `subscriptions/${app.id}` };
        const before = deps.cursors.read(scope, query.cursor);
        const rows = await subscriptions.list(tx, app.id, { limit: query.limit + 1, before });
        const page = {
          rows,
          limit: query.limit,
          positionOf: (row: Subscription) => row.id,
          view: presentSubscription,
        };
        return { status: 200, body: deps.cursors.page(scope, page) };
      },
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/subscriptions/:id',
      scope: 'subscriptions:read',
      summary: 'One subscription',
      params: Params,
      replies: { 200: ONE },
      handle: async ({ tx, app, params }) => ({
        status: 200,
        body: presentSubscription(await load(tx, app.id, params.id)),
      }),
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/subscriptions',
      scope: 'subscriptions:write',
      summary: 'Have Divar tell of new messages on posts, or of changes of posts, in the name of a grant',
      body: SubscriptionRequest,
      replies: {
        200: { description: 'The subscription that stood already', schema: SubscriptionView },
        201: ONE,
      },
      handle: async ({ tx, app, body, now }) => {
        await requireGrant(tx, app, body, now);
        const { subscription, isNew } = await subscriptions.insert(tx, {
          id: deps.newId('sub'),
          appId: app.id,
          grantId: body.grant_id,
          eventType: body.event_type,
          resourceId: body.resource_id ?? null,
          createdAt: now,
        });
        if ((await subscriptions.countOfGrant(tx, body.grant_id)) > MAX_PER_GRANT)
          throw new Problem('conflict', { detail: `at most ${MAX_PER_GRANT} subscriptions a grant` });
        await deps.refreshes.setKept(tx, body.grant_id, true);
        afterCommit(tx, () => deps.signals.publish(SUBSCRIPTIONS_TOPIC));
        return { status: isNew ? 201 : 200, body: presentSubscription(subscription) };
      },
    }),
    tenantRoute({
      method: 'DELETE',
      path: '/v1/subscriptions/:id',
      scope: 'subscriptions:write',
      summary:
        'Do not renew a subscription. Divar may tell on until the tokens change: it knows no end of one',
      params: Params,
      replies: { 204: { description: 'Ended', schema: z.null() } },
      handle: async ({ tx, app, params }) => {
        const { id, grantId } = await load(tx, app.id, params.id);
        await subscriptions.remove(tx, id);
        if ((await subscriptions.countOfGrant(tx, grantId)) === 0)
          await deps.refreshes.setKept(tx, grantId, false);
        return { status: 204, body: null };
      },
    }),
  ];
}
