/** The product as it runs: `src/main.ts` as a process of its own, on a database of the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Teardown } from './database.ts';
import { freePort } from './redis.ts';

/** The key of `testSeal()`: what tests provision themselves, the process can open. */
export const SECRET_KEYS = `test:${createHash('sha256').update('seal test').digest('base64')}`;

const ROOT = path.resolve(import.meta.dirname, '../..');
/** A busy machine compiles the sources in its own time. */
const PATIENCE_MS = 60_000;

export interface GatewayOptions {
  databaseUrl: string;
  program?: 'all' | 'start' | 'web' | 'worker';
  /** Also opens the simulator, on a port of its own. */
  withSimulator?: boolean;
  /** `listening`: before PostgreSQL was ever reached there is no more to wait for. */
  until?: 'ready' | 'listening';
  /** Given when it has to be the one of a process that has ended. */
  port?: number;
  env?: Record<string, string>;
}

export interface Gateway {
  url: string;
  port: number;
  pid: number;
  /** Of the simulator inside. */
  simulatorUrl: string;
  /** All it has written to both streams so far. */
  output(): string;
  /** The lines of its log. */
  lines(): Record<string, unknown>[];
  /** Sends SIGTERM at once; the exit code, or null after a signal. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill9(): Promise<void>;
}

/** A test that hangs is ended without its teardowns. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Ends with the test, whatever happens in it. */
export async function startGateway(t: Teardown, options: GatewayOptions): Promise<Gateway> {
  const port = options.port ?? (await freePort());
  const simulatorPort = options.withSimulator ? await freePort() : 0;
  const url = `http://127.0.0.1:${port}`;
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'peyvand-gateway-'));
  const child = spawnSource('main', [options.program ?? 'all'], {
    DATABASE_URL: options.databaseUrl,
    SECRET_KEYS,
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    DATA_DIR: dataDir,
    EGRESS_ALLOW: '127.0.0.0/8',
    ...(options.withSimulator ? { SIMULATOR_PORT: String(simulatorPort), SIMULATOR_URL: simulatorUrl } : {}),
    ...options.env,
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => written.push(chunk));
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (isGone()) return child.exitCode;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  children.add(child);
  t.teardown(async () => {
    await end('SIGKILL');
    children.delete(child);
    await rm(dataDir, { recursive: true, force: true });
  });
  const output = () => written.join('');
  await eventually(
    () => `${options.until ?? 'ready'}:\n${output().slice(-2000)}`,
    async () => {
      if (isGone()) throw new Error(`the gateway has ended:\n${output().slice(-2000)}`);
      return options.until === 'listening' ? await canConnect(port) : output().includes('"msg":"ready"');
    },
  );
  return {
    url,
    port,
    pid: child.pid ?? 0,
    simulatorUrl,
    output,
    lines: () =>
      output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: () => end('SIGTERM'),
    kill9: async () => void (await end('SIGKILL')),
  };
}

/** One verb of the operator's tool beside a running gateway; its JSON. Throws what it says when it fails. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
export async function runCli(databaseUrl: string, args: string[], input?: unknown): Promise<any> {
  const child = spawnSource('cli', args, {
    DATABASE_URL: databaseUrl,
    SECRET_KEYS,
    SIMULATOR_URL: 'http://127.0.0.1:9',
    EGRESS_ALLOW: '127.0.0.0/8',
  });
  child.stdin?.end(input === undefined ? '' : JSON.stringify(input));
  if (!child.stdout || !child.stderr) throw new Error('no streams');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`cli ${args.join(' ')} failed: ${err}`);
  return JSON.parse(out);
}

/** Asks until the answer is not `undefined` or `false`; fails loudly instead of hanging. */
export async function eventually<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined | false>,
  deadlineMs = PATIENCE_MS,
): Promise<T> {
  const endsAt = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > endsAt) throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`);
    await delay(20);
  }
}

/** Nothing of the test's own environment but what Node itself needs. */
function spawnSource(program: 'main' | 'cli', args: string[], env: Record<string, string>): ChildProcess {
  const own = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return spawn(process.execPath, ['--import=tsx', path.join(ROOT, `src/${program}.ts`), ...args], {
    cwd: ROOT,
    env: { ...own, ...env },
  });
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
