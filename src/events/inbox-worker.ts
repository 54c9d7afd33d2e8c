/**
 * Reads what Divar told, in the order in which it came, app by app. What is read and what becomes of it is one transaction:
 * a process that dies in the middle has done nothing, and the lock of its app ends with its connection.
 */
import { Problem } from '../errors.ts';
import { parseDivarBody } from '../http/divar-route.ts';
import type { Db, Log, Tx } from '../ports.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import type { Inbox, KeptTold } from './inbox.ts';
import type { EventIntake } from './intake.ts';

export interface InboxWorkerDeps {
  db: Pick<Db, 'tenant'>;
  inbox: Pick<Inbox, 'findApps' | 'take' | 'open' | 'forget' | 'setAside'>;
  intake: EventIntake;
  directory: Pick<AppDirectory, 'find'>;
  log: Log;
}

/** Apps looked at in one round, and at once: each has a connection. */
const APP_COUNT = 200;
const AT_ONCE = 4;
/** In one transaction: so long the log of an app is held. */
const CHUNK_COUNT = 20;

interface Read {
  id: string;
  type: string;
  outcome: string;
}

export function createInboxWorker({ db, inbox, intake, directory, log }: InboxWorkerDeps) {
  const read = async (tx: Tx, app: App, told: KeptTold): Promise<Read> => {
    const rawText = inbox.open(tx, told);
    const body = parseDivarBody(Buffer.from(rawText), true);
    const { outcome, type } = await intake(tx, { app, body, rawText, now: told.receivedAt });
    return { id: told.id, type, outcome };
  };

  const readChunk = (app: App): Promise<Read[]> =>
    db.tenant(app.tenantId, async (tx) => {
      const chunk = await inbox.take(tx, app.id, CHUNK_COUNT);
      const done: Read[] = [];
      for (const told of chunk) done.push(await read(tx, app, told));
      if (chunk.length > 0)
        await inbox.forget(
          tx,
          app.id,
          chunk.map(({ position }) => position),
        );
      return done;
    });

  /** Something in the chunk cannot be read. Alone, each shows whether it is the one. */
  const readOne = async (app: App): Promise<Read[] | 'nothing'> => {
    let told: KeptTold | undefined;
    try {
      return await db.tenant(app.tenantId, async (tx) => {
        [told] = await inbox.take(tx, app.id, 1);
        if (told === undefined) return 'nothing' as const;
        const done = await read(tx, app, told);
        await inbox.forget(tx, app.id, [told.position]);
        return [done];
      });
    } catch (cause) {
      const poison = told;
      if (poison === undefined || isAway(cause)) throw cause;
      const waitSeconds = await db.tenant(app.tenantId, (tx) => inbox.setAside(tx, app.id, poison));
      const fields = { app_id: app.id, inbox_id: poison.id, failure_count: poison.failureCount + 1 };
      log.error({ ...fields, wait_seconds: waitSeconds, err: cause }, 'an event could not be read');
      return [];
    }
  };

  const readSingly = async (app: App): Promise<Read[]> => {
    const done: Read[] = [];
    for (let count = 0; count < CHUNK_COUNT; count += 1) {
      const one = await readOne(app);
      if (one === 'nothing') break;
      done.push(...one);
    }
    return done;
  };

  const readApp = async (appId: string): Promise<number> => {
    const app = directory.find(appId);
    // Not known here yet: in the next round it is.
    if (app === undefined) return 0;
    const done = await readChunk(app).catch((cause: unknown) => {
      if (isAway(cause)) throw cause;
      return readSingly(app);
    });
    for (const { id, ...what } of done) {
      const fields = { app_id: app.id, inbox_id: id, ...what };
      if (what.outcome === 'conflict') log.warn(fields, 'Divar told two things under one id');
      else log.debug(fields, 'event read');
    }
    return done.length;
  };

  return {
    /** How many were read. */
    tick: async (): Promise<number> => {
      const apps = await inbox.findApps(APP_COUNT);
      let count = 0;
      for (let at = 0; at < apps.length; at += AT_ONCE) {
        const some = apps.slice(at, at + AT_ONCE).map(({ appId }) => readApp(appId));
        const settled = await Promise.allSettled(some);
        for (const one of settled) {
          if (one.status === 'rejected') throw one.reason;
          count += one.value;
        }
      }
      return count;
    },
  };
}

function isAway(cause: unknown): boolean {
  return cause instanceof Problem && cause.code === 'unavailable';
}
