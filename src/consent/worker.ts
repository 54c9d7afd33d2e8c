/** Looks at grants whose time has come: renews their tokens, warns before their end, ends what hung on those that ended. */
import type { Db, Log, RandomBytes } from '../ports.ts';
import { type Claim, createClaimer } from '../queue/claim.ts';
import type { GrantRefresh } from './refresh.ts';

export interface GrantWorkerDeps {
  db: Pick<Db, 'call'>;
  refresh: Pick<GrantRefresh, 'run' | 'leaseSeconds'>;
  random: RandomBytes;
  log: Log;
}

/** Grants that one tick works on: with ten calls a second, well under Divar's limit for any app that has so many. */
const BATCH_COUNT = 16;

export function createGrantWorker({ db, refresh, random, log }: GrantWorkerDeps) {
  const { leaseSeconds } = refresh;
  const claimRows = createClaimer({ db, fn: 'claim_grants', leaseSeconds, random });

  const claim = async (maxCount: number): Promise<Claim[]> =>
    (await claimRows(maxCount)).map((row) => ({ tenantId: row.tenant_id, id: row.id, claimId: row.claimId }));

  /** Never rejects: what it could not end, the lease ends. */
  const run = async (held: Claim): Promise<void> => {
    try {
      await refresh.run(held);
    } catch (cause) {
      log.error({ grant_id: held.id, err: cause }, 'a grant was left to its lease');
    }
  };

  return {
    claim,
    run,
    /** How many grants were looked at. */
    tick: async (): Promise<number> => {
      const claims = await claim(BATCH_COUNT);
      await Promise.all(claims.map(run));
      return claims.length;
    },
  };
}
