/** Two transactions that want the same row, made to meet: the second asks while the first has not committed yet. */
import type { Db, Tx } from '../../src/ports.ts';
import { queryAsOwner } from '../helpers/database.ts';

export async function raceInTenant<Result>(
  { db, ownerUrl }: { db: Db; ownerUrl: string },
  tenantId: string,
  run: (tx: Tx) => Promise<Result>,
): Promise<[first: Result, second: Result]> {
  let second: Promise<Result> | undefined;
  const first = await db.tenant(tenantId, async (tx) => {
    const result = await run(tx);
    second = db.tenant(tenantId, run);
    await untilSomebodyWaits(ownerUrl);
    return result;
  });
  return [first, await (second as Promise<Result>)];
}

async function untilSomebodyWaits(ownerUrl: string): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await queryAsOwner(ownerUrl, waiting)).length === 0);
}
