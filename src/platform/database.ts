/**
 * PostgreSQL as the rooms see it. Works behind a transaction pooler: no session state, no LISTEN, no named statements.
 * Two pools, so that the init path has connections that nobody else can take.
 */
import knexModule from 'knex';
import { DatabaseError, escapeLiteral, Pool, type PoolClient, types } from 'pg';
import { Problem } from '../errors.ts';
import type { Db, Log, Tx } from '../ports.ts';
import type { PoolUsage } from './metrics.ts';

// knex is CommonJS whose names Node does not see.
const { knex } = knexModule;

/** Waiting for a free connection, and for a new one: the caller has its answer long before its own patience ends. */
const CONNECT_TIMEOUT_MS = 2000;
const PING_TIMEOUT_MS = 1900;
const STATEMENT_TIMEOUT_MS = 5000;
/** Above the server's own limit: reached only when the network swallows the answer. */
const ANSWER_MARGIN_MS = 1000;
/** A process that stops between two statements must not keep its locks. */
const IDLE_IN_TRANSACTION_MS = 10_000;

export interface DatabaseOptions {
  url: string;
  poolSize?: number;
  intakePoolSize?: number;
  log: Log;
  statementTimeoutMs?: number;
  connectTimeoutMs?: number;
}

export function createDatabase(options: DatabaseOptions): Db & { usage(): PoolUsage[] } {
  const { poolSize = 10, intakePoolSize = 2, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = createPool(poolSize, options);
  const intakePool = createPool(intakePoolSize, options);
  // Without a connection of its own: it builds and runs statements on the one that a transaction brings.
  const builder = knex({ client: 'pg' });
  const limits = `set local statement_timeout = ${statementTimeoutMs}; set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;

  async function inTransaction<T>(
    client: PoolClient,
    tenantId: string,
    run: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    // One round trip for all of it.
    await client.query(
      `begin; set local role peyvand_app; set local app.tenant_id = ${escapeLiteral(tenantId)}; ${limits}`,
    );
    const transaction = builder.transaction(
      async (sql) => {
        const result = await run({ tenantId, sql });
        // PostgreSQL answers the COMMIT of a failed transaction with a silent ROLLBACK.
        if (client.getTransactionStatus() === 'E')
          throw new Error('a statement failed and its error was swallowed');
        return result;
      },
      { connection: client },
    );
    return await Object.assign(transaction, { begin: async () => undefined });
  }

  return {
    async tenant(tenantId, run) {
      const client = await pool.connect().catch(throwUnavailable);
      let isClean = false;
      try {
        const result = await inTransaction(client, tenantId, run);
        isClean = true;
        return result;
      } catch (error) {
        throw toProblem(error);
      } finally {
        isClean ||= client.getTransactionStatus() === 'I';
        client.release(!isClean);
      }
    },
    call: (fn, args) => callFunction(pool, fn, args),
    intake: (fn, args) => callFunction(intakePool, fn, args),
    ping: () => ping(intakePool),
    /** For metrics. */
    usage: () => [usageOf('main', pool), usageOf('intake', intakePool)],
    async close() {
      await Promise.all([pool.end(), intakePool.end(), builder.destroy()]);
    },
  };
}

function usageOf(name: string, { totalCount, idleCount, waitingCount }: Pool): PoolUsage {
  return { pool: name, totalCount, idleCount, waitingCount };
}

function createPool(max: number, options: DatabaseOptions): Pool {
  const {
    url,
    log,
    statementTimeoutMs = STATEMENT_TIMEOUT_MS,
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
  } = options;
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: 'peyvand',
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  });
  // Both are said of connections that the server has dropped; the pool makes new ones, and a query of the time fails
  // by itself. Without a listener either would end the process.
  pool.on('error', (err) => log.warn({ err }, 'a connection to PostgreSQL was lost'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** As pg does, but counts and positions as numbers: PostgreSQL's bigint, as far as a number is exact. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === types.builtins.INT8 ? parseBigint : types.getTypeParser(oid, format as 'text');
}

function parseBigint(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** One round trip, no transaction and no role: the function decides what it shows. */
async function callFunction<Row>(pool: Pool, fn: string, args: readonly unknown[]): Promise<Row[]> {
  if (!/^[a-z_]+$/.test(fn)) throw new TypeError('not a name of a function');
  const places = args.map((_, index) => `$${index + 1}`).join(', ');
  try {
    const reply = await pool.query(`select * from ${fn}(${places})`, [...args]);
    return reply.rows as Row[];
  } catch (error) {
    throw toProblem(error);
  }
}

async function ping(pool: Pool): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('PostgreSQL does not answer')), PING_TIMEOUT_MS);
  });
  try {
    await Promise.race([pool.query('select 1'), tooLate]);
  } catch (error) {
    throwUnavailable(error);
  } finally {
    clearTimeout(timer);
  }
}

function throwUnavailable(cause: unknown): never {
  throw new Problem('unavailable', { retryAfterSeconds: 1, cause });
}

/** SQLSTATE classes and codes after which the same request may succeed: connection, resources, operator, conflicts
 *  of transactions, time-outs, a standby that does not write. @see PostgreSQL documentation, appendix A */
const PASSING = /^(08|53|57|58)|^(40001|40P01|55P03|25P03|25006)$/;

function toProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const isPassing =
    error instanceof DatabaseError
      ? PASSING.test(error.code ?? '')
      : isConnectionLoss(error as NodeJS.ErrnoException);
  return isPassing ? new Problem('unavailable', { retryAfterSeconds: 1, cause: error }) : error;
}

/** Node's network errors have a code; the driver's own have only their text. */
function isConnectionLoss(error: NodeJS.ErrnoException): boolean {
  if (/^(E(CONN|HOST|NET|TIMEDOUT|PIPE|NOTFOUND|AI_AGAIN)|ERR_SOCKET)/.test(error.code ?? '')) return true;
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout|Client was closed/.test(
    error.message,
  );
}
