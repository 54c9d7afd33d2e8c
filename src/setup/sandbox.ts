/** What takes a person at Divar for a live app is done by our simulator for a sandbox app: a tap, an event, a consent. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, Clock, Db } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { CheckApp } from './check-app.ts';
import { failed, PASSED } from './judge.ts';
import { type ArrivalKind, AWAITS_DIVAR, type CheckOutcome, type Exchange } from './setup.ts';
import type { SetupStore } from './store.ts';

/** The simulator hears of an app, and we of its calls, within a second; a busy machine takes longer. */
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 150;

/** Always the same payment, so that its event is told once however often it is tried. */
const PAYMENT_ID = '5e7c0000-0000-4000-8000-000000000001';

const AWAITING: CheckOutcome = { state: 'skipped', cause: AWAITS_DIVAR, exchanges: [] };

export function createSandboxCalls(deps: {
  db: Pick<Db, 'tenant'>;
  store: Pick<SetupStore, 'findArrivals'>;
  checkApp: Pick<CheckApp, 'attempt'>;
  call: Call;
  guardedCall: Call;
  simulatorUrl: string | undefined;
  clock: Clock;
}) {
  const { checkApp, simulatorUrl } = deps;

  /** Until the simulator knows the app. */
  const ask = async (label: string, path: string, body: object) => {
    const endsAtMs = deps.clock.now().getTime() + PATIENCE_MS;
    for (;;) {
      const asked = await checkApp.attempt(label, deps.call, {
        method: 'POST',
        url: `${simulatorUrl}${path}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const isUnknown = asked.exchange.status === 404 || asked.exchange.status === 400;
      if (!isUnknown || deps.clock.now().getTime() > endsAtMs) return asked;
      await sleep(LOOK_EVERY_MS);
    }
  };

  const arrives = async (app: App, kind: ArrivalKind): Promise<boolean> => {
    const endsAtMs = deps.clock.now().getTime() + PATIENCE_MS;
    while (deps.clock.now().getTime() < endsAtMs) {
      const arrivals = await deps.db.tenant(app.tenantId, (tx) => deps.store.findArrivals(tx, app.id));
      if (arrivals[kind]) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  };

  const outcomeOf = (exchanges: Exchange[], hasArrived: boolean): CheckOutcome => ({
    ...(hasArrived ? PASSED : failed('simulator_silent')),
    exchanges,
  });

  const isSandbox = (app: App) => app.environment === 'sandbox' && simulatorUrl !== undefined;

  return {
    /** A person of the simulator opens the app in a chat: Divar asks our init address. */
    tap: async (app: App): Promise<boolean> => {
      if (!isSandbox(app)) return false;
      await ask('tap', '/__tap', { app: app.slug, as: 'seller', kind: 'chat' });
      return await arrives(app, 'init');
    },

    tellEvent: async (app: App): Promise<CheckOutcome> => {
      if (!isSandbox(app)) return AWAITING;
      const { exchange } = await ask('event', '/__events', {
        ...{ type: 'PAYMENT_TRANSACTION', app: app.slug, id: PAYMENT_ID },
      });
      return outcomeOf([exchange], await arrives(app, 'events'));
    },

    /** A person of the simulator says no on the consent page: what counts is that he comes back to us. */
    comeBack: async (app: App, consentUrl: string): Promise<CheckOutcome> => {
      if (!isSandbox(app)) return AWAITING;
      const asked = await ask('consent', '/__consent', { url: consentUrl, user: 'seller', decision: 'deny' });
      const { location } = parse(asked.reply?.body);
      if (location === undefined) return outcomeOf([asked.exchange], false);
      const back = await checkApp.attempt('redirect', deps.guardedCall, { method: 'GET', url: location });
      return outcomeOf([asked.exchange, back.exchange], back.exchange.status === 200);
    },
  };
}

function parse(body: Buffer | undefined): { location?: string } {
  try {
    const { location } = Object(JSON.parse(body?.toString('utf8') ?? '')) as { location?: unknown };
    return typeof location === 'string' ? { location } : {};
  } catch {
    return {};
  }
}
