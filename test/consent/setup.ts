/** A gateway with the rooms of the visit on a real database and real HTTP, a strict Divar, and browsers with a jar. */

import { createAskConsent } from '../../src/consent/ask.ts';
import { createConsentUrl } from '../../src/consent/consent-url.ts';
import { createEndings } from '../../src/consent/endings.ts';
import { createConsentRoutes } from '../../src/consent/routes.ts';
import { createGrantStore, createStateStore } from '../../src/consent/store.ts';
import { createTellGrant } from '../../src/consent/tell.ts';
import { createDivarOauth } from '../../src/divar/oauth.ts';
import type { Announce } from '../../src/events/announce.ts';
import type { NewEvent } from '../../src/events/events.ts';
import { createCursors } from '../../src/http/cursor.ts';
import { sha256Base64url } from '../../src/http/digest.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import { createHttpApp, type HttpApp } from '../../src/http/server.ts';
import { type AcceptMessage, createLandingApiRoutes } from '../../src/landing/api-routes.ts';
import { createLand } from '../../src/landing/land.ts';
import { createLandingRoutes } from '../../src/landing/routes.ts';
import { createSessionTokens } from '../../src/landing/session-token.ts';
import { createLandingStore } from '../../src/landing/store.ts';
import { createCall } from '../../src/platform/call.ts';
import { createBrowsers } from '../../src/session/browser.ts';
import { createHandles } from '../../src/session/handle.ts';
import { createSessionRoutes } from '../../src/session/routes.ts';
import type { NewSession, Session } from '../../src/session/session.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { createTellCreated, createTellSession } from '../../src/session/tell.ts';
import { createViewSessions } from '../../src/session/view.ts';
import { createVisitPages } from '../../src/session/visit-pages.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import type { DivarHosts } from '../../src/tenants/tenants.ts';
import { openDirectory, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { createTestClock, testBlindIndex, testNewId, testRandom, testSeal } from '../helpers/fakes.ts';
import { startServer } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';
import { newSession } from '../helpers/sessions.ts';
import { startFakeDivar } from './fake-divar.ts';

export const V2_SCOPES = ['USER_ID', 'offline_access', 'CONVERSATION_SEND_MESSAGE.{conversation_id}'];
/** Longer than a busy machine needs; a test in which Divar hangs gives its own. */
const DIVAR_TIMEOUT_MS = 20_000;
const BUTTON = 'pvd_0123456789abcdefghijklmnopqrstuv';

export interface Wanted {
  /** Of the first app. */
  app?: object;
  landing?: object;
  divarTimeoutMs?: number;
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

export async function startGateway(t: Teardown, wanted: Wanted = {}) {
  const database = await createTestDatabase(t);
  const divar = await startFakeDivar(t);
  const { db, ownerUrl } = database;
  const seal = testSeal();
  const clock = createTestClock();
  const log = silentLog();
  const made = await provision(database, { app: wanted.app ?? {}, landing: wanted.landing ?? {} });
  const directory = await openDirectory(db);

  let http: HttpApp | undefined;
  const server = await startServer((request, response) => http?.callback(request, response));
  t.teardown(() => server.close());
  const publicUrl = server.url;
  const call = createCall();
  t.teardown(() => call.close());

  const hostsOf = (): DivarHosts => divar.hosts;
  const handles = createHandles({ seal });
  const sessions = createSessionStore({ seal });
  const grants = createGrantStore({ seal, blindIndex: testBlindIndex });
  const states = createStateStore({ seal });
  const landing = createLandingStore();
  const sessionTokens = createSessionTokens({ db, seal, random: testRandom, publicUrl });
  await sessionTokens.refresh(clock.now());
  const oauth = createDivarOauth({
    call,
    clock,
    directory,
    hostsOf,
    timeoutMs: wanted.divarTimeoutMs ?? DIVAR_TIMEOUT_MS,
  });
  const browsers = createBrowsers({ random: testRandom });
  const showPage = createVisitPages({ hostsOf, publicUrl });
  const viewSessions = createViewSessions({ grants, handles, publicUrl });
  const askConsent = createAskConsent({ states, grants, oauth, random: testRandom, publicUrl });
  const land = createLand({
    landing,
    grants,
    handles,
    sessionTokens,
    showPage,
    random: testRandom,
    landingCodeTtlSeconds: 60,
  });
  const announced: NewEvent[] = [];
  const announce: Announce = async (_tx, event) => {
    announced.push(event);
    return 'evt_1';
  };
  const begun: NewEvent[] = [];
  const announceOnce = async (_tx: unknown, events: readonly NewEvent[]) => void begun.push(...events);
  const tellSession = createTellSession({ announce, viewSessions });
  const endings = createEndings({
    db,
    sessions,
    grants,
    handles,
    land,
    releaseHeld: async () => undefined,
    replaceGrants: async () => undefined,
    tellSession,
    tellGrant: createTellGrant({ announce, grants }),
    showPage,
    log,
  });
  const accepted: Parameters<AcceptMessage>[1][] = [];
  const buttons = {
    resolve: async (_tx: unknown, appId: string, reference: string) =>
      reference === BUTTON && appId === made.app.id
        ? { kind: 'session' as const, data: { order: 'A-17' }, page: 'track', messageId: 'msg_1' }
        : undefined,
  };
  const routes = [
    ...createLandingRoutes({
      db,
      directory,
      handles,
      sessions,
      browsers,
      buttons,
      askConsent,
      land,
      announce,
      tellCreated: createTellCreated({ announceOnce, viewSessions }),
      tellSession,
      hostsOf,
      showPage,
      sessionTokens,
      publicUrl,
    }),
    ...createConsentRoutes({
      isTrial: () => false,
      noteTrial: () => undefined,
      db,
      directory,
      consentUrl: createConsentUrl({ handles, publicUrl }),
      sessions,
      browsers,
      states,
      grants,
      oauth,
      endings,
      showPage,
      newId: testNewId(clock),
      publicUrl,
    }),
    ...createSessionRoutes({ sessions, cursors: createCursors({ seal }), viewSessions }),
    ...createLandingApiRoutes({
      isAllowedUrl: () => false,
      sessions,
      landing,
      sessionTokens,
      viewSessions,
      tellSession,
      acceptMessage: async (_tx, given) => void accepted.push(given),
    }),
  ];
  const tenants = createTenantStore({ seal });
  http = createHttpApp({
    routes,
    directory,
    authenticate: {
      findApiKey: (keyHash) => tenants.findApiKey(db, keyHash),
      verifySessionToken: async (token) => {
        const facts = await sessionTokens.verify(token, clock.now());
        const app = facts && directory.find(facts.appId);
        return facts && app ? { ...facts, tenantId: app.tenantId } : undefined;
      },
    },
    db,
    seal,
    clock,
    newId: testNewId(clock),
    log,
    rateLimit: createRateLimit(),
    publicUrl,
    trustedProxies: [],
    isReady: () => true,
  });

  const ids = { tenantId: made.tenant.id, appId: made.app.id };
  const begin = async (overrides: Partial<Parameters<typeof newSession>[0]> = {}) => {
    const session = newSession({ ...ids, ...overrides });
    await db.tenant(session.tenantId, (tx) => sessions.insert(tx, session));
    return { id: session.id, session, url: startUrl(session) };
  };
  const startUrl = ({ tenantId, id }: Pick<NewSession, 'tenantId' | 'id'>) =>
    `${publicUrl}/s/${handles.make('start', { tenantId, sessionId: id })}`;

  return {
    ...ids,
    ...database,
    apiKey: made.api_keys[0]?.key ?? '',
    clock,
    log,
    directory,
    divar,
    handles,
    sessions,
    grants,
    landing,
    sessionTokens,
    accepted,
    announced,
    begun,
    publicUrl,
    begin,
    startUrl,
    button: BUTTON,
    callbackUrl: `${publicUrl}/oauth/${made.app.id}/callback`,
    load: (id: string): Promise<Session> => db.tenant(ids.tenantId, (tx) => sessions.load(tx, id)),
    count: async (table: string): Promise<number> =>
      (await queryAsOwner<{ count: number }>(ownerUrl, `select count(*)::int as count from ${table}`))[0]
        ?.count ?? -1,
    api: async (method: string, path: string, body?: unknown, key = made.api_keys[0]?.key ?? '') => {
      const response = await fetch(publicUrl + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
      return { status: response.status, body: (await response.json()) as any, headers: response.headers };
    },
  };
}

export interface Visited {
  status: number;
  location: string;
  html: string;
  headers: Headers;
}

/** A web view: one jar, follows our own redirect for the cookie and no other. */
export function createBrowser() {
  const jar = new Map<string, string>();
  const get = async (
    url: string,
    init: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<Visited> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await fetch(url, { method: init.method ?? 'GET', headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      jar.set(name, value);
    }
    return {
      status: response.status,
      location: response.headers.get('location') ?? '',
      html: await response.text(),
      headers: response.headers,
    };
  };
  return {
    jar,
    get,
    /** Opens a handle, and goes once around for the cookie when it is asked to. */
    open: async (url: string): Promise<Visited> => {
      const first = await get(url);
      return first.location.startsWith(`${new URL(url).origin}/s/`) ? await get(first.location) : first;
    },
  };
}

/** The links of a page of ours. */
export function linksOf(html: string): string[] {
  return [...html.matchAll(/<a[^>]* href="([^"]+)"/g)].map((match) =>
    (match[1] ?? '').replaceAll('&amp;', '&'),
  );
}

export function codeOf({ location }: Visited): string {
  return new URL(location).searchParams.get('code') ?? '';
}

export const hash = sha256Base64url;
