/**
 * Every OAuth call to Divar, one shape for both generations. Nothing here throws for what Divar does: a refusal, a
 * silence and nonsense are outcomes, because the user waits and must be told. Calls are made once, never again.
 */
import { type Call, CallError, type CallReply, type CallRequest, type Clock } from '../ports.ts';
import type { App, AppDirectory, DivarHosts, Generation, HostsOf } from '../tenants/tenants.ts';
import {
  type DivarUser,
  type RenewedTokens,
  readRenewedTokens,
  readTokens,
  readUser,
  type Tokens,
} from './oauth-replies.ts';
import { oauthV1 } from './oauth-v1.ts';
import { oauthV2 } from './oauth-v2.ts';

interface Caller {
  hosts: DivarHosts;
  slug: string;
  openSecret: (kind: 'api_key' | 'client_secret') => string;
}

type Unbounded = Omit<CallRequest, 'timeoutMs' | 'maxBytes'>;

/** What one generation says where; the meaning is the same. Scopes are in our syntax. */
export interface OauthDialect {
  /** Whose `iss` an answer may carry. */
  issuer(hosts: DivarHosts): string;
  authorizeUrl(
    request: Omit<Caller, 'openSecret'> & { redirectUri: string; scopes: readonly string[]; state: string },
  ): string;
  exchange(request: Caller & { code: string; redirectUri: string }): Unbounded;
  refresh(request: Caller & { refreshToken: string; accessToken: string; redirectUri: string }): Unbounded;
  fetchUser(request: Caller & { accessToken: string }): Unbounded;
}

/** `stage` tells how far it got; `code` is for the log: never a text of Divar's, which may repeat what we sent. */
export interface OauthFailure {
  ok: false;
  stage: 'before_send' | 'ambiguous' | 'answered';
  code: string;
  status: number | null;
}
export type OauthOutcome<Value> = { ok: true; value: Value } | OauthFailure;

export type DivarOauth = ReturnType<typeof createDivarOauth>;

/** Token and user replies are a few hundred bytes. */
const MAX_REPLY_BYTES = 64 * 1024;

const DIALECTS: Record<Generation, OauthDialect> = { v1: oauthV1, v2: oauthV2 };

export function createDivarOauth(deps: {
  call: Call;
  clock: Clock;
  directory: Pick<AppDirectory, 'openSecret'>;
  hostsOf: HostsOf;
  /** Whole exchange, body included. */
  timeoutMs: number;
}) {
  const callerOf = (app: App): Caller => ({
    hosts: deps.hostsOf(app),
    slug: app.slug,
    openSecret: (kind) => deps.directory.openSecret(app, kind),
  });

  const ask = async <Value>(
    formRequest: () => Unbounded,
    read: (body: unknown) => Value | undefined,
  ): Promise<OauthOutcome<Value>> => {
    let request: Unbounded;
    try {
      request = formRequest();
    } catch {
      // The app was provisioned without the secret that this call needs.
      return { ok: false, stage: 'before_send', code: 'no_secret', status: null };
    }
    let reply: CallReply;
    try {
      reply = await deps.call({ ...request, timeoutMs: deps.timeoutMs, maxBytes: MAX_REPLY_BYTES });
    } catch (cause) {
      if (!(cause instanceof CallError)) throw cause;
      return { ok: false, stage: cause.stage, code: cause.code, status: null };
    }
    const failed = (code: string): OauthFailure => ({
      ok: false,
      stage: 'answered',
      code,
      status: reply.status,
    });
    const body = parseJson(reply.body);
    if (reply.status !== 200) return failed(errorCode(body));
    const value = read(body);
    return value === undefined ? failed('nonsense') : { ok: true, value };
  };

  return {
    /** Where the user is asked for `scopes`. */
    authorizeUrl: (app: App, request: { redirectUri: string; scopes: readonly string[]; state: string }) =>
      DIALECTS[app.generation].authorizeUrl({ hosts: deps.hostsOf(app), slug: app.slug, ...request }),

    /** True when the answer's `iss` is Divar's own OAuth host. @see RFC 9207 */
    isIssuer: (app: App, issuer: string): boolean => {
      const expected = DIALECTS[app.generation].issuer(deps.hostsOf(app));
      return URL.canParse(issuer) && new URL(issuer).origin === new URL(expected).origin;
    },

    /** Turns a code into tokens. Never to be repeated with the same code: Divar may have used it up. */
    exchange: (app: App, request: { code: string; redirectUri: string }): Promise<OauthOutcome<Tokens>> =>
      ask(
        () => DIALECTS[app.generation].exchange({ ...callerOf(app), ...request }),
        (body) => readTokens(body, deps.clock.now()),
      ),

    /** A new pair for the old one. Divar takes the same refresh token again for two minutes, so that an answer that was
     *  lost can be had again; whoever asks keeps that time. @see PROTOCOL 3.6, TV-46, TV-47 */
    refresh: (
      app: App,
      request: { refreshToken: string; accessToken: string; redirectUri: string },
    ): Promise<OauthOutcome<RenewedTokens>> =>
      ask(
        () => DIALECTS[app.generation].refresh({ ...callerOf(app), ...request }),
        (body) => readRenewedTokens(body, deps.clock.now()),
      ),

    /** Whose token it is. */
    fetchUser: (app: App, accessToken: string): Promise<OauthOutcome<DivarUser>> =>
      ask(() => DIALECTS[app.generation].fetchUser({ ...callerOf(app), accessToken }), readUser),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** RFC 6749 names its errors; anything else has only its status. */
function errorCode(body: unknown): string {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'refused';
}
