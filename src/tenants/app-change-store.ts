/** All SQL of changes that members make to an app: its secrets in their two slots, and whether it works at all. */
import type { Seal, Tx } from '../ports.ts';
import { appAssociatedData, secretAssociatedData } from './app-row.ts';
import type { SecretKind } from './tenants.ts';

/** A secret as people may see it: enough to compare it with what stands elsewhere. */
export interface SecretFacts {
  kind: SecretKind;
  slot: 1 | 2;
  last4: string;
  createdAt: Date;
  /** Of the second: when it ends by itself. */
  retireAt: Date | null;
}

interface SecretRow {
  kind: SecretKind;
  slot: 1 | 2;
  sealed: string;
  created_at: Date;
  retire_at: Date | null;
}

export type AppChangeStore = ReturnType<typeof createAppChangeStore>;

export function createAppChangeStore({ seal }: { seal: Seal }) {
  const secretsOf = (tx: Tx, appId: string) =>
    tx.sql('app_secrets').where({ tenant_id: tx.tenantId, app_id: appId });
  const appOf = (tx: Tx, appId: string) => tx.sql('apps').where({ tenant_id: tx.tenantId, id: appId });

  return {
    list: async (tx: Tx, appId: string): Promise<SecretFacts[]> => {
      const rows = (await secretsOf(tx, appId).orderBy(['kind', 'slot'])) as SecretRow[];
      return rows.map(({ kind, slot, sealed, created_at, retire_at }) => ({
        kind,
        slot,
        last4: seal.open(sealed, secretAssociatedData(tx.tenantId, appId, kind)).slice(-4),
        createdAt: created_at,
        retireAt: retire_at,
      }));
    },

    /** The new value becomes the first; the one it replaces stays valid until `retireAt`, or until somebody retires it. */
    rotate: async (
      tx: Tx,
      appId: string,
      { kind, value, retireAt }: { kind: SecretKind; value: string; retireAt: Date | null },
    ): Promise<void> => {
      await secretsOf(tx, appId).where({ kind, slot: 2 }).delete();
      await secretsOf(tx, appId).where({ kind, slot: 1 }).update({ slot: 2, retire_at: retireAt });
      await tx.sql('app_secrets').insert({
        tenant_id: tx.tenantId,
        app_id: appId,
        kind,
        slot: 1,
        sealed: seal.seal(value, secretAssociatedData(tx.tenantId, appId, kind)),
      });
    },

    /** The second one ends at once. False when there is only one. */
    retire: async (tx: Tx, appId: string, kind: SecretKind): Promise<boolean> =>
      (await secretsOf(tx, appId).where({ kind, slot: 2 }).delete()) === 1,

    /** Signs dynamic actions from the next one on. */
    writeActionSecret: async (tx: Tx, appId: string, secret: string): Promise<void> => {
      const sealed = seal.seal(secret, appAssociatedData(tx.tenantId, 'action_secret', appId));
      await appOf(tx, appId).update({ action_secret: sealed });
    },

    /** Of two changes at once the second waits, and sees what the first has made. */
    lock: async (tx: Tx, appId: string): Promise<void> => {
      await appOf(tx, appId).forUpdate().first('id');
    },

    /** Something that hangs on the app has changed: whoever knows the app by its version looks again. */
    touch: async (tx: Tx, appId: string): Promise<void> => {
      await appOf(tx, appId).update({ name: tx.sql.ref('name') });
    },

    setDisabled: async (tx: Tx, appId: string, disabledAt: Date | null): Promise<void> => {
      await appOf(tx, appId).update({ disabled_at: disabledAt });
    },

    findDisabledAt: async (tx: Tx, appId: string): Promise<Date | null> => {
      const row = (await appOf(tx, appId).first('disabled_at')) as { disabled_at: Date | null } | undefined;
      return row?.disabled_at ?? null;
    },
  };
}
