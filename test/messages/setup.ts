/** The messages room on a real database and real HTTP, with a strict Divar on the other side. */
import { createRefreshStore } from '../../src/consent/refresh-store.ts';
import { createRefuseGrant } from '../../src/consent/refuse.ts';
import { createGrantStore } from '../../src/consent/store.ts';
import { createChatClient } from '../../src/divar/chat.ts';
import type { Announce } from '../../src/events/announce.ts';
import type { NewEvent } from '../../src/events/events.ts';
import { createCursors } from '../../src/http/cursor.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import type { Route } from '../../src/http/route.ts';
import { createHttpApp } from '../../src/http/server.ts';
import { createMediaStore } from '../../src/media/store.ts';
import { createAcceptMessage } from '../../src/messages/accept.ts';
import { createBudgetStore } from '../../src/messages/budget-store.ts';
import { createButtonReferences } from '../../src/messages/buttons.ts';
import { createChooseGrant } from '../../src/messages/choose-grant.ts';
import { createConversationRoutes } from '../../src/messages/conversation-routes.ts';
import { createConversationStore } from '../../src/messages/conversation-store.ts';
import { createExpiryWorker } from '../../src/messages/expire.ts';
import { createGovern } from '../../src/messages/govern.ts';
import type { Message } from '../../src/messages/messages.ts';
import { createReleaseHeld } from '../../src/messages/release.ts';
import { MessageRequest } from '../../src/messages/request.ts';
import { createMessageRoutes } from '../../src/messages/routes.ts';
import { createMessageStore } from '../../src/messages/store.ts';
import { tellOutcomes } from '../../src/messages/tell.ts';
import { createMessageWorker, type MessageWorkerDeps } from '../../src/messages/worker.ts';
import { createCall } from '../../src/platform/call.ts';
import { systemClock } from '../../src/platform/ids.ts';
import { afterCommit } from '../../src/queue/after-commit.ts';
import type { Session } from '../../src/session/session.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import { openDirectory, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { testBlindIndex, testNewId, testRandom, testSeal } from '../helpers/fakes.ts';
import { startServer } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';
import { newSession } from '../helpers/sessions.ts';
import { startFakeChat } from './fake-chat.ts';

export const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
export const V2_USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
export const V1_USER = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
export const V1_PEER = 'a1b2c3d4-1111-4222-8333-944455556666';

const PAGES = { track: 'https://shop.example/track' };
const TIMEOUT_MS = 10_000;
const HOUR_MS = 3_600_000;
/** Minutes, so that a slow machine does not climb it by itself: tests pass the time. */
const LADDER = [100, 500, 1500];

export interface Wanted {
  app?: object;
  ladder?: readonly number[];
}

export type Room = Awaited<ReturnType<typeof openRoom>>;

/** Rooms open at once: the tests of a file all start together, and each room has connections of its own. */
const ROOM_COUNT = 4;
let freeCount = ROOM_COUNT;
const waiting: (() => void)[] = [];

async function takeTurn(t: Teardown): Promise<void> {
  if (freeCount > 0) freeCount -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  t.teardown(() => {
    const next = waiting.shift();
    if (next) next();
    else freeCount += 1;
  });
}

