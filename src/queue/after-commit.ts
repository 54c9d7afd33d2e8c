/** Runs `run` once the transaction is committed, never when it is rolled back. For signals only: whatever must not be
 *  lost is a row in the transaction itself. */
import type { Tx } from '../ports.ts';

export function afterCommit(tx: Tx, run: () => void): void {
  tx.sql.executionPromise.then(run, () => undefined);
}
