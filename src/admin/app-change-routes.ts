/** Members make and change apps: what `cli provision` does, one part at a time, with the names of those who did it. */
import { z } from 'zod';
import { AppView, presentApp } from '../api/app-view.ts';
import { Problem } from '../errors.ts';
import { type MemberRoute, type RoleRequest, roleRoute } from '../http/member-route.ts';
import type { AuditAction } from '../members/audit.ts';
import type { RecordAudit } from '../members/audit-store.ts';
import { MAY, maskAddress } from '../members/members.ts';
import type { NewId, RandomBytes, Tx } from '../ports.ts';
import { CHECKS_OF_SECTION, Kenar, Privacy, type Setup } from '../setup/setup.ts';
import type { SetupStore } from '../setup/store.ts';
import type { AppChangeStore } from '../tenants/app-change-store.ts';
import {
  APP_SECTIONS,
  AppName,
  type AppSection,
  judgeSection,
  requestOf,
  type SectionValues,
  sectionsOf,
  versionOf,
  withSection,
} from '../tenants/app-settings.ts';
import { sandboxApp } from '../tenants/found-tenant.ts';
import { defaultLandingUrl, ProvisionRequest, Slug } from '../tenants/provision.ts';
import { provisionApp } from '../tenants/provision-tenant.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { App } from '../tenants/tenants.ts';
import { AppSettingsView, presentSettings } from './app-settings-view.ts';

export interface AppChangeDeps {
  tenants: TenantStore;
  changes: AppChangeStore;
  setups: SetupStore;
  recordAudit: RecordAudit;
  isAllowedUrl: (url: string) => boolean;
  newId: NewId;
  random: RandomBytes;
  publicUrl: string;
  simulatorUrl: string | undefined;
  demoUrl: string | undefined;
}

const TENANT = '/admin/api/v1/tenants/:tenant';
export const APP = `${TENANT}/apps/:app`;
/** More than any business has, and a bound on what every process holds in memory. */
const MAX_APPS = 50;
export const OfApp = z.object({ tenant: z.string(), app: z.string().max(64) });
export type OfApp = z.infer<typeof OfApp>;

const NewApp = z.strictObject({
  name: AppName,
  environment: z.enum(['live', 'sandbox']),
  generation: z.enum(['v1', 'v2']).default('v2'),
  /** Of a sandbox app it is made. */
  slug: Slug.nullable().default(null),
});
type NewApp = z.infer<typeof NewApp>;

export function createAppChangeRoutes(deps: AppChangeDeps): MemberRoute[] {
  return [
    makeRoute(deps),
    roleRoute({
      method: 'GET',
      path: `${APP}/settings`,
      roles: MAY['apps.read'],
      summary: 'The settings of an app, in parts that are changed one at a time',
      params: OfApp,
      replies: { 200: { description: 'The settings', schema: AppSettingsView } },
      handle: async (request) => ({ status: 200, body: await readSettings(deps, request) }),
    }),
    ...(Object.keys(APP_SECTIONS) as AppSection[]).map((name) => sectionRoute(deps, name)),
    noteRoute(deps, 'kenar', Kenar),
    noteRoute(deps, 'privacy', Privacy),
    switchRoute(deps, 'disable'),
    switchRoute(deps, 'enable'),
  ];
}

/** @throws Problem `not_found` */
export async function loadApp(
  { tenants }: Pick<AppChangeDeps, 'tenants'>,
  { tx, params }: { tx: Tx; params: OfApp },
): Promise<App> {
  const app = (await tenants.listApps(tx)).find(({ id }) => id === params.app);
  if (!app) throw new Problem('not_found');
  return app;
}

/** A suspended tenant looks at its settings, and changes nothing. */
export function requireActive({
  login,
  params,
}: Pick<RoleRequest<{ tenant: string }>, 'login' | 'params'>): void {
  if (login.memberships.find(({ tenantId }) => tenantId === params.tenant)?.suspended)
    throw new Problem('tenant_suspended');
}

export async function readSettings(
  deps: AppChangeDeps,
  request: Pick<RoleRequest<OfApp>, 'tx' | 'params' | 'role'>,
): Promise<AppSettingsView> {
  const { tx, role } = request;
  const app = await loadApp(deps, request);
  return presentSettings({
    app,
    disabledAt: await deps.changes.findDisabledAt(tx, app.id),
    setup: await deps.setups.find(tx, app.id),
    secrets: await deps.changes.list(tx, app.id),
    publicUrl: deps.publicUrl,
    mayChange: (MAY['apps.change'] as readonly string[]).includes(role),
  });
}

export async function audit(
  deps: Pick<AppChangeDeps, 'recordAudit'>,
  { tx, now, login, client }: Pick<RoleRequest, 'tx' | 'now' | 'login' | 'client'>,
  action: AuditAction,
  target: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await deps.recordAudit(tx, {
    ...{ at: now, action, actorId: login.memberId, target, details },
    address: maskAddress(client.address),
  });
}

function makeRoute(deps: AppChangeDeps): MemberRoute {
  return roleRoute({
    method: 'POST',
    path: `${TENANT}/apps`,
    roles: MAY['apps.change'],
    summary: 'Make an app; the secrets of Divar may follow later',
    params: z.object({ tenant: z.string() }),
    body: NewApp,
    replies: { 201: { description: 'The app', schema: AppView } },
    handle: async (request) => {
      const { tx, body } = request;
      requireActive(request);
      const known = await deps.tenants.listApps(tx);
      if (known.length >= MAX_APPS)
        throw new Problem('conflict', {
          detail: `At most ${MAX_APPS} apps`,
          extra: { params: { max_count: MAX_APPS } },
        });
      if (known.some(({ slug, environment }) => slug === body.slug && environment === body.environment))
        throw new Problem('conflict', { detail: 'An app with that slug is there already' });
      const id = deps.newId('app');
      await provisionApp({ ...deps, store: deps.tenants }, tx, planApp(deps, tx, id, body), {
        newId: id,
        mayLackSecrets: true,
      });
      await audit(deps, request, 'app.created', id, { environment: body.environment, slug: body.slug });
      const app = await loadApp(deps, { tx, params: { tenant: tx.tenantId, app: id } });
      return { status: 201, body: presentApp(app, deps.publicUrl) };
    },
  });
}

