/** Creates or updates a tenant with its app, endpoints and API keys in one transaction. The same request again changes nothing. */
import { Problem } from '../errors.ts';
import type { Db, NewId, RandomBytes, Tx } from '../ports.ts';
import { makeApiKey, makeIdentificationKey, makeWebhookSecret, randomBase62 } from './made-secrets.ts';
import { appUrls, type ProvisionReply, type ProvisionRequest } from './provision.ts';
import type { TenantStore } from './store.ts';
import type { SecretKind } from './tenants.ts';

interface Deps {
  db: Pick<Db, 'call' | 'tenant'>;
  store: TenantStore;
  newId: NewId;
  random: RandomBytes;
  publicUrl: string;
}

export async function provisionTenant(deps: Deps, request: ProvisionRequest): Promise<ProvisionReply> {
  const known = await deps.store.findTenant(deps.db, request.tenant.external_id);
  try {
    return await deps.db.tenant(known ?? deps.newId('ten'), (tx) =>
      provision(deps, tx, request, known === undefined),
    );
  } catch (error) {
    // Two first provisions at once: the other one made the tenant, so now it is known.
    const isRace = (error as { code?: string }).code === '23505' && known === undefined;
    if (!isRace) throw error;
    return provisionTenant(deps, request);
  }
}

/** As part of a transaction that does more. @throws Problem `invalid_request` */
export async function provision(
  deps: Omit<Deps, 'db'>,
  tx: Tx,
  request: ProvisionRequest,
  isNewTenant: boolean,
): Promise<ProvisionReply> {
  if (isNewTenant) await deps.store.insertTenant(tx, request.tenant);
  else await deps.store.updateTenant(tx, request.tenant);
  const app = await provisionApp(deps, tx, request.app);
  const endpoints: ProvisionReply['endpoints'] = [];
  for (const endpoint of request.endpoints)
    endpoints.push(await provisionEndpoint(deps, tx, app.id, endpoint));
  const apiKeys: ProvisionReply['api_keys'] = [];
  for (const key of request.api_keys)
    apiKeys.push(await provisionApiKey(deps, tx, request.app.environment, app.id, key));
  return { tenant: { id: tx.tenantId }, app, endpoints, api_keys: apiKeys };
}

/** `mayLackSecrets`: a live app may do without the secrets of Divar for now; until then it cannot call Divar.
 *  @throws Problem `invalid_request` */
export async function provisionApp(
  deps: Omit<Deps, 'db'>,
  tx: Tx,
  app: ProvisionRequest['app'],
  { newId = deps.newId('app'), mayLackSecrets = false }: { newId?: string; mayLackSecrets?: boolean } = {},
): Promise<ProvisionReply['app']> {
  const { store } = deps;
  const known = await store.findAppId(tx, app.external_id);
  const id = known ?? newId;
  const made: Partial<ProvisionReply['app']> = {};
  if (known === undefined) {
    made.action_secret = makeWebhookSecret(deps.random);
    await store.insertApp(tx, id, app, made.action_secret);
  } else {
    await store.updateApp(tx, id, app);
  }
  const given: { [kind in SecretKind]?: string | undefined } = app.divar;
  for (const kind of ['identification_key', 'api_key', 'client_secret'] as const) {
    const current = await store.readSecrets(tx, id, kind);
    const isMissing = given[kind] === undefined && current.length === 0;
    if (mayLackSecrets && isMissing && kind !== 'identification_key' && app.environment === 'live') continue;
    const value = given[kind] ?? current[0] ?? makeSecret(deps, kind, app.environment);
    const next = rotate(current, value);
    if (next !== current) await store.writeSecrets(tx, id, kind, next);
    if (current.length === 0 && (given[kind] === undefined || kind === 'identification_key'))
      made[kind] = value;
  }
  return { id, ...made, urls: appUrls(deps.publicUrl, id) };
}

/** A new value becomes the first, the one it replaces stays valid as the second. */
export function rotate(current: readonly string[], value: string): readonly string[] {
  return current[0] === value ? current : [value, ...current.slice(0, 1)];
}

function makeSecret(deps: Pick<Deps, 'random'>, kind: SecretKind, environment: 'live' | 'sandbox'): string {
  if (kind === 'identification_key') return makeIdentificationKey(deps.random);
  if (environment === 'sandbox') return `sandbox_${randomBase62(deps.random, 32)}`;
  throw new Problem('invalid_request', {
    issues: [
      { path: `app.divar.${kind}`, code: 'required', message: 'a live app needs the one that Divar gave' },
    ],
  });
}

async function provisionEndpoint(
  deps: Omit<Deps, 'db'>,
  tx: Tx,
  appId: string,
  endpoint: ProvisionRequest['endpoints'][number],
) {
  const known = await deps.store.findEndpointId(tx, appId, endpoint.url);
  if (known !== undefined) {
    await deps.store.updateEndpoint(tx, known, endpoint.events);
    return { id: known, url: endpoint.url };
  }
  const made = { id: deps.newId('end'), url: endpoint.url, secret: makeWebhookSecret(deps.random) };
  await deps.store.insertEndpoint(tx, { ...made, appId, events: endpoint.events });
  return made;
}

async function provisionApiKey(
  deps: Omit<Deps, 'db'>,
  tx: Tx,
  environment: 'live' | 'sandbox',
  appId: string,
  apiKey: ProvisionRequest['api_keys'][number],
) {
  const known = await deps.store.findApiKeyId(tx, appId, apiKey.name);
  if (known !== undefined) {
    await deps.store.updateApiKey(tx, known, apiKey.scopes);
    return { id: known, name: apiKey.name };
  }
  const id = deps.newId('key');
  const made = makeApiKey(deps.random, environment);
  await deps.store.insertApiKey(tx, { id, appId, name: apiKey.name, ...made, scopes: apiKey.scopes });
  return { id, name: apiKey.name, key: made.key };
}
