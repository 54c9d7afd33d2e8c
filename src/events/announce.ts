/**
 * Tells the tenant that something happened: the event, and its deliveries to the endpoints that want it, in the caller's own
 * transaction. So what is saved is told, what is rolled back is not, and nothing is told that is not saved.
 */
import type { NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import { EVENTS_TOPIC, type EventType, type NewEvent } from './events.ts';
import type { EventStore } from './store.ts';

/** The event's id. */
export type Announce = (tx: Tx, event: NewEvent) => Promise<string>;

/** Writes a delivery of the event for every endpoint of the app that wants it. */
export type PlanDeliveries = (
  tx: Tx,
  event: { id: string; type: EventType; appId: string; conversationId: string | null; now: Date },
) => Promise<void>;

export interface AnnounceDeps {
  events: Pick<EventStore, 'insert'>;
  planDeliveries: PlanDeliveries;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

export function createAnnounce({ events, planDeliveries, newId, signals }: AnnounceDeps): Announce {
  return async (tx, event) => {
    const id = newId('evt');
    const { type, appId, conversationId = null, now } = event;
    await events.insert(tx, id, event);
    await planDeliveries(tx, { id, type, appId, conversationId, now });
    afterCommit(tx, () => signals.publish(EVENTS_TOPIC, appId));
    return id;
  };
}
