/** What goes on beside the requests, and how often somebody looks. No logic. */

import type { AppDeps } from '../app.ts';
import { CHATS_TOPIC } from '../chats/plan.ts';
import { createChatWorker } from '../chats/worker.ts';
import { GRANTS_TOPIC } from '../consent/refreshing.ts';
import { createGrantWorker } from '../consent/worker.ts';
import { INBOX_TOPIC } from '../events/inbox.ts';
import { createInboxWorker } from '../events/inbox-worker.ts';
import { createHealthWorker } from '../health/worker.ts';
import { JOBS_TOPIC } from '../jobs/jobs.ts';
import { createJobWorker } from '../jobs/worker.ts';
import { createLandingProbeWorker } from '../landing/worker.ts';
import { MAILS_TOPIC } from '../members/mails.ts';
import { createExpiryWorker } from '../messages/expire.ts';
import { MESSAGES_TOPIC } from '../messages/messages.ts';
import { createMessageWorker } from '../messages/worker.ts';
import { createLoop, type Loop } from '../queue/loop.ts';
import { createPool, type Pool } from '../queue/pool.ts';
import { createNewVisitsWorker } from '../session/worker.ts';
import { SUBSCRIPTIONS_TOPIC } from '../subscriptions/subscriptions.ts';
import { createSubscriptionWorker } from '../subscriptions/worker.ts';
import { createSimulatorPanelWorker } from '../tenants/simulator-panel.ts';
import { createSweepWorker } from '../tenants/sweep-worker.ts';
import { createWebhookPools } from '../webhooks/pools.ts';
import { createWebhookWorker } from '../webhooks/worker.ts';
import type { Parts } from './parts.ts';

/** Longest rests: what a lost wake-up costs, and how stale a look may be. */
const MESSAGES_IDLE_MS = 500;
const EXPIRIES_IDLE_MS = 500;
const PROBES_IDLE_MS = 1000;
const SIMULATOR_IDLE_MS = 500;
const SWEEP_IDLE_MS = 60_000;
const GRANTS_IDLE_MS = 1000;
/** Chats that one process reads at once. */
const READ_SLOTS = 4;
const CHATS_IDLE_MS = 1000;
/** Signs of life of those who take events in; without one for so long, events may have been lost. */
const INTAKE_WATCH_MS = 5000;
const INTAKE_GAP_SECONDS = 20;
/** Chats that are read because of it begin within this time. */
const REREAD_SECONDS = 60;
/** How late the setup page sees that Divar has called. */
const ARRIVALS_IDLE_MS = 300;
/** How late a refused call stands on the errors page. */
const REFUSALS_IDLE_MS = 3000;
/** How late a visit stands in the buckets of its app's health, and what a process that dies takes with it. */
const HEALTH_IDLE_MS = 5000;
const NEW_VISITS_IDLE_MS = 500;
const INBOX_IDLE_MS = 1000;
const JOBS_IDLE_MS = 1000;
const KEYS_IDLE_MS = 60_000;
const MAILS_IDLE_MS = 2000;
/** Also how late a failed login may stand in the audit log. */
const MEMBERS_IDLE_MS = 5000;
/** Conversations that one process sends for at once: a tenant that is alone takes three quarters of them. */
const SEND_SLOTS = 96;

