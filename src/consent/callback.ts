/**
 * Divar's answer to the consent. The state comes first and is used up before anything else happens; tokens are stored
 * before they are used; no transaction is open while Divar is asked. Wherever the process dies, the state is spent, the
 * session is as it was, and the same browser may try again.
 *
 *   answered --denied--------------------------------> lands, consent denied
 *   answered --code--> exchanged --> stored --> checked -> lands, consent granted
 *   any step --error, silence, nonsense, other person-> our page, consent failed, nothing kept
 */
import type { DivarOauth } from '../divar/oauth.ts';
import type { Tokens } from '../divar/oauth-replies.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { PageReply, PageRequest } from '../http/route.ts';
import type { Db, NewId } from '../ports.ts';
import { answerLookingAhead, type Browsers, isLookingAhead } from '../session/browser.ts';
import type { SessionStore } from '../session/store.ts';
import type { VisitPages } from '../session/visit-pages.ts';
import { oauthRedirectUri } from '../tenants/provision.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { beginGrant, isAmbiguous, judgeIdentity, needsUser, readAnswer } from './consent.ts';
import type { Answered, Endings } from './endings.ts';
import type { GrantStore, StateStore } from './store.ts';

export interface ConsentCallbackDeps {
  db: Pick<Db, 'tenant'>;
  directory: Pick<AppDirectory, 'find'>;
  browsers: Pick<Browsers, 'hashOf'>;
  sessions: Pick<SessionStore, 'find'>;
  states: Pick<StateStore, 'take'>;
  grants: Pick<GrantStore, 'insertUnverified'>;
  oauth: Pick<DivarOauth, 'exchange' | 'fetchUser' | 'isIssuer'>;
  endings: Endings;
  showPage: VisitPages;
  newId: NewId;
  publicUrl: string;
  /** Whether it is the state of a consent that only tries this address, and belongs to no visit. */
  isTrial: (appId: string, state: string | null) => boolean;
  /** Told of a trial that came back. */
  noteTrial: (app: App, now: Date) => void;
}

export function createConsentCallback(deps: ConsentCallbackDeps) {
  const { db, oauth, endings } = deps;

  /** Marks the state used. Undefined unless state, app and browser belong together. */
  const takeState = async (app: App, request: PageRequest): Promise<Answered | undefined> => {
    const browserHash = deps.browsers.hashOf(request);
    if (browserHash === undefined || isAmbiguous(request.query)) return undefined;
    const stateHash = sha256Base64url(request.query.get('state') ?? '');
    return await db.tenant(app.tenantId, async (tx) => {
      const state = await deps.states.take(tx, { stateHash, appId: app.id, browserHash, now: request.now });
      const session = state && (await deps.sessions.find(tx, state.sessionId));
      return state && session ? { app, request, state, session } : undefined;
    });
  };

  /** Stored, but not to be used: whose it is must be known first. */
  const storeGrant = async ({ app, request, state, session }: Answered, tokens: Tokens) => {
    const id = deps.newId('grt');
    const grant = beginGrant({ id, app, session, asked: state.scopes, tokens, now: request.now });
    await db.tenant(app.tenantId, (tx) => deps.grants.insertUnverified(tx, grant, tokens));
    return grant;
  };

  const obtain = async (answered: Answered, code: string): Promise<PageReply> => {
    const { app, session } = answered;
    const redirectUri = oauthRedirectUri(deps.publicUrl, app.id);
    const tokens = await oauth.exchange(app, { code, redirectUri });
    if (!tokens.ok) return await endings.fail(answered, 'divar_failed', failure('exchange_failed', tokens));
    const grant = await storeGrant(answered, tokens.value);
    const user = needsUser(grant.facts.scopes)
      ? await oauth.fetchUser(app, tokens.value.accessToken)
      : ({ ok: true, value: { id: null, phone: null } } as const);
    if (!user.ok) return await endings.fail(answered, 'divar_failed', failure('user_failed', user), grant);
    const { id: userId, phone } = user.value;
    const identity = judgeIdentity(session, { generation: grant.generation, userId });
    if (identity === 'mismatch')
      return await endings.fail(answered, 'other_person', { outcome: 'other_person' }, grant);
    return await endings.accept(answered, { ...grant, facts: { ...grant.facts, userId, phone } }, identity);
  };

  const settle = async (answered: Answered): Promise<PageReply> => {
    const answer = readAnswer(answered.request.query);
    if (answer.kind === 'code') return await obtain(answered, answer.code);
    if (answer.kind === 'denied') return await endings.deny(answered);
    return await endings.fail(answered, 'divar_failed', { outcome: 'refused', code: answer.code });
  };

  /** An app that does not work, and a trial: nothing hangs on it, and the person may close the window. */
  const endEarly = (app: App, { query, now, requestId }: PageRequest): PageReply | undefined => {
    if (app.suspended) return deps.showPage('suspended', { requestId, app });
    if (!deps.isTrial(app.id, query.get('state'))) return undefined;
    deps.noteTrial(app, now);
    return deps.showPage('redirect_works', { requestId, app });
  };

  return async (request: PageRequest): Promise<PageReply> => {
    if (isLookingAhead(request)) return answerLookingAhead(request);
    const { requestId, query, now } = request;
    const app = deps.directory.find(request.params.app_id ?? '');
    const ended = app && endEarly(app, request);
    if (ended) return ended;
    const answered = app && (await takeState(app, request));
    if (!answered) return deps.showPage('bad_answer', { requestId, app });
    const { state } = answered;
    if (state.usedAt !== null || state.expiresAt <= now)
      return endings.refuse(answered, { outcome: 'state_used' });
    const issuer = query.get('iss');
    if (issuer !== null && !oauth.isIssuer(answered.app, issuer))
      return endings.refuse(answered, { outcome: 'foreign_issuer' });
    return await settle(answered);
  };
}

function failure<Facts extends { ok: false }>(outcome: string, { ok: _ok, ...facts }: Facts) {
  return { outcome, ...facts };
}