export async function openRoom(t: Teardown, { app: wanted, ladder = LADDER }: Wanted = {}) {
  await takeTurn(t);
  const database = await createTestDatabase(t);
  const { db, ownerUrl } = database;
  const divar = await startFakeChat(t);
  const made = await provision(database, { app: wanted ?? {}, landing: { pages: PAGES } });
  const directory = await openDirectory(db);
  const app = directory.find(made.app.id);
  if (!app) throw new Error('the app was not provisioned');
  const call = createCall();
  t.teardown(() => call.close());

  const seal = testSeal();
  const log = silentLog();
  const newId = testNewId(systemClock);
  const published: string[] = [];
  const signals = { publish: (topic: string) => void published.push(topic) };
  const sessions = createSessionStore({ seal });
  const grants = createGrantStore({ seal, blindIndex: testBlindIndex });
  const told: NewEvent[] = [];
  const announce: Announce = async (tx, event) => {
    afterCommit(tx, () => told.push(event));
    return newId('evt');
  };
  const messages = tellOutcomes(createMessageStore({ seal }), { announce, directory, clock: systemClock });
  const budgets = createBudgetStore();
  const refreshes = createRefreshStore({ seal });
  const conversations = createConversationStore({ seal, blindIndex: testBlindIndex, newId });
  const references = createButtonReferences({ seal });
  const media = createMediaStore({ seal });
  const chooseGrant = createChooseGrant({ grants: grants as never });
  const acceptMessage = createAcceptMessage({
    messages,
    media,
    conversations,
    references,
    sessions,
    grants,
    chooseGrant,
    consentUrl: (session, scopes) => `https://us.example/s/${session.id}?${scopes.join()}`,
    isAllowedUrl: (url) => url.startsWith('http://allowed.example/'),
    newId,
    random: testRandom,
    signals,
  });
  const workerDeps: MessageWorkerDeps = {
    db,
    budgets,
    govern: createGovern({ budgets, announce, directory, clock: systemClock, random: testRandom }),
    messages,
    conversations,
    sessions,
    tokens: refreshes,
    media,
    blindIndex: testBlindIndex,
    reconcile: { isEchoed: async () => false, planRead: async () => false },
    refuseGrant: createRefuseGrant({
      store: refreshes,
      tellGrant: async () => undefined,
      directory,
      clock: systemClock,
      signals,
    }),
    signals,
    chooseGrant,
    directory,
    chat: createChatClient({
      call,
      clock: systemClock,
      hostsOf: () => divar.hosts,
      directory,
      timeoutMs: TIMEOUT_MS,
    }),
    newId,
    clock: systemClock,
    random: testRandom,
    ladder,
    leaseSeconds: 30,
    timeoutMs: TIMEOUT_MS,
    log,
    pause: async () => undefined,
  };
  const worker = createMessageWorker(workerDeps);
  const expiries = createExpiryWorker({ db, messages, conversations, signals });

  const inTenant = <T>(run: Parameters<typeof db.tenant<T>>[1]) => db.tenant(app.tenantId, run);
  const owner = <Row>(sql: string, values: unknown[] = []) => queryAsOwner<Row>(ownerUrl, sql, values);

  /** A stored visit of the seller, whose grant covers sending unless `granted` says otherwise. */
  const visit = async ({
    granted = true,
    ...overrides
  }: Partial<Parameters<typeof newSession>[0]> & { granted?: boolean } = {}) => {
    const session = newSession({ tenantId: app.tenantId, appId: app.id, ...overrides });
    await inTenant((tx) => sessions.insert(tx, session));
    if (granted) await grant(session);
    return session;
  };

  /** Stores what a consent of this visit's user leaves. */
  const grant = async (
    session: Pick<Session, 'visit'>,
    scopes: readonly string[] = [sendScopeOf(session.visit)],
    { accessToken = 'ory_at_1', expiresInMs = HOUR_MS }: { accessToken?: string; expiresInMs?: number } = {},
  ) => {
    const { user, conversationId } = session.visit;
    const now = systemClock.now();
    const facts = { userId: user.id, phone: null, scopes, conversationId, side: user.side };
    const until = new Date(now.getTime() + expiresInMs);
    const id = newId('grt');
    await inTenant(async (tx) => {
      const row = {
        id,
        appId: app.id,
        generation: app.generation,
        facts,
        expiresAt: until,
        consentUntil: until,
        createdAt: now,
      };
      await grants.insertUnverified(tx, row, { accessToken, refreshToken: null });
      await grants.verify(tx, { id, appId: app.id, facts }, user.id, now);
    });
    return id;
  };

  const sendScopeOf = ({ conversationId, postToken, user, peer }: Session['visit']) =>
    app.generation === 'v1'
      ? `CHAT_SEND_MESSAGE_OAUTH.${Buffer.from(`${user.id}:${postToken}:${peer.id}`).toString('base64')}`
      : `CONVERSATION_SEND_MESSAGE.${conversationId}`;

  const accept = (body: object): Promise<Message> =>
    inTenant((tx) =>
      acceptMessage(tx, { app, message: MessageRequest.parse({ ...body }), now: systemClock.now() }),
    );

  const find = async (id: string): Promise<Message> => inTenant((tx) => messages.load(tx, app.id, id));

  return {
    ...database,
    made,
    app,
    directory,
    divar,
    log,
    published,
    sessions,
    grants,
    messages,
    conversations,
    references,
    acceptMessage,
    releaseHeld: createReleaseHeld({ messages, conversations, signals }),
    workerDeps,
    worker,
    expiries,
    /** Events that were committed. */
    told,
    inTenant,
    owner,
    visit,
    grant,
    accept,
    find,
    attempts: (id: string) =>
      inTenant(async (tx) => (await messages.listAttempts(tx, id, { limit: 100 })).reverse()),
    /** Ticks until nothing is due any more. */
    drain: async (...workers: { tick(): Promise<number> }[]) => {
      const all = workers.length > 0 ? workers : [worker];
      for (;;) {
        const counts = await Promise.all([...all, expiries].map((one) => one.tick()));
        if (counts.every((count) => count === 0)) return;
      }
    },
    /** As if so much time had passed for everything that waits. */
    passTime: async (seconds: number) => {
      const back = `make_interval(secs => ${seconds})`;
      await owner(`update messages set due_at = due_at - ${back}, expires_at = expires_at - ${back}`);
      await owner(
        `update conversations set due_at = due_at - ${back}, claimed_until = claimed_until - ${back}`,
      );
      await owner(
        `update app_budgets set blocked_until = blocked_until - ${back}, learnt_minute_until = learnt_minute_until - ${back},
           day = day - ${Math.floor(seconds / 86_400)},
           learnt_day_until = learnt_day_until - ${back},
           sends = array(select e - (${Math.floor(seconds)}::bigint << 20) from unnest(sends) with ordinality s(e, n) order by n)`,
      );
    },
    count: async (table: string): Promise<number> =>
      (await owner<{ count: number }>(`select count(*)::int as count from ${table}`))[0]?.count ?? -1,
  };
}

