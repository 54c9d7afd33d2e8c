/** Registers what is due and was not registered in the job that made it due: new ones, and those Divar had no time for. */
import type { Db, RandomBytes } from '../ports.ts';
import { createClaimer } from '../queue/claim.ts';
import type { SubscriptionKeeper } from './keeper.ts';

/** Calls at once over all apps: registering waits longer than anything else that talks to Divar. */
const BATCH_COUNT = 16;

export function createSubscriptionWorker({
  db,
  keeper,
  random,
}: {
  db: Pick<Db, 'call'>;
  keeper: Pick<SubscriptionKeeper, 'run' | 'leaseSeconds'>;
  random: RandomBytes;
}) {
  const { leaseSeconds } = keeper;
  const claim = createClaimer({ db, fn: 'claim_subscriptions', leaseSeconds, random });
  return {
    /** How many were looked at. */
    tick: async (): Promise<number> => {
      const claims = await claim(BATCH_COUNT);
      await Promise.all(
        claims.map((row) => keeper.run({ tenantId: row.tenant_id, id: row.id, claimId: row.claimId })),
      );
      return claims.length;
    },
  };
}
