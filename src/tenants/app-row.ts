/** An app as its row tells it (`changed_apps` in the migrations), and as the rest of the code knows it. */
import type { Seal } from '../ports.ts';
import type { App, Environment, Generation, SecretKind, TestUser } from './tenants.ts';

export interface AppRow {
  tenant_id: string;
  id: string;
  external_id: string;
  name: string;
  environment: Environment;
  generation: Generation;
  slug: string;
  consent: { when: 'init' | 'on_demand'; scopes: string[] };
  landing: {
    url: string;
    pages: Record<string, string>;
    mode: 'code' | 'fragment';
    staging_url: string | null;
  };
  test_users: string | null;
  action_url: string | null;
  action_fallback_text: string | null;
  limits: { requests_per_minute: number; divar_per_minute: number | null; divar_per_day: number | null };
  created_at: string;
  /** The transaction that wrote this state: equal means unchanged. */
  changed_xid: string;
  suspended: boolean;
  secrets: { kind: SecretKind; slot: 1 | 2; sealed: string }[];
}

export function appFromRow(row: AppRow, seal: Seal): App {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    externalId: row.external_id,
    name: row.name,
    environment: row.environment,
    generation: row.generation,
    slug: row.slug,
    consent: row.consent,
    landing: {
      url: row.landing.url,
      pages: row.landing.pages,
      mode: row.landing.mode,
      stagingUrl: row.landing.staging_url,
      testUsers:
        row.test_users === null
          ? []
          : (JSON.parse(
              seal.open(row.test_users, appAssociatedData(row.tenant_id, 'test_users', row.id)),
            ) as TestUser[]),
    },
    actionUrl: row.action_url,
    actionFallbackText: row.action_fallback_text,
    limits: {
      requestsPerMinute: row.limits.requests_per_minute,
      divarPerMinute: row.limits.divar_per_minute,
      divarPerDay: row.limits.divar_per_day,
    },
    suspended: row.suspended,
    createdAt: new Date(row.created_at),
    version: row.changed_xid,
  };
}

export function appAssociatedData(
  tenantId: string,
  column: 'test_users' | 'action_secret',
  appId: string,
): string {
  return `${tenantId}|apps|${column}|${appId}`;
}

/** The slot is not part of it: a secret moves from the first to the second without being sealed again. */
export function secretAssociatedData(tenantId: string, appId: string, kind: SecretKind): string {
  return `${tenantId}|app_secrets|sealed|${appId}/${kind}`;
}
