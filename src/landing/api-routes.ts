/** What the tenant's server does with a visit that has landed: turns its code into the session, and completes it. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import { type Route, tenantRoute } from '../http/route.ts';
import { lintMessage } from '../messages/lint.ts';
import { CompletionMessage } from '../messages/request.ts';
import type { Tx } from '../ports.ts';
import { SessionView } from '../session/present.ts';
import { advanceSession, type Session, stateAt } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import type { TellSession } from '../session/tell.ts';
import { type ViewSessions, viewSession } from '../session/view.ts';
import type { App } from '../tenants/tenants.ts';
import { ExchangeRequest } from './landing.ts';
import type { SessionTokens } from './session-token.ts';
import type { LandingStore } from './store.ts';

/** Takes the message of a completion in the transaction of the request, or throws its `Problem`. */
export type AcceptMessage = (
  tx: Tx,
  given: { app: App; session: Session; message: CompletionMessage; now: Date },
) => Promise<unknown>;

export interface LandingApiDeps {
  sessions: Pick<SessionStore, 'lock' | 'save'>;
  landing: Pick<LandingStore, 'spendCode'>;
  sessionTokens: Pick<SessionTokens, 'sign'>;
  viewSessions: ViewSessions;
  tellSession: TellSession;
  acceptMessage: AcceptMessage;
  /** For addresses that are not https. */
  isAllowedUrl: (url: string) => boolean;
}

const ExchangeReply = z
  .object({ session: SessionView, session_token: z.string() })
  .meta({ id: 'SessionExchange' });
const CompleteRequest = z.strictObject({ message: CompletionMessage.nullish() });
const SessionParams = z.object({ id: z.string() });

export function createLandingApiRoutes(deps: LandingApiDeps): Route[] {
  const { sessions, viewSessions } = deps;
  return [
    tenantRoute({
      method: 'POST',
      path: '/v1/sessions/exchange',
      scope: 'sessions:write',
      summary: 'Exchange the one-time code of the landing for the session',
      body: ExchangeRequest,
      replies: {
        200: { description: 'The session, and a token for your own front end', schema: ExchangeReply },
      },
      handle: async ({ tx, app, body, now }) => {
        const spent = await deps.landing.spendCode(tx, app.id, sha256Base64url(body.code), now);
        if (spent.found === 'nothing') throw new Problem('not_found');
        const session = spent.found === 'good' ? await sessions.lock(tx, spent.sessionId) : undefined;
        if (!session || stateAt(session, now) === 'expired') throw new Problem('code_spent');
        const landed = advanceSession(session, 'land', now);
        await sessions.save(tx, landed);
        await deps.tellSession(tx, session, landed, now);
        const reply = {
          session: await viewSession(viewSessions, tx, landed, now),
          session_token: await deps.sessionTokens.sign(landed, now),
        };
        return { status: 200, body: reply };
      },
    }),

    tenantRoute({
      method: 'POST',
      path: '/v1/sessions/:id/complete',
      scope: 'sessions:write',
      sessionToken: true,
      summary: 'Complete the session; its return_url leads the user back to Divar',
      params: SessionParams,
      body: CompleteRequest,
      lint: ({ message }, { app, now }) =>
        message == null
          ? []
          : lintMessage(message, { app, now, isAllowedUrl: deps.isAllowedUrl }, 'body.message'),
      replies: { 200: { description: 'The session', schema: SessionView } },
      handle: async ({ tx, app, params, body, now }) => {
        const session = await sessions.lock(tx, params.id);
        if (!session || session.appId !== app.id) throw new Problem('not_found');
        const completed = advanceSession(session, 'complete', now);
        if (body.message) await deps.acceptMessage(tx, { app, session, message: body.message, now });
        await sessions.save(tx, completed);
        await deps.tellSession(tx, session, completed, now);
        return { status: 200, body: await viewSession(viewSessions, tx, completed, now) };
      },
    }),
  ];
}
