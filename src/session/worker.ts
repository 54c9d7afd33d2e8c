/**
 * Tells of visits that nobody has opened. An init is answered from a batched insert that tells nothing; whoever opens a
 * visit tells of it first, and this worker comes after for all of them, at a rate that leaves room for what users wait for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Db, RandomBytes } from '../ports.ts';
import type { SessionStore } from './store.ts';
import type { TellCreated } from './tell.ts';

/** Visits told in one second by one process: a commit of events holds the log of their app, 0.2 ms an event, and what users wait for
 *  goes first. Whoever opens a visit tells of it at once, so this is only about visits that nobody opens. */
const RATE_PER_SECOND = 20;
const CLAIM_COUNT = 40;
/** A process that ends waits for its rest. */
const PAUSE_MAX_MS = 1000;
/** In one transaction: so long the log of an app is held, about 10 ms. */
const CHUNK_COUNT = 50;
const LEASE_SECONDS = 60;

export function createNewVisitsWorker(deps: {
  db: Pick<Db, 'call' | 'tenant'>;
  sessions: Pick<SessionStore, 'claimNew' | 'forgetNew' | 'findMany'>;
  tellCreated: TellCreated;
  clock: Clock;
  random: RandomBytes;
  /** Tests give their own. */
  pause?: (ms: number) => Promise<unknown>;
}) {
  const { db, sessions, clock, pause = sleep } = deps;

  const tell = (tenantId: string, ids: readonly string[]) =>
    db.tenant(tenantId, async (tx) => {
      const visits = await sessions.findMany(tx, ids);
      await deps.tellCreated(
        tx,
        visits.filter(({ openedAt }) => openedAt === null),
      );
    });

  return {
    /** How many visits were looked at. A process that dies on the way leaves its claim to another, and nothing is told twice. */
    tick: async (): Promise<number> => {
      const startMs = clock.now().getTime();
      const claimId = deps.random(16).toString('base64url');
      const claim = { maxCount: CLAIM_COUNT, leaseSeconds: LEASE_SECONDS, claimId };
      const visits = await sessions.claimNew(db, claim);
      if (visits.length === 0) return 0;
      for (const tenantId of new Set(visits.map((visit) => visit.tenantId))) {
        const ids = visits.filter((visit) => visit.tenantId === tenantId).map(({ id }) => id);
        for (let at = 0; at < ids.length; at += CHUNK_COUNT)
          await tell(tenantId, ids.slice(at, at + CHUNK_COUNT));
      }
      await sessions.forgetNew(db, claimId);
      const spentMs = clock.now().getTime() - startMs;
      const restMs = (visits.length * 1000) / RATE_PER_SECOND - spentMs;
      await pause(Math.max(0, Math.min(restMs, PAUSE_MAX_MS)));
      return visits.length;
    },
  };
}
