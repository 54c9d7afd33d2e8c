/** Keeps subscriptions alive: registers them again after every refresh, moves them to a newer grant, ends them with the last. */
import type { RefreshStore } from '../consent/refresh-store.ts';
import type { GrantStore } from '../consent/store.ts';
import type { Tx } from '../ports.ts';
import { createRegister, type RegisterDeps } from './register.ts';
import { isCovered } from './subscriptions.ts';

export interface KeeperDeps extends RegisterDeps {
  grants: Pick<GrantStore, 'find'>;
  refreshes: Pick<RefreshStore, 'lend' | 'look' | 'setKept'>;
  /** Of one call to Divar. */
  timeoutMs: number;
  leaseSeconds: number;
}

interface OfGrant {
  tenantId: string;
  appId: string;
  grantId: string;
}

/** What lies between the end of the longest call and the end of the lease, so that a result can be written. */
const LEASE_MARGIN_SECONDS = 5;
/** Calls at once in the name of one grant. */
const SIDE_BY_SIDE = 4;

export type SubscriptionKeeper = ReturnType<typeof createSubscriptionKeeper>;

export function createSubscriptionKeeper(deps: KeeperDeps) {
  const { db, subscriptions, refreshes } = deps;
  const leaseSeconds = Math.max(deps.leaseSeconds, Math.ceil(deps.timeoutMs / 1000) + LEASE_MARGIN_SECONDS);
  const run = createRegister(deps, leaseSeconds);

  return {
    run,
    leaseSeconds,

    /** The grant has new tokens, in this transaction. */
    expectRenewal: subscriptions.expectRenewal,

    /** Registers at once what hangs on a grant whose tokens are new. */
    renewAll: async ({ tenantId, grantId }: OfGrant): Promise<void> => {
      const claimId = deps.random(16).toString('base64url');
      const ids = await db.tenant(tenantId, (tx) =>
        subscriptions.claimOfGrant(tx, grantId, claimId, leaseSeconds),
      );
      const lines = Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (let id = ids.pop(); id !== undefined; id = ids.pop()) await run({ tenantId, id, claimId });
      });
      await Promise.all(lines);
    },

    /** The grant has ended. */
    loseAll: async ({ tenantId, appId, grantId }: OfGrant, reason: string): Promise<void> => {
      await db.tenant(tenantId, async (tx) => {
        const app = deps.directory.find(appId);
        if (!app) return;
        for (const { id } of await subscriptions.listOfGrants(tx, [grantId]))
          await deps.tell.lose(tx, app, id, reason);
        await subscriptions.stop(tx, grantId);
      });
    },

    /** Hangs what the newer grant covers on it; what it does not cover stays where it is. */
    moveAll: async (tx: Tx, { from, to }: { from: readonly string[]; to: string }): Promise<void> => {
      const grant = await deps.grants.find(tx, to);
      if (!grant) return;
      for (const subscription of await subscriptions.listOfGrants(tx, from)) {
        if (!isCovered(grant.facts.scopes, subscription, grant.generation)) continue;
        if (!(await subscriptions.move(tx, subscription, to)))
          await subscriptions.remove(tx, subscription.id);
        await refreshes.setKept(tx, to, true);
        const leftCount = await subscriptions.countOfGrant(tx, subscription.grantId);
        if (leftCount === 0) await refreshes.setKept(tx, subscription.grantId, false);
      }
    },
  };
}
