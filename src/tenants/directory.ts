/**
 * The apps this process knows: all of them, in memory, refreshed by what changed. The init path reads only this, so it
 * answers without a database; a change anywhere is seen everywhere within one second.
 *
 * A poll asks for the apps whose last writing transaction is not older than the oldest one that was still open at the poll
 * before: a transaction that commits late is never missed, and an unchanged table costs one index look-up.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Db, Log, RandomBytes, Seal } from '../ports.ts';
import { type AppRow, appFromRow, secretAssociatedData } from './app-row.ts';
import type { App, AppDirectory } from './tenants.ts';

/** With the time of the query itself well under the promised second. */
const POLL_MS = 400;

interface Entry {
  app: App;
  identificationDigests: readonly Buffer[];
  sealedApiKey: string | undefined;
  sealedClientSecret: string | undefined;
}

export interface PollingAppDirectory extends AppDirectory {
  /** Loads what changed. Rejects when the database is away; what is known stays. */
  refresh(): Promise<void>;
  /** Called with every app that was new or changed, after it took effect. */
  onChange(listener: (app: App) => void): void;
  start(): void;
  stop(): Promise<void>;
}

export function createAppDirectory(deps: {
  db: Pick<Db, 'call'>;
  seal: Seal;
  random: RandomBytes;
  /** Where there is no simulator, sandbox apps are as good as unknown. */
  hasSimulator: boolean;
  log: Log;
}): PollingAppDirectory {
  const { db, seal, log } = deps;
  const entries = new Map<string, Entry>();
  const listeners: ((app: App) => void)[] = [];
  /** Of this process: digests of equal length under a secret salt, so that the comparison's time says nothing about a key.
   *  A one-shot hash takes 0.6 µs, an HMAC 4.6 µs. */
  const salt = deps.random(32).toString('base64');
  const digest = (key: string) => Buffer.from(hash('sha256', salt + key, 'base64'));
  /** Stand in where there is no app or no second key, so that every check does the same work. */
  const nobody = [digest(deps.random(32).toString('hex')), digest(deps.random(32).toString('hex'))] as const;
  let horizon: string | undefined;

  const toEntry = (row: AppRow): Entry => {
    const sealed = (kind: string) => row.secrets.filter((secret) => secret.kind === kind);
    const keys = sealed('identification_key').map((secret) =>
      digest(seal.open(secret.sealed, secretAssociatedData(row.tenant_id, row.id, 'identification_key'))),
    );
    return {
      app: appFromRow(row, seal),
      identificationDigests: [keys[0] ?? nobody[0], keys[1] ?? nobody[1]],
      sealedApiKey: sealed('api_key')[0]?.sealed,
      sealedClientSecret: sealed('client_secret')[0]?.sealed,
    };
  };

  const take = (row: AppRow) => {
    const isRefused = row.environment === 'sandbox' && !deps.hasSimulator;
    if (isRefused || row.changed_xid === entries.get(row.id)?.app.version) return;
    try {
      const entry = toEntry(row);
      entries.set(row.id, entry);
      for (const listener of listeners) listener(entry.app);
    } catch (cause) {
      // A row that cannot be opened (its key is gone) must not take the other apps with it.
      log.error({ app_id: row.id, err: cause }, 'app could not be loaded');
    }
  };

  const refresh = async () => {
    const [next] = await db.call<{ horizon: string }>('change_horizon', []);
    const rows = await db.call<{ app: AppRow }>('changed_apps', [horizon ?? '0']);
    for (const { app: row } of rows) take(row);
    horizon = next?.horizon ?? horizon;
  };

  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const poll = () => {
    running = refresh()
      .catch((cause) => log.warn({ err: cause }, 'apps could not be refreshed'))
      .finally(() => {
        if (timer !== undefined) timer = setTimeout(poll, POLL_MS);
      });
  };

  return {
    refresh,
    onChange: (listener) => void listeners.push(listener),
    start: () => {
      timer = setTimeout(poll, POLL_MS);
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
    find: (appId) => entries.get(appId)?.app,
    all: function* () {
      for (const entry of entries.values()) yield entry.app;
    },
    isWarm: () => horizon !== undefined,
    authenticate: (appId, presented) => {
      const entry = entries.get(appId);
      const given = digest(presented ?? '');
      let matches = false;
      for (const known of entry?.identificationDigests ?? nobody)
        if (timingSafeEqual(given, known)) matches = true;
      return matches && presented !== undefined && presented !== '' && entry && !entry.app.suspended
        ? entry.app
        : undefined;
    },
    openSecret: (app, kind) => {
      const entry = entries.get(app.id);
      const sealed = kind === 'api_key' ? entry?.sealedApiKey : entry?.sealedClientSecret;
      if (sealed === undefined) throw new Error(`app ${app.id} has no ${kind}`);
      return seal.open(sealed, secretAssociatedData(app.tenantId, app.id, kind));
    },
  };
}
