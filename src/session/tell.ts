/** What becomes of a visit, told to the tenant in the transaction that makes it so. */
import type { Announce } from '../events/announce.ts';
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

/** A fragment page may land twice and a reload denies nothing again: each is told once. */
export function changesOf(before: Session, after: Session): EventType[] {
  const changes: [EventType, boolean][] = [
    ['session.denied', before.consent !== 'denied' && after.consent === 'denied'],
    ['session.landed', before.landedAt === null && after.landedAt !== null],
    ['session.completed', before.completedAt === null && after.completedAt !== null],
  ];
  return changes.filter(([, isNew]) => isNew).map(([type]) => type);
}
