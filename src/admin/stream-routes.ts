/** The panel's live stream: one a tab, for one app. It keeps no login alive, and ends with the one that opened it. */
import { z } from 'zod';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import { type Login, MAY, type Role } from '../members/members.ts';
import type { Clock, Db, Tx } from '../ports.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { App } from '../tenants/tenants.ts';
import { APP_PATH, loadApp } from './call-routes.ts';
import { frameOf, type LiveEvent, RESYNC } from './live.ts';
import type { WatchApp } from './watch.ts';

export interface LiveRoutesDeps {
  db: Pick<Db, 'tenant'>;
  tenants: Pick<TenantStore, 'listApps'>;
  watchApp: WatchApp;
  /** The login of a token as long as it lives. */
  findLogin(tokenHash: string, now: Date, prolongs: boolean): Promise<Login | undefined>;
  clock: Clock;
  /** Longest silence. */
  heartbeatMs?: number;
}

/** Also how often the login is looked at: one that has ended hears at most so much longer. */
const HEARTBEAT_MS = 10_000;
/** More than a reader has missed when it did not read for so long. */
const MAX_WAITING = 1000;
const ROLES: readonly Role[] = MAY['traffic.read'];
/** Of the browser, when the line breaks: the panel waits by itself, and longer each time. */
const RETRY_MS = 3000;

export function createLiveRoutes(deps: LiveRoutesDeps): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: `${APP_PATH}/stream`,
      roles: ROLES,
      summary: 'What is new and what has changed, as server-sent events; after a gap comes resync',
      params: z.object({ tenant: z.string(), app: z.string().max(64) }),
      replies: { 200: { description: 'A stream', schema: z.null() } },
      handle: async ({ tx, params, login }: { tx: Tx; params: { app: string }; login: Login }) => {
        const app = await loadApp(deps, tx, params.app);
        return { status: 200, body: null, stream: (signal) => read(deps, { app, login, signal }) };
      },
    }),
  ];
}

interface Reading {
  app: App;
  login: Login;
  signal: AbortSignal;
}

async function* read(deps: LiveRoutesDeps, { app, login, signal }: Reading): AsyncGenerator<string> {
  const bell = createBell(signal);
  const stop = deps.watchApp(app, bell.add);
  let number = 0;
  let checkedAt = deps.clock.now().getTime();
  try {
    yield `retry: ${RETRY_MS}\n: open\n\n`;
    while (!signal.aborted) {
      const waiting = bell.take();
      for (const event of waiting) {
        number += 1;
        yield frameOf(event, number);
      }
      if (waiting.length === 0 && !(await bell.wait(deps.heartbeatMs ?? HEARTBEAT_MS)))
        yield ': still here\n\n';
      const now = deps.clock.now().getTime();
      if (now - checkedAt < (deps.heartbeatMs ?? HEARTBEAT_MS)) continue;
      checkedAt = now;
      if (!(await mayListen(deps, app, login))) return;
    }
  } finally {
    stop();
  }
}

/** The same login, with both factors, still a member of the tenant. */
async function mayListen({ findLogin, clock }: LiveRoutesDeps, app: App, login: Login): Promise<boolean> {
  const found = await findLogin(login.tokenHash, clock.now(), false);
  if (found?.stage !== 'member') return false;
  const role = found.memberships.find(({ tenantId }) => tenantId === app.tenantId)?.role;
  return role !== undefined && ROLES.includes(role);
}

/** What is to be told, and somebody who waits for it. */
function createBell(signal: AbortSignal) {
  let waiting: LiveEvent[] = [];
  let ring: (isRung: boolean) => void = () => undefined;
  signal.addEventListener('abort', () => ring(true), { once: true });
  return {
    add: (events: readonly LiveEvent[]) => {
      waiting = waiting.length > MAX_WAITING ? [RESYNC] : [...waiting, ...events];
      ring(true);
    },
    take: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    /** False when the time passed in silence. */
    wait: (ms: number): Promise<boolean> =>
      new Promise((resolve) => {
        if (signal.aborted || waiting.length > 0) return resolve(true);
        const timer = setTimeout(() => ring(false), ms);
        ring = (isRung) => {
          clearTimeout(timer);
          resolve(isRung);
        };
      }),
  };
}
