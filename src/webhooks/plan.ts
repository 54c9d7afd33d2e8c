/** Which endpoints an event goes to, decided and written in the event's own transaction. */
import type { PlanDeliveries, PlannedEvent } from '../events/announce.ts';
import { matchesFilters } from '../events/events.ts';
import type { NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { DeliveryStore, NewDelivery } from './store.ts';
import { WEBHOOKS_TOPIC } from './webhooks.ts';

export interface PlanDeps {
  endpoints: Pick<EndpointStore, 'listEnabled'>;
  deliveries: Pick<DeliveryStore, 'insert'>;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

export function createPlanDeliveries({ endpoints, deliveries, newId, signals }: PlanDeps): PlanDeliveries {
  const planOfApp = async (tx: Tx, appId: string, events: readonly PlannedEvent[]) => {
    const enabled = await endpoints.listEnabled(tx, appId);
    return events.flatMap(({ id: eventId, type, conversationId, now }) =>
      enabled
        .filter((endpoint) => matchesFilters(endpoint.events, type))
        .map(({ id: endpointId }) => {
          const id = newId('dlv');
          // What belongs to no conversation waits for nobody.
          return { id, appId, eventId, endpointId, lane: conversationId ?? id, now };
        }),
    );
  };

  return async (tx, events) => {
    const plans: NewDelivery[] = [];
    for (const appId of new Set(events.map((event) => event.appId)))
      plans.push(
        ...(await planOfApp(
          tx,
          appId,
          events.filter((event) => event.appId === appId),
        )),
      );
    if (plans.length === 0) return;
    await deliveries.insert(tx, plans);
    afterCommit(tx, () => signals.publish(WEBHOOKS_TOPIC));
  };
}
