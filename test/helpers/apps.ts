/** Provisioned tenants for tests, made the way operators make them. */

import type { Db, Seal } from '../../src/ports.ts';
import { createAppDirectory, type PollingAppDirectory } from '../../src/tenants/directory.ts';
import { type ProvisionReply, parseProvisionRequest } from '../../src/tenants/provision.ts';
import { provisionTenant } from '../../src/tenants/provision-tenant.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import type { TestDatabase } from './database.ts';
import { testNewId, testRandom, testSeal } from './fakes.ts';
import { silentLog } from './log.ts';

export const PUBLIC_URL = 'http://localhost:3000';

interface Overrides {
  tenant?: object;
  app?: object;
  divar?: object;
  landing?: object;
  endpoints?: unknown;
  api_keys?: unknown;
}

/** A request of `cli provision`: a live app of the second generation with one API key, but for what is overridden. */
export function provisionRequest({ tenant, app, divar, landing, ...rest }: Overrides = {}) {
  return {
    tenant: { external_id: 'shop-1', name: 'فروشگاه یک', ...tenant },
    app: {
      external_id: 'shop-1-live',
      name: 'ارسال سریع',
      environment: 'live',
      generation: 'v2',
      divar: {
        slug: 'blue-otter-lamp',
        api_key: 'divar-api-key-1',
        client_secret: 's+1',
        identification_key: 'idk_9f3e77c1',
        ...divar,
      },
      landing: { url: 'https://shop.example/divar', ...landing },
      ...app,
    },
    api_keys: [{ name: 'server', scopes: ['*'] }],
    ...rest,
  };
}

export async function provision(
  { db }: Pick<TestDatabase, 'db'>,
  overrides: Overrides = {},
  seal: Seal = testSeal(),
): Promise<ProvisionReply> {
  const store = createTenantStore({ seal });
  const request = parseProvisionRequest(provisionRequest(overrides), () => true);
  return provisionTenant(
    { db, store, newId: testNewId(), random: testRandom, publicUrl: PUBLIC_URL },
    request,
  );
}

export async function openDirectory(db: Db, seal: Seal = testSeal()): Promise<PollingAppDirectory> {
  const directory = createAppDirectory({
    db,
    seal,
    random: testRandom,
    hasSimulator: true,
    log: silentLog(),
  });
  await directory.refresh();
  return directory;
}
