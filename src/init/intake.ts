/**
 * Writes visits in batches before Divar is answered, and gives the handle. While PostgreSQL is away or slow the handle
 * carries the visit itself, and whoever opens it writes the row.
 */
import { Problem } from '../errors.ts';
import type { Clock, Db, Log } from '../ports.ts';
import { createBatch } from '../queue/batch.ts';
import type { Handles } from '../session/handle.ts';
import type { NewSession } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';

/** Keeps one statement well under a megabyte. */
const MAX_BATCH = 200;
/** A batch that takes longer is answered without it: Divar's patience is two seconds at the 99th percentile. */
const PATIENCE_MS = 700;
/** After a failure nobody waits for the database until this time has passed; then one batch finds out. */
const AWAY_MS = 1000;

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
  let awayUntilMs = 0;

  const write = async (sessions: NewSession[]) => {
    let patience: NodeJS.Timeout | undefined;
    const giveUp = new Promise<never>((_, reject) => {
      patience = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    const written = deps.store.intake(deps.db, sessions);
    try {
      await Promise.race([written, giveUp]);
    } catch (cause) {
      // It may still be written, or be refused as a whole because one of its visits has been opened and written by then.
      written.catch(() => undefined);
      awayUntilMs = deps.clock.now().getTime() + AWAY_MS;
      deps.log.warn({ visit_count: sessions.length, err: cause }, 'visits go into their handles');
      throw cause;
    } finally {
      clearTimeout(patience);
    }
  };
  const put = createBatch({ write, maxCount: MAX_BATCH });

  return {
    accept: async (session) => {
      const isAway = deps.clock.now().getTime() < awayUntilMs;
      const isWritten =
        !isAway &&
        (await put(session).then(
          () => true,
          () => false,
        ));
      if (isWritten) return deps.handles.make('start', { tenantId: session.tenantId, sessionId: session.id });
      const handle = deps.handles.carry(session);
      if (handle === undefined) throw new Problem('unavailable', { retryAfterSeconds: 1 });
      return handle;
    },
  };
}
