/** Which endpoints an event goes to, decided and written in the event's own transaction. */
import type { PlanDeliveries } from '../events/announce.ts';
import { matchesFilters } from '../events/events.ts';
import type { NewId } from '../ports.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { EndpointStore } from './endpoint-store.ts';

export interface PlanDeps {
  endpoints: Pick<EndpointStore, 'listEnabled'>;
  deliveries: Pick<DeliveryStore, 'insert'>;
  newId: NewId;
}

export function createPlanDeliveries({ endpoints, deliveries, newId }: PlanDeps): PlanDeliveries {
  return async (tx, { id: eventId, type, appId, conversationId, now }) => {
    const wanting = (await endpoints.listEnabled(tx, appId)).filter(({ events }) =>
      matchesFilters(events, type),
    );
    await deliveries.insert(
      tx,
      wanting.map(({ id: endpointId }) => {
        const id = newId('dlv');
        // What belongs to no conversation waits for nobody.
        return { id, appId, eventId, endpointId, lane: conversationId ?? id, now };
      }),
    );
  };
}
