/** Before the landing: does this visit need the user's consent, or is there a grant already? */
import type { DivarOauth } from '../divar/oauth.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { RandomBytes, Tx } from '../ports.ts';
import { advanceSession, type Session } from '../session/session.ts';
import { oauthRedirectUri } from '../tenants/provision.ts';
import type { App } from '../tenants/tenants.ts';
import { judgeIdentity, STATE_BYTES, STATE_TTL_SECONDS, settleConsent, wantedScopes } from './consent.ts';
import type { GrantStore, StateStore } from './store.ts';

export interface AskConsentDeps {
  states: Pick<StateStore, 'insert'>;
  grants: Pick<GrantStore, 'findCovering'>;
  oauth: Pick<DivarOauth, 'authorizeUrl'>;
  random: RandomBytes;
  publicUrl: string;
}

/** `location` is Divar's page when the user has to be asked. `asked`: what a consent handle wants; else the app decides.
 *  Runs in the transaction that holds the session's lock, and leaves saving to the caller. */
export type AskConsent = (
  tx: Tx,
  app: App,
  session: Session,
  asked: readonly string[] | undefined,
  now: Date,
) => Promise<{ session: Session; location: string | undefined }>;

export function createAskConsent(deps: AskConsentDeps): AskConsent {
  const makeState = async (
    tx: Tx,
    session: Session,
    scopes: readonly string[],
    now: Date,
  ): Promise<string> => {
    const { browserHash } = session;
    if (browserHash === null) throw new Error('a session asks for consent only in its browser');
    const state = deps.random(STATE_BYTES).toString('base64url');
    await deps.states.insert(tx, {
      stateHash: sha256Base64url(state),
      appId: session.appId,
      sessionId: session.id,
      browserHash,
      scopes,
      createdAt: now,
      expiresAt: new Date(now.getTime() + STATE_TTL_SECONDS * 1000),
    });
    return state;
  };

  return async (tx, app, session, asked, now) => {
    const scopes = wantedScopes(app, session, asked);
    if (scopes.length === 0) return { session, location: undefined };
    const grant = await deps.grants.findCovering(tx, { app, session, scopes, now });
    if (grant) {
      const identity = judgeIdentity(session, { generation: grant.generation, userId: grant.facts.userId });
      const settled = { consent: 'granted' as const, grantId: grant.id };
      return {
        session: settleConsent(session, identity === 'mismatch' ? settled : { ...settled, identity }, now),
        location: undefined,
      };
    }
    const state = await makeState(tx, session, scopes, now);
    const redirectUri = oauthRedirectUri(deps.publicUrl, app.id);
    return {
      session: advanceSession(session, 'ask_consent', now),
      location: deps.oauth.authorizeUrl(app, { redirectUri, scopes, state }),
    };
  };
}
