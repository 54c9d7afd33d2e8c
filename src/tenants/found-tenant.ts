/** What a business has right after it signed up: a tenant and, where the simulator runs, a sandbox app to try things on. */
import type { NewId, RandomBytes, Tx } from '../ports.ts';
import type { AppRequest } from './app-settings.ts';
import { randomBase62 } from './made-secrets.ts';
import { defaultLandingUrl, ProvisionRequest } from './provision.ts';
import { provision } from './provision-tenant.ts';
import type { TenantStore } from './store.ts';

export interface FoundTenantDeps {
  store: TenantStore;
  newId: NewId;
  random: RandomBytes;
  publicUrl: string;
  /** Undefined: no simulator, no sandbox app. */
  simulatorUrl: string | undefined;
  /** The example page of `npm start`, which serves the sandbox apps of all tenants. */
  demoUrl?: string | undefined;
}

export function createFoundTenant(deps: FoundTenantDeps) {
  return async (tx: Tx, organization: string): Promise<void> => {
    const tenant = { external_id: tx.tenantId, name: organization };
    if (deps.simulatorUrl === undefined) return deps.store.insertTenant(tx, tenant);
    const app = sandboxApp(deps, { tenantId: tx.tenantId, externalId: 'sandbox', name: 'برنامهٔ آزمایشی' });
    await provision(deps, tx, ProvisionRequest.parse({ tenant, app }), true);
  };
}

/** A sandbox app with which a whole visit works at once, until the wizard is told the tenant's own page. */
export function sandboxApp(
  { random, demoUrl, publicUrl }: Pick<FoundTenantDeps, 'random' | 'demoUrl' | 'publicUrl'>,
  { tenantId, externalId, name }: { tenantId: string; externalId: string; name: string },
): AppRequest {
  const query = new URLSearchParams({ tenant: tenantId, app: externalId });
  const landing =
    demoUrl === undefined
      ? { url: defaultLandingUrl(publicUrl) }
      : { url: `${demoUrl}/?${query}`, pages: { track: `${demoUrl}/track?${query}` } };
  return ProvisionRequest.shape.app.parse({
    external_id: externalId,
    name,
    environment: 'sandbox',
    divar: { slug: `sandbox-${randomBase62(random, 10).toLowerCase()}` },
    consent: {
      when: 'init',
      scopes: [
        'USER_ID',
        'offline_access',
        'CONVERSATION_SEND_MESSAGE.{conversation_id}',
        'NOTIFICATION_ACCESS_REVOCATION',
      ],
    },
    landing,
  });
}
