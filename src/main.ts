/**
 * Starts a process: configuration, platform, app, listen, loops; what was opened is closed in reverse order.
 *   start              migrates, then everything, with the simulator and the demo tenant where they are on (`npm start`)
 *   all, web, worker   production roles: they refuse a schema that is not theirs
 *   release            migrates
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, createApp } from './app.ts';
import { type Config, loadConfig, type Program } from './config.ts';
import { startDemo } from './demo.ts';
import { Problem } from './errors.ts';
import { listen } from './http/listen.ts';
import { createLog } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { checkSchema, migrate } from './platform/migrate.ts';
import { openPlatform, type Platform } from './platform/open.ts';
import { findProjectFolder, readVersion } from './platform/project.ts';
import type { Log } from './ports.ts';
import { startSimulator } from './simulator-server.ts';
import { loadIndexKey } from './tenants/index-key.ts';
import type { HostsOf } from './tenants/tenants.ts';

const PROGRAMS: readonly Program[] = ['start', 'all', 'web', 'worker', 'release'];

/** How long requests in flight may take when the process ends; before them the loops end, which takes a call to Divar. */
const DRAIN_MS = 10_000;
const SHUTDOWN_MS = 30_000;
/** Between tries to reach PostgreSQL for the first time. */
const WARM_UP_EVERY_MS = 500;

type Stop = () => Promise<unknown>;

async function main(): Promise<void> {
  const program = PROGRAMS.find((name) => name === process.argv[2]);
  if (program === undefined) throw new Error(`usage: node dist/src/main.js ${PROGRAMS.join('|')}`);
  const config = loadConfig(process.env, program);
  const log = createLog(config.logLevel);
  const stops: Stop[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  endOnSignals(log, stop);
  try {
    const platform = await openPlatform(config, log);
    stops.push(platform.close);
    if (program === 'release' || program === 'start') {
      log.info({ applied: await migrate(platform.ownerUrl) }, 'schema is current');
    }
    if (program === 'release') await stop();
    else await run(config, platform, log, stops);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function run(config: Config, platform: Platform, plainLog: Log, stops: Stop[]): Promise<void> {
  const log = await openMetrics(config, platform, plainLog, stops);
  const app = createApp({
    ...platform,
    ...platform.index,
    settings: readSettings(config),
    hostsOf: hostsFrom(config),
    log,
  });
  if (config.simulatorPort > 0) stops.push((await startSimulator(config)).close);
  if (config.program !== 'worker') {
    const listener = await listen({ ...app.http, port: config.port, host: config.host });
    stops.push(() => listener.close(DRAIN_MS));
  }
  await warmUp(app, platform, log, stops);
  const loops = [
    ...app.upkeep(),
    ...(config.program === 'worker' ? [] : app.watchIntake()),
    ...(config.program === 'web' ? [] : app.work()),
  ];
  for (const loop of loops) loop.start();
  app.directory.start();
  stops.push(app.directory.stop);
  stops.push(() => Promise.all(loops.map((loop) => loop.stop())));
  // Readiness goes first: what the loops have begun may take as long as Divar does.
  stops.push(async () => app.http.drain());
  log.info({ program: config.program, port: config.port }, 'ready');
  if (config.program === 'start') {
    const demo = config.demoPort > 0 && config.simulatorUrl ? await startDemo(config, platform) : undefined;
    if (demo) stops.push(demo.close);
    process.stdout.write(welcome(config, demo !== undefined));
  }
}

/** A port of its own, which is not the world's; the log that counts. */
async function openMetrics(config: Config, platform: Platform, log: Log, stops: Stop[]): Promise<Log> {
  if (config.metricsPort === 0) return log;
  const { db, clock } = platform;
  const metrics = createMetrics({ db, poolUsage: db.usage, clock });
  const { callback } = metrics;
  const listener = await listen({
    callback,
    drain: () => undefined,
    port: config.metricsPort,
    host: config.host,
  });
  stops.push(() => listener.close(DRAIN_MS));
  return metrics.countingLog(log);
}

/** Until this has succeeded once, every request is answered 503. Whatever is wrong besides reachability ends the process. */
async function warmUp(
  app: App,
  { db, seal, random, index, clock }: Platform,
  log: Log,
  stops: Stop[],
): Promise<void> {
  let isStopped = false;
  stops.push(async () => {
    isStopped = true;
  });
  while (!isStopped) {
    try {
      await checkSchema(db);
      index.setKey(await loadIndexKey(db, seal, random));
      await app.sessionTokens.refresh(clock.now());
      await app.directory.refresh();
      return;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      log.warn({ err: error }, 'PostgreSQL was not reached yet');
      await sleep(WARM_UP_EVERY_MS);
    }
  }
}

function readSettings(config: Config) {
  return {
    ...config,
    version: readVersion(),
    docsUrl: `${config.publicUrl}/docs`,
    panelDir: `${findProjectFolder()}dist/admin-ui`,
    demoUrl: config.demoPort > 0 ? `http://localhost:${config.demoPort}` : undefined,
  };
}

function hostsFrom({ divar, simulatorUrl: url }: Config): HostsOf {
  if (url === undefined) return () => divar;
  const sandbox = {
    apiUrl: url,
    oauthUrl: url,
    uploadUrl: url,
    v1ApiUrl: url,
    v1OauthUrl: url,
    completionUrl: `${url}/completion`,
  };
  return ({ environment }) => (environment === 'sandbox' ? sandbox : divar);
}

function welcome({ publicUrl, simulatorUrl, demoPort, hasMailbox }: Config, hasDemo: boolean): string {
  const lines = [
    '',
    `  Peyvand      ${publicUrl}/admin/`,
    ...(simulatorUrl ? [`  Simulator    ${simulatorUrl}`] : []),
    ...(hasMailbox ? [`  Mailbox      ${publicUrl}/dev/mail  (mails stay on this machine)`] : []),
    ...(hasDemo ? [`  Demo tenant  http://localhost:${demoPort}`] : []),
    '',
    ...(hasDemo
      ? [
          `  Open ${simulatorUrl}, click the puzzle beside the message field, choose «ارسال کالا»,`,
          '  start it, allow what it asks, order a delivery, and see the message in both phones.',
        ]
      : []),
    '  Ctrl-C ends all of it; what was stored stays.',
    '',
    '',
  ];
  return lines.join('\n');
}

function endOnSignals(log: Log, stop: Stop): void {
  let isEnding = false;
  const end = (signal: NodeJS.Signals) => {
    // A second signal is impatience.
    if (isEnding) process.exit(1);
    isEnding = true;
    log.info({ signal }, 'ending');
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'ended badly');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
