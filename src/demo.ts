/** The demo tenant of `npm start`: a sandbox app, and the example page «ارسال کالا» that belongs to it. Sandbox apps of other
 *  tenants land here too until they have a page of their own: `demo-tenants.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from './config.ts';
import { createTenantPages } from './demo-tenants.ts';
import type { Platform } from './platform/open.ts';
import { findProjectFolder } from './platform/project.ts';
import { randomBase62 } from './tenants/made-secrets.ts';
import { ProvisionRequest } from './tenants/provision.ts';
import { provisionTenant } from './tenants/provision-tenant.ts';
import { createTenantStore } from './tenants/store.ts';

interface Kept {
  keyName: string;
  apiKey: string;
}

interface Example {
  createShipping(options: { gatewayUrl: string; apiKey: string; publicUrl: string }): {
    callback(): RequestListener;
  };
}

export async function startDemo(config: Config, platform: Platform) {
  const publicUrl = `http://localhost:${config.demoPort}`;
  const apiKey = await provisionDemo(config, platform, publicUrl);
  const { createShipping } = (await import(
    pathToFileURL(`${findProjectFolder()}examples/shipping/server.js`).href
  )) as Example;
  const pageFor = (key: string) =>
    createShipping({ gatewayUrl: config.publicUrl, apiKey: key, publicUrl }).callback();
  const server = createServer(
    createTenantPages({
      ...platform,
      store: createTenantStore(platform),
      file: path.join(config.dataDir, 'demo-keys.json'),
      own: pageFor(apiKey),
      pageFor,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.demoPort, config.host, resolve);
  });
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The API key of the example page, which keeps it in a file as any tenant would. */
async function provisionDemo(
  { dataDir, publicUrl }: Config,
  platform: Platform,
  demoUrl: string,
): Promise<string> {
  const file = path.join(dataDir, 'demo.json');
  const kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Kept,
    () => undefined,
  );
  const keyName = kept?.keyName ?? `demo-${randomBase62(platform.random, 8)}`;
  const store = createTenantStore(platform);
  const reply = await provisionTenant({ ...platform, store, publicUrl }, demoRequest(demoUrl, keyName));
  // A key is told once: either now, or by the start that made it.
  const apiKey = reply.api_keys[0]?.key ?? kept?.apiKey ?? '';
  await writeFile(file, JSON.stringify({ keyName, apiKey } satisfies Kept), { mode: 0o600 });
  return apiKey;
}

function demoRequest(demoUrl: string, keyName: string): ProvisionRequest {
  return ProvisionRequest.parse({
    tenant: { external_id: 'demo', name: 'پیک پیوند' },
    app: {
      external_id: 'demo-shipping',
      name: 'ارسال کالا',
      environment: 'sandbox',
      generation: 'v2',
      divar: { slug: 'blue-otter-lamp' },
      consent: {
        when: 'init',
        scopes: [
          'USER_ID',
          'offline_access',
          'CONVERSATION_SEND_MESSAGE.{conversation_id}',
          // With it the trace shows an event when the consent is taken back.
          'NOTIFICATION_ACCESS_REVOCATION',
        ],
      },
      landing: { url: `${demoUrl}/`, pages: { track: `${demoUrl}/track` } },
    },
    api_keys: [{ name: keyName, scopes: ['*'] }],
  });
}