function planApp(deps: AppChangeDeps, tx: Tx, id: string, body: NewApp) {
  const { name, environment, generation, slug } = body;
  if (environment === 'sandbox') {
    if (deps.simulatorUrl === undefined)
      throw new Problem('conflict', {
        detail: 'There is no simulator here',
        extra: { params: { reason: 'no_simulator' } },
      });
    return { ...sandboxApp(deps, { tenantId: tx.tenantId, externalId: id, name }), generation };
  }
  if (slug === null)
    throw new Problem('invalid_request', {
      issues: [{ path: 'body.slug', code: 'missing', message: 'the slug that Divar gave' }],
    });
  return ProvisionRequest.shape.app.parse({
    ...{ external_id: id, name, environment, generation },
    divar: { slug },
    landing: { url: defaultLandingUrl(deps.publicUrl) },
  });
}

/** Whoever saves names the version he saw. */
const changeOf = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({ version: z.string().max(64), value });

function requireVersion(current: unknown, version: string): void {
  if (versionOf(current) !== version)
    throw new Problem('conflict', {
      detail: 'Somebody else has changed this meanwhile',
      extra: { params: { reason: 'changed_elsewhere' } },
    });
}

const changedFields = (before: object, after: object): string[] =>
  Object.keys(after).filter(
    (name) =>
      versionOf((before as Record<string, unknown>)[name]) !==
      versionOf((after as Record<string, unknown>)[name]),
  );

function sectionRoute(deps: AppChangeDeps, name: AppSection): MemberRoute {
  return roleRoute({
    method: 'PATCH',
    path: `${APP}/settings/${name}`,
    roles: MAY['apps.change'],
    summary: `Change the part "${name}" of an app's settings; in effect within a second`,
    params: OfApp,
    body: changeOf(APP_SECTIONS[name] as z.ZodType<SectionValues[AppSection]>),
    replies: { 200: { description: 'The settings', schema: AppSettingsView } },
    handle: async (request) => {
      const { tx, params, body } = request;
      requireActive(request);
      await deps.changes.lock(tx, params.app);
      const app = requestOf(await loadApp(deps, request));
      const current = sectionsOf(app)[name];
      requireVersion(current, body.version);
      const values = { [name]: body.value } as Partial<SectionValues>;
      const issues = judgeSection(values, deps.isAllowedUrl);
      if (issues.length > 0) throw new Problem('invalid_request', { issues });
      const fields = changedFields(current, body.value);
      if (fields.length > 0) {
        await deps.tenants.updateApp(tx, params.app, withSection(app, values));
        await deps.setups.forgetRuns(tx, params.app, CHECKS_OF_SECTION[name] ?? []);
        await audit(deps, request, 'app.changed', params.app, { part: name, fields });
      }
      return { status: 200, body: await readSettings(deps, request) };
    },
  });
}

/** What is only noted here: nothing of the gateway's work depends on it. */
function noteRoute(
  deps: AppChangeDeps,
  name: 'kenar' | 'privacy',
  schema: typeof Kenar | typeof Privacy,
): MemberRoute {
  return roleRoute({
    method: 'PATCH',
    path: `${APP}/settings/${name}`,
    roles: MAY['apps.change'],
    summary: `Change the part "${name}" of what is noted about an app`,
    params: OfApp,
    body: changeOf(schema as z.ZodType<Kenar | Privacy>),
    replies: { 200: { description: 'The settings', schema: AppSettingsView } },
    handle: async (request) => {
      const { tx, params, body } = request;
      requireActive(request);
      await deps.changes.lock(tx, params.app);
      await loadApp(deps, request);
      const current = (await deps.setups.find(tx, params.app))[name];
      requireVersion(current, body.version);
      const fields = changedFields(current, body.value);
      if (fields.length > 0) {
        await deps.setups.save(tx, params.app, { [name]: body.value } as Partial<Setup>);
        await deps.changes.touch(tx, params.app);
        await audit(deps, request, 'app.changed', params.app, { part: name, fields });
      }
      return { status: 200, body: await readSettings(deps, request) };
    },
  });
}

/** A disabled app is to Divar as if it were not there; everything it has stays. */
function switchRoute(deps: AppChangeDeps, verb: 'disable' | 'enable'): MemberRoute {
  return roleRoute({
    method: 'POST',
    path: `${APP}/${verb}`,
    roles: MAY['apps.change'],
    stepUp: true,
    summary: verb === 'disable' ? 'Take no more of Divar for this app' : 'Let a disabled app work again',
    params: OfApp,
    replies: { 200: { description: 'The settings', schema: AppSettingsView } },
    handle: async (request) => {
      const { tx, params, now } = request;
      requireActive(request);
      await deps.changes.lock(tx, params.app);
      await loadApp(deps, request);
      const isDisabled = (await deps.changes.findDisabledAt(tx, params.app)) !== null;
      if (isDisabled !== (verb === 'disable')) {
        await deps.changes.setDisabled(tx, params.app, verb === 'disable' ? now : null);
        await deps.setups.forgetRuns(tx, params.app, ['init']);
        await audit(deps, request, verb === 'disable' ? 'app.disabled' : 'app.enabled', params.app);
      }
      return { status: 200, body: await readSettings(deps, request) };
    },
  });
}
