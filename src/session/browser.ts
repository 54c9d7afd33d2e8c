/**
 * The browser of a visit. A handle serves the browser that opened it first, known by one cookie; the visits of one web
 * view share the cookie and nothing else. We keep its hash only.
 */
import { sha256Base64url } from '../http/digest.ts';
import type { PageReply, PageRequest } from '../http/route.ts';
import type { RandomBytes } from '../ports.ts';

/** The kit writes it as `__Host-pvd_visit` on https. */
const COOKIE_NAME = 'pvd_visit';
/** 256 bits, base64url. */
const COOKIE_BYTES = 32;
const COOKIE_VALUE = /^[A-Za-z0-9_-]{43}$/;
/** Far longer than a visit: a visit that begins on the last day must not lose its browser. It is set anew at each. */
const COOKIE_SECONDS = 30 * 24 * 3600;

export type Browsers = ReturnType<typeof createBrowsers>;

export function createBrowsers({ random }: { random: RandomBytes }) {
  const cookie = (value: string): NonNullable<PageReply['cookies']> => [
    { name: COOKIE_NAME, value, maxAgeSeconds: COOKIE_SECONDS },
  ];
  const cookieOf = ({ cookies }: Pick<PageRequest, 'cookies'>): string | undefined => {
    const value = cookies.get(COOKIE_NAME);
    return value !== undefined && COOKIE_VALUE.test(value) ? value : undefined;
  };

  return {
    /** The hash by which a session knows its browser; undefined when the request brings no cookie of ours. */
    hashOf: (request: Pick<PageRequest, 'cookies'>): string | undefined => {
      const value = cookieOf(request);
      return value === undefined ? undefined : sha256Base64url(value);
    },
    /** For a browser that we do not know yet. */
    invite: () => cookie(random(COOKIE_BYTES).toString('base64url')),
    /** The same value for longer. */
    keep: (request: Pick<PageRequest, 'cookies'>) => {
      const value = cookieOf(request);
      return value === undefined ? [] : cookie(value);
    },
  };
}

/** Browsers and bots that look ahead: nobody has decided to open anything yet. */
export function isLookingAhead({ method, headers }: Pick<PageRequest, 'method' | 'headers'>): boolean {
  const purposes = [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']];
  return method === 'HEAD' || /prefetch|preview|prerender/i.test(purposes.join(' '));
}

/** Not a success: a browser would show it as the page itself when the person really opens the link. */
export function answerLookingAhead({ method }: Pick<PageRequest, 'method'>): PageReply {
  return { status: method === 'HEAD' ? 200 : 503 };
}
