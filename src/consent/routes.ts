/** The user comes back from Divar's consent page; the tenant asks for a consent of its own. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import { advanceSession } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import { type ConsentCallbackDeps, createConsentCallback } from './callback.ts';
import { ConsentReply, ConsentRequest } from './consent.ts';
import type { ConsentUrl } from './consent-url.ts';
import { renderScopes } from './scopes.ts';

export interface ConsentRoutesDeps extends ConsentCallbackDeps {
  sessions: Pick<SessionStore, 'find' | 'load'>;
  consentUrl: ConsentUrl;
}

export function createConsentRoutes(deps: ConsentRoutesDeps): Route[] {
  return [
    {
      kind: 'page',
      method: 'GET',
      path: '/oauth/:app_id/callback',
      summary: "Divar's answer to the consent",
      handle: createConsentCallback(deps),
    },
    tenantRoute({
      method: 'POST',
      path: '/v1/sessions/:id/consent',
      scope: 'sessions:write',
      summary: 'Make an address that asks the user of the session for these scopes, then lands again',
      params: z.object({ id: z.string() }),
      body: ConsentRequest,
      replies: { 200: { description: 'Where to send the user', schema: ConsentReply } },
      handle: async ({ tx, app, params, body, now }) => {
        const session = await deps.sessions.load(tx, params.id);
        if (session.appId !== app.id) throw new Problem('not_found');
        // Only to see that it may be asked now: it is asked when the user opens the address.
        advanceSession(session, 'ask_consent', now);
        const scopes = renderScopes(body.scopes, session.visit, app.generation);
        return { status: 200, body: { url: deps.consentUrl(session, scopes) } };
      },
    }),
  ];
}
