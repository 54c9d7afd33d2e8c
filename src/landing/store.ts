/** All SQL of the landing: one-time codes, and what the probe knows of each app's page. */
import type { Db, Tx } from '../ports.ts';
import type { LandingHealth } from './landing.ts';

export interface LandingCode {
  codeHash: string;
  appId: string;
  sessionId: string;
  createdAt: Date;
  expiresAt: Date;
}

export type SpentCode = { found: 'good'; sessionId: string } | { found: 'spent' } | { found: 'nothing' };

interface CodeRow {
  session_id: string;
  expires_at: Date;
  spent_at: Date | null;
}

interface HealthRow {
  failure_count: number;
  down_since: Date | null;
}

export type LandingStore = ReturnType<typeof createLandingStore>;

export function createLandingStore() {
  const health = (tx: Tx, appId: string) =>
    tx.sql('landing_health').where({ tenant_id: tx.tenantId, app_id: appId });

  return {
    insertCode: async (tx: Tx, code: LandingCode): Promise<void> => {
      await tx.sql('landing_codes').insert({
        tenant_id: tx.tenantId,
        code_hash: code.codeHash,
        app_id: code.appId,
        session_id: code.sessionId,
        created_at: code.createdAt,
        expires_at: code.expiresAt,
      });
    },

    /** The first one that asks within its time gets the session; whoever comes at the same moment waits, and does not. */
    spendCode: async (tx: Tx, appId: string, codeHash: string, now: Date): Promise<SpentCode> => {
      const key = { tenant_id: tx.tenantId, code_hash: codeHash };
      const row = (await tx
        .sql('landing_codes')
        .where({ ...key, app_id: appId })
        .forUpdate()
        .first()) as CodeRow | undefined;
      if (!row) return { found: 'nothing' };
      if (row.spent_at !== null || row.expires_at <= now) return { found: 'spent' };
      await tx.sql('landing_codes').where(key).update({ spent_at: now });
      return { found: 'good', sessionId: row.session_id };
    },

    /** Undefined while nobody has landed there yet. */
    findHealth: async (tx: Tx, appId: string): Promise<LandingHealth | undefined> => {
      const row = (await health(tx, appId).first()) as HealthRow | undefined;
      return row && { failureCount: row.failure_count, downSince: row.down_since };
    },

    /** From now on the page is probed. */
    watchHealth: async (tx: Tx, appId: string): Promise<void> => {
      await tx
        .sql('landing_health')
        .insert({ tenant_id: tx.tenantId, app_id: appId })
        .onConflict(['tenant_id', 'app_id'])
        .ignore();
    },

    saveHealth: async (
      tx: Tx,
      appId: string,
      { failureCount, downSince }: LandingHealth,
      now: Date,
    ): Promise<void> => {
      await health(tx, appId).update({ failure_count: failureCount, down_since: downSince, checked_at: now });
    },

    /** Apps whose page is due, of any tenant; each is due again after `everySeconds`. */
    claimProbes: async (
      db: Pick<Db, 'call'>,
      maxCount: number,
      everySeconds: number,
    ): Promise<{ tenantId: string; appId: string }[]> => {
      const rows = await db.call<{ tenant_id: string; app_id: string }>('claim_landing_probes', [
        maxCount,
        everySeconds,
      ]);
      return rows.map((row) => ({ tenantId: row.tenant_id, appId: row.app_id }));
    },
  };
}
