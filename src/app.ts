/** The map: every room, wired in the order of a visit. No logic. */
import { createAdminRoutes } from './admin/routes.ts';
import { createApiRoutes } from './api/routes.ts';
import { createAskConsent } from './consent/ask.ts';
import { createConsentUrl } from './consent/consent-url.ts';
import { createEndings } from './consent/endings.ts';
import { createGrantRoutes } from './consent/grant-routes.ts';
import { createConsentRoutes } from './consent/routes.ts';
import { createGrantStore, createStateStore } from './consent/store.ts';
import { createTellGrant } from './consent/tell.ts';
import { createChatClient } from './divar/chat.ts';
import { createDivarOauth } from './divar/oauth.ts';
import { createAnnounce } from './events/announce.ts';
import { type AddressPolicy, createAdmitsAddress } from './events/divar-addresses.ts';
import { createEventIntake, type IntakeDeps as EventIntakeDeps } from './events/intake.ts';
import { createEventRoutes, type EventRoutesDeps } from './events/routes.ts';
import { createEventStore } from './events/store.ts';
import { createCursors } from './http/cursor.ts';
import { createRateLimit } from './http/rate-limit.ts';
import type { Route } from './http/route.ts';
import { createHttpApp } from './http/server.ts';
import { createVisitIntake } from './init/intake.ts';
import { createInitRoutes } from './init/routes.ts';
import { createLandingApiRoutes } from './landing/api-routes.ts';
import { createLand } from './landing/land.ts';
import { createLandingRoutes } from './landing/routes.ts';
import { createSessionTokens } from './landing/session-token.ts';
import { createLandingStore } from './landing/store.ts';
import { createLandingProbeWorker } from './landing/worker.ts';
import { createAcceptMessage } from './messages/accept.ts';
import { createButtonReferences } from './messages/buttons.ts';
import { createChooseGrant } from './messages/choose-grant.ts';
import { createConversationRoutes } from './messages/conversation-routes.ts';
import { createConversationStore } from './messages/conversation-store.ts';
import { nameOfDivarId } from './messages/conversations.ts';
import { MESSAGES_TOPIC } from './messages/messages.ts';
import { createReleaseHeld } from './messages/release.ts';
import { createMessageRoutes } from './messages/routes.ts';
import { createMessageStore } from './messages/store.ts';
import { tellOutcomes } from './messages/tell.ts';
import { createMessageWorker } from './messages/worker.ts';
import type { BlindIndex, Call, Clock, Db, Log, NewId, RandomBytes, Seal, Signals } from './ports.ts';
import { createLoop, type Loop } from './queue/loop.ts';
import { createPool, type Pool } from './queue/pool.ts';
import { createBrowsers } from './session/browser.ts';
import { createHandles } from './session/handle.ts';
import { createSessionRoutes } from './session/routes.ts';
import { createSessionStore } from './session/store.ts';
import { createTellSession } from './session/tell.ts';
import { createViewSessions } from './session/view.ts';
import { createVisitPages } from './session/visit-pages.ts';
import { createAppDirectory } from './tenants/directory.ts';
import { createSimulatorPanelWorker } from './tenants/simulator-panel.ts';
import { createTenantStore } from './tenants/store.ts';
import { createSweepWorker } from './tenants/sweep-worker.ts';
import type { HostsOf } from './tenants/tenants.ts';
import { createActionRoutes } from './webhooks/action-routes.ts';
import { createDeliveryRoutes } from './webhooks/delivery-routes.ts';
import { createEndpointRoutes } from './webhooks/endpoint-routes.ts';
import { createEndpointStore } from './webhooks/endpoint-store.ts';
import { createPlanDeliveries } from './webhooks/plan.ts';
import { createWebhookPools } from './webhooks/pools.ts';
import { createDeliveryStore } from './webhooks/store.ts';
import { createWebhookWorker } from './webhooks/worker.ts';

export interface AppSettings {
  version: string;
  publicUrl: string;
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
  clock: Clock;
  newId: NewId;
  random: RandomBytes;
  log: Log;
}

/** Longest rests: what a lost wake-up costs, and how stale a look may be. */
const MESSAGES_IDLE_MS = 500;
const PROBES_IDLE_MS = 1000;
const SIMULATOR_IDLE_MS = 500;
const SWEEP_IDLE_MS = 60_000;
const KEYS_IDLE_MS = 60_000;
/** Conversations that one process sends for at once: far more than a connection pool of Divar needs to stay busy. */
const SEND_SLOTS = 64;

