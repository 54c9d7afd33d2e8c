/**
 * The init path beside its yardsticks: key check, durable row, answer. Every round measures all servers one after the
 * other, each alone on its core, so that a slow minute of the machine is everybody's; ratios are taken within a round.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { EmbeddedPostgres } from '../src/platform/embedded-postgres.ts';
import { atLeast, atMost, type Budget, median } from './kit/budget.ts';
import {
  countRows,
  createDatabase,
  type Database,
  insertApps,
  insertVisits,
  SECRET_KEYS,
} from './kit/data.ts';
import { CONNECTIONS, type LoadFigures, type Target, tapFor } from './kit/load.ts';
import { type Cores, onCores } from './kit/machine.ts';
import { commandOf, freePorts, PROJECT_FOLDER, type Started, startProgram } from './kit/program.ts';
import { cpuMsOf } from './kit/usage.ts';

const YARDSTICKS = path.join(PROJECT_FOLDER, 'bench/servers/bare.ts');
/** V8 has compiled the whole path by then, and the pool has its connections. */
const WARM_UP_SECONDS = 5;
/** As many different apps are tapped on in turn: more than any cache holds. */
const TAPPED_APPS_MAX = 500;

export interface InitOptions {
  rounds: number;
  seconds: number;
  manyApps: number;
  manyVisits: number;
  cores: Cores | undefined;
  postgres: EmbeddedPostgres & { folder: string };
  say(line: string): void;
}

interface Contestant {
  name: string;
  port: number;
  server: Started;
  targets: Target[];
  database?: { at: Database; table: 'sessions' | 'naive_sessions'; rowsBefore: number };
}

interface Round {
  load: LoadFigures;
  serverCpuMs: number;
  postgresCpuMs: number;
}

export interface InitRow {
  name: string;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Medians; percent of one core. */
  serverCpu: number;
  serverMicrosecondsPerRequest: number;
  postgresCpu: number;
  generatorCpu: number;
}

export async function measureInit(options: InitOptions): Promise<{ rows: InitRow[]; budgets: Budget[] }> {
  const contestants = await start(options);
  const postgresPid = readPostmasterPid(options.postgres.folder);
  const rounds = new Map(contestants.map(({ name }) => [name, [] as Round[]]));
  let failedCount = 0;
  const answered = new Map<string, number>();
  const measure = async ({ name, port, server, targets }: Contestant, seconds: number): Promise<Round> => {
    const before = [cpuMsOf(server.pid), cpuMsOf(postgresPid, { children: true })] as const;
    const load = await tapFor({ port, targets, seconds });
    failedCount += load.failedCount;
    answered.set(name, (answered.get(name) ?? 0) + load.answeredCount);
    const [serverCpuMs, postgresCpuMs] = [
      cpuMsOf(server.pid) - before[0],
      cpuMsOf(postgresPid, { children: true }) - before[1],
    ];
    return { load, serverCpuMs, postgresCpuMs };
  };

  for (const contestant of contestants) await measure(contestant, WARM_UP_SECONDS);
  for (let number = 1; number <= options.rounds; number += 1) {
    for (const contestant of contestants) {
      const round = await measure(contestant, options.seconds);
      rounds.get(contestant.name)?.push(round);
      const { requestsPerSecond, p99Ms } = round.load;
      options.say(
        `round ${number}  ${contestant.name.padEnd(34)} ${requestsPerSecond.toFixed(0).padStart(6)}/s  p99 ${p99Ms.toFixed(1)} ms`,
      );
    }
  }
  const lostCount = await countLost(contestants, answered);
  for (const { server } of contestants) await server.stop();
  return {
    rows: contestants.map(({ name }) => summarize(name, rounds.get(name) ?? [])),
    budgets: [
      ...judge(rounds),
      atMost('answers other than 200', failedCount, 0),
      atMost('visits answered and not stored', lostCount, 0),
    ],
  };
}

const BARE = 'bare: stores nothing';
const NAIVE = 'naive: one awaited insert';
const OURS = 'ours: 10 apps';
const OURS_FULL = 'ours: many apps, many visits';

