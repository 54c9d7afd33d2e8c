/** Looks at an app as long as somebody of this process wants to be told of it, once for all who do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS_TOPIC } from '../events/events.ts';
import type { Db, Log, Signals } from '../ports.ts';
import { compareLooks, type LiveEvent, type Look, lookAt, RESYNC } from './live.ts';
import { listNewest } from './live-store.ts';

/** How late a change is told that nobody signals. */
const LOOK_MS = 1500;
/** Between two looks, however much happens. */
const REST_MS = 250;

export interface WatchDeps {
  db: Pick<Db, 'tenant'>;
  signals: Pick<Signals, 'subscribe'>;
  log: Pick<Log, 'warn'>;
  lookMs?: number;
}

export interface WatchedApp {
  tenantId: string;
  id: string;
}

type Listener = (events: readonly LiveEvent[]) => void;
export type WatchApp = ReturnType<typeof createWatchApp>;

/** Undefined: the database is away for a while. What happens meanwhile is told by the next look. */
async function look({ db, log }: WatchDeps, app: WatchedApp): Promise<Look | undefined> {
  try {
    return lookAt(await db.tenant(app.tenantId, (tx) => listNewest(tx, app.id)));
  } catch (error) {
    log.warn({ app_id: app.id, err: error }, 'the live view could not look');
    return undefined;
  }
}

/** Sleeps until it is time for the next look, or an event of the app was told. */
function createRest({ signals, lookMs = LOOK_MS }: WatchDeps, appId: string) {
  let awake = new AbortController();
  const unsubscribe = signals.subscribe(EVENTS_TOPIC, (payload) => {
    if (payload === appId) awake.abort();
  });
  return {
    rest: async () => {
      await sleep(REST_MS, undefined, { ref: false });
      await sleep(lookMs, undefined, { signal: awake.signal, ref: false }).catch(() => undefined);
      awake = new AbortController();
    },
    stop: unsubscribe,
  };
}

/** As long as anybody listens. The first look cannot tell what is new since the listener's page was read. */
async function watch(deps: WatchDeps, app: WatchedApp, listeners: ReadonlySet<Listener>): Promise<void> {
  const { rest, stop } = createRest(deps, app.id);
  let known: Look | undefined;
  while (listeners.size > 0) {
    const seen = await look(deps, app);
    if (seen !== undefined) tell(listeners, known === undefined ? [RESYNC] : compareLooks(known, seen));
    known = seen ?? known;
    await rest();
  }
  stop();
}

function tell(listeners: ReadonlySet<Listener>, events: readonly LiveEvent[]): void {
  if (events.length > 0) for (const listener of listeners) listener(events);
}

export function createWatchApp(deps: WatchDeps) {
  const watched = new Map<string, Set<Listener>>();

  const begin = async (app: WatchedApp, listeners: ReadonlySet<Listener>): Promise<void> => {
    // Somebody may come between the last look and the end of it.
    while (listeners.size > 0) await watch(deps, app, listeners);
    watched.delete(app.id);
  };

  /** The listener is told to read everything again, and then of every change; what is returned ends it. */
  return (app: WatchedApp, listener: Listener): (() => void) => {
    const known = watched.get(app.id);
    const listeners = known ?? new Set<Listener>();
    listeners.add(listener);
    if (known) listener([RESYNC]);
    else {
      watched.set(app.id, listeners);
      void begin(app, listeners);
    }
    return () => listeners.delete(listener);
  };
}
