/** Gaps of a subscription, told to the tenant in the transaction that makes them so. */
import type { Announce } from '../events/announce.ts';
import type { Clock, Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { SubscriptionStore } from './store.ts';
import { presentSubscription } from './subscriptions.ts';

export type TellSubscription = ReturnType<typeof createTellSubscription>;

export function createTellSubscription(deps: {
  subscriptions: Pick<SubscriptionStore, 'find' | 'setLost'>;
  announce: Announce;
  clock: Clock;
}) {
  const announce = (
    tx: Tx,
    app: App,
    type: 'subscription.lost' | 'subscription.renewed',
    data: Record<string, unknown>,
  ) =>
    deps.announce(tx, {
      type,
      appId: app.id,
      simulated: app.environment === 'sandbox',
      data,
      now: deps.clock.now(),
    });

  return {
    /** From now on events may be missing. Told once. */
    lose: async (tx: Tx, app: App, id: string, reason: string): Promise<void> => {
      const lost = await deps.subscriptions.setLost(tx, id, reason);
      if (!lost) return;
      await announce(tx, app, 'subscription.lost', { subscription: presentSubscription(lost), reason });
    },

    /** Divar tells again. What happened in between is not told any more. */
    renewed: async (tx: Tx, app: App, id: string, lostSince: Date | null): Promise<void> => {
      const live = await deps.subscriptions.find(tx, id);
      if (!live) return;
      const data = { subscription: presentSubscription(live), lost_since: lostSince?.toISOString() ?? null };
      await announce(tx, app, 'subscription.renewed', data);
    },
  };
}
