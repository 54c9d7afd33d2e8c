/** How a consent ends: each ending is one transaction under the session's lock, one page or redirect, one log line. */

import type { OauthFailure } from '../divar/oauth.ts';
import type { PageReply, PageRequest } from '../http/route.ts';
import type { Land } from '../landing/land.ts';
import type { Db, Log, Tx } from '../ports.ts';
import type { Handles } from '../session/handle.ts';
import { type Session, stateAt } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import type { TellSession } from '../session/tell.ts';
import type { VisitPages } from '../session/visit-pages.ts';
import type { App } from '../tenants/tenants.ts';
import { type NewGrant, type OauthState, retryScopes, settleConsent } from './consent.ts';
import type { GrantStore } from './store.ts';
import type { TellGrant } from './tell.ts';

/** One answer of Divar, once its state was found to belong to this app and this browser. */
export interface Answered {
  app: App;
  request: PageRequest;
  state: OauthState;
  /** As it was when the answer came. */
  session: Session;
}

/** For the log: where it ended and how. No code, no token, no text of Divar's. */
export type Ending = { outcome: string } & Partial<Pick<OauthFailure, 'stage' | 'code' | 'status'>>;

export interface EndingsDeps {
  db: Pick<Db, 'tenant'>;
  sessions: Pick<SessionStore, 'lock' | 'save'>;
  grants: Pick<GrantStore, 'verify' | 'remove'>;
  handles: Pick<Handles, 'make'>;
  land: Land;
  /** Messages that waited for this consent go on. */
  releaseHeld: (tx: Tx, app: App, session: Session) => Promise<void>;
  /** What hung on older grants of the same person goes over to this one. */
  replaceGrants: (tx: Tx, app: App, grantId: string, now: Date) => Promise<void>;
  tellSession: TellSession;
  tellGrant: TellGrant;
  showPage: VisitPages;
  log: Log;
}

export type Endings = ReturnType<typeof createEndings>;

export function createEndings(deps: EndingsDeps) {
  const report = ({ app, request, session }: Answered, ending: Ending) =>
    deps.log.info(
      { request_id: request.requestId, app_id: app.id, session_id: session.id, ...ending },
      'consent answered',
    );

  /** `run` decides about the session; when it has ended meanwhile there is nothing to decide, and no grant stays. */
  const end = (
    answered: Answered,
    ending: Ending,
    grant: Pick<NewGrant, 'id'> | undefined,
    run: (tx: Tx, session: Session) => Promise<{ session: Session; reply: PageReply }>,
  ): Promise<PageReply> =>
    deps.db.tenant(answered.app.tenantId, async (tx) => {
      const { app, request } = answered;
      const session = await deps.sessions.lock(tx, answered.session.id);
      if (!session || stateAt(session, request.now) === 'expired') {
        if (grant) await deps.grants.remove(tx, grant.id);
        report(answered, { outcome: 'session_gone' });
        return deps.showPage('gone', { requestId: request.requestId, app, session });
      }
      const { session: next, reply } = await run(tx, session);
      await deps.sessions.save(tx, next);
      await deps.tellSession(tx, session, next, request.now);
      report(answered, ending);
      return reply;
    });

  /** Our page with "try again" and "back to Divar". */
  const showRetry = (
    { app, request, state }: Answered,
    session: Session,
    page: 'used_answer' | 'divar_failed' | 'other_person',
  ): PageReply => {
    const reference = { tenantId: app.tenantId, sessionId: session.id };
    const scopes = retryScopes(app, session, state.scopes);
    const retryHandle = scopes
      ? deps.handles.make('consent', reference, scopes)
      : deps.handles.make('start', reference);
    return deps.showPage(page, { requestId: request.requestId, app, session, retryHandle });
  };

  return {
    /** The state was used before, or is too old, or the answer is not Divar's: nothing changes. */
    refuse: (answered: Answered, ending: Ending): PageReply => {
      report(answered, ending);
      return showRetry(answered, answered.session, 'used_answer');
    },

    /** The user said no: he goes on without. */
    deny: (answered: Answered): Promise<PageReply> =>
      end(answered, { outcome: 'denied' }, undefined, (tx, session) =>
        deps.land(
          tx,
          answered.app,
          settleConsent(session, { consent: 'denied' }, answered.request.now),
          answered.request,
        ),
      ),

    /** Nothing is kept of it, and it may be tried again. */
    fail: (
      answered: Answered,
      page: 'divar_failed' | 'other_person',
      ending: Ending,
      grant?: Pick<NewGrant, 'id'>,
    ): Promise<PageReply> =>
      end(answered, ending, grant, async (tx, session) => {
        if (grant) await deps.grants.remove(tx, grant.id);
        const failed = settleConsent(session, { consent: 'failed' }, answered.request.now);
        return { session: failed, reply: showRetry(answered, failed, page) };
      }),

    /** It is known whose grant it is: from here on it is used. */
    accept: (answered: Answered, grant: NewGrant, identity: Session['identity']): Promise<PageReply> =>
      end(answered, { outcome: 'granted' }, grant, async (tx, session) => {
        const { app, request } = answered;
        await deps.grants.verify(tx, grant, session.visit.user.id, request.now);
        await deps.releaseHeld(tx, app, session);
        await deps.tellGrant(tx, { type: 'grant.created', app, grantId: grant.id, now: request.now });
        await deps.replaceGrants(tx, app, grant.id, request.now);
        const granted = { consent: 'granted' as const, grantId: grant.id, identity };
        return await deps.land(tx, app, settleConsent(session, granted, request.now), request);
      }),
  };
}
