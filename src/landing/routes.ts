/** What the user's browser opens on the way to the tenant's page and back to Divar, and the keys of our tokens. */
import type { PageRequest, Route } from '../http/route.ts';
import type { Db } from '../ports.ts';
import type { Handles } from '../session/handle.ts';
import { chooseReturnUrl } from '../session/return-address.ts';
import type { SessionStore } from '../session/store.ts';
import type { VisitPages } from '../session/visit-pages.ts';
import type { AppDirectory, HostsOf } from '../tenants/tenants.ts';
import { createOpenVisit, type OpenVisitDeps } from './open.ts';
import type { SessionTokens } from './session-token.ts';

export interface LandingRoutesDeps extends OpenVisitDeps {
  db: Pick<Db, 'tenant'>;
  directory: Pick<AppDirectory, 'find'>;
  handles: Pick<Handles, 'read'>;
  sessions: Pick<SessionStore, 'insert' | 'lock' | 'save' | 'find'>;
  sessionTokens: Pick<SessionTokens, 'keySet'>;
  hostsOf: HostsOf;
  showPage: VisitPages;
}

export function createLandingRoutes(deps: LandingRoutesDeps): Route[] {
  const leadBack = async ({ params, requestId, now }: PageRequest) => {
    const handle = deps.handles.read('return', params.handle ?? '');
    if (!handle) return deps.showPage('gone', { requestId });
    const session = await deps.db.tenant(handle.tenantId, (tx) => deps.sessions.find(tx, handle.sessionId));
    const app = session && deps.directory.find(session.appId);
    if (!session || !app || session.expiresAt <= now) return deps.showPage('gone', { requestId, app });
    return { status: 303, location: chooseReturnUrl(app, deps.hostsOf(app), session.visit.returnAddress) };
  };

  return [
    {
      kind: 'page',
      method: 'GET',
      path: '/s/:handle',
      summary: 'The user opens the visit: consent, or the landing',
      handle: createOpenVisit(deps),
    },
    {
      kind: 'page',
      method: 'GET',
      path: '/r/:handle',
      summary: 'The user goes back to Divar',
      handle: leadBack,
    },
    {
      kind: 'page',
      method: 'GET',
      path: '/.well-known/jwks.json',
      summary: 'Public keys of session tokens (RFC 7517)',
      handle: async () => ({ status: 200, json: deps.sessionTokens.keySet() }),
    },
  ];
}
