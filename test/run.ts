/** `npm test`: every gate, one line each, on a PostgreSQL and a Redis that are started for it and stopped after it.
 *  What follows the command goes to ava: `npm test -- test/platform/*.test.ts`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres.ts';
import { prepareTemplate } from './helpers/database.ts';
import { silentLog } from './helpers/log.ts';
import { CLUSTER_PREFIX, sweepOrphans } from './helpers/orphans.ts';
import { findOrInstallPrograms } from './helpers/programs.ts';
import { freePort, startRedisServer } from './helpers/redis.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const WIDTH = 10;

interface Gate {
  name: string;
  command: string[];
  /** Its output is shown while it runs; else only when it fails. */
  isShown?: boolean;
}

const gates = (avaArgs: string[]): Gate[] => [
  { name: 'lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  ...(existsSync(path.join(ROOT, 'admin-ui/tsconfig.json'))
    ? [{ name: 'types ui', command: ['tsc', '-p', 'admin-ui/tsconfig.json'] }]
    : []),
  { name: 'unused', command: ['knip'] },
  { name: 'tests', command: ['ava', ...avaArgs], isShown: true },
];

const endings: (() => unknown)[] = [];
let running: ChildProcess | undefined;

async function main(): Promise<boolean> {
  const programs = findOrInstallPrograms(say);
  const env = { ...process.env, ...(await startServers()), TEST_CHROMIUM_PATH: programs.chromium };
  const failed: string[] = [];
  const lines: string[] = [];
  for (const gate of gates(process.argv.slice(2))) {
    const startedAt = performance.now();
    const isGood = await runGate(gate, env);
    if (!isGood) failed.push(gate.name);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(7);
    const line = `${isGood ? 'ok    ' : 'FAILED'} ${gate.name.padEnd(WIDTH)}${seconds} s`;
    lines.push(line);
    say(line);
  }
  say(`\n${lines.join('\n')}`);
  say(failed.length === 0 ? 'all gates passed' : `failed: ${failed.join(', ')}`);
  return failed.length === 0;
}

async function startServers(): Promise<Record<string, string>> {
  await sweepOrphans(Date.now());
  const dataDir = await mkdtemp(path.join(tmpdir(), CLUSTER_PREFIX));
  endings.push(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog(), durable: false });
  endings.push(() => postgres.stop());
  await prepareTemplate(postgres);
  const redisPort = await freePort();
  const redis = await startRedisServer(redisPort);
  endings.push(() => redis.kill('SIGTERM'));
  return {
    TEST_DATABASE_URL: postgres.url,
    TEST_DATABASE_OWNER_URL: postgres.ownerUrl,
    TEST_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  };
}

function runGate(
  { command: [tool = '', ...args], isShown = false }: Gate,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  return new Promise((resolve) => {
    const file = path.join(ROOT, 'node_modules/.bin', tool);
    const child = spawn(file, args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    });
    running = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', (error) => {
      output += error.message;
    });
    child.once('close', (code) => {
      if (code !== 0) process.stdout.write(output);
      resolve(code === 0);
    });
  });
}

/** Also stops what was asked to stop by Ctrl-C: nothing of ours outlives us. */
async function end(): Promise<void> {
  running?.kill('SIGTERM');
  for (const ending of endings.splice(0).reverse()) await ending();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().finally(() => process.exit(130)));
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
} finally {
  await end();
}
