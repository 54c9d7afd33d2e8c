/**
 * Notes that somebody has reached an address of an app: in memory, because Divar waits for its answer, and from there into
 * the table in one statement. What a dying process has not written yet is noted by the next call.
 */
import type { Db } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { ArrivalKind } from './setup.ts';
import type { NotedArrival, SetupStore } from './store.ts';

/** The first time counts; after it a sign of life now and then is enough. */
const AGAIN_AFTER_MS = 600_000;

const KIND_OF_PATH: Readonly<Record<string, ArrivalKind>> = {
  '/i/:app_id': 'init',
  '/e/:app_id': 'events',
  '/a/:app_id': 'action',
};

/** `addressOf` is asked only when it is written down. */
export type NoteArrival = (
  kind: ArrivalKind,
  app: Pick<App, 'id' | 'tenantId'>,
  now: Date,
  addressOf?: () => string,
) => void;

export function createArrivals({
  db,
  store,
}: {
  db: Pick<Db, 'call'>;
  store: Pick<SetupStore, 'noteArrivals'>;
}) {
  /** By kind and app: no text is put together on the way of an init. */
  const notedMs: { [kind in ArrivalKind]: Map<string, number> } = {
    init: new Map(),
    events: new Map(),
    redirect: new Map(),
    fallback: new Map(),
    action: new Map(),
  };
  let waiting: NotedArrival[] = [];

  const note: NoteArrival = (kind, app, now, addressOf) => {
    const ofKind = notedMs[kind];
    const nowMs = now.getTime();
    const lastMs = ofKind.get(app.id);
    if (lastMs !== undefined && nowMs - lastMs < AGAIN_AFTER_MS) return;
    ofKind.set(app.id, nowMs);
    const address = addressOf?.() ?? null;
    waiting.push({ tenant_id: app.tenantId, app_id: app.id, kind, at: now.toISOString(), address });
  };

  return {
    note,
    /** A call of Divar's that was answered, by the path of its route. */
    noteCall: (path: string, app: Pick<App, 'id' | 'tenantId'>, now: Date, addressOf: () => string): void => {
      const kind = KIND_OF_PATH[path];
      if (kind !== undefined) note(kind, app, now, addressOf);
    },
    /** How many were written. What could not be written is tried again. */
    tick: async (): Promise<number> => {
      if (waiting.length === 0) return 0;
      const rows = waiting;
      waiting = [];
      try {
        await store.noteArrivals(db, rows);
      } catch (error) {
        waiting = [...rows, ...waiting];
        throw error;
      }
      return rows.length;
    },
  };
}
