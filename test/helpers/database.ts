/** Real PostgreSQL for tests: one cluster per run, one migrated template, a clone of it per test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { createDatabase } from '../../src/platform/database.ts';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { migrate } from '../../src/platform/migrate.ts';
import type { Db } from '../../src/ports.ts';
import { silentLog } from './log.ts';
import { CLUSTER_PREFIX, sweepOrphans } from './orphans.ts';

export interface Teardown {
  teardown(end: () => void | Promise<void>): void;
}

export interface TestDatabase {
  db: Db;
  /** The running login: neither owner nor superuser. */
  url: string;
  /** The superuser, who migrates and looks behind row-level security. */
  ownerUrl: string;
}

export interface TestCluster {
  url: string;
  ownerUrl: string;
}

/** A fresh, migrated database and a `Db` on it as the running login. Dropped at the end of the test. */
export async function createTestDatabase(t: Teardown): Promise<TestDatabase> {
  const urls = await cloneDatabase(t, TEMPLATE);
  const db = createDatabase({ ...urls, log: silentLog(), poolSize: 5, connectTimeoutMs: 20_000 });
  t.teardown(() => db.close());
  return { db, ...urls };
}

/** A database without any of our tables. */
export function createEmptyDatabase(t: Teardown): Promise<TestCluster> {
  return cloneDatabase(t, 'template0');
}

/** A query as the superuser. */
export async function queryAsOwner<Row>(
  ownerUrl: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return await withClient(ownerUrl, async (client) => (await client.query(sql, values)).rows as Row[]);
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

const TEMPLATE = 'peyvand_template';

async function cloneDatabase(t: Teardown, template: string): Promise<TestCluster> {
  const cluster = await prepareOnce();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await queryAsOwner(cluster.ownerUrl, `create database ${name} template ${template}`);
  t.teardown(async () => {
    await queryAsOwner(cluster.ownerUrl, `drop database ${name} with (force)`);
  });
  return { url: inDatabase(cluster.url, name), ownerUrl: inDatabase(cluster.ownerUrl, name) };
}

let prepared: Promise<TestCluster> | undefined;
function prepareOnce(): Promise<TestCluster> {
  prepared ??= prepareCluster();
  return prepared;
}

/** The cluster that `test/run.ts` has started, else one for this process alone. */
async function prepareCluster(): Promise<TestCluster> {
  const { TEST_DATABASE_URL: url, TEST_DATABASE_OWNER_URL: ownerUrl } = process.env;
  if (url && ownerUrl) return { url, ownerUrl };
  await sweepOrphans(Date.now());
  const dataDir = mkdtempSync(path.join(tmpdir(), CLUSTER_PREFIX));
  const cluster = await startEmbeddedPostgres({ dataDir, log: silentLog(), durable: false });
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  // A signal alone would end the process without its last words to the server.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  await prepareTemplate(cluster);
  return cluster;
}

/** Makes the migrated template that every test clones. */
export async function prepareTemplate(cluster: TestCluster): Promise<void> {
  await queryAsOwner(cluster.ownerUrl, `create database ${TEMPLATE} template template0`);
  await migrate(inDatabase(cluster.ownerUrl, TEMPLATE));
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
