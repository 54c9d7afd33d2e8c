/** What hangs on a grant beside its tokens: messages that wait for it, subscriptions that live by it. */
import type { Tx } from '../ports.ts';
import type { Dependents } from './refresh.ts';
import type { GrantStore } from './store.ts';
import type { TellGrant } from './tell.ts';

interface OfGrant {
  tenantId: string;
  appId: string;
  grantId: string;
}

export interface DependentsDeps {
  grantQueue: { awake(of: OfGrant): Promise<void>; end(of: OfGrant): Promise<void> };
  keeper: {
    expectRenewal(tx: Tx, grantId: string): Promise<void>;
    renewAll(of: OfGrant): Promise<void>;
    loseAll(of: OfGrant, reason: string): Promise<void>;
    moveAll(tx: Tx, move: { from: readonly string[]; to: string }): Promise<void>;
  };
}

export function createDependents({ grantQueue, keeper }: DependentsDeps): Dependents {
  return {
    expectRenewal: keeper.expectRenewal,
    renewed: async (app, grantId) => {
      const of = { tenantId: app.tenantId, appId: app.id, grantId };
      await Promise.all([keeper.renewAll(of), grantQueue.awake(of)]);
    },
    ended: async (app, grantId, { isRevoked, reason }) => {
      const of = { tenantId: app.tenantId, appId: app.id, grantId };
      await (isRevoked ? grantQueue.end(of) : grantQueue.awake(of));
      await keeper.loseAll(of, reason);
    },
  };
}

/** A new consent of somebody who had consented before: what had broken has recovered, and his subscriptions go over. */
export function createReplaceGrants(deps: {
  grants: Pick<GrantStore, 'takeReplaced' | 'listOfHolder'>;
  keeper: Pick<DependentsDeps['keeper'], 'moveAll'>;
  tellGrant: TellGrant;
}) {
  return async (tx: Tx, app: Parameters<TellGrant>[1]['app'], grantId: string, now: Date): Promise<void> => {
    const from = await deps.grants.listOfHolder(tx, grantId);
    if (from.length === 0) return;
    await deps.keeper.moveAll(tx, { from, to: grantId });
    const recovered = await deps.grants.takeReplaced(tx, grantId);
    if (recovered.length === 0) return;
    await deps.tellGrant(tx, {
      type: 'grant.recovered',
      app,
      grantId,
      more: { recovered_grant_ids: recovered },
      now,
    });
  };
}
