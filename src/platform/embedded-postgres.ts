/**
 * A real PostgreSQL below `dataDir`, for `npm start` and the tests: nothing to install, nothing to configure.
 *   <dataDir>/postgres/        the cluster, owned by the user that runs it
 *   <dataDir>/postgres.json    port and made passwords, mode 0600: `cli` connects with it beside a running server
 *   <dataDir>/postgres.log
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import type { Log } from '../ports.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import {
  findServer,
  launch,
  makeCluster,
  SUPERUSER,
  setPassword,
  signalProcess,
  stopServer,
} from './postgres-cluster.ts';

const DATABASE = 'peyvand';
/** The login of the running process: no owner, no superuser, no BYPASSRLS, member of `peyvand_app` only. */
const LOGIN = 'peyvand';
/** Whoever started the server keeps one connection of this name: it goes when its process goes, however that dies. */
const HOLDER = 'peyvand holder';
/** Recovery after a crash of a full 256 MB of WAL takes seconds; ten times that is a fault. */
const START_TIMEOUT_MS = 60_000;
const LOG_FILE_MAX_BYTES = 10 * 1024 * 1024;

export interface EmbeddedPostgresUrls {
  /** What the process runs as. */
  url: string;
  /** What migrates. */
  ownerUrl: string;
}

export interface EmbeddedPostgres extends EmbeddedPostgresUrls {
  stop(): Promise<void>;
}

/** The types of pg forget what its clients can: whether an open connection keeps the process alive. */
type Holder = Client & { ref(): void; unref(): void };

interface State {
  port: number;
  ownerPassword: string;
  password: string;
}

/** Starts the cluster of `dataDir`, making it first if there is none. A server whose process was killed is stopped
 *  first; one that is in use is an error. It is started again when it dies. `durable: false` is for tests. */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: Log;
  port?: number;
  durable?: boolean;
  /** Beside and above our own, by PostgreSQL's names: for measuring on a server of another size. */
  settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedPostgres> {
  const { log, durable = true, settings = {} } = options;
  const dataDir = path.resolve(options.dataDir);
  const folder = path.join(dataDir, 'postgres');
  const logFile = path.join(dataDir, 'postgres.log');
  await mkdir(dataDir, { recursive: true });
  const binaries = await findPostgresBinaries();
  const state = await prepare(binaries, { dataDir, folder, durable, wantedPort: options.port });
  await shorten(logFile);

  let stopping = false;
  const supervised = await supervise();
  const stopAtExit = () => void (supervised.child.pid && signalProcess(supervised.child.pid, 'SIGINT'));
  process.once('exit', stopAtExit);
  log.info({ port: state.port, dataDir }, 'embedded PostgreSQL runs');
  return { ...urlsOf(state), stop };

  async function supervise(): Promise<{ child: ChildProcess; holder: Holder }> {
    const started = await startServer(binaries, { folder, logFile, durable, settings, state, dataDir });
    started.child.once('exit', (code, signal) => {
      if (stopping) return;
      log.error({ code, signal }, 'embedded PostgreSQL has stopped; it is started again');
      void restart();
    });
    return started;
  }

  async function restart(): Promise<void> {
    while (!stopping) {
      try {
        Object.assign(supervised, await supervise());
        return;
      } catch (err) {
        log.error({ err }, 'embedded PostgreSQL does not start');
        await delay(1000);
      }
    }
  }

  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    process.removeListener('exit', stopAtExit);
    const { child, holder } = supervised;
    holder.ref();
    await holder.end().catch(() => undefined);
    const isGone = () => child.exitCode !== null || child.signalCode !== null;
    if (child.pid && !isGone()) await stopServer(child.pid, isGone);
  }
}

/** The addresses of the server that another process runs on `dataDir`; undefined when none answers. */
export async function findEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgresUrls | undefined> {
  const state = await readState(path.resolve(dataDir));
  if (!state || (await isHeld(state)) !== true) return undefined;
  return urlsOf(state);
}

/** Whether the server of `dataDir` runs on after its process was killed. A server that is too busy to tell is not. */
export async function isAbandoned(dataDir: string): Promise<boolean> {
  const state = await readState(path.resolve(dataDir));
  return state !== undefined && (await isHeld(state)) === false;
}

function urlsOf(state: State): EmbeddedPostgresUrls {
  const at = `127.0.0.1:${state.port}/${DATABASE}`;
  return {
    url: `postgres://${LOGIN}:${state.password}@${at}`,
    ownerUrl: `postgres://${SUPERUSER}:${state.ownerPassword}@${at}`,
  };
}

