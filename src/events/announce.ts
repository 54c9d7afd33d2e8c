/**
 * Tells the tenant that something happened: the event, and its deliveries to the endpoints that want it, in the caller's own
 * transaction. So what is saved is told, what is rolled back is not, and nothing is told that is not saved.
 */
import type { NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import { EVENTS_TOPIC, type EventType, type NamedEvent, type NewEvent } from './events.ts';
import type { EventStore } from './store.ts';

/** The event's id. */
export type Announce = (tx: Tx, event: NewEvent) => Promise<string>;

/** Tells what was not told before. */
export type AnnounceOnce = (tx: Tx, events: readonly NamedEvent[]) => Promise<void>;

export interface PlannedEvent {
  id: string;
  type: EventType;
  appId: string;
  conversationId: string | null;
  now: Date;
}

/** Writes a delivery of each event for every endpoint of its app that wants it. */
export type PlanDeliveries = (tx: Tx, events: readonly PlannedEvent[]) => Promise<void>;

export interface AnnounceDeps {
  events: Pick<EventStore, 'insert'>;
  planDeliveries: PlanDeliveries;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

export function createAnnounce({ events, planDeliveries, newId, signals }: AnnounceDeps): Announce {
  return async (tx, event) => {
    const id = newId('evt');
    await events.insert(tx, id, event);
    await planDeliveries(tx, [planned({ ...event, id })]);
    afterCommit(tx, () => signals.publish(EVENTS_TOPIC, event.appId));
    return id;
  };
}

export function createAnnounceOnce({
  events,
  planDeliveries,
  signals,
}: Omit<AnnounceDeps, 'events' | 'newId'> & { events: Pick<EventStore, 'insertMissing'> }): AnnounceOnce {
  return async (tx, named) => {
    if (named.length === 0) return;
    const isNew = new Set(await events.insertMissing(tx, named));
    const told = named.filter(({ id }) => isNew.has(id));
    if (told.length === 0) return;
    await planDeliveries(tx, told.map(planned));
    const appIds = new Set(told.map(({ appId }) => appId));
    afterCommit(tx, () => appIds.forEach((appId) => void signals.publish(EVENTS_TOPIC, appId)));
  };
}

function planned({ id, type, appId, conversationId = null, now }: NamedEvent): PlannedEvent {
  return { id, type, appId, conversationId, now };
}
