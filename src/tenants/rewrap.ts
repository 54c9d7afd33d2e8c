/** Seals again, with the current key, whatever an older key has sealed; afterwards the older key may go. */
import type { Db, Seal } from '../ports.ts';
import { systemKeyAssociatedData } from './index-key.ts';
import { rewrapColumn, SEALED_COLUMNS } from './sealed-columns.ts';

const MEMBER_BATCH_COUNT = 200;

interface SystemKeyRow {
  id: string;
  sealed: string;
}

/** Rows sealed again, by `table.column`. Runs beside everything else, may be stopped and run again at any time. */
export async function rewrapEverything(
  db: Pick<Db, 'tenant' | 'call'>,
  seal: Seal,
): Promise<Record<string, number>> {
  const currentKeyId = seal.seal('', '').split('.')[0] ?? '';
  const counts: Record<string, number> = {};
  const tenants = await db.call<{ tenant_id: string }>('list_tenants', []);
  for (const { tenant_id: tenantId } of tenants) {
    for (const column of SEALED_COLUMNS) {
      const name = `${column.table}.${column.column}`;
      counts[name] ??= 0;
      let count: number;
      do {
        count = await db.tenant(tenantId, (tx) => rewrapColumn(tx, column, seal, currentKeyId));
        counts[name] += count;
      } while (count > 0);
    }
  }
  counts['system_keys.sealed'] = await rewrapSystemKeys(db, seal);
  counts.members = await rewrapMembers(db, seal, currentKeyId);
  return counts;
}

/** What belongs to people and to no tenant; `place` is `table|column`. */
async function rewrapMembers(db: Pick<Db, 'call'>, seal: Seal, currentKeyId: string): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = await db.call<{ place: string; id: string; sealed: string }>('list_stale_member_seals', [
      currentKeyId,
      MEMBER_BATCH_COUNT,
    ]);
    for (const { place, id, sealed } of rows) {
      const associatedData = `system|${place}|${id}`;
      const resealed = seal.seal(seal.open(sealed, associatedData), associatedData);
      await db.call('reseal_member_text', [place, id, sealed, resealed]);
    }
    count += rows.length;
    if (rows.length < MEMBER_BATCH_COUNT) return count;
  }
}

async function rewrapSystemKeys(db: Pick<Db, 'call'>, seal: Seal): Promise<number> {
  let count = 0;
  for (const kind of ['blind_index', 'signing']) {
    for (const { id, sealed } of await db.call<SystemKeyRow>('list_system_keys', [kind])) {
      if (seal.isCurrent(sealed)) continue;
      const associatedData = systemKeyAssociatedData(id);
      await db.call('reseal_system_key', [id, seal.seal(seal.open(sealed, associatedData), associatedData)]);
      count += 1;
    }
  }
  return count;
}
