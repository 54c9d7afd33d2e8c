import { judgeScope, splitScopes } from './scopes.ts';
import type { App, Generation, PersonKey, World } from './world.ts';

/** An authorization request that Divar would show a consent page for. */
export interface Authorization {
  kind: 'valid';
  app: App;
  redirectUri: string;
  scopes: string[];
  state: string;
}

/** `stay`: the person never leaves Divar. `back`: the error goes to the add-on's redirect URI. */
export type Judgement =
  | Authorization
  | { kind: 'stay'; error: string; description: string; app?: string }
  | { kind: 'back'; error: string; description: string; app: string; redirectUri: string; state: string };

/** Each generation has its own authorize address; the other one does not know its apps. */
export const AUTHORIZE_PATH: Record<Generation, string> = {
  v1: '/oauth',
  mid: '/oauth2/auth',
  v2: '/oauth2/auth',
};

/** Ory refuses states that can be guessed (PROTOCOL.md 3.1). */
const STATE_MIN_CHARS = 8;

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** An absolute https address, or http on this machine: the same rule for redirects, pages and links. */
export const isSecureUrl = (text: unknown): text is string => {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
};

const judgeRedirect = (app: App, redirectUri: string): string | undefined => {
  if (!isSecureUrl(redirectUri)) return 'redirect_uri is not an absolute https address';
  const url = new URL(redirectUri);
  if (url.search !== '' || redirectUri.includes('?')) return 'redirect_uri carries a query';
  if (url.hash !== '') return 'redirect_uri carries a fragment';
  // v1 had no allow-list in the panel; an app that registers none keeps that.
  if (app.generation === 'v1' && app.redirectUris.length === 0) return undefined;
  return app.redirectUris.includes(redirectUri) ? undefined : 'redirect_uri is not registered';
};

const SINGLE = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state'];

/** Judges an authorization request in Divar's order: client, redirect URI, then what may go back to the app. */
export const judgeAuthorization = (
  world: World,
  path: string,
  query: URLSearchParams,
  person?: PersonKey,
): Judgement => {
  const stay = (error: string, description: string, app?: string): Judgement => ({
    kind: 'stay',
    error,
    description,
    ...(app ? { app } : {}),
  });
  const twice = SINGLE.find((name) => query.getAll(name).length > 1);
  if (twice) return stay('invalid_request', `${twice} is given twice`);
  const app = world.apps[query.get('client_id') ?? ''];
  if (!app) return stay('invalid_client', 'client_id is unknown');
  if (AUTHORIZE_PATH[app.generation] !== path)
    return stay('invalid_client', `${path} does not serve ${app.generation} apps`, app.slug);
  const redirectUri = query.get('redirect_uri') ?? '';
  const redirectFault = judgeRedirect(app, redirectUri);
  if (redirectFault) return stay('invalid_request', redirectFault, app.slug);

  const state = query.get('state') ?? '';
  const scopes = splitScopes(query.get('scope') ?? '');
  const back = (error: string, description: string): Judgement => ({
    kind: 'back',
    error,
    description,
    app: app.slug,
    redirectUri,
    state,
  });
  if (query.get('response_type') !== 'code')
    return back('unsupported_response_type', 'response_type is not code');
  if (state.length < STATE_MIN_CHARS) return back('invalid_state', 'state is shorter than 8 characters');
  if (scopes.length === 0) return back('invalid_scope', 'scope is missing');
  for (const text of scopes) {
    const fault = judgeScope(world, app, text, person);
    if (fault) return back('invalid_scope', fault);
  }
  return { kind: 'valid', app, redirectUri, scopes, state };
};

/** The redirect URI with what the browser carries back; absent values are left out. */
export const formatCallback = (redirectUri: string, params: Record<string, string | undefined>): string => {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(params)) if (value) url.searchParams.set(name, value);
  return url.href;
};
