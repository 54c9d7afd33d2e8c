/**
 * Opens a handle: binds it to its browser, then asks for consent or goes to the tenant's page. All of it is one
 * transaction under the session's lock, so that a process may die at any point and the same browser simply comes again.
 */

import type { AskConsent } from '../consent/ask.ts';
import type { Announce } from '../events/announce.ts';
import type { PageReply, PageRequest } from '../http/route.ts';
import type { ButtonReferences } from '../messages/buttons.ts';
import { readReference } from '../messages/buttons.ts';
import type { Db, Tx } from '../ports.ts';
import { answerLookingAhead, type Browsers, isLookingAhead } from '../session/browser.ts';
import type { Handles, ReadHandle } from '../session/handle.ts';
import { advanceSession, type Session } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import type { TellCreated, TellSession } from '../session/tell.ts';
import type { VisitPages } from '../session/visit-pages.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import type { Land } from './land.ts';
import { mayOpen } from './landing.ts';

export interface OpenVisitDeps {
  db: Pick<Db, 'tenant'>;
  directory: Pick<AppDirectory, 'find'>;
  handles: Pick<Handles, 'read'>;
  sessions: Pick<SessionStore, 'insert' | 'lock' | 'save'>;
  browsers: Browsers;
  buttons: ButtonReferences;
  askConsent: AskConsent;
  land: Land;
  announce: Announce;
  tellCreated: TellCreated;
  tellSession: TellSession;
  showPage: VisitPages;
  publicUrl: string;
}

/** Says that the browser was asked to send our cookie back. */
const COOKIE_MARK = 'c';

export function createOpenVisit(deps: OpenVisitDeps) {
  const askForCookie = ({ params, query, requestId }: PageRequest): PageReply => {
    const handle = params.handle ?? '';
    if (query.has(COOKIE_MARK)) return deps.showPage('no_cookie', { requestId, retryHandle: handle });
    const location = `${deps.publicUrl}/s/${handle}?${COOKIE_MARK}=1`;
    return { status: 303, location, cookies: deps.browsers.invite() };
  };

  /** The tenant's own data behind the clicked button, once; the click is told. */
  const resolveButton = async (tx: Tx, session: Session, now: Date): Promise<Session> => {
    const reference =
      session.openedAt === null && session.visit.data ? readReference(session.visit.data) : undefined;
    const button =
      reference === undefined ? undefined : await deps.buttons.resolve(tx, session.appId, reference);
    if (!button) return session;
    const { id, appId, simulated } = session;
    const clicked = { message_id: button.messageId, data: button.data, session_id: id };
    await deps.announce(tx, { type: 'button.clicked', appId, simulated, data: clicked, now });
    return { ...session, entry: 'button', visit: { ...session.visit, data: button.data, page: button.page } };
  };

  const proceed = async (tx: Tx, app: App, session: Session, request: PageRequest, handle: ReadHandle) => {
    const step = await deps.askConsent(tx, app, session, handle.scopes, request.now);
    if (step.location !== undefined)
      return { session: step.session, reply: { status: 303, location: step.location } as PageReply };
    return await deps.land(tx, app, step.session, request);
  };

  const openIn = async (
    tx: Tx,
    handle: ReadHandle,
    browserHash: string,
    request: PageRequest,
  ): Promise<PageReply> => {
    const { now, requestId } = request;
    if (handle.carried && handle.carried.expiresAt > now) await deps.sessions.insert(tx, handle.carried);
    const session = await deps.sessions.lock(tx, handle.sessionId);
    // Before anything else is told of the visit, also when it may not be opened: nobody else knows of a carried one.
    if (session?.openedAt === null) await deps.tellCreated(tx, [session]);
    const app = session && deps.directory.find(session.appId);
    if (!session || !app || !mayOpen(session, browserHash, now))
      return deps.showPage('gone', { requestId, app });
    if (app.suspended) return deps.showPage('suspended', { requestId, app, session });
    const opened = advanceSession(await resolveButton(tx, { ...session, browserHash }, now), 'open', now);
    const { session: next, reply } = await proceed(tx, app, opened, request, handle);
    await deps.sessions.save(tx, next);
    await deps.tellSession(tx, session, next, now);
    return { ...reply, cookies: deps.browsers.keep(request) };
  };

  return async (request: PageRequest): Promise<PageReply> => {
    if (isLookingAhead(request)) return answerLookingAhead(request);
    const text = request.params.handle ?? '';
    const handle = deps.handles.read('start', text) ?? deps.handles.read('consent', text);
    if (!handle) return deps.showPage('gone', { requestId: request.requestId });
    const browserHash = deps.browsers.hashOf(request);
    if (browserHash === undefined) return askForCookie(request);
    return await deps.db.tenant(handle.tenantId, (tx) => openIn(tx, handle, browserHash, request));
  };
}
