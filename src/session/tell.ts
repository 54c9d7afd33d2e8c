/** What becomes of a visit, told to the tenant in the transaction that makes it so. */
import type { Announce, AnnounceOnce } from '../events/announce.ts';
import type { EventType } from '../events/events.ts';
import type { Tx } from '../ports.ts';
import type { Session } from './session.ts';
import { type ViewSessions, viewSession } from './view.ts';

/** Called with the session before and after it was saved. */
export type TellSession = (tx: Tx, before: Session, after: Session, now: Date) => Promise<void>;

export function createTellSession(deps: { announce: Announce; viewSessions: ViewSessions }): TellSession {
  return async (tx, before, after, now) => {
    const types = changesOf(before, after);
    if (types.length === 0) return;
    const session = await viewSession(deps.viewSessions, tx, after, now);
    for (const type of types)
      await deps.announce(tx, {
        type,
        appId: after.appId,
        simulated: after.simulated,
        data: { session },
        now,
      });
  };
}

/** Tells that visits have begun, once each however often it is called. */
export type TellCreated = (tx: Tx, sessions: readonly Session[]) => Promise<void>;

export function createTellCreated(deps: {
  announceOnce: AnnounceOnce;
  viewSessions: ViewSessions;
}): TellCreated {
  return async (tx, sessions) => {
    const [first] = sessions;
    if (!first) return;
    // As it was when the first of them began: none had expired, however late it is told.
    const views = await deps.viewSessions(tx, sessions, first.createdAt);
    const events = sessions.map((session, index) => ({
      id: createdEventId(session.id),
      type: 'session.created' as const,
      appId: session.appId,
      simulated: session.simulated,
      data: { session: views[index] },
      now: session.createdAt,
    }));
    await deps.announceOnce(tx, events);
  };
}

/** A visit begins once: the id of its event follows from its own. */
function createdEventId(sessionId: string): string {
  return sessionId.replace(/^ses_/, 'evt_');
}

/** A fragment page may land twice and a reload denies nothing again: each is told once. */
export function changesOf(before: Session, after: Session): EventType[] {
  const changes: [EventType, boolean][] = [
    ['session.denied', before.consent !== 'denied' && after.consent === 'denied'],
    ['session.landed', before.landedAt === null && after.landedAt !== null],
    ['session.completed', before.completedAt === null && after.completedAt !== null],
  ];
  return changes.filter(([, isNew]) => isNew).map(([type]) => type);
}
