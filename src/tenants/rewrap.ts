/** Seals again, with the current key, whatever an older key has sealed; afterwards the older key may go. */
import type { Db, Seal } from '../ports.ts';
import { systemKeyAssociatedData } from './index-key.ts';
import { rewrapColumn, SEALED_COLUMNS } from './sealed-columns.ts';

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
  return counts;
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