export function createLoops(deps: AppDeps, parts: Parts) {
  const { settings, db, blindIndex, clock, newId, random, log, signals } = deps;
  const { publicUrl } = settings;
  const {
    tenants,
    directory,
    sessions,
    chat,
    events,
    inbox,
    eventIntake,
    endpoints,
    deliveries,
    jobs,
    announce,
    messages,
    conversations,
    media,
    chooseGrant,
    budgets,
    govern,
    landing,
    sessionTokens,
    tellCreated,
    refreshes,
    refuseGrant,
    keeper,
    grantRefresh,
    readClient,
    chats,
    members,
    arrivals,
    setups,
    refusals,
    health,
    healthMeter,
  } = parts;

  return { upkeep, watchIntake, work };

  /** What every process does beside its requests. */
  function upkeep(): Loop[] {
    const tick = async () => {
      await sessionTokens.refresh(clock.now());
      return 0;
    };
    return [createLoop({ name: 'signing-keys', idleMs: KEYS_IDLE_MS, tick, log })];
  }

  /** What a process does that takes events in: when none has done it for a while, chats are read for what was lost. */
  function watchIntake(): Loop[] {
    const tick = async () => {
      await db.call('watch_intake', [INTAKE_GAP_SECONDS, REREAD_SECONDS]);
      return 0;
    };
    const healthWorker = createHealthWorker({ db, meter: healthMeter, store: health, directory });
    return [
      createLoop({ name: 'intake-watch', idleMs: INTAKE_WATCH_MS, tick, log }),
      createLoop({ name: 'arrivals', idleMs: ARRIVALS_IDLE_MS, tick: arrivals.tick, log }),
      createLoop({ name: 'refusals', idleMs: REFUSALS_IDLE_MS, tick: refusals.flush, log }),
      createLoop({ name: 'health', idleMs: HEALTH_IDLE_MS, tick: healthWorker.tick, log }),
    ];
  }

  /** What a worker does. */
  function work(): (Loop | Pool)[] {
    const expiries = createExpiryWorker({ db, messages, conversations, signals });
    const sender = createMessageWorker({
      db,
      budgets,
      govern,
      messages,
      conversations,
      sessions,
      tokens: refreshes,
      media,
      blindIndex,
      reconcile: chats.reconcile,
      refuseGrant,
      signals,
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
    const chatReader = createChatWorker({
      ...chats,
      db,
      messages,
      conversations,
      readClient,
      directory,
      clock,
      random,
      ladder: settings.sendScheduleSeconds,
      leaseSeconds: settings.leaseSeconds,
      timeoutMs: settings.divarTimeoutMs,
      log,
    });
    const sweep = createSweepWorker({ db });
    const jobWorker = createJobWorker({
      db,
      jobs,
      events,
      endpoints,
      deliveries,
      signals,
      newId,
      clock,
      random,
      leaseSeconds: settings.leaseSeconds,
      log,
    });
    const newVisits = createNewVisitsWorker({ db, sessions, tellCreated, clock, random });
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
      createLoop({
        name: 'inbox',
        idleMs: INBOX_IDLE_MS,
        tick: createInboxWorker({ db, inbox, intake: eventIntake, directory, log }).tick,
        wake: { signals, topic: INBOX_TOPIC },
        log,
      }),
      createLoop({
        name: 'jobs',
        idleMs: JOBS_IDLE_MS,
        tick: jobWorker.tick,
        wake: { signals, topic: JOBS_TOPIC },
        log,
      }),
      loop('expiries', EXPIRIES_IDLE_MS, expiries.tick),
      createLoop({
        name: 'mails',
        idleMs: MAILS_IDLE_MS,
        tick: members.mailWorker.tick,
        wake: { signals, topic: MAILS_TOPIC },
        log,
      }),
      loop('members', MEMBERS_IDLE_MS, members.upkeepWorker.tick),
      createPool({
        name: 'chats',
        slotCount: READ_SLOTS,
        claim: chatReader.claim,
        run: chatReader.run,
        idleMs: CHATS_IDLE_MS,
        wake: { signals, topic: CHATS_TOPIC },
        log,
      }),
      loop('landing-probes', PROBES_IDLE_MS, probes.tick),
      createLoop({
        name: 'grants',
        idleMs: GRANTS_IDLE_MS,
        tick: createGrantWorker({ db, refresh: grantRefresh, random, log }).tick,
        wake: { signals, topic: GRANTS_TOPIC },
        log,
      }),
      createLoop({
        name: 'subscriptions',
        idleMs: GRANTS_IDLE_MS,
        tick: createSubscriptionWorker({ db, keeper, random }).tick,
        wake: { signals, topic: SUBSCRIPTIONS_TOPIC },
        log,
      }),
      loop('sweep', SWEEP_IDLE_MS, sweep.tick),
      loop('new-visits', NEW_VISITS_IDLE_MS, newVisits.tick),
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
                describe: async (tx, appId) => (await setups.find(tx, appId)).kenar,
              }).tick,
            ),
          ]),
    ];
  }
}
