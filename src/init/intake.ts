/**
 * Writes visits in batches before Divar is answered, and gives the handle. A lone visit goes out at once; what comes while
 * another batch is being written waits for that to end, or goes out beside it when it is many enough.
 * While PostgreSQL is away or slow the handle carries the visit itself, and whoever opens it writes the row.
 */
import { Problem } from '../errors.ts';
import type { Clock, Db, Log } from '../ports.ts';
import type { Handles } from '../session/handle.ts';
import type { NewSession } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';

/** Two statements in flight: while one waits for the disk the other is worked on. */
const SLOT_COUNT = 2;
/** So many do not wait for the end of a turn of the loop or of another batch: PostgreSQL works on them while the rest of the
 *  requests that arrived together is read (throughput at 50 connections: a third more). A smaller batch beside another would cost
 *  more than it saves: a row takes PostgreSQL 165 us in batches of 5, 98 in batches of 12, 92 in batches of 25. */
const FULL_BATCH = 16;
/** Keeps one statement well under a megabyte. */
const MAX_BATCH = 200;
/** A batch that takes longer is answered without it: Divar's patience is two seconds at the 99th percentile. */
const PATIENCE_MS = 700;
/** After a failure nobody waits for the database until this time has passed; then one batch finds out. */
const AWAY_MS = 1000;

interface Waiting {
  session: NewSession;
  settle: (written: boolean) => void;
}

export interface VisitIntake {
  /** The start handle of a visit that will not be lost.
   *  @throws Problem `unavailable` when the database is away and the visit does not fit into a handle. */
  accept(session: NewSession): Promise<string>;
}

export function createVisitIntake(deps: {
  db: Pick<Db, 'intake'>;
  store: Pick<SessionStore, 'intake'>;
  handles: Pick<Handles, 'make' | 'carry'>;
  clock: Clock;
  log: Log;
}): VisitIntake {
  let waiting: Waiting[] = [];
  let busySlots = 0;
  let scheduled = false;
  let awayUntilMs = 0;

  const flush = async (batch: Waiting[]) => {
    let patience: NodeJS.Timeout | undefined;
    const giveUp = new Promise<never>((_, reject) => {
      patience = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    const write = deps.store.intake(
      deps.db,
      batch.map(({ session }) => session),
    );
    try {
      await Promise.race([write, giveUp]);
      for (const { settle } of batch) settle(true);
    } catch (cause) {
      write.catch(() => undefined);
      awayUntilMs = deps.clock.now().getTime() + AWAY_MS;
      deps.log.warn({ visit_count: batch.length, err: cause }, 'visits go into their handles');
      for (const { settle } of batch) settle(false);
    } finally {
      clearTimeout(patience);
    }
  };

  const isDue = () =>
    busySlots === 0 ? waiting.length > 0 : busySlots < SLOT_COUNT && waiting.length >= FULL_BATCH;

  const pump = () => {
    scheduled = false;
    while (isDue()) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      busySlots += 1;
      void flush(batch).finally(() => {
        busySlots -= 1;
        pump();
      });
    }
  };

  const write = (session: NewSession) =>
    new Promise<boolean>((settle) => {
      waiting.push({ session, settle });
      if (waiting.length >= FULL_BATCH) pump();
      // One turn of the loop lets requests that arrived together share a statement.
      else if (!scheduled && isDue()) {
        scheduled = true;
        setImmediate(pump);
      }
    });

  return {
    accept: async (session) => {
      const isAway = deps.clock.now().getTime() < awayUntilMs;
      if (!isAway && (await write(session))) {
        return deps.handles.make('start', { tenantId: session.tenantId, sessionId: session.id });
      }
      const handle = deps.handles.carry(session);
      if (handle === undefined) throw new Problem('unavailable', { retryAfterSeconds: 1 });
      return handle;
    },
  };
}
