/** The schema: brought up to date by `release`, `npm start` and the tests; every other process only checks it. */
import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import knexModule, { type Knex } from 'knex';
import type { Db } from '../ports.ts';
import { findProjectFolder } from './project.ts';

// knex is CommonJS whose names Node does not see.
const { knex } = knexModule;

/** Any number: it only has to be the same in every release. */
const MIGRATION_LOCK = 7_316_001;
/** Another runner may be in the middle of a long migration. */
const WAIT_FOR_OTHER_RUNNER = '10min';
/** A table that is in use must not stop everybody who queues behind the migration. */
const WAIT_FOR_TABLE = '5s';

interface Migration {
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** Runs all of it in one transaction under one lock: a second runner waits, a killed one leaves nothing behind.
 *  Returns the names of the migrations that ran. */
export async function migrate(
  ownerUrl: string,
  options: { direction?: 'up' | 'down' } = {},
): Promise<string[]> {
  const connection = { connectionString: ownerUrl, application_name: 'peyvand migrate' };
  // knex would print the whole text of a migration that failed, and advice about a lock that is not ours.
  const log = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
  const database = knex({
    client: 'pg',
    connection,
    pool: { min: 0, max: 1 },
    log,
  });
  try {
    return await database.transaction(async (transaction) => {
      await transaction.raw(`set local lock_timeout = '${WAIT_FOR_OTHER_RUNNER}'`);
      await transaction.raw(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await transaction.raw(`set local lock_timeout = '${WAIT_FOR_TABLE}'`);
      const config = { migrationSource: await createSource() };
      const [, names] = (await (options.direction === 'down'
        ? transaction.migrate.rollback(config, true)
        : transaction.migrate.latest(config))) as [number, string[]];
      return names;
    });
  } catch (cause) {
    const { message, where } = cause as { message: string; where?: string };
    const reason = message.slice(message.lastIndexOf('\n') + 1).replace(/^ - /, '');
    throw new Error(`the schema could not be migrated: ${reason}${where ? ` (${where})` : ''}`, { cause });
  } finally {
    await database.destroy();
  }
}

function ignore(): void {}

/** Throws when the database has fewer or other migrations than this release. */
export async function checkSchema(db: Db): Promise<void> {
  const wanted = await listMigrations();
  const applied = await db
    .call<{ name: string }>('applied_migrations', [])
    .catch((error: { code?: string }) => {
      if (error.code === '42883') return [];
      throw error;
    });
  const names = applied.map((row) => row.name);
  const missing = wanted.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !wanted.includes(name));
  if (missing.length > 0) {
    throw new Error(`the schema is older than this release: run the release command (${missing.join(', ')})`);
  }
  if (unknown.length > 0) {
    throw new Error(`the schema is newer than this release: ${unknown.join(', ')}`);
  }
}

/** knex would read only its own folder and guess the kind of module from package.json; this works from `dist` too. */
async function createSource(): Promise<Knex.MigrationSource<string>> {
  const names = await listMigrations();
  return {
    getMigrations: async () => names,
    getMigrationName: (name) => name,
    getMigration: async (name) => (await import(pathToFileURL(`${findFolder()}${name}`).href)) as Migration,
  };
}

async function listMigrations(): Promise<string[]> {
  const files = await readdir(findFolder());
  return files.filter((file) => /^\d{4}_\w+\.js$/.test(file)).sort();
}

function findFolder(): string {
  return `${findProjectFolder()}migrations/`;
}
