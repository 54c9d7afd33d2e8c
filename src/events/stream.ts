/** The event log as a stream that can be taken up where it was left: the same events in the same order as by page. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Problem } from '../errors.ts';
import type { Route, StreamRoute } from '../http/route.ts';
import type { Clock, Db, Signals } from '../ports.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { EVENTS_TOPIC, EventFilter, presentEvent, type StoredEvent } from './events.ts';
import type { EventStore } from './store.ts';

export interface EventStreamDeps {
  db: Pick<Db, 'tenant'>;
  events: Pick<EventStore, 'find' | 'list' | 'lastPosition'>;
  directory: Pick<AppDirectory, 'find'>;
  signals: Pick<Signals, 'subscribe'>;
  clock: Clock;
  /** Longest silence, after which a comment keeps proxies from closing; also what a lost signal costs. */
  heartbeatMs?: number;
}

const HEARTBEAT_MS = 10_000;
const PAGE_COUNT = 100;
/** Then the reader comes again, and its key is looked at again. */
const MAX_AGE_MS = 3_600_000;

const Query = z.strictObject({ type: EventFilter.optional() });

export function createEventStreamRoutes(deps: EventStreamDeps): Route[] {
  const { db, events } = deps;

  /** After the event that the reader has seen, else from now on. */
  const startOf = async (app: App, lastEventId: string | undefined): Promise<number> =>
    await db.tenant(app.tenantId, async (tx) => {
      if (lastEventId === undefined) return await events.lastPosition(tx, app.id);
      const event = await events.find(tx, app.id, lastEventId);
      if (event) return event.position;
      const issue = {
        path: 'header.last-event-id',
        code: 'unknown_event',
        message: 'The id of an event of this app',
      };
      throw new Problem('invalid_request', { issues: [issue] });
    });

  /** A suspended app hears nothing more. */
  const mayListen = (app: App) => deps.directory.find(app.id)?.suspended === false;

  async function* read(app: App, start: number, type: string | undefined, signal: AbortSignal) {
    const bell = createBell(deps.signals, app.id, signal);
    const endsAt = deps.clock.now().getTime() + MAX_AGE_MS;
    let position = start;
    // The first byte opens the stream at the reader.
    yield ': open\n\n';
    while (!signal.aborted && deps.clock.now().getTime() < endsAt && mayListen(app)) {
      bell.listen();
      const page = { type, after: position, limit: PAGE_COUNT };
      const found = await db.tenant(app.tenantId, (tx) => events.list(tx, app.id, page));
      for (const event of found) {
        position = event.position;
        yield frameOf(event);
      }
      if (found.length < PAGE_COUNT && !(await bell.wait(deps.heartbeatMs ?? HEARTBEAT_MS)))
        yield ': still here\n\n';
    }
  }

  const stream: StreamRoute<z.infer<typeof Query>> = {
    kind: 'stream',
    method: 'GET',
    path: '/v1/events/stream',
    scope: 'events:read',
    summary: 'The events of the app as server-sent events; Last-Event-ID takes up where a stream was left',
    query: Query,
    open: async ({ app, query, lastEventId, signal }) =>
      read(app, await startOf(app, lastEventId), query.type, signal),
  };
  return [stream as unknown as Route];
}

function frameOf(event: StoredEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`;
}

/** Rings when an event of the app was committed after `listen`. */
function createBell(signals: Pick<Signals, 'subscribe'>, appId: string, signal: AbortSignal) {
  let ring = new AbortController();
  const unsubscribe = signals.subscribe(EVENTS_TOPIC, (payload) => {
    if (payload === appId) ring.abort();
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
  return {
    listen: () => {
      ring = new AbortController();
    },
    /** False when the time passed in silence. */
    wait: (ms: number): Promise<boolean> =>
      sleep(ms, false, { signal: AbortSignal.any([ring.signal, signal]) }).catch(() => true),
  };
}
