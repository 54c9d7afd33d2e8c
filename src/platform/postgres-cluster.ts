/** One PostgreSQL cluster on disk: made, started, waited for, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresBinaries } from './postgres-binaries.ts';

export const SUPERUSER = 'postgres';

/** Small memory, one machine: the defaults of PostgreSQL 18 start I/O workers, parallel workers and WAL senders. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  io_method: 'sync',
  jit: 'off',
  max_worker_processes: '2',
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '1',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  log_min_messages: 'warning',
  // The default writes a failed statement with its values into the log.
  log_min_error_statement: 'panic',
  log_timezone: 'UTC',
  timezone: 'UTC',
};
/** For data that nobody needs tomorrow: tests, many of them at once. */
const VOLATILE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '500',
};

/** Makes the cluster, complete or not at all. */
export async function makeCluster(
  binaries: PostgresBinaries,
  { folder, password, durable }: { folder: string; password: string; durable: boolean },
): Promise<void> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  if (binaries.user) await chown(fresh, binaries.user.uid, binaries.user.gid);
  const options = [`--username=${SUPERUSER}`, '--encoding=UTF8', '--locale=C'];
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  // initdb wants a password for scram before it has made the place to keep it: closed first, opened below.
  await run(
    binaries,
    'initdb',
    fresh,
    [...options, ...locale, '--auth=reject', ...(durable ? [] : ['--no-sync'])],
    '',
  );
  await writeFile(path.join(fresh, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await setPassword(binaries, fresh, password);
  await rename(fresh, folder);
}

/** Through the single-user mode, so that the password stands neither in a file nor on a command line. */
export async function setPassword(
  binaries: PostgresBinaries,
  folder: string,
  password: string,
): Promise<void> {
  const statement = `alter role ${SUPERUSER} password '${password}'\n`;
  await run(binaries, 'postgres', folder, ['--single', SUPERUSER], statement);
}

export interface Launch {
  folder: string;
  port: number;
  logFile: string;
  durable: boolean;
  /** Beside and above our own, by PostgreSQL's names. */
  settings: Readonly<Record<string, string>>;
}

/** Starts the server in a process group of its own: Ctrl-C reaches us first, and we stop it when we are done. */
export async function launch(binaries: PostgresBinaries, options: Launch): Promise<ChildProcess> {
  const settings = {
    ...SETTINGS,
    ...(options.durable ? {} : VOLATILE),
    ...options.settings,
    port: String(options.port),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', await placeOf(options.folder, binaries.user), ...flags];
  const output = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(binaries.postgres, args, {
      ...binaries.user,
      cwd: options.folder,
      detached: true,
      stdio: ['ignore', output, output],
    });
    await once(child, 'spawn');
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

/** Fast shutdown; a server that hangs is told again, louder. The cluster recovers from each of them. */
export async function stopServer(pid: number, isGone: () => boolean | Promise<boolean>): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    signalProcess(pid, signal);
    for (let waitedMs = 0; waitedMs < waitMs; waitedMs += 20) {
      if (await isGone()) return;
      await delay(20);
    }
  }
}

/** The running server of this cluster, also one that a killed process left behind; a stale pid file is removed. */
export async function findServer(folder: string): Promise<number | undefined> {
  const file = path.join(folder, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (await isServerOf(pid, folder)) return pid;
  await rm(file, { force: true });
  return undefined;
}

/** The number may have gone to another program since: a server stands in its data folder. */
async function isServerOf(pid: number, folder: string): Promise<boolean> {
  if (!signalProcess(pid, 0)) return false;
  if (process.platform !== 'linux') return true;
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return place === (await realpath(folder));
}

/** False when there is no such process. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function run(
  binaries: PostgresBinaries,
  program: 'initdb' | 'postgres',
  folder: string,
  args: string[],
  input: string,
): Promise<void> {
  const place = await placeOf(folder, binaries.user);
  // `--single` counts only as the first argument.
  const flags = [...args.slice(0, 1), '-D', place, ...args.slice(1)];
  const child = spawn(binaries[program], flags, { ...binaries.user, cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-2000);
    });
  }
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} could not prepare ${folder}: ${output.trim()}`);
}

/** The cluster's folder as its user may name it: a checkout below /root is closed to nobody, but a process may stay
 *  where it was started, and this name of that place asks for no permission on the way. */
async function placeOf(folder: string, user: PostgresBinaries['user']): Promise<string> {
  if (!user || (await isReachable(folder))) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new Error(
    `root cannot run PostgreSQL below ${folder}: choose a DATA_DIR that every user may pass through`,
  );
}

async function isReachable(folder: string): Promise<boolean> {
  for (let at = path.dirname(await realpath(folder)); ; at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}
