/** What the rooms are made of: stores, clients, decisions, wired in the order of a visit. No logic. */

import { createErrorStore } from '../admin/error-store.ts';
import { createRefusals } from '../admin/refusals.ts';
import type { AppDeps } from '../app.ts';
import { openChats } from '../chats/open.ts';
import { createAskConsent } from '../consent/ask.ts';
import { createConsentUrl } from '../consent/consent-url.ts';
import { createDependents, createReplaceGrants } from '../consent/dependents.ts';
import { createEndings } from '../consent/endings.ts';
import { createGrantRefresh } from '../consent/refresh.ts';
import { createRefreshStore } from '../consent/refresh-store.ts';
import { createRefuseGrant } from '../consent/refuse.ts';
import { createGrantStore, createStateStore } from '../consent/store.ts';
import { createTellGrant } from '../consent/tell.ts';
import { createChatClient } from '../divar/chat.ts';
import { createDivarOauth } from '../divar/oauth.ts';
import { createReadClient } from '../divar/read.ts';
import { createSubscribe } from '../divar/subscribe.ts';
import { createAnnounce, createAnnounceOnce } from '../events/announce.ts';
import { createInbox } from '../events/inbox.ts';
import { createEventIntake, type IntakeDeps as EventIntakeDeps } from '../events/intake.ts';
import type { EventRoutesDeps } from '../events/routes.ts';
import { createEventStore } from '../events/store.ts';
import { createHealthMeter } from '../health/meter.ts';
import { createHealthStore } from '../health/store.ts';
import { createVisitIntake } from '../init/intake.ts';
import { createJobStore } from '../jobs/store.ts';
import { createLand } from '../landing/land.ts';
import { createSessionTokens } from '../landing/session-token.ts';
import { createLandingStore } from '../landing/store.ts';
import { createMediaStore } from '../media/store.ts';
import { openMembers } from '../members/open.ts';
import { createAcceptMessage } from '../messages/accept.ts';
import { createBudgetStore } from '../messages/budget-store.ts';
import { createButtonReferences } from '../messages/buttons.ts';
import { createChooseGrant } from '../messages/choose-grant.ts';
import { createConversationStore } from '../messages/conversation-store.ts';
import { nameOfDivarId } from '../messages/conversations.ts';
import { createGovern } from '../messages/govern.ts';
import { createGrantQueue } from '../messages/grant-queue.ts';
import { createReleaseHeld } from '../messages/release.ts';
import { createMessageStore } from '../messages/store.ts';
import { tellOutcomes } from '../messages/tell.ts';
import { createBrowsers } from '../session/browser.ts';
import { createHandles } from '../session/handle.ts';
import { createSessionStore } from '../session/store.ts';
import { createTellCreated, createTellSession } from '../session/tell.ts';
import { createViewSessions } from '../session/view.ts';
import { createVisitPages } from '../session/visit-pages.ts';
import { createArrivals } from '../setup/arrivals.ts';
import { createCheckApp } from '../setup/check-app.ts';
import { createRunCheck } from '../setup/run-check.ts';
import { createSetupStates } from '../setup/states.ts';
import { createSetupStore } from '../setup/store.ts';
import { createSubscriptionKeeper } from '../subscriptions/keeper.ts';
import { createSubscriptionStore } from '../subscriptions/store.ts';
import { createTellSubscription } from '../subscriptions/tell.ts';
import { createAppDirectory } from '../tenants/directory.ts';
import { createFoundTenant } from '../tenants/found-tenant.ts';
import { createTenantStore } from '../tenants/store.ts';
import { createEndpointStore } from '../webhooks/endpoint-store.ts';
import { createPlanDeliveries } from '../webhooks/plan.ts';
import { createDeliveryStore } from '../webhooks/store.ts';

export type Parts = ReturnType<typeof createParts>;

