/** Clusters of test processes that were killed: their servers run on, and nobody will ask for them again. */
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAbandoned } from '../../src/platform/embedded-postgres.ts';
import { findServer, stopServer } from '../../src/platform/postgres-cluster.ts';

/** Every folder of a test cluster begins so. */
export const CLUSTER_PREFIX = 'peyvand-test-';
/** A younger one may be about to start. */
const AGE_MIN_MS = 10 * 60_000;

/** A server that somebody holds is left alone. */
export async function sweepOrphans(now: number): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataDir = path.join(tmpdir(), name);
    if (!name.startsWith(CLUSTER_PREFIX) || !(await isOursAndOld(dataDir, now))) continue;
    const folder = path.join(dataDir, 'postgres');
    const pid = await findServer(folder);
    if (pid !== undefined && !(await isAbandoned(dataDir))) continue;
    if (pid !== undefined) await stopServer(pid, async () => (await findServer(folder)) === undefined);
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function isOursAndOld(folder: string, now: number): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && found.uid === process.getuid?.() && now - found.mtimeMs > AGE_MIN_MS;
}
