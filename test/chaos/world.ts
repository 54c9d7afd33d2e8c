/** What is put under stress: two webs and two workers on PostgreSQL and Redis, and tenants with consented grants. */
import { createDatabase } from '../../src/platform/database.ts';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { createApi, postInit } from '../flow/visitor.ts';
import { provision } from '../helpers/apps.ts';
import { queryAsOwner, type Teardown } from '../helpers/database.ts';
import { eventually, type Gateway, type GatewayOptions, startGateway } from '../helpers/gateway.ts';
import { silentLog } from '../helpers/log.ts';
import { type OwnPostgres, startOwnPostgres } from '../helpers/postgres.ts';
import { freePort, startTestRedis, type TestRedis } from '../helpers/redis.ts';
import type { FakeDivar } from './fake-divar.ts';
import type { Receivers } from './receivers.ts';

export const ON_UNKNOWN = ['retry', 'hold', 'fail'] as const;

export interface Tenant {
  slug: string;
  index: number;
  appId: string;
  identificationKey: string;
  divarApiKey: string;
  apiKey: string;
  grantId: string;
  onUnknown: (typeof ON_UNKNOWN)[number];
}

/** A process that is started again when it has been killed. */
export interface Role {
  name: string;
  program: 'web' | 'worker';
  url: string;
  kill9(): Promise<void>;
  start(): Promise<void>;
}

export interface World {
  tenants: Tenant[];
  roles: Role[];
  webUrls: string[];
  postgres: OwnPostgres;
  redis: TestRedis;
  /** Asks the database as its owner, for as long as it takes to be there. */
  query<Row extends object>(sql: string): Promise<Row[]>;
}

/** Seconds; short, so that a run sees many of each. */
const LEASE_SECONDS = 2;
const CALL_TIMEOUT_MS = 1500;

const SCOPES = ['USER_ID', 'offline_access', 'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND'];

export async function startWorld(
  t: Teardown,
  { divar, receivers, tenantCount }: { divar: FakeDivar; receivers: Receivers; tenantCount: number },
): Promise<World> {
  const [postgres, redis] = await Promise.all([startOwnPostgres(t), startTestRedis(t)]);
  // Its own death must lose nothing that was committed; that of the machine is not tried here.
  await queryAsOwner(postgres.ownerUrl, 'alter database peyvand set synchronous_commit = on');
  const tenants = await makeTenants(postgres.url, receivers, tenantCount);
  const roles = await Promise.all(
    (['web', 'web', 'worker', 'worker'] as const).map((program, index) =>
      startRole(t, { name: `${program} ${(index % 2) + 1}`, program, postgres, redis, divar }),
    ),
  );
  const webUrls = roles.filter(({ program }) => program === 'web').map(({ url }) => url);
  await Promise.all(tenants.map(async (tenant) => consent(tenant, webUrls[0] ?? '', divar)));
  const query = <Row extends object>(sql: string) =>
    eventually('PostgreSQL answers', async () => {
      try {
        return await queryAsOwner<Row>(postgres.ownerUrl, sql);
      } catch {
        return undefined;
      }
    });
  return { tenants, roles, webUrls, postgres, redis, query };
}

async function makeTenants(databaseUrl: string, receivers: Receivers, count: number): Promise<Tenant[]> {
  const db = createDatabase({ url: databaseUrl, log: silentLog() });
  const tenants: Tenant[] = [];
  for (let index = 0; index < count; index += 1) {
    const slug = `shop-${index}`;
    const divarApiKey = `key-of-${slug}`;
    const made = await provision(
      { db },
      {
        tenant: { external_id: slug, name: slug },
        app: {
          external_id: slug,
          name: 'app',
          consent: { when: 'init', scopes: SCOPES },
          limits: { requests_per_minute: 1_000_000 },
        },
        divar: { slug, api_key: divarApiKey, identification_key: `idk-of-${slug}` },
        landing: { url: `${receivers.url}/landing` },
        endpoints: receivers.endpointsOf(slug, index).map((url) => ({ url, events: ['*'] })),
      },
    );
    receivers.setSecret(slug, made.endpoints[0]?.secret ?? '');
    tenants.push({
      slug,
      index,
      appId: made.app.id,
      identificationKey: `idk-of-${slug}`,
      divarApiKey,
      apiKey: made.api_keys[0]?.key ?? '',
      grantId: '',
      onUnknown: ON_UNKNOWN[index % ON_UNKNOWN.length] ?? 'hold',
    });
  }
  await db.close();
  return tenants;
}

/** One visit of the seller, who allows what is asked; the grant serves all his conversations. */
async function consent(tenant: Tenant, url: string, divar: FakeDivar): Promise<void> {
  const app = { url, appId: tenant.appId, key: tenant.identificationKey };
  const { body } = await postInit(app, {
    source: 'CHAT',
    user_side: 'SUPPLY',
    user_id: `seller-${tenant.index}`,
  });
  const browser = createBrowser();
  const opened = await browser.open(body.url);
  if (!opened.location.startsWith(divar.url)) throw new Error(`no consent was asked: ${opened.status}`);
  const state = new URL(opened.location).searchParams.get('state') ?? '';
  const query = new URLSearchParams({ code: `seller-${tenant.index}`, state });
  const landed = await browser.get(`${url}/oauth/${tenant.appId}/callback?${query}`);
  const api = createApi(url, tenant.apiKey);
  const exchanged = await api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  tenant.grantId = exchanged.body.session.grant_id;
  if (!tenant.grantId) throw new Error('the visit left no grant');
}

async function startRole(
  t: Teardown,
  {
    name,
    program,
    postgres,
    redis,
    divar,
  }: Pick<Role, 'name' | 'program'> & { postgres: OwnPostgres; redis: TestRedis; divar: FakeDivar },
): Promise<Role> {
  const port = await freePort();
  const options: GatewayOptions = {
    databaseUrl: postgres.url,
    program,
    port,
    until: program === 'web' ? 'listening' : 'ready',
    env: {
      REDIS_URL: redis.url,
      DIVAR_API_URL: divar.url,
      DIVAR_OAUTH_URL: divar.url,
      LEASE_SECONDS: String(LEASE_SECONDS),
      DIVAR_TIMEOUT_MS: String(CALL_TIMEOUT_MS),
      WEBHOOK_TIMEOUT_MS: String(CALL_TIMEOUT_MS),
      // Nothing may fail for want of tries while things are broken on purpose.
      SEND_SCHEDULE_SECONDS: Array(50).fill(1).join(','),
      RETRY_SCHEDULE_SECONDS: Array(50).fill(2).join(','),
      LAUNCH_TTL_SECONDS: '900',
    },
  };
  let running: Gateway = await startGateway(t, { ...options, until: 'ready' });
  return {
    name,
    program,
    url: running.url,
    kill9: () => running.kill9(),
    start: async () => {
      running = await startGateway(t, options);
    },
  };
}
