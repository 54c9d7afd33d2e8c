/** Takes conversations whose turn it is, fairly among tenants: the claim is told what this process works on already. */
import type { Db, RandomBytes } from '../ports.ts';
import { type Claim, createClaimer } from '../queue/claim.ts';
import type { Health, WarnPercent } from './budget.ts';

/** A conversation that is ours, and how it stood when it was claimed. */
export interface HeldConversation extends Claim {
  appId: string;
  health: Health;
  /** Processes in a row that died before they had begun. */
  crashCount: number;
  /** A step of the day's budget that this claim has reached. */
  warnPercent: WarnPercent | null;
}

interface ClaimedRow {
  tenant_id: string;
  id: string;
  app_id: string;
  health: Health;
  crash_count: number;
  warn_percent: WarnPercent | null;
}

export function createTurns(deps: { db: Pick<Db, 'call'>; leaseSeconds: number; random: RandomBytes }) {
  const claimRows = createClaimer<ClaimedRow>({ ...deps, fn: 'claim_conversations' });
  const busyCounts = new Map<string, number>();

  const count = (tenantId: string, change: 1 | -1) => {
    const next = (busyCounts.get(tenantId) ?? 0) + change;
    if (next > 0) busyCounts.set(tenantId, next);
    else busyCounts.delete(tenantId);
  };

  return {
    take: async (maxCount: number): Promise<HeldConversation[]> => {
      const rows = await claimRows(maxCount, Object.fromEntries(busyCounts));
      for (const row of rows) count(row.tenant_id, 1);
      return rows.map((row) => ({
        tenantId: row.tenant_id,
        id: row.id,
        claimId: row.claimId,
        appId: row.app_id,
        health: row.health,
        crashCount: row.crash_count,
        warnPercent: row.warn_percent,
      }));
    },
    /** Each conversation that was taken, once. */
    end: ({ tenantId }: HeldConversation) => count(tenantId, -1),
  };
}