/** The room's routes on HTTP, called as the tenant's server does. */
export async function openApi(
  t: Teardown,
  room: Pick<
    Room,
    'db' | 'app' | 'made' | 'log' | 'acceptMessage' | 'messages' | 'conversations' | 'directory'
  >,
  more: readonly Route[] = [],
) {
  const { db, app, made, log } = room;
  const seal = testSeal();
  const signals = { publish: () => undefined };
  const cursors = createCursors({ seal });
  const { acceptMessage, messages, conversations } = room;
  const tenants = createTenantStore({ seal });
  const http = createHttpApp({
    routes: [
      ...createMessageRoutes({
        acceptMessage,
        isAllowedUrl: () => false,
        messages,
        conversations,
        cursors,
        signals,
      }),
      ...createConversationRoutes({ messages, conversations, cursors, signals }),
      ...more,
    ],
    directory: room.directory,
    authenticate: {
      findApiKey: (keyHash) => tenants.findApiKey(db, keyHash),
      verifySessionToken: async () => undefined,
    },
    db,
    seal,
    clock: systemClock,
    newId: testNewId(systemClock),
    log,
    rateLimit: createRateLimit(),
    publicUrl: 'http://localhost:3000',
    trustedProxies: [],
    isReady: () => true,
  });
  const server = await startServer(http.callback);
  t.teardown(() => server.close());
  return async (
    method: string,
    path: string,
    {
      body,
      key = made.api_keys[0]?.key ?? '',
      headers = {},
    }: { body?: unknown; key?: string; headers?: object } = {},
  ) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
    return { status: response.status, headers: response.headers, body: (await response.json()) as any, app };
  };
}