export function createParts(deps: AppDeps) {
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
  const jobs = createJobStore();
  const planDeliveries = createPlanDeliveries({ endpoints, deliveries, newId, signals });
  const announce = createAnnounce({ events, planDeliveries, newId, signals });
  const announceOnce = createAnnounceOnce({ events, planDeliveries, signals });
  const messages = tellOutcomes(createMessageStore({ seal }), { announce, directory, clock });
  const conversations = createConversationStore({ seal, blindIndex, newId });
  const media = createMediaStore({ seal });
  const buttons = createButtonReferences({ seal });
  const chooseGrant = createChooseGrant({ grants });
  const budgets = createBudgetStore();
  const govern = createGovern({ budgets, announce, directory, clock, random });
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
  const tellCreated = createTellCreated({ announceOnce, viewSessions });
  const tellSession = createTellSession({ announce, viewSessions });
  const tellGrant = createTellGrant({ announce, grants });
  const refreshes = createRefreshStore({ seal });
  const refuseGrant = createRefuseGrant({ store: refreshes, tellGrant, directory, clock, signals });
  const grantQueue = createGrantQueue({ db, messages, conversations, signals });
  const subscriptions = createSubscriptionStore({ seal, blindIndex });
  const keeper = createSubscriptionKeeper({
    db,
    subscriptions,
    grants,
    refreshes,
    refuseGrant,
    subscribe: createSubscribe(divar),
    tell: createTellSubscription({ subscriptions, announce, clock }),
    directory,
    publicUrl,
    random,
    timeoutMs: settings.divarTimeoutMs,
    leaseSeconds: settings.leaseSeconds,
    log,
  });
  const replaceGrants = createReplaceGrants({ grants, keeper, tellGrant });
  const grantRefresh = createGrantRefresh({
    db,
    store: refreshes,
    grants,
    oauth,
    directory,
    dependents: createDependents({ grantQueue, keeper }),
    tellGrant,
    publicUrl,
    clock,
    random,
    timeoutMs: settings.divarTimeoutMs,
    leaseSeconds: settings.leaseSeconds,
    log,
  });
  const endings = createEndings({
    db,
    sessions,
    grants,
    handles,
    land,
    releaseHeld,
    replaceGrants,
    tellSession,
    tellGrant,
    showPage,
    log,
  });
  const consentUrl = createConsentUrl({ handles, publicUrl });
  const acceptMessage = createAcceptMessage({
    messages,
    media,
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
  const readClient = createReadClient(divar);
  const chats = openChats({
    grants,
    tokens: refreshes,
    events,
    announce,
    messages,
    conversations,
    directory,
    blindIndex,
    clock,
    signals,
    timeoutMs: settings.divarTimeoutMs,
  });
  const inbox = createInbox({ db, seal, newId, signals });
  const eventIntake = createEventIntake({
    events,
    announce,
    blindIndex,
    openConversation,
    confirmEcho: chats.confirmEcho,
    keepReading: chats.keepReading,
    revokeGrants: (tx, { app, divarUserId }) => grants.revokeOfUser(tx, app.id, divarUserId),
  });

  // people
  const foundTenant = createFoundTenant({
    store: tenants,
    newId,
    random,
    publicUrl,
    simulatorUrl: settings.simulatorUrl,
    demoUrl: settings.demoUrl,
  });
  const members = openMembers({
    db,
    seal,
    blindIndex,
    random,
    newId,
    signals,
    log,
    sendMail: deps.mail.send,
    mailbox: deps.mail.mailbox,
    adminUrl: settings.adminUrl,
    idleTimeoutSeconds: settings.idleTimeoutSeconds,
    foundTenant,
  });

  // how it went
  const health = createHealthStore();
  const healthMeter = createHealthMeter({ clock });

  // setting an app up
  const setups = createSetupStore();
  const arrivals = createArrivals({ db, store: setups });
  const setupStates = createSetupStates({ blindIndex, random });
  const runCheck = createRunCheck({
    ...{ db, tenants, endpoints, directory, oauth, publicUrl, clock, random },
    store: setups,
    checkApp: createCheckApp({
      ...{ hostsOf, directory, oauth, clock, newId, random, publicUrl },
      call: deps.call,
      guardedCall: deps.guardedCall,
    }),
    states: setupStates,
    call: deps.call,
    guardedCall: deps.guardedCall,
    simulatorUrl: settings.simulatorUrl,
  });

  // what went wrong
  const errors = createErrorStore();
  const refusals = createRefusals({ db, directory, errors });

  return {
    health,
    healthMeter,
    errors,
    refusals,
    setups,
    arrivals,
    setupStates,
    runCheck,
    tenants,
    directory,
    handles,
    sessions,
    intake,
    browsers,
    showPage,
    divar,
    oauth,
    chat,
    grants,
    states,
    events,
    endpoints,
    deliveries,
    jobs,
    planDeliveries,
    announce,
    announceOnce,
    messages,
    conversations,
    media,
    buttons,
    chooseGrant,
    budgets,
    govern,
    releaseHeld,
    landing,
    sessionTokens,
    landingCodeTtlSeconds,
    land,
    askConsent,
    viewSessions,
    tellCreated,
    tellSession,
    tellGrant,
    refreshes,
    refuseGrant,
    grantQueue,
    subscriptions,
    keeper,
    replaceGrants,
    grantRefresh,
    endings,
    consentUrl,
    acceptMessage,
    openConversation,
    findConversation,
    readClient,
    chats,
    inbox,
    eventIntake,
    foundTenant,
    members,
  };
}