async function prepare(
  binaries: PostgresBinaries,
  options: { dataDir: string; folder: string; durable: boolean; wantedPort: number | undefined },
): Promise<State> {
  const { dataDir, folder, durable, wantedPort } = options;
  const known = await readState(dataDir);
  await settleOldServer(folder, known);
  const isMade = await stat(path.join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  const state = { ...(known ?? makeState()), port: await choosePort([wantedPort, known?.port]) };
  if (!isMade) {
    await writeState(dataDir, state);
    await makeCluster(binaries, { folder, password: state.ownerPassword, durable });
  } else if (!known) {
    await setPassword(binaries, folder, state.ownerPassword);
  }
  await writeState(dataDir, state);
  return state;
}

/** A killed process leaves its server behind: stopped cleanly when nobody holds it, left alone when somebody does. */
async function settleOldServer(folder: string, state: State | undefined): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += 100) {
    const pid = await findServer(folder);
    if (pid === undefined) return;
    const held = state && (await isHeld(state));
    if (held === true || state === undefined) {
      throw new Error(
        `another process (PostgreSQL ${pid}) uses ${folder}; stop it or choose another DATA_DIR`,
      );
    }
    if (held === false) await stopServer(pid, async () => (await findServer(folder)) === undefined);
    else await delay(100);
  }
  throw new Error(`the old PostgreSQL of ${folder} neither answers nor ends`);
}

/** Undefined: no server answers (yet, or any more). */
async function isHeld(state: State): Promise<boolean | undefined> {
  const client = ownerClient(state, SUPERUSER);
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_stat_activity where application_name = $1', [HOLDER]);
    return found.rows.length > 0;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Start {
  folder: string;
  logFile: string;
  durable: boolean;
  settings: Readonly<Record<string, string>>;
  dataDir: string;
  /** Its port moves when another program was faster. */
  state: State;
}

async function startServer(
  binaries: PostgresBinaries,
  start: Start,
): Promise<{ child: ChildProcess; holder: Holder }> {
  const { state } = start;
  const child = await launch(binaries, { ...start, port: state.port });
  const holder = await waitUntilReady(child, state).catch(async (cause) => {
    if (child.exitCode === null) signalProcess(child.pid ?? 0, 'SIGINT');
    const lines = (await readFile(start.logFile, 'utf8').catch(() => ''))
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n');
    throw new Error(`PostgreSQL did not start; the end of ${start.logFile}:\n${lines}`, { cause });
  });
  holder.on('error', () => undefined);
  await makeLogin(holder, state);
  // Like the server itself, it must not keep a process alive that has nothing else to do.
  holder.unref();
  return { child, holder };
}

async function waitUntilReady(child: ChildProcess, state: State): Promise<Holder> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += 20) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the server has ended');
    const client = ownerClient(state, SUPERUSER, HOLDER);
    try {
      await client.connect();
      return client as Holder;
    } catch (error) {
      await client.end().catch(() => undefined);
      // 57P03: it recovers. Anything else that it says is final.
      if (error instanceof DatabaseError && error.code !== '57P03') throw error;
      await delay(20);
    }
  }
  throw new Error(`not ready within ${START_TIMEOUT_MS} ms`);
}

function ownerClient(state: State, database: string, name = 'peyvand'): Client {
  return new Client({
    host: '127.0.0.1',
    port: state.port,
    user: SUPERUSER,
    password: state.ownerPassword,
    database,
    application_name: name,
    connectionTimeoutMillis: 2000,
  });
}

async function makeLogin(client: Client, state: State): Promise<void> {
  await client.query(`
    do $$ begin create role peyvand_app nologin; exception when duplicate_object then null; end $$;
    do $$ begin create role ${LOGIN}; exception when duplicate_object then null; end $$;
    alter role ${LOGIN} login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${state.password}';
    grant peyvand_app to ${LOGIN}`);
  const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
  if (found.rows.length === 0) await client.query(`create database ${DATABASE}`);
}

function makeState(): State {
  const makePassword = () => randomBytes(24).toString('base64url');
  return { port: 0, ownerPassword: makePassword(), password: makePassword() };
}

async function readState(dataDir: string): Promise<State | undefined> {
  try {
    return JSON.parse(await readFile(path.join(dataDir, 'postgres.json'), 'utf8')) as State;
  } catch {
    return undefined;
  }
}

async function writeState(dataDir: string, state: State): Promise<void> {
  const file = path.join(dataDir, 'postgres.json');
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The first of `wanted` that is free, else any: the port is kept, so that `cli` and people's tools find it again. */
async function choosePort(wanted: (number | undefined)[]): Promise<number> {
  for (const port of wanted) {
    if (port && (await tryPort(port))) return port;
  }
  const free = await tryPort(0);
  if (!free) throw new Error('there is no free port on 127.0.0.1');
  return free;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

async function shorten(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_FILE_MAX_BYTES) await truncate(logFile, 0);
}
