/** How soon an installation is ready, and what it holds while nothing happens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Budget } from './kit/budget.ts';
import { createDatabase, type Database, insertApps, SECRET_KEYS } from './kit/data.ts';
import { commandOf, freePorts, startProgram } from './kit/program.ts';
import { memoryMibOf } from './kit/usage.ts';

/** Long enough for every loop to have turned and for what the start needed to be collected. */
const IDLE_SECONDS = 10;

export async function measureStart(cluster: Database, say: (line: string) => void): Promise<Budget[]> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'peyvand-bench-'));
  try {
    const first = await startAndStop(dataDir);
    say(`first start ${first.toFixed(0)} ms`);
    const next = await startAndStop(dataDir);
    say(`next start ${next.toFixed(0)} ms`);
    const memory = await measureIdleMemory(cluster);
    say(`idle memory ${memory.toFixed(0)} MiB`);
    return [
      atMost('first start with nothing there, until ready', first / 1000, 10, ' s'),
      atMost('next start, until ready', next / 1000, 3, ' s'),
      atMost('idle memory of `all`, without PostgreSQL', memory, 150, ' MiB'),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `npm start`: PostgreSQL, gateway, worker, simulator and demo, until it says what to click. */
async function startAndStop(dataDir: string): Promise<number> {
  const [port, simulatorPort, demoPort] = await freePorts(3);
  const started = await startProgram({
    command: [...commandOf('main'), 'start'],
    env: { DATA_DIR: dataDir, PORT: `${port}`, SIMULATOR_PORT: `${simulatorPort}`, DEMO_PORT: `${demoPort}` },
    readyText: 'Demo tenant',
    dataDir,
  });
  await started.stop();
  return started.readyMs;
}

async function measureIdleMemory(cluster: Database): Promise<number> {
  const database = await createDatabase(cluster, 'bench_idle');
  await insertApps(database, 10);
  const [port] = await freePorts(1);
  const started = await startProgram({
    command: [...commandOf('main'), 'all'],
    env: {
      DATABASE_URL: database.url,
      SECRET_KEYS,
      HOST: '127.0.0.1',
      PORT: `${port}`,
      NODE_ENV: 'production',
    },
    readyText: '"msg":"ready"',
  });
  await sleep(IDLE_SECONDS * 1000);
  const memory = memoryMibOf(started.pid);
  await started.stop();
  return memory;
}
