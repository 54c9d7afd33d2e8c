/** Everything that is answered, room by room. No logic. */

import type { StartInfo } from '../admin/admin.ts';
import { createAppChangeRoutes } from '../admin/app-change-routes.ts';
import { createAppRoutes } from '../admin/app-routes.ts';
import { createAppSecretRoutes } from '../admin/app-secret-routes.ts';
import { createCallRoutes } from '../admin/call-routes.ts';
import { createEndpointFigureRoutes } from '../admin/endpoint-figures.ts';
import { createErrorRoutes } from '../admin/error-routes.ts';
import { createHealthRoutes } from '../admin/health-routes.ts';
import { createAdminRoutes } from '../admin/routes.ts';
import { createSetupRoutes } from '../admin/setup-routes.ts';
import { createSimulatorRoutes } from '../admin/simulator-routes.ts';
import { createLiveRoutes } from '../admin/stream-routes.ts';
import { createUsageRoutes } from '../admin/usage-routes.ts';
import { createWatchApp } from '../admin/watch.ts';
import { createApiRoutes } from '../api/routes.ts';
import type { AppDeps } from '../app.ts';
import { createChatRoutes } from '../chats/routes.ts';
import { createTranscriptStore } from '../chats/transcript-store.ts';
import { createGrantRoutes } from '../consent/grant-routes.ts';
import { createConsentRoutes } from '../consent/routes.ts';
import { createUploadClient } from '../divar/media.ts';
import { createAdmitsAddress } from '../events/divar-addresses.ts';
import { createEventRoutes } from '../events/routes.ts';
import { createCursors } from '../http/cursor.ts';
import type { Route } from '../http/route.ts';
import { createInitRoutes } from '../init/routes.ts';
import { createJobRoutes } from '../jobs/routes.ts';
import { createLandingApiRoutes } from '../landing/api-routes.ts';
import { createLandingRoutes } from '../landing/routes.ts';
import { createMediaRoutes } from '../media/routes.ts';
import { createConversationRoutes } from '../messages/conversation-routes.ts';
import { createMessageRoutes } from '../messages/routes.ts';
import { spendBudget } from '../messages/spend.ts';
import { createFindGrant } from '../proxy/lend.ts';
import { createProxyRoutes } from '../proxy/routes.ts';
import { createSessionRoutes } from '../session/routes.ts';
import { createSetupPageRoutes } from '../setup/page-routes.ts';
import { createSubscriptionRoutes } from '../subscriptions/routes.ts';
import { createAppChangeStore } from '../tenants/app-change-store.ts';
import { createActionRoutes } from '../webhooks/action-routes.ts';
import { createDeliveryRoutes } from '../webhooks/delivery-routes.ts';
import { createEndpointRoutes } from '../webhooks/endpoint-routes.ts';
import type { Parts } from './parts.ts';

