/** The events and webhooks rooms on a real database and real HTTP, wired as `app.ts` does it. */
import { EventEmitter } from 'node:events';
import { createAnnounce } from '../../src/events/announce.ts';
import { type AddressPolicy, createAdmitsAddress } from '../../src/events/divar-addresses.ts';
import type { EventView, NewEvent } from '../../src/events/events.ts';
import { createInbox } from '../../src/events/inbox.ts';
import { createInboxWorker } from '../../src/events/inbox-worker.ts';
import { createEventIntake, type IntakeDeps } from '../../src/events/intake.ts';
import { createEventRoutes } from '../../src/events/routes.ts';
import { createEventStore } from '../../src/events/store.ts';
import { createCursors } from '../../src/http/cursor.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import type { Route } from '../../src/http/route.ts';
import { createHttpApp } from '../../src/http/server.ts';
import { createConversationStore } from '../../src/messages/conversation-store.ts';
import { nameOfDivarId } from '../../src/messages/conversations.ts';
import { createCall } from '../../src/platform/call.ts';
import { systemClock } from '../../src/platform/ids.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import { createEndpointStore } from '../../src/webhooks/endpoint-store.ts';
import { createPlanDeliveries } from '../../src/webhooks/plan.ts';
import { createDeliveryStore } from '../../src/webhooks/store.ts';
import { createWebhookWorker, type WebhookWorkerDeps } from '../../src/webhooks/worker.ts';
import { openDirectory, provision } from './apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from './database.ts';
import { testBlindIndex, testNewId, testRandom, testSeal } from './fakes.ts';
import { startServer } from './http.ts';
import { silentLog } from './log.ts';

export interface Wanted {
  app?: object;
  landing?: object;
  endpoints?: readonly { url: string; events?: readonly string[] }[];
  ladder?: readonly number[];
  addressPolicy?: AddressPolicy;
  intake?: Partial<Pick<IntakeDeps, 'confirmEcho' | 'revokeGrants'>>;
  worker?: Partial<WebhookWorkerDeps>;
  heartbeatMs?: number;
  /** Further routes over the parts that are made here. */
  routes?: (parts: EventRoomParts) => Route[];
}

export type EventRoomParts = Awaited<ReturnType<typeof openParts>>;
export type EventRoom = Awaited<ReturnType<typeof openEventRoom>>;

const IDENTIFICATION_KEY = 'idk_9f3e77c1';

async function openParts(t: Teardown, wanted: Wanted) {
  const database = await createTestDatabase(t);
  const { db } = database;
  const made = await provision(database, {
    app: wanted.app ?? {},
    landing: wanted.landing ?? {},
    endpoints: (wanted.endpoints ?? []).map((endpoint) => ({ events: ['*'], ...endpoint })),
  });
  const directory = await openDirectory(db);
  const app = directory.find(made.app.id);
  if (!app) throw new Error('the app was not provisioned');
  const call = createCall();
  t.teardown(() => call.close());
  const seal = testSeal();
  const newId = testNewId(systemClock);
  const published: string[] = [];
  const bells = new EventEmitter().setMaxListeners(0);
  const signals = {
    publish: (topic: string, payload = '') => {
      published.push(topic);
      bells.emit(topic, payload);
    },
    subscribe: (topic: string, listener: (payload: string) => void) => {
      bells.on(topic, listener);
      return () => void bells.off(topic, listener);
    },
  };
  const log = silentLog();
  const cursors = createCursors({ seal });
  const events = createEventStore({ seal });
  const endpoints = createEndpointStore({ seal });
  const deliveries = createDeliveryStore({ seal });
  const planDeliveries = createPlanDeliveries({ endpoints, deliveries, newId, signals });
  const announce = createAnnounce({ events, planDeliveries, newId, signals });
  const conversations = createConversationStore({ seal, blindIndex: testBlindIndex, newId });
  return {
    ...database,
    made,
    directory,
    app,
    call,
    seal,
    newId,
    published,
    bells,
    signals,
    log,
    cursors,
    events,
    endpoints,
    deliveries,
    announce,
    conversations,
    clock: systemClock,
    random: testRandom,
  };
}

