/** Opens everything that a process takes from outside, and closes it in reverse order. */
import type { Config } from '../config.ts';
import { Problem } from '../errors.ts';
import type { BlindIndex, Log } from '../ports.ts';
import { createAddressGuard } from './address-guard.ts';
import { createCall } from './call.ts';
import { createDatabase } from './database.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { createNewId, systemClock, systemRandom } from './ids.ts';
import { createMailboxDriver, createNoMail, createSmtp } from './mail.ts';
import { createRedis } from './redis.ts';
import { createBlindIndex, createSeal, parseSecretKeys } from './seal.ts';
import { readOrMakeSecretKeys } from './secret-keys.ts';
import { createSignals } from './signals.ts';

export type Platform = Awaited<ReturnType<typeof openPlatform>>;

export async function openPlatform(config: Config, log: Log) {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const postgres = await openPostgres(config, log);
    closers.push(postgres.stop);
    const secretKeys = config.secretKeys ?? (await readOrMakeSecretKeys(config.dataDir, systemRandom));
    const db = createDatabase({ url: postgres.url, log });
    closers.push(db.close);
    const redis = config.redisUrl === undefined ? undefined : createRedis({ url: config.redisUrl, log });
    if (redis) closers.push(async () => redis.disconnect());
    const signals = createSignals({ redis, log });
    closers.push(signals.close);
    const mail = openMail(config);
    closers.push(mail.close);
    const guard = createAddressGuard(config);
    const call = createCall();
    const guardedCall = createCall({ guard });
    closers.push(call.close, guardedCall.close);
    return {
      ownerUrl: postgres.ownerUrl,
      seal: createSeal(parseSecretKeys(secretKeys), systemRandom),
      index: createLateIndex(),
      clock: systemClock,
      random: systemRandom,
      newId: createNewId({ clock: systemClock, random: systemRandom }),
      isAllowedUrl: guard.isAllowedUrl,
      ...{ db, redis, signals, mail, call, guardedCall, close },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function openMail({ smtpUrl, mailFrom, hasMailbox }: Config) {
  if (smtpUrl !== undefined && mailFrom !== undefined) return createSmtp({ url: smtpUrl, from: mailFrom });
  return hasMailbox ? createMailboxDriver({ clock: systemClock }) : createNoMail();
}

/** The given one, else the embedded one: started by the process that owns it, found by the `cli` beside it. */
async function openPostgres(config: Config, log: Log) {
  const stop = async () => undefined;
  if (config.databaseUrl !== undefined)
    return { url: config.databaseUrl, ownerUrl: config.databaseUrl, stop };
  const running = config.program === 'cli' ? await findEmbeddedPostgres(config.dataDir) : undefined;
  return running ? { ...running, stop } : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
}

/** Its key lies in the database, which may not be there yet when everything else is wired. */
function createLateIndex() {
  let index: BlindIndex | undefined;
  const blindIndex: BlindIndex = (value) => {
    if (index === undefined) throw new Problem('unavailable', { retryAfterSeconds: 1 });
    return index(value);
  };
  const setKey = (key: Buffer) => {
    index = createBlindIndex(key);
  };
  return { blindIndex, setKey };
}
