/** Our own program as a child process, as an operator starts it: free ports, its own data folder, nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { findServer, stopServer } from '../../src/platform/postgres-cluster.ts';

export const PROJECT_FOLDER = path.resolve(import.meta.dirname, '../..');
/** As `npm run build` leaves it, or as it stands in `src/` at this moment. */
export type Build = 'dist' | 'src';

export function commandOf(program: 'main' | 'cli', build: Build = 'dist'): string[] {
  const file = build === 'dist' ? `dist/src/${program}.js` : `src/${program}.ts`;
  return [process.execPath, ...(build === 'src' ? ['--import', 'tsx'] : []), path.join(PROJECT_FOLDER, file)];
}

/** The program itself gives up after 30 s; past that something hangs. */
const STOP_TIMEOUT_MS = 35_000;
const CLI_TIMEOUT_MS = 30_000;
/** What is shown of a program that failed. */
const KEPT_OUTPUT_CHARACTERS = 4000;

export interface Started {
  pid: number;
  /** From the start of the process to the words that were waited for. */
  readyMs: number;
  stop(): Promise<void>;
}

const running = new Set<() => Promise<void>>();

/** Resolves once the program has printed `readyText`; rejects with the end of what it said when it ends before. */
export async function startProgram(options: {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  readyText: string;
  /** Of an embedded PostgreSQL: it is stopped too when the program had to be killed. */
  dataDir?: string;
}): Promise<Started> {
  const [file = '', ...args] = options.command;
  const startedAt = performance.now();
  const child = spawn(file, args, {
    cwd: PROJECT_FOLDER,
    env: { ...withoutOurs(process.env), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    running.delete(stop);
    await stopChild(child);
    if (options.dataDir !== undefined) await stopPostgresOf(options.dataDir);
  };
  running.add(stop);
  try {
    await waitForText(child, options.readyText);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, readyMs: performance.now() - startedAt, stop };
}

/** The operator's tool: what it answers on stdout. Rejects with what it says on stderr. */
export async function runCli<Reply>(
  [file = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  input: object,
): Promise<Reply> {
  const child = spawn(file, args, {
    cwd: PROJECT_FOLDER,
    env: { ...withoutOurs(process.env), ...env },
    stdio: 'pipe',
    timeout: CLI_TIMEOUT_MS,
  });
  child.stdin.end(JSON.stringify(input));
  const [answer, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (child.exitCode !== 0)
    throw new Error(`cli ${args.join(' ')} exits with ${child.exitCode}: ${complaint.trim()}`);
  return JSON.parse(answer) as Reply;
}

/** For the end of everything, also after Ctrl-C. */
export async function stopAllPrograms(): Promise<void> {
  await Promise.all([...running].map((stop) => stop()));
}

function waitForText(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: string) => {
      output = (output + chunk).slice(-KEPT_OUTPUT_CHARACTERS);
      if (output.includes(text)) resolve();
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.stderr?.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code ?? signal}:\n${output}`)),
    );
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(kill);
}

async function stopPostgresOf(dataDir: string): Promise<void> {
  const folder = path.join(dataDir, 'postgres');
  const pid = await findServer(folder);
  if (pid !== undefined) await stopServer(pid, async () => (await findServer(folder)) === undefined);
}

/** What the caller's shell says about its own installation must not reach the one that is measured. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: env.PATH, HOME: env.HOME, TMPDIR: env.TMPDIR };
}

/** Different ports of 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
