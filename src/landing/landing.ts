/** Which page of the tenant a visit goes to, and with what. Pure. @see CONTRACT sections 4 and 7 */
import { z } from 'zod';
import type { Session } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';

/** 256 bits: a code is the whole proof that its bearer is the tenant's page. */
export const LANDING_CODE_BYTES = 32;

export const ExchangeRequest = z.strictObject({ code: z.string().min(1).max(200) });

/** What is known about the person besides the visit: from Divar, once consent has told it. */
export interface KnownPerson {
  divarUserId: string | null;
  /** `09…` */
  phone: string | null;
}

/** Test user, else the button's page, else the page of the `source`, else the one page of the app. */
export function chooseLandingUrl(
  app: Pick<App, 'landing'>,
  visit: Pick<Session['visit'], 'page' | 'source' | 'user'>,
  person: KnownPerson,
): string {
  const { landing } = app;
  if (
    landing.stagingUrl !== null &&
    isTestUser(landing.testUsers, [visit.user.id, person.divarUserId], person.phone)
  )
    return landing.stagingUrl;
  return pageOf(landing.pages, visit.page) ?? pageOf(landing.pages, visit.source) ?? landing.url;
}

function isTestUser(
  testUsers: App['landing']['testUsers'],
  divarUserIds: readonly (string | null)[],
  phone: string | null,
): boolean {
  return testUsers.some((user) =>
    'phone' in user ? user.phone === phone : divarUserIds.includes(user.divar_user_id),
  );
}

/** Names come from outside: only the app's own ones count. */
function pageOf(pages: App['landing']['pages'], name: string | null): string | undefined {
  return name !== null && Object.hasOwn(pages, name) ? pages[name] : undefined;
}

/** The tenant's own query stays as it is. */
export function addCode(url: string, code: string): string {
  const [beforeFragment = '', ...fragment] = new URL(url).href.split('#');
  const separator = beforeFragment.includes('?') ? '&' : '?';
  return [`${beforeFragment}${separator}code=${code}`, ...fragment].join('#');
}

/** A fragment never leaves the browser; one of the page's own makes room. */
export function addSessionToken(url: string, sessionToken: string): string {
  return `${new URL(url).href.split('#')[0]}#session_token=${sessionToken}`;
}

/** The probe looks at the app's one page: it says nothing about pages on other servers. */
export function isProbed(app: Pick<App, 'landing'>, url: string): boolean {
  return new URL(url).origin === new URL(app.landing.url).origin;
}

/** Two lost probes are a hiccup; with 30 s between them three are an outage of a minute at least. */
const FAILURES_UNTIL_DOWN = 3;

export interface LandingHealth {
  failureCount: number;
  downSince: Date | null;
}

/** One success restores at once: a user must not wait for a page that works. */
export function judgeProbe(health: LandingHealth, isReachable: boolean, now: Date): LandingHealth {
  if (isReachable) return { failureCount: 0, downSince: null };
  const failureCount = Math.min(health.failureCount + 1, FAILURES_UNTIL_DOWN);
  return { failureCount, downSince: health.downSince ?? (failureCount >= FAILURES_UNTIL_DOWN ? now : null) };
}

/** The first browser that comes in time, and after it that browser only, until the session ends. */
export function mayOpen(
  session: Pick<Session, 'browserHash' | 'launchExpiresAt' | 'expiresAt'>,
  browserHash: string,
  now: Date,
): boolean {
  if (session.expiresAt <= now) return false;
  return session.browserHash === null ? session.launchExpiresAt > now : session.browserHash === browserHash;
}
