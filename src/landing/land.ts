/** The last step to the tenant's page: which page, with a code or a token, or our own page while theirs is down. */

import type { GrantStore } from '../consent/store.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { PageReply } from '../http/route.ts';
import type { RandomBytes, Tx } from '../ports.ts';
import type { Handles } from '../session/handle.ts';
import { advanceSession, type Session } from '../session/session.ts';
import type { VisitPages } from '../session/visit-pages.ts';
import type { App } from '../tenants/tenants.ts';
import { addCode, addSessionToken, chooseLandingUrl, isProbed, LANDING_CODE_BYTES } from './landing.ts';
import type { SessionTokens } from './session-token.ts';
import type { LandingStore } from './store.ts';

export interface LandDeps {
  landing: Pick<LandingStore, 'insertCode' | 'findHealth' | 'watchHealth'>;
  grants: Pick<GrantStore, 'find'>;
  handles: Pick<Handles, 'make'>;
  sessionTokens: Pick<SessionTokens, 'sign'>;
  showPage: VisitPages;
  random: RandomBytes;
  landingCodeTtlSeconds: number;
}

/** What the browser gets, and the session as it has to be saved. Runs in the transaction that holds the session's lock. */
export type Land = (
  tx: Tx,
  app: App,
  session: Session,
  request: { now: Date; requestId: string },
) => Promise<{ session: Session; reply: PageReply }>;

export function createLand(deps: LandDeps): Land {
  const isDown = async (tx: Tx, app: App, url: string): Promise<boolean> => {
    if (!isProbed(app, url)) return false;
    const health = await deps.landing.findHealth(tx, app.id);
    if (!health) await deps.landing.watchHealth(tx, app.id);
    return health !== undefined && health.downSince !== null;
  };

  const showDown = (app: App, session: Session, requestId: string): PageReply => {
    const retryHandle = deps.handles.make('start', { tenantId: app.tenantId, sessionId: session.id });
    return deps.showPage('down', { requestId, app, session, retryHandle });
  };

  const makeCode = async (tx: Tx, session: Session, now: Date): Promise<string> => {
    const code = deps.random(LANDING_CODE_BYTES).toString('base64url');
    await deps.landing.insertCode(tx, {
      codeHash: sha256Base64url(code),
      appId: session.appId,
      sessionId: session.id,
      createdAt: now,
      expiresAt: new Date(now.getTime() + deps.landingCodeTtlSeconds * 1000),
    });
    return code;
  };

  return async (tx, app, session, { now, requestId }) => {
    const grant = session.grantId === null ? undefined : await deps.grants.find(tx, session.grantId);
    const url = chooseLandingUrl(app, session.visit, {
      divarUserId: grant?.facts.userId ?? null,
      phone: grant?.facts.phone ?? null,
    });
    if (await isDown(tx, app, url)) return { session, reply: showDown(app, session, requestId) };
    if (app.landing.mode === 'code')
      return { session, reply: { status: 303, location: addCode(url, await makeCode(tx, session, now)) } };
    const sessionToken = await deps.sessionTokens.sign(session, now);
    return {
      session: advanceSession(session, 'land', now),
      reply: { status: 303, location: addSessionToken(url, sessionToken) },
    };
  };
}
