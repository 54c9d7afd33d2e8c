/** Makes the panel's calls out of the routes of `/v1`: who may is the table's, everything else is the route's own. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type MemberMethod, type MemberRoute, type RoleRequest, roleRoute } from '../http/member-route.ts';
import type { Route, TenantReply, TenantRoute } from '../http/route.ts';
import { check, MAX_ISSUE_COUNT } from '../http/validate.ts';
import type { RecordAudit } from '../members/audit-store.ts';
import { MAY, maskAddress, type Role } from '../members/members.ts';
import type { Db, Tx } from '../ports.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { App } from '../tenants/tenants.ts';
import { maskReply } from './mask.ts';
import { type CallTerms, TENANT_CALLS } from './tenant-calls.ts';

export const APP_PATH = '/admin/api/v1/tenants/:tenant/apps/:app';

export interface CallRoutesDeps {
  db: Pick<Db, 'tenant'>;
  tenants: Pick<TenantStore, 'listApps'>;
  recordAudit: RecordAudit;
  /** Of all rooms; what is not in the table is left out. */
  routes: readonly Route[];
}

type AnyTenantRoute = TenantRoute<unknown, unknown, unknown>;
type Body = Record<string, unknown>;

interface CallParams {
  tenant: string;
  app: string;
  /** As the route itself reads them. */
  own: unknown;
}

interface Prepared {
  app: App;
  body: unknown;
  own: unknown;
}

export function createCallRoutes(deps: CallRoutesDeps): MemberRoute[] {
  return deps.routes.flatMap((route) => {
    if (route.kind !== 'tenant') return [];
    const terms = TENANT_CALLS[`${route.method} ${route.path}`];
    return terms ? [makeCall(deps, route as unknown as AnyTenantRoute, terms)] : [];
  });
}

function makeCall(deps: CallRoutesDeps, route: AnyTenantRoute, terms: CallTerms): MemberRoute {
  const roles: readonly Role[] = MAY[terms.may];
  return roleRoute<CallParams, unknown, Body>({
    method: route.method as MemberMethod,
    path: APP_PATH + route.path.slice('/v1'.length),
    roles,
    ...(terms.stepUp ? { stepUp: true } : {}),
    summary: route.summary,
    params: readParams(route),
    ...(route.query ? { query: route.query } : {}),
    ...(route.method === 'GET' ? {} : { body: z.record(z.string(), z.unknown()) }),
    replies: route.replies,
    prepare: async ({ requestId, now, params, query, body: given }): Promise<Prepared> => {
      const app = await deps.db.tenant(params.tenant, (tx) => loadApp(deps, tx, params.app));
      if (app.suspended && route.method !== 'GET') throw new Problem('tenant_suspended');
      const body = readBody(route, given, app, now);
      const request = { requestId, now, app, keyId: undefined, params: params.own, query, body };
      return { app, body, own: await route.prepare?.(request) };
    },
    handle: async (request) => {
      const { requestId, now, tx, params, query, role } = request;
      const { app, body, own: prepared } = request.prepared as Prepared;
      const reply = await route.handle({
        ...{ requestId, now, tx, app, query, body, prepared },
        ...{ keyId: undefined, params: params.own },
      });
      if (terms.change) await record(deps, request, terms.change, reply);
      return { ...reply, body: mayRead(role) ? reply.body : hide(terms, reply.body) };
    },
  });
}

/** By id, among those of the tenant in the address. @throws Problem `not_found` */
export async function loadApp(
  { tenants }: Pick<CallRoutesDeps, 'tenants'>,
  tx: Tx,
  id: string,
): Promise<App> {
  const app = (await tenants.listApps(tx)).find((one) => one.id === id);
  if (!app) throw new Problem('not_found');
  return app;
}

function readParams(route: AnyTenantRoute) {
  return z.looseObject({ tenant: z.string(), app: z.string().max(64) }).transform((given, context) => {
    const own = route.params?.safeParse(given) ?? { success: true as const, data: {} };
    if (!own.success) context.addIssue({ code: 'custom', message: 'This address names nothing' });
    return { tenant: given.tenant, app: given.app, own: own.data };
  });
}

/** As the kit reads a body of `/v1`: what of it depends on the app is told in the same answer. */
function readBody(route: AnyTenantRoute, given: Body, app: App, now: Date): unknown {
  if (route.method === 'GET') return {};
  const { value, issues } = check('body', route.body, given);
  if (issues.length === 0) return value;
  const ofApp = route.lint?.(given, { app, now }) ?? [];
  throw new Problem('invalid_request', { issues: [...issues, ...ofApp].slice(0, MAX_ISSUE_COUNT) });
}

async function record(
  { recordAudit }: CallRoutesDeps,
  { tx, now, login, client, params, prepared }: RoleRequest<CallParams, unknown, Body>,
  { audit, facts = [] }: NonNullable<CallTerms['change']>,
  reply: TenantReply,
): Promise<void> {
  const { app, body } = prepared as Prepared;
  const { id: named } = Object(params.own) as { id?: string };
  const { id: made } = Object(reply.body) as { id?: string };
  const said = Object(body) as Body;
  await recordAudit(tx, {
    ...{ at: now, action: audit, actorId: login.memberId, target: named ?? made },
    details: {
      app: app.id,
      ...Object.fromEntries(
        facts.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]),
      ),
    },
    address: maskAddress(client.address),
  });
}

function mayRead(role: Role): boolean {
  return (MAY['contents.read'] as readonly Role[]).includes(role);
}

function hide({ mask }: CallTerms, body: unknown): unknown {
  return mask === undefined ? body : maskReply(mask, body);
}
