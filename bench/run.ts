/**
 * `npm run bench`: measures what was promised and prints it as a table; exits 1 when a promise is broken.
 *   --json    the figures as JSON instead
 *   --write   also into bench/RESULTS.md
 *   --quick   short rounds and little data: to see that it works, not to judge by
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres.ts';
import { createLog } from '../src/platform/log.ts';
import { type InitRow, measureInit } from './init.ts';
import { type Align, type Budget, formatTable } from './kit/budget.ts';
import { withClient } from './kit/data.ts';
import { CONNECTIONS } from './kit/load.ts';
import { describeSurroundings, moveSelfTo, planCores, type Surroundings } from './kit/machine.ts';
import { PROJECT_FOLDER, stopAllPrograms } from './kit/program.ts';
import { measureStart } from './start.ts';

const FULL = { rounds: 7, seconds: 5, manyApps: 10_000, manyVisits: 1_000_000 };
/** As one sets it up for real on a machine of this size; the embedded one is small, for a laptop. */
const POSTGRES_SETTINGS = { shared_buffers: '1GB', max_wal_size: '4GB', checkpoint_timeout: '30min' };
const SHOWN_SETTINGS = ['fsync', 'synchronous_commit', ...Object.keys(POSTGRES_SETTINGS)];
const QUICK = { rounds: 2, seconds: 2, manyApps: 200, manyVisits: 5000 };

interface Report extends Surroundings {
  storage: string;
  size: typeof FULL;
  init: InitRow[];
  budgets: Budget[];
}

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
/** Progress goes where it does not mix with the result. */
const say = (line: string) => process.stderr.write(`${line}\n`);
const endings: (() => unknown)[] = [];

async function measure(): Promise<Report> {
  const cores = planCores();
  const size = flags.quick ? QUICK : FULL;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'peyvand-bench-'));
  endings.push(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  if (cores) moveSelfTo(cores.others);
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: createLog('silent'),
    settings: POSTGRES_SETTINGS,
  });
  endings.push(() => postgres.stop());
  const startBudgets = await measureStart(postgres, say);
  const folder = path.join(dataDir, 'postgres');
  const { rows, budgets } = await measureInit({ ...size, cores, postgres: { ...postgres, folder }, say });
  return {
    ...describeSurroundings(cores),
    storage: await describeStorage(postgres.ownerUrl),
    size,
    init: rows,
    budgets: [...budgets, ...startBudgets],
  };
}

async function describeStorage(ownerUrl: string): Promise<string> {
  return await withClient(ownerUrl, async (client) => {
    const show = async (name: string) =>
      Object.values((await client.query(`show ${name}`)).rows[0] as object)[0];
    const facts = [`PostgreSQL ${await show('server_version')}`];
    for (const name of SHOWN_SETTINGS) facts.push(`${name} ${await show(name)}`);
    return facts.join(', ');
  });
}

function format(report: Report): string {
  const right = (name: string): [string, Align] => [name, 'right'];
  const columns: [string, Align][] = [
    ['server', 'left'],
    ...['requests/s', 'p50 ms', 'p99 ms', 'CPU server', 'us/request', 'CPU PostgreSQL', 'CPU load'].map(
      right,
    ),
  ];
  const percent = (share: number) => `${share.toFixed(0)} %`;
  const rows = report.init.map((row) => [
    row.name,
    row.requestsPerSecond.toFixed(0),
    row.p50Ms.toFixed(1),
    row.p99Ms.toFixed(1),
    percent(row.serverCpu),
    row.serverMicrosecondsPerRequest.toFixed(0),
    percent(row.postgresCpu),
    percent(row.generatorCpu),
  ]);
  const budgets = report.budgets.map(({ what, limit, measured, isMet }) => [
    what,
    limit,
    measured,
    isMet ? 'met' : 'MISSED',
  ]);
  const { size } = report;
  return [
    formatTable([['promise', 'left'], right('limit'), right('measured'), ['', 'left']], budgets),
    '',
    `Init, ${CONNECTIONS} connections, bodies of both generations in turn; medians of ${size.rounds} interleaved rounds of ${size.seconds} s.`,
    `"Many" is ${size.manyApps} apps and ${size.manyVisits} visits. CPU in percent of one core.`,
    '',
    formatTable(columns, rows),
    '',
    `${report.date}, commit ${report.commit}, Node ${report.node}, ${report.storage}, ${report.machine}; ${report.cores}.`,
    '',
  ].join('\n');
}

const PREFACE = `# Results

Made by \`npm run build && npm run bench -- --write\`, which measures on a PostgreSQL of its own; two cores and a quiet machine
are all it needs. Compare ratios, not requests per second: both sides of a ratio come from the same minute of the same machine.

- **bare** is the same Koa, router, body parser and zod; it checks the key and the body, answers, and stores nothing (\`servers/bare.ts\`).
- **naive** is bare with one awaited insert per request.
- **ours** is \`node dist/src/main.js all\`, with its workers and its log, on a PostgreSQL that flushes every commit to the disk.

`;

async function end(): Promise<void> {
  await stopAllPrograms();
  for (const ending of endings.splice(0).reverse()) await ending();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().finally(() => process.exit(1)));

try {
  const report = await measure();
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : format(report));
  if (flags.write) await writeFile(path.join(PROJECT_FOLDER, 'bench/RESULTS.md'), PREFACE + format(report));
  process.exitCode = report.budgets.every(({ isMet }) => isMet) ? 0 : 1;
} catch (error) {
  say(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await end();
}