export async function openEventRoom(t: Teardown, wanted: Wanted = {}) {
  const parts = await openParts(t, wanted);
  const { db, app, seal, log, events, announce, conversations } = parts;
  const intake = createEventIntake({
    events,
    announce,
    blindIndex: testBlindIndex,
    openConversation: async (tx, { id }, name, now) => (await conversations.open(tx, id, name, now)).id,
    confirmEcho: async () => false,
    keepReading: async () => undefined,
    revokeGrants: async () => [],
    ...wanted.intake,
  });
  const inbox = createInbox(parts);
  const inboxWorker = createInboxWorker({ ...parts, inbox, intake });
  const eventRoutes = createEventRoutes({
    ...parts,
    // Long: what arrives was rung for.
    heartbeatMs: wanted.heartbeatMs ?? 60_000,
    inbox,
    admitsAddress: createAdmitsAddress({ policy: wanted.addressPolicy ?? 'off', log }),
    findConversation: async (tx, appId, id) => {
      const names = [nameOfDivarId('post', id), nameOfDivarId('bot', id)];
      return ((await conversations.find(tx, appId, id)) ?? (await conversations.findByName(tx, appId, names)))
        ?.id;
    },
  });
  const worker = createWebhookWorker({
    ...parts,
    timeoutMs: 2000,
    ladder: [5, 30, 120],
    leaseSeconds: 30,
    pause: async () => undefined,
    ...(wanted.ladder ? { ladder: wanted.ladder } : {}),
    ...wanted.worker,
  });
  const tenants = createTenantStore({ seal });
  const { callback, drain } = createHttpApp({
    routes: [...(wanted.routes?.(parts) ?? []), ...eventRoutes],
    directory: parts.directory,
    authenticate: {
      findApiKey: (hash) => tenants.findApiKey(db, hash),
      verifySessionToken: async () => undefined,
    },
    db,
    seal,
    clock: systemClock,
    newId: parts.newId,
    log,
    rateLimit: createRateLimit(),
    publicUrl: 'http://localhost:3000',
    trustedProxies: [],
    isReady: () => true,
  });
  const server = await startServer(callback);
  t.teardown(() => server.close());

  const apiKey = parts.made.api_keys[0]?.key ?? '';
  const owner = <Row>(sql: string, values: unknown[] = []) => queryAsOwner<Row>(parts.ownerUrl, sql, values);

  /** A body of Divar, to the letter. */
  const send = (text: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/e/${app.id}`, {
      method: 'POST',
      headers: { authorization: IDENTIFICATION_KEY, 'content-type': 'application/json', ...headers },
      body: text,
    });
  const readInbox = async () => {
    while ((await inboxWorker.tick()) > 0);
  };
  /** And read. */
  const tell = async (text: string, headers: Record<string, string> = {}) => {
    const reply = await send(text, headers);
    await readInbox();
    return reply;
  };

  /** A call of the tenant's server. */
  const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? null : JSON.parse(text),
    };
  };

  const inTenant = <T>(run: Parameters<typeof db.tenant<T>>[1]) => db.tenant(app.tenantId, run);
  const newEvent = (event: Partial<NewEvent> = {}): NewEvent => ({
    type: 'quota.warning',
    appId: app.id,
    simulated: false,
    data: {},
    now: systemClock.now(),
    ...event,
  });

  return {
    ...parts,
    worker,
    drainServer: drain,
    url: server.url,
    apiKey,
    owner,
    send,
    readInbox,
    tell,
    ask,
    inTenant,
    newEvent,
    announceOne: (event: Partial<NewEvent> = {}) => inTenant((tx) => announce(tx, newEvent(event))),
    /** A conversation of this app. */
    openConversation: (divarId = 'c1') =>
      inTenant(
        async (tx) =>
          (await conversations.open(tx, app.id, nameOfDivarId('post', divarId), systemClock.now())).id,
      ),
    listEvents: async (query = ''): Promise<EventView[]> =>
      ((await ask('GET', `/v1/events?limit=100${query}`)).json as { data: EventView[] }).data,
    /** Ticks until nothing is due any more. */
    drain: async () => {
      while ((await worker.tick()) > 0);
    },
    /** As if so much time had passed for everything that waits. */
    passTime: async (seconds: number) => {
      const back = `make_interval(secs => ${seconds})`;
      await owner(`update deliveries set due_at = due_at - ${back}, claimed_until = claimed_until - ${back}`);
    },
  };
}
