/** Which endpoints an event goes to, decided and written in the event's own transaction. */
import type { PlanDeliveries } from '../events/announce.ts';
import { matchesFilters } from '../events/events.ts';
import type { NewId, Signals } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { DeliveryStore } from './store.ts';
import { WEBHOOKS_TOPIC } from './webhooks.ts';

export interface PlanDeps {
  endpoints: Pick<EndpointStore, 'listEnabled'>;
  deliveries: Pick<DeliveryStore, 'insert'>;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

export function createPlanDeliveries({ endpoints, deliveries, newId, signals }: PlanDeps): PlanDeliveries {
  return async (tx, { id: eventId, type, appId, conversationId, now }) => {
    const wanting = (await endpoints.listEnabled(tx, appId)).filter(({ events }) =>
      matchesFilters(events, type),
    );
    if (wanting.length === 0) return;
    await deliveries.insert(
      tx,
      wanting.map(({ id: endpointId }) => {
        const id = newId('dlv');
        // What belongs to no conversation waits for nobody.
        return { id, appId, eventId, endpointId, lane: conversationId ?? id, now };
      }),
    );
    afterCommit(tx, () => signals.publish(WEBHOOKS_TOPIC));
  };
}