export type App = ReturnType<typeof createApp>;

export function createApp(deps: AppDeps) {
  const { settings, hostsOf, db, seal, blindIndex, clock, newId, random, log, signals } = deps;
  const { publicUrl } = settings;

  // who owns which app
  const tenants = createTenantStore({ seal });
  const directory = createAppDirectory({
    db,
    seal,
    random,
    hasSimulator: settings.simulatorUrl !== undefined,
    log,
  });

  // the visit
  const handles = createHandles({ seal });
  const sessions = createSessionStore({ seal });
  const intake = createVisitIntake({ db, store: sessions, handles, clock, log });
  const browsers = createBrowsers({ random });
  const showPage = createVisitPages({ hostsOf, publicUrl });

  // Divar, messages
  const divar = { hostsOf, directory, call: deps.call, clock, timeoutMs: settings.divarTimeoutMs };
  const oauth = createDivarOauth(divar);
  const chat = createChatClient(divar);
  const grants = createGrantStore({ seal, blindIndex });
  const states = createStateStore({ seal });
  const events = createEventStore({ seal });
  const endpoints = createEndpointStore({ seal });
  const deliveries = createDeliveryStore({ seal });
  const planDeliveries = createPlanDeliveries({ endpoints, deliveries, newId, signals });
  const announce = createAnnounce({ events, planDeliveries, newId, signals });
  const messages = tellOutcomes(createMessageStore({ seal }), { announce, directory, clock });
  const conversations = createConversationStore({ seal, blindIndex, newId });
  const buttons = createButtonReferences({ seal });
  const chooseGrant = createChooseGrant({ grants });
  const releaseHeld = createReleaseHeld({ messages, conversations, signals });

  // consent and landing
  const landing = createLandingStore();
  const sessionTokens = createSessionTokens({ db, seal, random, publicUrl });
  const landingCodeTtlSeconds = settings.landingCodeTtlSeconds;
  const land = createLand({
    landing,
    grants,
    handles,
    sessionTokens,
    showPage,
    random,
    landingCodeTtlSeconds,
  });
  const askConsent = createAskConsent({ states, grants, oauth, random, publicUrl });
  const viewSessions = createViewSessions({ grants, handles, publicUrl });
  const tellSession = createTellSession({ announce, viewSessions });
  const tellGrant = createTellGrant({ announce, grants });
  const endings = createEndings({
    db,
    sessions,
    grants,
    handles,
    land,
    releaseHeld,
    tellSession,
    tellGrant,
    showPage,
    log,
  });
  const consentUrl = createConsentUrl({ handles, publicUrl });
  const acceptMessage = createAcceptMessage({
    messages,
    conversations,
    references: buttons,
    sessions,
    grants,
    chooseGrant,
    consentUrl,
    isAllowedUrl: deps.isAllowedUrl,
    newId,
    random,
    signals,
  });

  // events
  const openConversation: EventIntakeDeps['openConversation'] = async (tx, app, name, now) =>
    (await conversations.open(tx, app.id, name, now)).id;
  const findConversation: EventRoutesDeps['findConversation'] = async (tx, appId, id) => {
    const names = [nameOfDivarId('post', id), nameOfDivarId('bot', id)];
    return ((await conversations.find(tx, appId, id)) ?? (await conversations.findByName(tx, appId, names)))
      ?.id;
  };
  const eventIntake = createEventIntake({
    events,
    announce,
    blindIndex,
    openConversation,
    confirmEcho: async () => false,
    revokeGrants: (tx, { app, divarUserId }) => grants.revokeOfUser(tx, app.id, divarUserId),
  });

  const cursors = createCursors({ seal });
  const routes: Route[] = [
    ...createInitRoutes({ ...settings, directory, intake, newId, log }),
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
      tellSession,
      sessionTokens,
      hostsOf,
      showPage,
      publicUrl,
    }),
    ...createConsentRoutes({
      db,
      directory,
      browsers,
      sessions,
      states,
      grants,
      oauth,
      endings,
      consentUrl,
      showPage,
      newId,
      publicUrl,
    }),
    ...createLandingApiRoutes({ sessions, landing, sessionTokens, viewSessions, tellSession, acceptMessage }),
    ...createGrantRoutes({ grants, cursors }),
    ...createSessionRoutes({ sessions, cursors, viewSessions }),
    ...createMessageRoutes({ acceptMessage, messages, conversations, cursors, signals }),
    ...createConversationRoutes({ conversations, messages, cursors, signals }),
    ...createEventRoutes({
      db,
      events,
      directory,
      signals,
      clock,
      intake: eventIntake,
      admitsAddress: createAdmitsAddress({ policy: settings.enforceDivarIps, log }),
      findConversation,
      cursors,
      log,
    }),
    ...createActionRoutes({
      db,
      references: buttons,
      announce,
      openConversation,
      actionSecretOf: (tx, app) => tenants.openActionSecret(tx, app.id),
      isAllowedUrl: deps.isAllowedUrl,
      call: deps.guardedCall,
      clock,
      random,
      log,
    }),
    ...createEndpointRoutes({
      endpoints,
      deliveries,
      events,
      isAllowedUrl: deps.isAllowedUrl,
      cursors,
      newId,
      random,
      signals,
    }),
    ...createDeliveryRoutes({ deliveries, endpoints, cursors, signals }),
    ...createApiRoutes({ publicUrl, version: settings.version, allRoutes: () => routes }),
    ...createAdminRoutes({ panelDir: settings.panelDir, start: () => startInfo() }),
  ];
  const startInfo = () => ({
    version: settings.version,
    isReady: directory.isWarm(),
    publicUrl,
    simulatorUrl: settings.simulatorUrl ?? null,
    demoUrl: settings.demoUrl ?? null,
    docsUrl: settings.docsUrl,
  });

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
    log,
    rateLimit: createRateLimit({ redis: deps.redis }),
    publicUrl,
    trustedProxies: settings.trustedProxies,
    isReady: () => directory.isWarm(),
  });

  return { http, directory, sessionTokens, routes, upkeep, work };

  /** What every process does beside its requests. */
  function upkeep(): Loop[] {
    const tick = async () => {
      await sessionTokens.refresh(clock.now());
      return 0;
    };
    return [createLoop({ name: 'signing-keys', idleMs: KEYS_IDLE_MS, tick, log })];
  }

  /** What a worker does. */
  function work(): (Loop | Pool)[] {
    const sender = createMessageWorker({
      db,
      messages,
      conversations,
      sessions,
      tokens: grants,
      chooseGrant,
      directory,
      chat,
      newId,
      clock,
      random,
      ladder: settings.sendScheduleSeconds,
      leaseSeconds: settings.leaseSeconds,
      timeoutMs: settings.divarTimeoutMs,
      log,
    });
    const probes = createLandingProbeWorker({ db, directory, landing, call: deps.guardedCall, clock, log });
    const webhooks = createWebhookWorker({
      db,
      events,
      endpoints,
      deliveries,
      announce,
      directory,
      call: deps.guardedCall,
      newId,
      clock,
      random,
      ladder: settings.retryScheduleSeconds,
      timeoutMs: settings.webhookTimeoutMs,
      leaseSeconds: settings.leaseSeconds,
      signals,
      log,
    });
    const sweep = createSweepWorker({ db });
    const loop = (name: string, idleMs: number, tick: () => Promise<number>) =>
      createLoop({ name, idleMs, tick, log });
    return [
      createPool({
        name: 'messages',
        slotCount: SEND_SLOTS,
        claim: sender.claim,
        run: sender.run,
        idleMs: MESSAGES_IDLE_MS,
        wake: { signals, topic: MESSAGES_TOPIC },
        log,
      }),
      createWebhookPools({ worker: webhooks, signals, log }),
      loop('landing-probes', PROBES_IDLE_MS, probes.tick),
      loop('sweep', SWEEP_IDLE_MS, sweep.tick),
      ...(settings.simulatorUrl === undefined
        ? []
        : [
            loop(
              'simulator-panel',
              SIMULATOR_IDLE_MS,
              createSimulatorPanelWorker({
                db,
                store: tenants,
                directory,
                call: deps.call,
                log,
                simulatorUrl: settings.simulatorUrl,
                publicUrl,
              }).tick,
            ),
          ]),
    ];
  }
}
