/** Pages without a server (landing mode `fragment`) call us from the browser, with a session token. Nobody else may. */
import type { Clock } from '../ports.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import type { HttpContext } from './exchange.ts';

/** A preflight does not say which app it is for, so it is measured against all of them; made again this often. */
const ORIGINS_MAX_AGE_MS = 1000;

const PREFLIGHT_HEADERS = [
  'Access-Control-Allow-Methods',
  'GET, POST',
  'Access-Control-Allow-Headers',
  'Authorization, Content-Type, Idempotency-Key',
  'Access-Control-Max-Age',
  '600',
];
const EXPOSED =
  'X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Idempotent-Replayed';

export type Cors = ReturnType<typeof createCors>;

export function createCors({ directory, clock }: { directory: Pick<AppDirectory, 'all'>; clock: Clock }) {
  let known: { origins: ReadonlySet<string>; madeAtMs: number } | undefined;

  const allOrigins = (): ReadonlySet<string> => {
    const nowMs = clock.now().getTime();
    if (known === undefined || nowMs - known.madeAtMs >= ORIGINS_MAX_AGE_MS) {
      known = { origins: new Set([...directory.all()].flatMap(landingOrigins)), madeAtMs: nowMs };
    }
    return known.origins;
  };

  return {
    /** Lets the page of this app read the answer, errors included. */
    allow: (ctx: HttpContext, app: App): void => {
      const { origin } = ctx.req.headers;
      ctx.state.headers.push('Vary', 'Origin', 'Access-Control-Expose-Headers', EXPOSED);
      if (origin !== undefined && landingOrigins(app).includes(origin)) {
        ctx.state.headers.push('Access-Control-Allow-Origin', origin);
      }
    },
    /** True when the preflight may be answered with yes; what the actual request may read is decided then, per app. */
    preflight: (ctx: HttpContext): boolean => {
      const { origin } = ctx.req.headers;
      if (origin === undefined || !allOrigins().has(origin)) return false;
      ctx.state.headers.push('Vary', 'Origin', 'Access-Control-Allow-Origin', origin, ...PREFLIGHT_HEADERS);
      return true;
    },
  };
}

/** Where a user of this app may land with a token in the fragment. */
export function landingOrigins({ landing }: Pick<App, 'landing'>): string[] {
  if (landing.mode !== 'fragment') return [];
  const addresses = [
    landing.url,
    ...Object.values(landing.pages),
    ...(landing.stagingUrl === null ? [] : [landing.stagingUrl]),
  ];
  // A page that a browser calls `null` (a file, a sandboxed frame) is nobody's.
  return addresses.map((address) => new URL(address).origin).filter((origin) => origin !== 'null');
}
