/** What a business has right after it signed up: a tenant and, where the simulator runs, a sandbox app to try things on. */
import type { NewId, RandomBytes, Tx } from '../ports.ts';
import { randomBase62 } from './made-secrets.ts';
import { ProvisionRequest } from './provision.ts';
import { provision } from './provision-tenant.ts';
import type { TenantStore } from './store.ts';

export interface FoundTenantDeps {
  store: TenantStore;
  newId: NewId;
  random: RandomBytes;
  publicUrl: string;
  /** Undefined: no simulator, no sandbox app. */
  simulatorUrl: string | undefined;
}

export function createFoundTenant(deps: FoundTenantDeps) {
  return async (tx: Tx, organization: string): Promise<void> => {
    const tenant = { external_id: tx.tenantId, name: organization };
    if (deps.simulatorUrl === undefined) return deps.store.insertTenant(tx, tenant);
    const request = ProvisionRequest.parse({
      tenant,
      app: {
        external_id: 'sandbox',
        name: 'برنامهٔ آزمایشی',
        environment: 'sandbox',
        divar: { slug: `sandbox-${randomBase62(deps.random, 10).toLowerCase()}` },
        // Until the wizard is told the tenant's own page.
        landing: { url: `${deps.simulatorUrl}/` },
      },
    });
    await provision(deps, tx, request, true);
  };
}
