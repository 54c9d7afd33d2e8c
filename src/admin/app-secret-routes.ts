/** Secrets of an app: written, never read again. What is made here is shown in the one answer that makes it. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type MemberRoute, type RoleRequest, roleRoute } from '../http/member-route.ts';
import { MAY } from '../members/members.ts';
import { CHECKS_OF_SECRET } from '../setup/setup.ts';
import { makeIdentificationKey, makeWebhookSecret, randomBase62 } from '../tenants/made-secrets.ts';
import { DivarSecret } from '../tenants/provision.ts';
import type { App, SecretKind } from '../tenants/tenants.ts';
import {
  APP,
  type AppChangeDeps,
  audit,
  loadApp,
  OfApp,
  readSettings,
  requireActive,
} from './app-change-routes.ts';
import { AppSettingsView } from './app-settings-view.ts';

const KINDS = ['identification_key', 'api_key', 'client_secret'] as const satisfies readonly SecretKind[];
const MAX_OVERLAP_SECONDS = 7 * 86_400;
const DAY_SECONDS = 86_400;

const NewSecret = z.strictObject({
  /** Absent: it is made here. What Divar gives cannot be made. */
  value: z.string().max(1024).trim().pipe(DivarSecret).optional(),
  /** How long the one before is still taken from Divar. Null: until it is retired by hand. */
  overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).nullable().default(DAY_SECONDS),
});
type NewSecret = z.infer<typeof NewSecret>;

const SecretReply = z
  .object({ settings: AppSettingsView, secret: z.string().nullable() })
  .meta({ id: 'AppSecret' });

export function createAppSecretRoutes(deps: AppChangeDeps): MemberRoute[] {
  return [
    ...KINDS.flatMap((kind) => [rotateRoute(deps, kind), retireRoute(deps, kind)]),
    roleRoute({
      method: 'POST',
      path: `${APP}/secrets/action_secret`,
      roles: MAY['apps.change'],
      stepUp: true,
      summary: 'Make a new secret that signs dynamic actions; it is shown this once, and the old one ends',
      params: OfApp,
      replies: { 201: { description: 'The secret', schema: SecretReply } },
      handle: async (request) => {
        const { tx, params } = request;
        requireActive(request);
        await loadApp(deps, request);
        const secret = makeWebhookSecret(deps.random);
        await deps.changes.writeActionSecret(tx, params.app, secret);
        await audit(deps, request, 'app.secret_changed', params.app, { kind: 'action_secret' });
        return { status: 201, body: { settings: await readSettings(deps, request), secret } };
      },
    }),
  ];
}

function rotateRoute(deps: AppChangeDeps, kind: SecretKind): MemberRoute {
  return roleRoute({
    method: 'POST',
    path: `${APP}/secrets/${kind}`,
    roles: MAY['apps.change'],
    stepUp: true,
    summary: `Set a new ${kind}; the one before is taken for a while`,
    params: OfApp,
    body: NewSecret,
    replies: { 201: { description: 'The secret, if it was made here', schema: SecretReply } },
    handle: async (request) => {
      const { tx, params, body } = request;
      requireActive(request);
      await deps.changes.lock(tx, params.app);
      const app = await loadApp(deps, request);
      const [current] = await deps.tenants.readSecrets(tx, app.id, kind);
      const value = body.value ?? makeSecret(deps, kind, app);
      if (value !== current) await rotate(deps, request, { kind, value, overlap: body.overlap_seconds });
      const secret = body.value === undefined ? value : null;
      return { status: 201, body: { settings: await readSettings(deps, request), secret } };
    },
  });
}

async function rotate(
  deps: AppChangeDeps,
  request: RoleRequest<OfApp, unknown, NewSecret>,
  { kind, value, overlap }: { kind: SecretKind; value: string; overlap: number | null },
): Promise<void> {
  const { tx, params, now } = request;
  const retireAt = overlap === null ? null : new Date(now.getTime() + overlap * 1000);
  await deps.changes.rotate(tx, params.app, { kind, value, retireAt });
  if (overlap === 0) await deps.changes.retire(tx, params.app, kind);
  await deps.setups.forgetRuns(tx, params.app, CHECKS_OF_SECRET[kind] ?? []);
  await audit(deps, request, 'app.secret_changed', params.app, { kind, overlap_seconds: overlap });
}

function makeSecret({ random }: AppChangeDeps, kind: SecretKind, { environment }: App): string {
  if (kind === 'identification_key') return makeIdentificationKey(random);
  // Our simulator takes whatever we tell it.
  if (environment === 'sandbox') return `sandbox_${randomBase62(random, 32)}`;
  throw new Problem('invalid_request', {
    issues: [{ path: 'body.value', code: 'missing', message: 'Divar gives this one' }],
  });
}

function retireRoute(deps: AppChangeDeps, kind: SecretKind): MemberRoute {
  return roleRoute({
    method: 'DELETE',
    path: `${APP}/secrets/${kind}/previous`,
    roles: MAY['apps.change'],
    stepUp: true,
    summary: `End the ${kind} that was replaced`,
    params: OfApp,
    replies: { 200: { description: 'The settings', schema: AppSettingsView } },
    handle: async (request) => {
      const { tx, params } = request;
      requireActive(request);
      const app = await loadApp(deps, request);
      if (!(await deps.changes.retire(tx, app.id, kind))) throw new Problem('not_found');
      await audit(deps, request, 'app.secret_retired', params.app, { kind });
      return { status: 200, body: await readSettings(deps, request) };
    },
  });
}