export function createRoutes(
  deps: AppDeps,
  parts: Parts,
  { allRoutes, start }: { allRoutes: () => readonly Route[]; start: () => StartInfo },
): Route[] {
  const { settings, hostsOf, db, seal, blindIndex, clock, newId, random, log, signals } = deps;
  const { publicUrl } = settings;
  const {
    tenants,
    directory,
    handles,
    sessions,
    intake,
    browsers,
    showPage,
    divar,
    oauth,
    grants,
    states,
    events,
    endpoints,
    deliveries,
    jobs,
    announce,
    messages,
    conversations,
    media,
    buttons,
    govern,
    landing,
    sessionTokens,
    land,
    askConsent,
    viewSessions,
    tellCreated,
    tellSession,
    tellGrant,
    refreshes,
    refuseGrant,
    subscriptions,
    grantRefresh,
    endings,
    consentUrl,
    acceptMessage,
    openConversation,
    findConversation,
    readClient,
    chats,
    inbox,
    members,
    setups,
    arrivals,
    errors,
    health,
  } = parts;

  const cursors = createCursors({ seal });
  const routes: Route[] = [
    ...createInitRoutes({
      ...settings,
      ...{ directory, intake, handles, newId, log },
      noteDirectLink: (app, now) => arrivals.note('fallback', app, now),
    }),
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
      tellCreated,
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
      isTrial: parts.setupStates.fits,
      noteTrial: (app, now) => arrivals.note('redirect', app, now),
    }),
    ...createLandingApiRoutes({
      sessions,
      landing,
      sessionTokens,
      viewSessions,
      tellSession,
      acceptMessage,
      isAllowedUrl: deps.isAllowedUrl,
    }),
    ...createGrantRoutes({ db, grants, refresh: grantRefresh, tellGrant, cursors, signals }),
    ...createSubscriptionRoutes({ subscriptions, grants, refreshes, cursors, newId, signals }),
    ...createSessionRoutes({ sessions, cursors, viewSessions }),
    ...createMessageRoutes({
      acceptMessage,
      isAllowedUrl: deps.isAllowedUrl,
      messages,
      conversations,
      cursors,
      signals,
    }),
    ...createConversationRoutes({ conversations, messages, cursors, signals }),
    ...createChatRoutes({
      ...chats,
      db,
      transcripts: createTranscriptStore({ messages, events }),
      conversations,
      readClient,
      blindIndex,
      cursors,
    }),
    ...createMediaRoutes({
      media,
      uploads: createUploadClient(divar),
      call: deps.guardedCall,
      isAllowedUrl: deps.isAllowedUrl,
      newId,
    }),
    ...createEventRoutes({
      db,
      events,
      directory,
      signals,
      clock,
      inbox,
      admitsAddress: createAdmitsAddress({ policy: settings.enforceDivarIps, log }),
      knowsKey: (appId, presented) => subscriptions.knowsKey(db, appId, presented),
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
      ladder: settings.retryScheduleSeconds,
      cursors,
      newId,
      random,
      signals,
    }),
    ...createDeliveryRoutes({
      deliveries,
      endpoints,
      events,
      ladder: settings.retryScheduleSeconds,
      cursors,
      signals,
    }),
    ...createJobRoutes({ jobs, events, endpoints, deliveries, findConversation, cursors, newId, signals }),
    ...createProxyRoutes({
      db,
      findGrant: createFindGrant({ grants, sessions, consentUrl }),
      acceptMessage,
      messages,
      conversations,
      media,
      signals,
      newId,
      clock,
      timeoutMs: settings.divarTimeoutMs,
      directory,
      hostsOf,
      tokens: refreshes,
      refuseGrant,
      spendBudget,
      govern,
      call: deps.call,
    }),
    ...createApiRoutes({ publicUrl, version: settings.version, allRoutes }),
    ...members.routes,
    ...createAppRoutes({ tenants, recordAudit: members.recordAudit, newId, random, publicUrl }),
    ...createHealthRoutes({ tenants, health }),
    ...createUsageRoutes({ tenants }),
    ...createSetupPageRoutes({ db, directory, store: setups }),
    ...createAdminRoutes({ panelDir: settings.panelDir, start }),
  ];
  const appChanges = {
    ...{ tenants, setups, newId, random, publicUrl },
    changes: createAppChangeStore({ seal }),
    recordAudit: members.recordAudit,
    isAllowedUrl: deps.isAllowedUrl,
    simulatorUrl: settings.simulatorUrl,
    demoUrl: settings.demoUrl,
  };
  // Before the panel's files, which answer whatever else begins with /admin.
  return [
    ...createCallRoutes({ db, tenants, recordAudit: members.recordAudit, routes }),
    ...createLiveRoutes({
      ...{ db, tenants, clock },
      watchApp: createWatchApp({ db, signals, log }),
      findLogin: members.authenticate.findLogin,
    }),
    ...createAppChangeRoutes(appChanges),
    ...createAppSecretRoutes(appChanges),
    ...createSetupRoutes({ ...appChanges, runCheck: parts.runCheck, clock }),
    ...createErrorRoutes({ tenants, errors, recordAudit: members.recordAudit }),
    ...createEndpointFigureRoutes({ tenants }),
    ...createSimulatorRoutes({ db, tenants, call: deps.call, simulatorUrl: settings.simulatorUrl }),
    ...routes,
  ];
}
