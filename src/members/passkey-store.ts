/** All SQL of passkeys. They belong to members, who belong to no tenant: functions of `migrations/` are the only way. */
import { MAX_PASSKEYS, type Passkey, type Purpose } from './passkeys.ts';
import type { Caller } from './store.ts';

interface Row {
  id: string;
  member_id: string;
  name: string;
  public_key: string;
  counter: number;
  transports: string[];
  created_at: Date;
  used_at: Date | null;
}

const fromRow = (row: Row): Passkey => ({
  id: row.id,
  memberId: row.member_id,
  name: row.name,
  publicKey: row.public_key,
  counter: Number(row.counter),
  transports: row.transports,
  createdAt: row.created_at,
  usedAt: row.used_at,
});

export type PasskeyStore = ReturnType<typeof createPasskeyStore>;

export function createPasskeyStore() {
  return {
    /** False when it is known already, or the member has as many as he may have. */
    insert: async (db: Caller, passkey: Omit<Passkey, 'usedAt'>): Promise<boolean> => {
      const [row] = await db.call<{ is_inserted: boolean }>('insert_passkey', [
        JSON.stringify({
          id: passkey.id,
          member_id: passkey.memberId,
          name: passkey.name,
          public_key: passkey.publicKey,
          counter: passkey.counter,
          transports: passkey.transports,
          created_at: passkey.createdAt,
        }),
        MAX_PASSKEYS,
      ]);
      return row?.is_inserted === true;
    },

    find: async (db: Caller, id: string): Promise<Passkey | undefined> => {
      const [row] = await db.call<Row>('find_passkey', [id]);
      return row && fromRow(row);
    },

    list: async (db: Caller, memberId: string): Promise<Passkey[]> =>
      (await db.call<Row>('list_passkeys', [memberId])).map(fromRow),

    /** False when its counter has not risen. */
    use: async (db: Caller, id: string, counter: number, now: Date): Promise<boolean> =>
      (await db.call<{ is_accepted: boolean }>('use_passkey', [id, counter, now]))[0]?.is_accepted === true,

    remove: async (db: Caller, memberId: string, id: string): Promise<boolean> =>
      (await db.call<{ is_removed: boolean }>('remove_passkey', [memberId, id]))[0]?.is_removed === true,

    /** @param holder the id of the login that asks; empty on the login page */
    addChallenge: async (
      db: Caller,
      given: { challenge: string; purpose: Purpose; holder: string; expiresAt: Date },
    ): Promise<void> => {
      const { challenge, purpose, holder, expiresAt } = given;
      await db.call('add_passkey_challenge', [challenge, purpose, holder, expiresAt]);
    },

    /** True once. */
    spendChallenge: async (
      db: Caller,
      given: { challenge: string; purpose: Purpose; holder: string; now: Date },
    ): Promise<boolean> => {
      const { challenge, purpose, holder, now } = given;
      const args = [challenge, purpose, holder, now];
      return (await db.call<{ is_spent: boolean }>('spend_passkey_challenge', args))[0]?.is_spent === true;
    },
  };
}
