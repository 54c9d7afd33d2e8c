/**
 * Claims: who may work on a row, and until when. A claim is a random id and a lease, both in the row, both set by the
 * database, whose clock alone decides when a lease has run out. Whoever writes a result must still be the holder (the
 * fence), so a process that was thought dead and comes back can change nothing.
 */
import type { Db, RandomBytes, Tx } from '../ports.ts';

/** A row of a queue table: one with `id`, `claim_id`, `claimed_until`. */
export interface Claim {
  tenantId: string;
  id: string;
  claimId: string;
}

/** Tables that are claimed. Names go into SQL, so they stand here and nowhere else. */
type ClaimTable = 'chat_reads' | 'conversations' | 'deliveries' | 'grants' | 'subscriptions' | 'jobs';

export function createClaimer<Row extends { tenant_id: string; id: string }>(deps: {
  db: Pick<Db, 'call'>;
  /** `(max_count, lease_seconds, claim_id, ...)`, SECURITY DEFINER: a queue crosses tenants by nature. */
  fn: string;
  leaseSeconds: number;
  random: RandomBytes;
}): (maxCount: number, ...rest: readonly unknown[]) => Promise<(Row & { claimId: string })[]> {
  return async (maxCount, ...rest) => {
    const claimId = deps.random(16).toString('base64url');
    const rows = await deps.db.call<Row>(deps.fn, [maxCount, deps.leaseSeconds, claimId, ...rest]);
    return rows.map((row) => ({ ...row, claimId }));
  };
}

/**
 * Locks the row for the rest of the transaction when the claim still stands and its lease has not run out: only then may
 * work begin. The lease starts anew, so that all of it lies before whoever begins now.
 */
export async function beginClaimed(
  tx: Tx,
  table: ClaimTable,
  claim: Claim,
  leaseSeconds: number,
): Promise<boolean> {
  const count = await tx
    .sql(table)
    .where({ tenant_id: tx.tenantId, id: claim.id, claim_id: claim.claimId })
    .whereRaw('claimed_until > now()')
    .update({ claimed_until: tx.sql.raw('now() + make_interval(secs => ?)', [leaseSeconds]) });
  return count === 1;
}

/**
 * Locks the row and gives the claim back when it is still ours. A lease that has run out while nobody else came does not
 * matter here: every claim changes `claim_id`, so ours standing there proves that nobody worked in between, and a result
 * that is known must not be thrown away.
 */
export async function releaseClaimed(tx: Tx, table: ClaimTable, claim: Claim): Promise<boolean> {
  const count = await tx
    .sql(table)
    .where({ tenant_id: tx.tenantId, id: claim.id, claim_id: claim.claimId })
    .update({ claim_id: null, claimed_until: null });
  return count === 1;
}
