/** What an installation holds after a while, written past the product: thousands of apps, a million visits. */
import { Client } from 'pg';
import { createNewId, systemClock, systemRandom } from '../../src/platform/ids.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { createSeal, parseSecretKeys } from '../../src/platform/seal.ts';
import { appAssociatedData, secretAssociatedData } from '../../src/tenants/app-row.ts';
import type { Target } from './load.ts';

export const SECRET_KEYS = `bench:${Buffer.alloc(32, 7).toString('base64')}`;

const APPS_PER_STATEMENT = 500;
/** As many characters as a sealed visit has. */
const FACTS_LENGTH = 560;

export interface Database {
  /** What the server runs as. */
  url: string;
  ownerUrl: string;
}

export async function withClient<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** A migrated database of its own on the cluster. */
export async function createDatabase(cluster: Database, name: string): Promise<Database> {
  await withClient(cluster.ownerUrl, (client) => client.query(`create database ${name} template template0`));
  const [url = '', ownerUrl = ''] = [cluster.url, cluster.ownerUrl].map(
    (address) => Object.assign(new URL(address), { pathname: `/${name}` }).href,
  );
  await migrate(ownerUrl);
  return { url, ownerUrl };
}

/** Live apps, each of a tenant of its own. */
export async function insertApps({ ownerUrl }: Database, count: number): Promise<Target[]> {
  const newId = createNewId({ clock: systemClock, random: systemRandom });
  const seal = createSeal(parseSecretKeys(SECRET_KEYS), systemRandom);
  const apps = Array.from({ length: count }, (_, index) => {
    const [tenantId, id] = [newId('ten'), newId('app')];
    const identificationKey = `idk_${systemRandom(32).toString('hex')}`;
    const secrets = Object.entries({
      identification_key: identificationKey,
      api_key: 'a',
      client_secret: 'c',
    });
    return {
      tenant_id: tenantId,
      id,
      external_id: `bench-${index}`,
      action_secret: seal.seal('whsec_bench', appAssociatedData(tenantId, 'action_secret', id)),
      identificationKey,
      secrets: secrets.map(([kind, value]) => ({
        tenant_id: tenantId,
        app_id: id,
        kind,
        sealed: seal.seal(value, secretAssociatedData(tenantId, id, kind as 'api_key')),
      })),
    };
  });
  await withClient(ownerUrl, async (client) => {
    for (let at = 0; at < count; at += APPS_PER_STATEMENT) {
      const part = apps.slice(at, at + APPS_PER_STATEMENT);
      const secrets = part.flatMap((app) => app.secrets);
      await client.query('begin');
      await client.query(INSERT_TENANTS, [JSON.stringify(part)]);
      await client.query(INSERT_APPS, [JSON.stringify(part)]);
      await client.query(INSERT_SECRETS, [JSON.stringify(secrets)]);
      await client.query('commit');
    }
    await client.query('vacuum analyze tenants, apps, app_secrets');
  });
  return apps.map(({ id, identificationKey }) => ({ id, identificationKey }));
}

const INSERT_TENANTS = `
  insert into tenants (tenant_id, external_id, name)
  select tenant_id, external_id, external_id from json_to_recordset($1) as r(tenant_id text, external_id text)`;
const INSERT_APPS = `
  insert into apps (tenant_id, id, external_id, name, environment, generation, slug, consent, landing, action_secret, limits)
  select tenant_id, id, external_id, external_id, 'live', 'v2', external_id, '{"when": "on_demand", "scopes": []}',
    '{"url": "https://shop.example/divar", "pages": {}, "mode": "code", "staging_url": null}', action_secret,
    '{"requests_per_minute": 6000, "divar_per_minute": null, "divar_per_day": null}'
  from json_to_recordset($1) as r(tenant_id text, id text, external_id text, action_secret text)`;
const INSERT_SECRETS = `
  insert into app_secrets (tenant_id, app_id, kind, slot, sealed)
  select tenant_id, app_id, kind, 1, sealed from json_to_recordset($1) as r(tenant_id text, app_id text, kind text, sealed text)`;

/** Visits of the last ten days, spread over all apps. They cannot be opened, and nobody does. */
export async function insertVisits({ ownerUrl }: Database, count: number): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    await client.query(
      `insert into sessions (tenant_id, id, app_id, generation, entry, simulated, facts, created_at, launch_expires_at, expires_at)
       select a.tenant_id, 'ses_0' || lpad(n::text, 25, '0'), a.id, 'v2', 'init', false,
         repeat(md5(n::text), $2 / 32), at, at + interval '2 minutes', at + interval '1 day'
       from generate_series(1, $1::int) n
       cross join lateral (select now() - interval '10 days' + n * interval '10 days' / $1::int as at) t
       join (select tenant_id, id, row_number() over () - 1 as number from apps) a on a.number = n % (select count(*) from apps)`,
      [count, FACTS_LENGTH],
    );
    await client.query('vacuum analyze sessions');
    await client.query('checkpoint');
  });
}

export async function countRows(
  { ownerUrl }: Database,
  table: 'sessions' | 'naive_sessions',
): Promise<number> {
  return await withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
    return Number(rows[0]?.count);
  });
}
