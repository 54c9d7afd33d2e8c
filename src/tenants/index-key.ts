/** The key of the blind index: made once, kept sealed in the database, the same for every process and through every rotation. */
import type { Db, RandomBytes, Seal } from '../ports.ts';

const ID = 'blind-index';

export async function loadIndexKey(db: Pick<Db, 'call'>, seal: Seal, random: RandomBytes): Promise<Buffer> {
  const find = async () =>
    (await db.call<{ id: string; sealed: string }>('list_system_keys', ['blind_index']))[0];
  let row = await find();
  if (!row) {
    // Of two processes that make one at once the first wins, and both read it.
    await db.call('add_system_key', [
      ID,
      'blind_index',
      null,
      seal.seal(random(32).toString('base64'), systemKeyAssociatedData(ID)),
    ]);
    row = await find();
  }
  if (!row) throw new Error('the key of the blind index could not be stored');
  return Buffer.from(seal.open(row.sealed, systemKeyAssociatedData(row.id)), 'base64');
}

/** Of every key of the gateway itself, those that sign session tokens included. */
export function systemKeyAssociatedData(id: string): string {
  return `system|system_keys|sealed|${id}`;
}
