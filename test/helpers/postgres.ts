/** A PostgreSQL that a test may stop: its own cluster, migrated, on a port that stays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { migrate } from '../../src/platform/migrate.ts';
import type { Teardown } from './database.ts';
import { silentLog } from './log.ts';

export interface OwnPostgres {
  dataDir: string;
  url: string;
  ownerUrl: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** About two seconds. `migrated: false` leaves the database empty. */
export async function startOwnPostgres(t: Teardown, { migrated = true } = {}): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'peyvand-own-'));
  const launch = (port?: number) =>
    startEmbeddedPostgres({ dataDir, log: silentLog(), durable: false, ...(port ? { port } : {}) });
  let running: EmbeddedPostgres = await launch();
  t.teardown(async () => {
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  if (migrated) await migrate(running.ownerUrl);
  const { url, ownerUrl } = running;
  const port = Number(new URL(url).port);
  return {
    dataDir,
    url,
    ownerUrl,
    stop: () => running.stop(),
    async start() {
      running = await launch(port);
      if (running.url !== url) throw new Error('the port was taken meanwhile');
    },
  };
}