async function start({ manyApps, manyVisits, cores, postgres, say }: InitOptions): Promise<Contestant[]> {
  const [few, many, naive] = [
    await createDatabase(postgres, 'bench_few'),
    await createDatabase(postgres, 'bench_many'),
    await createDatabase(postgres, 'bench_naive'),
  ];
  const fewApps = await insertApps(few, 10);
  const manyTargets = await insertApps(many, manyApps);
  say(`${manyApps} apps`);
  await insertVisits(many, manyVisits);
  say(`${manyVisits} visits`);
  const everyNth = Math.max(1, Math.floor(manyApps / TAPPED_APPS_MAX));
  const tapped = manyTargets.filter((_, index) => index % everyNth === 0);
  const key = { id: 'app_1', identificationKey: 'idk_9f3e77c1' };
  return [
    { name: BARE, targets: [key], ...(await startYardstick('bare', cores)) },
    {
      name: NAIVE,
      targets: [key],
      ...(await startYardstick('naive', cores, naive)),
      database: { at: naive, table: 'naive_sessions', rowsBefore: 0 },
    },
    {
      name: OURS,
      targets: fewApps,
      ...(await startOurs(few, cores)),
      database: { at: few, table: 'sessions', rowsBefore: 0 },
    },
    {
      name: OURS_FULL,
      targets: tapped,
      ...(await startOurs(many, cores)),
      database: { at: many, table: 'sessions', rowsBefore: manyVisits },
    },
  ];
}

async function startYardstick(kind: 'bare' | 'naive', cores: Cores | undefined, database?: Database) {
  const [port = 0] = await freePorts(1);
  const command = onCores(cores?.server, [
    process.execPath,
    '--import',
    'tsx',
    YARDSTICKS,
    kind,
    String(port),
  ]);
  const env = { NODE_ENV: 'production', DATABASE_URL: database?.ownerUrl ?? '' };
  return { port, server: await startProgram({ command, env, readyText: 'listening' }) };
}

/** With everything a process of ours does, and logs as in production. */
async function startOurs(database: Database, cores: Cores | undefined) {
  const [port = 0] = await freePorts(1);
  const env = {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    SECRET_KEYS,
    HOST: '127.0.0.1',
    PORT: String(port),
  };
  const command = onCores(cores?.server, [...commandOf('main'), 'all']);
  return { port, server: await startProgram({ command, env, readyText: '"msg":"ready"' }) };
}

/** PostgreSQL writes its process id into its own folder. */
function readPostmasterPid(folder: string): number {
  return Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** A request in flight when the load ended may be stored too: there may be more rows than answers, never fewer. */
async function countLost(
  contestants: readonly Contestant[],
  answered: ReadonlyMap<string, number>,
): Promise<number> {
  let lost = 0;
  for (const { name, database } of contestants) {
    if (!database) continue;
    const stored = (await countRows(database.at, database.table)) - database.rowsBefore;
    lost += Math.max(0, (answered.get(name) ?? 0) - stored);
  }
  return lost;
}

function summarize(name: string, rounds: readonly Round[]): InitRow {
  const of = (read: (round: Round) => number) => median(rounds.map(read));
  const percent = (cpuMs: number, { load }: Round) => cpuMs / load.seconds / 10;
  return {
    name,
    requestsPerSecond: of(({ load }) => load.requestsPerSecond),
    p50Ms: of(({ load }) => load.p50Ms),
    p99Ms: of(({ load }) => load.p99Ms),
    serverCpu: of((round) => percent(round.serverCpuMs, round)),
    serverMicrosecondsPerRequest: of(({ serverCpuMs, load }) => (serverCpuMs * 1000) / load.answeredCount),
    postgresCpu: of((round) => percent(round.postgresCpuMs, round)),
    generatorCpu: of((round) => percent(round.load.generatorCpuMs, round)),
  };
}

function judge(rounds: ReadonlyMap<string, readonly Round[]>): Budget[] {
  const ratio = (above: string, below: string, read: (round: Round) => number) =>
    median(
      (rounds.get(above) ?? []).map((round, at) => {
        const other = rounds.get(below)?.[at];
        return other ? read(round) / read(other) : Number.NaN;
      }),
    );
  const pace = (round: Round) => round.load.requestsPerSecond;
  const p99 = (round: Round) => round.load.p99Ms;
  return [
    atLeast('requests a second, ours / bare', ratio(OURS, BARE, pace), 0.85),
    atLeast('requests a second, ours / naive', ratio(OURS, NAIVE, pace), 1.9),
    atMost(`p99 at ${CONNECTIONS} connections, ours / bare`, ratio(OURS, BARE, p99), 2),
    atLeast('requests a second, many apps and visits / 10 apps', ratio(OURS_FULL, OURS, pace), 0.9),
  ];
}
