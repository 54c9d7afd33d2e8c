/** Checks what an installation needs, one line each; nothing is changed. */
import type { Config } from './config.ts';
import { checkSchema } from './platform/migrate.ts';
import type { Platform } from './platform/open.ts';
import { systemKeyAssociatedData } from './tenants/index-key.ts';

interface Finding {
  check: string;
  ok: boolean;
  detail?: string;
}

/** Signatures and one-time codes are judged by the clock: more than this apart is trouble. */
const MAX_CLOCK_DIFFERENCE_MS = 5000;

export async function examine(
  config: Config,
  platform: Platform,
): Promise<{ ok: boolean; checks: Finding[] }> {
  const checks = [
    await examineOne('node', async () => {
      if (Number(process.versions.node.split('.')[0]) < 20)
        throw new Error(`Node ${process.versions.node} is too old`);
    }),
    await examineOne('postgresql', platform.db.ping),
    await examineOne('schema', () => checkSchema(platform.db)),
    await examineOne('clock', () => compareClocks(platform)),
    await examineOne('secret_keys', () => openSystemKeys(platform)),
    await examineOne('public_url', async () => {
      if (!config.embedded && !config.publicUrl.startsWith('https:'))
        throw new Error('PUBLIC_URL is not https');
    }),
    ...(platform.redis
      ? [await examineOne('redis', () => (platform.redis as { ping(): Promise<unknown> }).ping())]
      : []),
  ];
  return { ok: checks.every(({ ok }) => ok), checks };
}

async function examineOne(check: string, run: () => Promise<unknown>): Promise<Finding> {
  try {
    await run();
    return { check, ok: true };
  } catch (error) {
    return { check, ok: false, detail: (error as Error).message };
  }
}

async function compareClocks({ db, clock }: Platform): Promise<void> {
  const [row] = await db.call<{ now: Date }>('now', []);
  const differenceMs = Math.abs(clock.now().getTime() - (row?.now.getTime() ?? 0));
  if (differenceMs > MAX_CLOCK_DIFFERENCE_MS)
    throw new Error(`PostgreSQL's clock is ${differenceMs} ms away from ours`);
}

async function openSystemKeys({ db, seal }: Platform): Promise<void> {
  for (const kind of ['blind_index', 'signing']) {
    for (const { id, sealed } of await db.call<{ id: string; sealed: string }>('list_system_keys', [kind])) {
      seal.open(sealed, systemKeyAssociatedData(id));
    }
  }
}
