/** The members' room behind real HTTP, on real PostgreSQL, and people who use it. */
import assert from 'node:assert/strict';
import type { ExecutionContext } from 'ava';
import { Secret, TOTP } from 'otpauth';
import { createAppRoutes } from '../../src/admin/app-routes.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import type { Route } from '../../src/http/route.ts';
import { createHttpApp } from '../../src/http/server.ts';
import { openMembers } from '../../src/members/open.ts';
import type { Db, Mail, Seal } from '../../src/ports.ts';
import { createFoundTenant } from '../../src/tenants/found-tenant.ts';
import { createTenantStore, type TenantStore } from '../../src/tenants/store.ts';
import { createTestDatabase } from '../helpers/database.ts';
import {
  createTestClock,
  type TestClock,
  testBlindIndex,
  testNewId,
  testRandom,
  testSeal,
} from '../helpers/fakes.ts';
import { startServer } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';

export const ADMIN_URL = 'http://localhost:3000';
export const PASSWORD = 'قناری بامداد آهن ۷۷';

/** What other rooms' routes of the panel stand on. */
export interface Kit {
  db: Db;
  clock: TestClock;
  seal: Seal;
  tenants: TenantStore;
  members: ReturnType<typeof openMembers>;
}

export type Room = Awaited<ReturnType<typeof openRoom>>;

export async function openRoom(
  t: ExecutionContext,
  options: { adminUrl?: string; simulatorUrl?: string; more?: (kit: Kit) => Route[] } = {},
) {
  const { db, ownerUrl } = await createTestDatabase(t);
  const { adminUrl = ADMIN_URL } = options;
  const clock = createTestClock(new Date());
  const seal = testSeal();
  const mails: Mail[] = [];
  const tenants = createTenantStore({ seal });
  const kit = { db, seal, blindIndex: testBlindIndex, random: testRandom, newId: testNewId(clock) };
  const members = openMembers({
    ...kit,
    signals: { publish: () => undefined, subscribe: () => () => undefined, close: async () => undefined },
    log: silentLog(),
    sendMail: async (mail) => void mails.push(mail),
    mailbox: { list: () => mails.map((mail) => ({ mail, at: clock.now() })).reverse() },
    adminUrl,
    idleTimeoutSeconds: 900,
    foundTenant: createFoundTenant({
      ...kit,
      store: tenants,
      publicUrl: ADMIN_URL,
      simulatorUrl: options.simulatorUrl,
    }),
  });
  const routes: Route[] = [
    ...(options.more?.({ db, clock, seal, tenants, members }) ?? []),
    ...members.routes,
    ...createAppRoutes({ ...kit, tenants, recordAudit: members.recordAudit, publicUrl: ADMIN_URL }),
  ];
  const app = createHttpApp({
    routes,
    directory: {
      find: () => undefined,
      authenticate: () => undefined,
      openSecret: () => t.fail() as never,
      all: () => [],
      isWarm: () => true,
    },
    authenticate: {
      findApiKey: (hash) => tenants.findApiKey(db, hash),
      verifySessionToken: async () => undefined,
    },
    ...kit,
    clock,
    log: silentLog(),
    rateLimit: createRateLimit(),
    publicUrl: adminUrl,
    trustedProxies: ['127.0.0.1/32'],
    members: members.authenticate,
    isReady: () => true,
  });
  const server = await startServer(app.callback);
  t.teardown(() => server.close());
  const deliver = async () => {
    while ((await members.mailWorker.tick()) > 0);
  };
  return { t, db, ownerUrl, clock, mails, members, routes, tenants, url: server.url, adminUrl, deliver };
}

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
  body: any;
}

/** One browser: its cookie, its address, and the calls of the panel's pages. */
export function openBrowser(room: Room, { address = '203.0.113.7' }: { address?: string } = {}) {
  let cookie: string | undefined;
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Reply> => {
    const all: Record<string, string | undefined> = {
      'x-forwarded-for': address,
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36',
      ...(method === 'GET' ? {} : { origin: room.adminUrl, 'sec-fetch-site': 'same-origin' }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(cookie === undefined ? {} : { cookie }),
      ...headers,
    };
    const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const reply = await fetch(`${room.url}/admin/api/v1${path}`, {
      method,
      headers: given,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const set = reply.headers.get('set-cookie');
    if (set !== null) cookie = /Max-Age=0/.test(set) ? undefined : set.split(';')[0];
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: text === '' ? null : JSON.parse(text) };
  };
  return {
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body?: unknown) => call('POST', path, body),
    /** Fails the test when the answer is another one. */
    must: async (method: string, path: string, body?: unknown, status = 200): Promise<Reply> => {
      const reply = await call(method, path, body);
      assert.equal(reply.status, status, `${method} ${path}: ${JSON.stringify(reply.body)}`);
      return reply;
    },
    cookie: () => cookie,
    take: (value: string | undefined) => {
      cookie = value;
    },
  };
}
export type Browser = ReturnType<typeof openBrowser>;

export function codeOf(secret: string, clock: TestClock): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.now().getTime() });
}

/** The one-time secret of the newest mail to somebody. */
export function linkOf(room: Room, to: string): string {
  const mail = room.mails.filter((one) => one.to === to).at(-1);
  return /#([A-Za-z0-9_-]{43})$/m.exec(mail?.text ?? '')?.[1] ?? '';
}

export interface Person {
  browser: Browser;
  email: string;
  password: string;
  secret: string;
  codes: string[];
  id: string;
}

/** The next code of a person: the clock goes on by one period, since none serves twice. */
export function nextCode(room: Room, person: Pick<Person, 'secret'>): string {
  room.clock.advance(30_000);
  return codeOf(person.secret, room.clock);
}

export async function enrol(room: Room, browser: Browser, email: string): Promise<Person> {
  const { secret } = (await browser.must('POST', '/totp/enrol')).body;
  room.clock.advance(30_000);
  const code = codeOf(secret, room.clock);
  const { recovery_codes: codes } = (await browser.must('POST', '/totp/confirm', { code })).body;
  const me = (await browser.must('GET', '/me')).body;
  return { browser, email, password: PASSWORD, secret, codes, id: me.member.id };
}

/** Signs up, opens the link and enrols: the owner of a new tenant. */
export async function signUp(room: Room, email = 'sara@shop.example', organization = 'فروشگاه سارا') {
  const browser = openBrowser(room);
  await browser.must('POST', '/signup', { organization, email, password: PASSWORD }, 202);
  await room.deliver();
  await browser.must('POST', '/verify-email', { token: linkOf(room, email) });
  const person = await enrol(room, browser, email);
  const tenant = (await browser.must('GET', '/me')).body.tenants[0].id as string;
  return { ...person, tenant };
}

export async function signIn(room: Room, person: Pick<Person, 'email' | 'password' | 'secret'>) {
  const browser = openBrowser(room);
  await browser.must('POST', '/login', { email: person.email, password: person.password });
  await browser.must('POST', '/login/code', { code: nextCode(room, person) });
  return browser;
}

/** Invites somebody who is new, who accepts and enrols. */
export async function addMember(
  room: Room,
  owner: { browser: Browser; tenant: string },
  role: string,
  email = `${role}@shop.example`,
): Promise<Person> {
  await owner.browser.must('POST', `/tenants/${owner.tenant}/invitations`, { email, role }, 201);
  await room.deliver();
  const browser = openBrowser(room);
  await browser.must('POST', '/invitations/accept', { token: linkOf(room, email), password: PASSWORD });
  return enrol(room, browser, email);
}
