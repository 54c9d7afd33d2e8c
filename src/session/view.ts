/** Sessions as a tenant sees them: with the scopes of their grants, and the address that leads the user back. */
import type { GrantStore } from '../consent/store.ts';
import type { Tx } from '../ports.ts';
import type { Handles } from './handle.ts';
import { presentSession, type SessionView } from './present.ts';
import type { Session } from './session.ts';

export type ViewSessions = (tx: Tx, sessions: readonly Session[], now: Date) => Promise<SessionView[]>;

export function createViewSessions(deps: {
  grants: Pick<GrantStore, 'scopesOf'>;
  handles: Pick<Handles, 'make'>;
  publicUrl: string;
}): ViewSessions {
  return async (tx, sessions, now) => {
    const grantIds = sessions.map(({ grantId }) => grantId).filter((id) => id !== null);
    const scopes = await deps.grants.scopesOf(tx, grantIds);
    return sessions.map((session) => {
      const handle = deps.handles.make('return', { tenantId: session.tenantId, sessionId: session.id });
      return presentSession(session, {
        now,
        returnUrl: `${deps.publicUrl}/r/${handle}`,
        scopes: (session.grantId === null ? undefined : scopes.get(session.grantId)) ?? [],
      });
    });
  };
}

/** One of them. */
export async function viewSession(
  view: ViewSessions,
  tx: Tx,
  session: Session,
  now: Date,
): Promise<SessionView> {
  const [shown] = await view(tx, [session], now);
  if (!shown) throw new Error('a session was not shown');
  return shown;
}
