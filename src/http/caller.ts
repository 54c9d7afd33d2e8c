/** Who calls a tenant route, and may they. The order is the order of the checks. */
import { LRUCache } from 'lru-cache';
import { Problem } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { type Credential, readBearer } from './bearer.ts';
import type { Cors } from './cors.ts';
import { sha256Base64url } from './digest.ts';
import type { HttpContext } from './exchange.ts';
import type { NetworkLimit } from './network-limit.ts';
import { type RateLimit, rateProblem } from './rate-limit.ts';
import type { ApiScope } from './route.ts';

export interface ApiKeyFacts {
  appId: string;
  id: string;
  scopes: readonly string[];
}

export interface SessionTokenFacts {
  sessionId: string;
  appId: string;
}

/** How the kit learns who a secret belongs to; undefined for one that is unknown, revoked or expired. */
export interface Authenticate {
  findApiKey(keyHash: string): Promise<ApiKeyFacts | undefined>;
  verifySessionToken(token: string, now: Date): Promise<SessionTokenFacts | undefined>;
}

export interface Caller {
  app: App;
  /** Undefined: a session token called. */
  keyId: string | undefined;
}

/** A revoked key works at most this much longer. */
const KEY_CACHE_MS = 1000;
const KEY_CACHE_COUNT = 10_000;
/** A page that polls its own session must not eat the budget of the shop's server. */
const SESSION_TOKEN_REQUESTS_PER_MINUTE = 120;

export interface CallerDeps {
  authenticate: Authenticate;
  directory: Pick<AppDirectory, 'find'>;
  rateLimit: RateLimit;
  networkLimit: NetworkLimit;
  cors: Cors;
  clock: Clock;
}

export function createFindCaller(deps: CallerDeps) {
  const { authenticate, directory, rateLimit, networkLimit, cors, clock } = deps;
  const keys = new LRUCache<string, ApiKeyFacts>({
    max: KEY_CACHE_COUNT,
    ttl: KEY_CACHE_MS,
    ttlResolution: 0,
    perf: { now: () => clock.now().getTime() },
    fetchMethod: (keyHash) => authenticate.findApiKey(keyHash),
  });

  const appOf = (facts: { appId: string } | undefined): App => {
    const app = facts && directory.find(facts.appId);
    if (app === undefined) throw unauthorized();
    return app;
  };

  /** Counts for the app (or for the one session) and refuses what is over. */
  const admit = async (ctx: HttpContext, app: App, bucket: string, limitCount: number) => {
    ctx.state.appId = app.id;
    ctx.state.rate = await rateLimit.take(bucket, limitCount);
    if (ctx.state.rate.isExceeded) throw rateProblem(ctx.state.rate);
    if (app.suspended) throw new Problem('tenant_suspended');
  };

  const byKey = async (ctx: HttpContext, key: string, scope: ApiScope): Promise<Caller> => {
    const keyHash = sha256Base64url(key);
    if (!keys.has(keyHash) && networkLimit.isSpent(ctx.req)) throw unauthorized();
    const facts = await keys.fetch(keyHash);
    const app = appOf(facts);
    await admit(ctx, app, `app/${app.id}`, app.limits.requestsPerMinute);
    if (!allows(facts?.scopes ?? [], scope)) {
      throw new Problem('forbidden', { detail: `The key needs the scope ${scope}` });
    }
    return { app, keyId: facts?.id };
  };

  const byToken = async (ctx: HttpContext, token: string): Promise<Caller> => {
    if (networkLimit.isSpent(ctx.req)) throw unauthorized();
    const facts = await authenticate.verifySessionToken(token, ctx.state.startedAt);
    const app = appOf(facts);
    cors.allow(ctx, app);
    const limitCount = Math.min(SESSION_TOKEN_REQUESTS_PER_MINUTE, app.limits.requestsPerMinute);
    await admit(ctx, app, `session/${facts?.sessionId}`, limitCount);
    if (ctx.params.id !== facts?.sessionId) {
      throw new Problem('forbidden', { detail: 'The token opens only its own session' });
    }
    return { app, keyId: undefined };
  };

  /** Throws `unauthorized`, `rate_limited`, `tenant_suspended`, `forbidden`. */
  return async (
    ctx: HttpContext,
    route: { scope: ApiScope; sessionToken?: boolean },
    credential: Credential | undefined = readBearer(ctx.req.headers.authorization),
  ): Promise<Caller> => {
    if (credential?.kind === 'api_key') return byKey(ctx, credential.key, route.scope);
    if (credential?.kind === 'session_token' && route.sessionToken) return byToken(ctx, credential.token);
    throw unauthorized();
  };
}

/** `*` is everything; `<resource>:write` includes its read. */
export function allows(scopes: readonly string[], needed: ApiScope): boolean {
  return ['*', needed, needed.replace(/:read$/, ':write')].some((scope) => scopes.includes(scope));
}

function unauthorized(): Problem {
  return new Problem('unauthorized', {
    detail: 'Send Authorization: Bearer with an API key of this gateway',
  });
}
