/** What a browser, or anyone, opens: pages, redirects and public documents. */
import type { Answer } from './answer.ts';
import { type HttpContext, searchOf } from './exchange.ts';
import type { NetworkLimit } from './network-limit.ts';
import { rateProblem } from './rate-limit.ts';
import type { PageReply, PageRoute } from './route.ts';
import { isHttps } from './security-headers.ts';

const HOST_PREFIX = '__Host-';
/** Cookies that let somebody in (CONTRACT section 4): on https they count with the prefix only. */
const KEPT_BY_US = new Set(['pvd_visit', 'pvd_login']);
const MAX_COOKIE_COUNT = 100;

export function createPageHandler(deps: { answer: Answer; networkLimit: NetworkLimit; publicUrl: string }) {
  const { answer, networkLimit, publicUrl } = deps;
  const cookies = createCookies(publicUrl);

  const send = (ctx: HttpContext, reply: PageReply) => {
    for (const cookie of reply.cookies ?? []) ctx.state.headers.push('Set-Cookie', cookies.write(cookie));
    for (const [name, value] of Object.entries(reply.headers ?? {})) ctx.state.headers.push(name, value);
    if (reply.location !== undefined) answer.redirect(ctx, asciiAddress(reply.location, publicUrl));
    else if (reply.html !== undefined) answer.html(ctx, reply.status, reply.html);
    else if (reply.json !== undefined) answer.json(ctx, reply.status, reply.json);
    else if (reply.file !== undefined) answer.file(ctx, reply.status, reply.file);
    else answer.empty(ctx, reply.status);
  };

  return (route: PageRoute) =>
    async (ctx: HttpContext): Promise<void> => {
      const { state, req } = ctx;
      state.route = route.path;
      if (route.path.startsWith('/v1/')) {
        state.rate = await networkLimit.count(req);
        if (state.rate.isExceeded) throw rateProblem(state.rate);
      }
      const reply = await route.handle({
        requestId: state.requestId,
        now: state.startedAt,
        method: req.method as 'GET' | 'HEAD',
        params: ctx.params,
        query: new URLSearchParams(searchOf(req)),
        cookies: cookies.read(req.headers.cookie),
        headers: req.headers,
      });
      send(ctx, reply);
    };
}

/**
 * Rooms name a cookie plainly (`pvd_visit`). On https it stands as `__Host-pvd_visit`: browsers take that name only from this
 * very host over https, so a neighbouring subdomain cannot plant one.
 * @see https://www.rfc-editor.org/rfc/rfc6265bis section 4.1.3.2
 */
export function createCookies(publicUrl: string) {
  const prefix = isHttps(publicUrl) ? HOST_PREFIX : '';
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${prefix === '' ? '' : '; Secure'}`;

  return {
    write: ({ name, value, maxAgeSeconds }: { name: string; value: string; maxAgeSeconds: number }): string =>
      `${prefix}${name}=${value}; Max-Age=${Math.trunc(maxAgeSeconds)}${attributes}`,

    read: (header: string | undefined): ReadonlyMap<string, string> => {
      const pairs = readPairs(header ?? '');
      if (prefix === '') return pairs;
      const plain = [...pairs].filter(([name]) => !name.startsWith(prefix) && !KEPT_BY_US.has(name));
      const ours = [...pairs].filter(([name]) => name.startsWith(prefix));
      return new Map([...plain, ...ours.map(([name, value]) => [name.slice(prefix.length), value] as const)]);
    },
  };
}

/** Of a repeated name the first counts: browsers send the closest one first. */
function readPairs(header: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of header.split(';', MAX_COOKIE_COUNT)) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals !== -1 && !pairs.has(name)) pairs.set(name, pair.slice(equals + 1).trim());
  }
  return pairs;
}

/** A header takes ASCII only; an address that already is goes out as it stands, to the letter. */
function asciiAddress(location: string, publicUrl: string): string {
  return /^[\x21-\x7e]+$/.test(location) ? location : new URL(location, publicUrl).href;
}
