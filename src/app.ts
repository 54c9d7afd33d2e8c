/** The map: every room, wired in the order of a visit: parts, routes, loops. No logic. */

import { createLoops } from './app/loops.ts';
import { createParts } from './app/parts.ts';
import { createRoutes } from './app/routes.ts';
import type { AddressPolicy } from './events/divar-addresses.ts';
import { createRateLimit } from './http/rate-limit.ts';
import type { Route } from './http/route.ts';
import { createHttpApp } from './http/server.ts';
import type {
  BlindIndex,
  Call,
  Clock,
  Db,
  Log,
  Mailbox,
  NewId,
  RandomBytes,
  Seal,
  SendMail,
  Signals,
} from './ports.ts';
import type { HostsOf } from './tenants/tenants.ts';

export interface AppSettings {
  version: string;
  publicUrl: string;
  /** The origin of the panel. */
  adminUrl: string;
  docsUrl: string;
  panelDir: string;
  /** Undefined: sandbox apps are refused. */
  simulatorUrl: string | undefined;
  demoUrl: string | undefined;
  trustedProxies: readonly string[];
  divarTimeoutMs: number;
  leaseSeconds: number;
  sendScheduleSeconds: readonly number[];
  retryScheduleSeconds: readonly number[];
  webhookTimeoutMs: number;
  enforceDivarIps: AddressPolicy;
  launchTtlSeconds: number;
  landingCodeTtlSeconds: number;
  sessionTtlSeconds: number;
  idleTimeoutSeconds: number;
}

export interface AppDeps {
  settings: AppSettings;
  hostsOf: HostsOf;
  db: Db;
  seal: Seal;
  blindIndex: BlindIndex;
  /** To the addresses of our own settings. */
  call: Call;
  /** To addresses that tenants have given. */
  guardedCall: Call;
  isAllowedUrl(url: string): boolean;
  redis: object | undefined;
  signals: Signals;
  mail: { send: SendMail; mailbox: Mailbox | undefined };
  clock: Clock;
  newId: NewId;
  random: RandomBytes;
  log: Log;
}

export type App = ReturnType<typeof createApp>;

export function createApp(deps: AppDeps) {
  const { settings, db, seal, clock, newId, log } = deps;
  const { publicUrl } = settings;
  const parts = createParts(deps);
  const { tenants, directory, sessionTokens, members } = parts;

  const startInfo = () => ({
    version: settings.version,
    isReady: directory.isWarm(),
    publicUrl,
    simulatorUrl: settings.simulatorUrl ?? null,
    demoUrl: settings.demoUrl ?? null,
    docsUrl: settings.docsUrl,
    mailboxUrl: deps.mail.mailbox === undefined ? null : `${publicUrl}/dev/mail`,
  });
  const routes: Route[] = createRoutes(deps, parts, { allRoutes: () => routes, start: startInfo });

  const http = createHttpApp({
    routes,
    directory,
    authenticate: {
      findApiKey: (hash) => tenants.findApiKey(db, hash),
      verifySessionToken: async (token) => {
        const facts = await sessionTokens.verify(token, clock.now());
        const app = facts && directory.find(facts.appId);
        return app && { ...facts, tenantId: app.tenantId };
      },
    },
    db,
    seal,
    clock,
    newId,
    log: parts.healthMeter.countingLog(log),
    rateLimit: createRateLimit({ redis: deps.redis }),
    publicUrl,
    trustedProxies: settings.trustedProxies,
    members: members.authenticate,
    noteArrival: parts.arrivals.noteCall,
    noteRefusal: parts.refusals.note,
    isReady: () => directory.isWarm(),
  });

  return { http, directory, sessionTokens, routes, ...createLoops(deps, parts) };
}
