/** The kit, listening on loopback, with apps that stand in memory and whatever routes a test brings. */
import net from 'node:net';
import type { Authenticate } from '../../src/http/caller.ts';
import { type Listener, listen } from '../../src/http/listen.ts';
import { createRateLimit, type RateLimit } from '../../src/http/rate-limit.ts';
import type { DivarRequest, DivarRoute, Route } from '../../src/http/route.ts';
import { createHttpApp } from '../../src/http/server.ts';
import type { Db } from '../../src/ports.ts';
import type { App, AppDirectory } from '../../src/tenants/tenants.ts';
import type { Teardown } from '../helpers/database.ts';
import { createTestClock, T0, type TestClock, testNewId, testSeal } from '../helpers/fakes.ts';
import { type LogLine, silentLog } from '../helpers/log.ts';

export const IDENTIFICATION_KEY = 'idk_9f3e77c1';
/** Shaped as a key; who owns it is up to `findApiKey`. */
export const API_KEY = `pvd_live_${'a'.repeat(8)}_${'B'.repeat(43)}`;

export function testApp(overrides: Partial<App> = {}): App {
  return {
    tenantId: 'ten_1',
    id: 'app_1',
    externalId: 'shop-1-live',
    name: 'ارسال سریع',
    environment: 'live',
    generation: 'v2',
    slug: 'blue-otter-lamp',
    consent: { when: 'init', scopes: [] },
    landing: { url: 'https://shop.example/divar', pages: {}, mode: 'code', stagingUrl: null, testUsers: [] },
    actionUrl: null,
    actionFallbackText: null,
    limits: { requestsPerMinute: 6000, divarPerMinute: null, divarPerDay: null },
    suspended: false,
    createdAt: T0,
    version: '1',
    ...overrides,
  };
}

export function testDirectory(apps: App[], isWarm = () => true): AppDirectory {
  const find = (appId: string) => apps.find(({ id }) => id === appId);
  return {
    find,
    authenticate: (appId, presented) => {
      const app = find(appId);
      return app && !app.suspended && presented === IDENTIFICATION_KEY ? app : undefined;
    },
    openSecret: () => 'secret',
    all: () => apps,
    isWarm,
  };
}

/** Every transaction is an empty one: for routes that do not touch the database. */
export const noDatabase: Pick<Db, 'tenant'> = {
  tenant: (tenantId, run) => run({ tenantId, sql: undefined as never }),
};

export interface KitOptions {
  routes?: Route[];
  apps?: App[];
  directory?: AppDirectory;
  authenticate?: Partial<Authenticate>;
  db?: Pick<Db, 'tenant'>;
  rateLimit?: RateLimit;
  publicUrl?: string;
  trustedProxies?: string[];
  isReady?: () => boolean;
  timeouts?: { headersTimeoutMs?: number; requestTimeoutMs?: number; checkIntervalMs?: number };
}

export interface Kit {
  url: string;
  port: number;
  clock: TestClock;
  lines: LogLine[];
  listener: Listener;
}

export async function startKit(t: Teardown, options: KitOptions = {}): Promise<Kit> {
  const clock = createTestClock();
  const log = silentLog();
  const app = createHttpApp({
    routes: options.routes ?? [],
    directory: options.directory ?? testDirectory(options.apps ?? [testApp()]),
    authenticate: {
      findApiKey: async () => ({ appId: 'app_1', id: 'key_1', scopes: ['*'] }),
      verifySessionToken: async () => undefined,
      ...options.authenticate,
    },
    db: options.db ?? noDatabase,
    seal: testSeal(),
    clock,
    newId: testNewId(),
    log,
    rateLimit: options.rateLimit ?? createRateLimit(),
    publicUrl: options.publicUrl ?? 'http://localhost:3000',
    trustedProxies: options.trustedProxies ?? [],
    isReady: options.isReady ?? (() => true),
  });
  const listener = await listen({ ...app, port: 0, host: '127.0.0.1', ...options.timeouts });
  t.teardown(() => listener.close(0));
  return { url: `http://127.0.0.1:${listener.port}`, port: listener.port, clock, lines: log.lines, listener };
}

/** `POST /i/:app_id` that answers 200 and remembers what it was given. */
export function initRoute(): { route: DivarRoute; seen: DivarRequest[] } {
  const seen: DivarRequest[] = [];
  const route: DivarRoute = {
    kind: 'divar',
    method: 'POST',
    path: '/i/:app_id',
    summary: 'init',
    handle: async (request) => {
      seen.push(request);
      return { status: 200, body: { url: 'http://localhost:3000/s/x' } };
    },
  };
  return { route, seen };
}

/** Bytes as they are, and everything that comes back until the server closes. */
export function sendRaw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    for (const part of parts) socket.write(part);
  });
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

/** The problem document of a raw answer. */
export function problemOf(answer: string): {
  code: string;
  status: number;
  errors: { path: string; code: string }[];
} {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

export const bearer = (key: string = API_KEY) => ({ authorization: `Bearer ${key}` });
