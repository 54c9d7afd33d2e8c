/** When a user is asked, what his answer means, and whose consent it was. Pure. @see CONTRACT section 7, PROTOCOL 3.4 */
import { z } from 'zod';
import { advanceSession, type ConsentState, type Session, type Side } from '../session/session.ts';
import type { App, Generation } from '../tenants/tenants.ts';
import { formatScope, parseScope, renderScopes, ScopeTemplates } from './scopes.ts';

/** 256 bits; the floor is 128. @see PROTOCOL 3.1 */
export const STATE_BYTES = 32;
/** A person reads the consent page in this time; longer only helps whoever found the state. */
export const STATE_TTL_SECONDS = 600;
/** Divar's refresh tokens live 30 days; after that the user has to be asked anew. @see PROTOCOL 3.6 */
const CONSENT_TTL_SECONDS = 30 * 24 * 3600;

export const ConsentRequest = z.strictObject({ scopes: ScopeTemplates });
export const ConsentReply = z.object({ url: z.string() }).meta({ id: 'ConsentLink' });

export type GrantState = 'live' | 'refreshing' | 'broken' | 'revoked' | 'expired';

export interface GrantFacts {
  /** Told by Divar itself, after the consent; null when it was not asked or did not tell. */
  userId: string | null;
  phone: string | null;
  /** In our syntax. */
  scopes: readonly string[];
  conversationId: string | null;
  side: Side | null;
}

/** What a consent leaves. Its tokens are not here: `GrantStore` opens them for the one who calls Divar. */
export interface Grant {
  tenantId: string;
  id: string;
  appId: string;
  generation: Generation;
  facts: GrantFacts;
  state: GrantState;
  /** Why it ended, for programs. */
  reason: string | null;
  /** Counts its pairs of tokens. */
  version: number;
  /** Holds a refresh token that Divar has not refused. */
  refreshable: boolean;
  /** Null until it is known whose grant it is; not used before. */
  verifiedAt: Date | null;
  /** Of the access token. */
  expiresAt: Date;
  consentUntil: Date;
  createdAt: Date;
}

export type NewGrant = Omit<
  Grant,
  'tenantId' | 'state' | 'reason' | 'version' | 'refreshable' | 'verifiedAt'
>;

/** A token that is over is no hindrance where a new one can be had. */
export function isUsable(
  grant: Pick<Grant, 'state' | 'verifiedAt' | 'expiresAt' | 'refreshable'>,
  now: Date,
): boolean {
  const isHeld = grant.state === 'live' || grant.state === 'refreshing';
  return isHeld && grant.verifiedAt !== null && (grant.refreshable || grant.expiresAt > now);
}

/** The grant as it is stored before it is known whose it is. What Divar does not list as granted was granted as asked. */
export function beginGrant({
  id,
  app,
  session,
  asked,
  tokens,
  now,
}: {
  id: string;
  app: Pick<App, 'id' | 'tenantId' | 'generation'>;
  session: Pick<Session, 'visit'>;
  asked: readonly string[];
  tokens: { grantedScopes: readonly string[] | undefined; expiresAt: Date };
  now: Date;
}): NewGrant {
  const { visit } = session;
  return {
    id,
    appId: app.id,
    generation: app.generation,
    facts: {
      userId: null,
      phone: null,
      scopes: (tokens.grantedScopes ?? asked).map((scope) => formatScope(parseScope(scope))),
      conversationId: visit.conversationId,
      side: visit.user.side,
    },
    expiresAt: tokens.expiresAt,
    consentUntil: new Date(now.getTime() + CONSENT_TTL_SECONDS * 1000),
    createdAt: now,
  };
}

/** A one-time state on its way to Divar and back. */
export interface OauthState {
  stateHash: string;
  appId: string;
  sessionId: string;
  browserHash: string;
  scopes: readonly string[];
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
}

/**
 * The scopes this opening of the visit needs; empty when nobody has to be asked. What the tenant asked for goes first.
 * At init a user is asked once: who said no is not asked again in the same visit, a failure may be tried again.
 */
export function wantedScopes(
  app: Pick<App, 'consent' | 'generation'>,
  session: Pick<Session, 'state' | 'consent' | 'visit'>,
  asked: readonly string[] | undefined,
): readonly string[] {
  if (session.state === 'completed') return [];
  if (asked !== undefined) return asked;
  if (app.consent.when !== 'init' || session.consent === 'denied' || session.consent === 'granted') return [];
  return renderScopes(app.consent.scopes, session.visit, app.generation);
}

/** What "try again" asks for; undefined when opening the visit anew decides rightly by itself. */
export function retryScopes(
  app: Pick<App, 'consent' | 'generation'>,
  session: Pick<Session, 'consent' | 'visit'>,
  asked: readonly string[],
): readonly string[] | undefined {
  if (session.consent === 'granted' || session.consent === 'denied') return undefined;
  const initial =
    app.consent.when === 'init' ? renderScopes(app.consent.scopes, session.visit, app.generation) : [];
  return initial.join(' ') === asked.join(' ') ? undefined : asked;
}

export type Answer = { kind: 'code'; code: string } | { kind: 'denied' } | { kind: 'error'; code: string };

/** What Divar's redirect says, once its state was found good: first `error`, then `code`. Neither means no. */
export function readAnswer(query: URLSearchParams): Answer {
  const error = query.get('error');
  if (error === 'access_denied') return { kind: 'denied' };
  if (error) return { kind: 'error', code: /^[a-z_]{1,64}$/.test(error) ? error : 'unknown' };
  const code = query.get('code');
  return code ? { kind: 'code', code } : { kind: 'denied' };
}

/** A parameter given twice is somebody's trick, not Divar's answer. */
export function isAmbiguous(query: URLSearchParams): boolean {
  return ['state', 'code', 'error', 'iss'].some((name) => query.getAll(name).length > 1);
}

/** True when Divar tells something about the user for these scopes. */
export function needsUser(scopes: readonly string[]): boolean {
  return scopes.some((scope) => ['USER_ID', 'USER_PHONE'].includes(parseScope(scope).name));
}

/** Ids of two generations say nothing about each other, and without two ids there is nothing to compare. */
export function judgeIdentity(
  session: Pick<Session, 'generation' | 'visit'>,
  grant: { generation: Generation; userId: string | null },
): 'verified' | 'unverified' | 'mismatch' {
  const visitor = session.visit.user.id;
  if (visitor === null || grant.userId === null || session.generation !== grant.generation)
    return 'unverified';
  return visitor === grant.userId ? 'verified' : 'mismatch';
}

/** The session after Divar's answer. A visit that was completed meanwhile stays completed. */
export function settleConsent(
  session: Session,
  settled: { consent: ConsentState; grantId?: string; identity?: Session['identity'] },
  now: Date,
): Session {
  const advanced = session.state === 'completed' ? session : advanceSession(session, 'settle_consent', now);
  return {
    ...advanced,
    consent: settled.consent,
    grantId: settled.grantId ?? session.grantId,
    // What was verified once in this visit stays verified: the browser and the person are the same.
    identity: settled.identity === 'verified' ? 'verified' : session.identity,
  };
}

/** A conversation has exactly one person on each side; without the side it names nobody. */
export function conversationHolderText(
  appId: string,
  visit: { conversationId: string | null; side: Side | null },
): string | null {
  return visit.conversationId === null || visit.side === null
    ? null
    : `conversation|${appId}|${visit.conversationId}|${visit.side}`;
}
