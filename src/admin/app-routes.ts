/** The apps of a tenant, their API keys and their figures, for the panel. */
import { z } from 'zod';
import { AppView, presentApp } from '../api/app-view.ts';
import { Problem } from '../errors.ts';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import type { RecordAudit } from '../members/audit-store.ts';
import { MAY, maskAddress } from '../members/members.ts';
import type { NewId, RandomBytes, Tx } from '../ports.ts';
import { makeApiKey } from '../tenants/made-secrets.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { App } from '../tenants/tenants.ts';
import { expiryOf, KeyView, KeyWithSecretView, MAX_KEYS, NewKeyRequest, presentKey } from './keys.ts';
import { countOverview, OverviewView, Range } from './overview-store.ts';

export interface AppRoutesDeps {
  tenants: Pick<TenantStore, 'listApps' | 'listApiKeys' | 'insertApiKey' | 'revokeApiKey'>;
  recordAudit: RecordAudit;
  newId: NewId;
  random: RandomBytes;
  publicUrl: string;
}

const TENANT = '/admin/api/v1/tenants/:tenant';
const APP = `${TENANT}/apps/:app`;
const KEYS = `${APP}/api-keys`;
const OfApp = z.object({ tenant: z.string(), app: z.string().max(64) });
const OfKey = OfApp.extend({ id: z.string().max(64) });

export function createAppRoutes(deps: AppRoutesDeps): MemberRoute[] {
  const load = async (tx: Tx, id: string): Promise<App> => {
    const app = (await deps.tenants.listApps(tx)).find((one) => one.id === id);
    if (!app) throw new Problem('not_found');
    return app;
  };
  return [...readRoutes(deps, load), ...keyRoutes(deps, load)];
}

type Load = (tx: Tx, id: string) => Promise<App>;

function readRoutes({ tenants, publicUrl }: AppRoutesDeps, load: Load): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: `${TENANT}/apps`,
      roles: MAY['apps.read'],
      summary: 'The apps of the tenant, newest first',
      replies: { 200: { description: 'Apps', schema: z.object({ data: z.array(AppView) }) } },
      handle: async ({ tx }) => ({
        status: 200,
        body: { data: (await tenants.listApps(tx)).map((app) => presentApp(app, publicUrl)) },
      }),
    }),
    roleRoute({
      method: 'GET',
      path: APP,
      roles: MAY['apps.read'],
      summary: 'One app',
      params: OfApp,
      replies: { 200: { description: 'The app', schema: AppView } },
      handle: async ({ tx, params }) => ({
        status: 200,
        body: presentApp(await load(tx, params.app), publicUrl),
      }),
    }),
    roleRoute({
      method: 'GET',
      path: `${APP}/overview`,
      roles: MAY['apps.read'],
      summary: 'Figures of a day, a week or a month beside those before, and what is in trouble now',
      params: OfApp,
      query: z.strictObject({ range: Range.default('24h') }),
      replies: { 200: { description: 'Figures', schema: OverviewView } },
      handle: async ({ tx, params, query, now }) => {
        const app = await load(tx, params.app);
        return { status: 200, body: await countOverview(tx, app.id, query.range, now) };
      },
    }),
  ];
}

function keyRoutes({ tenants, recordAudit, newId, random }: AppRoutesDeps, load: Load): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: KEYS,
      roles: MAY['api_keys.read'],
      summary: 'The API keys of an app, newest first; revoked ones are gone',
      params: OfApp,
      replies: { 200: { description: 'Keys', schema: z.object({ data: z.array(KeyView) }) } },
      handle: async ({ tx, params, now }) => {
        const app = await load(tx, params.app);
        const keys = await tenants.listApiKeys(tx, app.id);
        return { status: 200, body: { data: keys.map((key) => presentKey(key, now)) } };
      },
    }),
    roleRoute({
      method: 'POST',
      path: KEYS,
      roles: MAY['api_keys.change'],
      stepUp: true,
      summary: 'Make an API key; the key itself is shown once',
      params: OfApp,
      body: NewKeyRequest,
      replies: { 201: { description: 'The key', schema: KeyWithSecretView } },
      handle: async ({ tx, params, body, now, login, client }) => {
        const app = await load(tx, params.app);
        const keys = await tenants.listApiKeys(tx, app.id);
        if (keys.length >= MAX_KEYS)
          throw new Problem('conflict', {
            detail: `At most ${MAX_KEYS} keys of an app: revoke one`,
            extra: { params: { max_count: MAX_KEYS } },
          });
        if (keys.some((key) => key.name === body.name))
          throw new Problem('conflict', { detail: 'A key of this app has that name' });
        const made = makeApiKey(random, app.environment);
        const { name, scopes } = body;
        const facts = {
          ...{ id: newId('key'), name, scopes, prefix: made.prefix },
          createdBy: login.memberId,
          expiresAt: expiryOf(body, now),
        };
        await tenants.insertApiKey(tx, { ...facts, appId: app.id, key: made.key });
        await recordAudit(tx, {
          ...{ at: now, action: 'api_key.created', actorId: login.memberId, target: facts.id },
          details: { app: app.id, name, scopes },
          address: maskAddress(client.address),
        });
        return { status: 201, body: { ...presentKey({ ...facts, createdAt: now }, now), key: made.key } };
      },
    }),
    roleRoute({
      method: 'DELETE',
      path: `${KEYS}/:id`,
      roles: MAY['api_keys.change'],
      stepUp: true,
      summary: 'Revoke an API key; it is refused within a second',
      params: OfKey,
      replies: { 204: { description: 'Done', schema: z.null() } },
      handle: async ({ tx, params, now, login, client }) => {
        const app = await load(tx, params.app);
        if (!(await tenants.revokeApiKey(tx, app.id, params.id, now))) throw new Problem('not_found');
        await recordAudit(tx, {
          ...{ at: now, action: 'api_key.revoked', actorId: login.memberId, target: params.id },
          details: { app: app.id },
          address: maskAddress(client.address),
        });
        return { status: 204, body: null };
      },
    }),
  ];
}
