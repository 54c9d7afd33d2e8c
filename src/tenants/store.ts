/** All SQL of tenants, apps, their secrets and keys. */
import { sha256Base64url } from '../http/digest.ts';
import type { Db, Seal, Tx } from '../ports.ts';
import { type AppRow, appAssociatedData, appFromRow, secretAssociatedData } from './app-row.ts';
import type { ProvisionRequest } from './provision.ts';
import type { App, SecretKind } from './tenants.ts';

/** An API key as people may see it. */
export interface ApiKeyFacts {
  id: string;
  name: string;
  prefix: string;
  scopes: readonly string[];
  createdAt: Date;
  /** A member; null: made by `provision`. */
  createdBy: string | null;
  expiresAt: Date | null;
}

interface ApiKeyRow {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: Date;
  created_by: string | null;
  expires_at: Date | null;
}

export type TenantStore = ReturnType<typeof createTenantStore>;

export function createTenantStore({ seal }: { seal: Seal }) {
  const appColumns = (tx: Tx, id: string, app: ProvisionRequest['app']) => ({
    name: app.name,
    environment: app.environment,
    generation: app.generation,
    slug: app.divar.slug,
    consent: JSON.stringify(app.consent),
    landing: JSON.stringify({
      url: app.landing.url,
      pages: app.landing.pages,
      mode: app.landing.mode,
      staging_url: app.landing.staging_url,
    }),
    test_users:
      app.landing.test_users.length === 0
        ? null
        : seal.seal(JSON.stringify(app.landing.test_users), appAssociatedData(tx.tenantId, 'test_users', id)),
    action_url: app.action_url,
    action_fallback_text: app.action_fallback_text,
    limits: JSON.stringify(app.limits),
  });

  return {
    findTenant: async (db: Pick<Db, 'call'>, externalId: string): Promise<string | undefined> =>
      (await db.call<{ tenant_id: string }>('find_tenant', [externalId]))[0]?.tenant_id,

    findTenantOfApp: async (db: Pick<Db, 'call'>, appId: string): Promise<string | undefined> =>
      (await db.call<{ tenant_id: string }>('find_app_tenant', [appId]))[0]?.tenant_id,

    findApiKey: async (db: Pick<Db, 'call'>, hash: string) => {
      const [row] = await db.call<{ tenant_id: string; app_id: string; id: string; scopes: string[] }>(
        'find_api_key',
        [hash],
      );
      return row && { tenantId: row.tenant_id, appId: row.app_id, id: row.id, scopes: row.scopes };
    },

    insertTenant: async (tx: Tx, tenant: ProvisionRequest['tenant']): Promise<void> => {
      await tx
        .sql('tenants')
        .insert({ tenant_id: tx.tenantId, external_id: tenant.external_id, name: tenant.name });
    },

    /** Also the lock under which a tenant is provisioned. */
    updateTenant: async (tx: Tx, tenant: ProvisionRequest['tenant']): Promise<void> => {
      await tx.sql('tenants').where({ tenant_id: tx.tenantId }).update({ name: tenant.name });
    },

    /** False when there is no such tenant. */
    setSuspended: async (tx: Tx, suspended: boolean): Promise<boolean> =>
      (await tx
        .sql('tenants')
        .where({ tenant_id: tx.tenantId })
        .update({ suspended_at: suspended ? tx.sql.raw('coalesce(suspended_at, now())') : null })) === 1,

    findAppId: async (tx: Tx, externalId: string): Promise<string | undefined> => {
      const row = await tx
        .sql('apps')
        .select('id')
        .where({ tenant_id: tx.tenantId, external_id: externalId })
        .first();
      return row?.id as string | undefined;
    },

    insertApp: async (
      tx: Tx,
      id: string,
      app: ProvisionRequest['app'],
      actionSecret: string,
    ): Promise<void> => {
      await tx.sql('apps').insert({
        tenant_id: tx.tenantId,
        id,
        external_id: app.external_id,
        ...appColumns(tx, id, app),
        action_secret: seal.seal(actionSecret, appAssociatedData(tx.tenantId, 'action_secret', id)),
      });
    },

    updateApp: async (tx: Tx, id: string, app: ProvisionRequest['app']): Promise<void> => {
      await tx
        .sql('apps')
        .where({ tenant_id: tx.tenantId, id })
        .update(appColumns(tx, id, app));
    },

    /** First the one in use, then the one that is still accepted. */
    readSecrets: async (tx: Tx, appId: string, kind: SecretKind): Promise<string[]> => {
      const rows = await tx
        .sql('app_secrets')
        .where({ tenant_id: tx.tenantId, app_id: appId, kind })
        .orderBy('slot');
      return rows.map((row) =>
        seal.open(row.sealed as string, secretAssociatedData(tx.tenantId, appId, kind)),
      );
    },

    writeSecrets: async (
      tx: Tx,
      appId: string,
      kind: SecretKind,
      values: readonly string[],
    ): Promise<void> => {
      await tx.sql('app_secrets').where({ tenant_id: tx.tenantId, app_id: appId, kind }).delete();
      const rows = values.map((value, index) => ({
        tenant_id: tx.tenantId,
        app_id: appId,
        kind,
        slot: index + 1,
        sealed: seal.seal(value, secretAssociatedData(tx.tenantId, appId, kind)),
      }));
      if (rows.length > 0) await tx.sql('app_secrets').insert(rows);
    },

    findEndpointId: async (tx: Tx, appId: string, url: string): Promise<string | undefined> => {
      const row = await tx
        .sql('endpoints')
        .select('id')
        .where({ tenant_id: tx.tenantId, app_id: appId, url })
        .first();
      return row?.id as string | undefined;
    },

    insertEndpoint: async (
      tx: Tx,
      endpoint: { id: string; appId: string; url: string; events: readonly string[]; secret: string },
    ): Promise<void> => {
      await tx.sql('endpoints').insert({
        tenant_id: tx.tenantId,
        id: endpoint.id,
        app_id: endpoint.appId,
        url: endpoint.url,
        events: endpoint.events,
        secret: seal.seal(endpoint.secret, `${tx.tenantId}|endpoints|secret|${endpoint.id}`),
      });
    },

    updateEndpoint: async (tx: Tx, id: string, events: readonly string[]): Promise<void> => {
      await tx.sql('endpoints').where({ tenant_id: tx.tenantId, id }).update({ events });
    },

    /** Signs the calls of dynamic actions. */
    openActionSecret: async (tx: Tx, appId: string): Promise<string> => {
      const row = await tx
        .sql('apps')
        .select('action_secret')
        .where({ tenant_id: tx.tenantId, id: appId })
        .first();
      return seal.open(row?.action_secret as string, appAssociatedData(tx.tenantId, 'action_secret', appId));
    },

    findApiKeyId: async (tx: Tx, appId: string, name: string): Promise<string | undefined> => {
      const row = await tx
        .sql('api_keys')
        .select('id')
        .where({ tenant_id: tx.tenantId, app_id: appId, name, revoked_at: null })
        .first();
      return row?.id as string | undefined;
    },

    insertApiKey: async (
      tx: Tx,
      apiKey: {
        id: string;
        appId: string;
        name: string;
        prefix: string;
        key: string;
        scopes: readonly string[];
        createdBy?: string;
        expiresAt?: Date | null;
      },
    ): Promise<void> => {
      await tx.sql('api_keys').insert({
        tenant_id: tx.tenantId,
        id: apiKey.id,
        app_id: apiKey.appId,
        name: apiKey.name,
        prefix: apiKey.prefix,
        key_hash: sha256Base64url(apiKey.key),
        scopes: apiKey.scopes,
        created_by: apiKey.createdBy ?? null,
        expires_at: apiKey.expiresAt ?? null,
      });
    },

    /** Those that are not revoked, newest first; an ended one stays until somebody looks after it. */
    listApiKeys: async (tx: Tx, appId: string): Promise<ApiKeyFacts[]> => {
      const rows = await tx
        .sql('api_keys')
        .where({ tenant_id: tx.tenantId, app_id: appId, revoked_at: null })
        .orderBy('id', 'desc');
      return (rows as ApiKeyRow[]).map((row) => ({
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        scopes: row.scopes,
        createdAt: row.created_at,
        createdBy: row.created_by,
        expiresAt: row.expires_at,
      }));
    },

    /** Counts within a second everywhere. False when there is no such key, or it was revoked before. */
    revokeApiKey: async (tx: Tx, appId: string, id: string, now: Date): Promise<boolean> =>
      (await tx
        .sql('api_keys')
        .where({ tenant_id: tx.tenantId, app_id: appId, id, revoked_at: null })
        .update({ revoked_at: now })) === 1,

    /** The apps of the transaction's tenant as they are now, newest first. */
    listApps: async (tx: Tx): Promise<App[]> => {
      const rows = await tx
        .sql('apps')
        .join('tenants', 'tenants.tenant_id', 'apps.tenant_id')
        .where({ 'apps.tenant_id': tx.tenantId })
        .select(
          'apps.*',
          tx.sql.raw('tenants.suspended_at is not null or apps.disabled_at is not null as suspended'),
        )
        .orderBy('apps.id', 'desc');
      return rows.map((row) => appFromRow({ ...row, secrets: [] } as AppRow, seal));
    },

    updateApiKey: async (tx: Tx, id: string, scopes: readonly string[]): Promise<void> => {
      await tx.sql('api_keys').where({ tenant_id: tx.tenantId, id }).update({ scopes });
    },
  };
}
