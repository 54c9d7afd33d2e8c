/** All SQL of the audit log. */
import type { BlindIndex, NewId, Tx } from '../ports.ts';
import { type AuditAction, type AuditEntry, type ChainedEntry, digestEntry, findBreak } from './audit.ts';

interface EntryRow {
  tenant_id: string;
  position: number;
  id: string;
  at: Date;
  actor_id: string | null;
  action: AuditAction;
  target: string | null;
  details: string;
  address: string | null;
  previous_hash: string;
  hash: string;
}

export interface AuditPage {
  limit: number;
  before?: number | undefined;
  action?: string | undefined;
  actorId?: string | undefined;
}

export type AuditStore = ReturnType<typeof createAuditStore>;
/** Writes what was done, in the transaction that does it. */
export type RecordAudit = AuditStore['record'];

export function createAuditStore({ blindIndex, newId }: { blindIndex: BlindIndex; newId: NewId }) {
  const chainOf = (tx: Tx) => tx.sql('audit_chains').where({ tenant_id: tx.tenantId });

  return {
    /** Entries of one tenant are written one after the other: the row of the chain is locked until the transaction ends. */
    record: async (tx: Tx, entry: AuditEntry): Promise<void> => {
      await tx.sql('audit_chains').insert({ tenant_id: tx.tenantId }).onConflict(['tenant_id']).ignore();
      const last = await chainOf(tx).forUpdate().first('position', 'hash');
      const next = {
        tenantId: tx.tenantId,
        position: Number(last?.position ?? 0) + 1,
        id: newId('aud'),
        at: entry.at,
        actorId: entry.actorId ?? null,
        action: entry.action,
        target: entry.target ?? null,
        details: JSON.stringify(entry.details ?? {}),
        address: entry.address ?? null,
        previousHash: String(last?.hash ?? ''),
      };
      const hash = digestEntry(blindIndex, next);
      await tx.sql('audit_entries').insert({
        tenant_id: tx.tenantId,
        position: next.position,
        id: next.id,
        at: next.at,
        actor_id: next.actorId,
        action: next.action,
        target: next.target,
        details: next.details,
        address: next.address,
        previous_hash: next.previousHash,
        hash,
      });
      await chainOf(tx).update({ position: next.position, hash });
    },

    /** Newest first. */
    list: async (tx: Tx, { limit, before, action, actorId }: AuditPage): Promise<ChainedEntry[]> => {
      const rows = await tx
        .sql<EntryRow>('audit_entries')
        .where({ tenant_id: tx.tenantId })
        .modify((query) => {
          if (before !== undefined) query.where('position', '<', before);
          if (action !== undefined) query.where('action', action);
          if (actorId !== undefined) query.where('actor_id', actorId);
        })
        .orderBy('position', 'desc')
        .limit(limit);
      return (rows as EntryRow[]).map(fromRow);
    },

    /** The position of the first entry that is not as it was written; undefined when all are. */
    findBreak: async (tx: Tx): Promise<number | undefined> => {
      const chain = await chainOf(tx).first();
      const rows = await tx
        .sql<EntryRow>('audit_entries')
        .where({ tenant_id: tx.tenantId })
        .orderBy('position');
      return findBreak(
        blindIndex,
        {
          position: Number(chain?.position ?? 0),
          hash: String(chain?.hash ?? ''),
          sweptPosition: Number(chain?.swept_position ?? 0),
          sweptHash: String(chain?.swept_hash ?? ''),
        },
        (rows as EntryRow[]).map(fromRow),
      );
    },

    /** Failed logins of the transaction's tenant that are not in the log yet; taken away from where they waited. */
    takeFailures: async (tx: Tx): Promise<{ memberId: string | null; at: Date; address: string }[]> => {
      const rows = await tx
        .sql('login_failures')
        .where({ tenant_id: tx.tenantId })
        .delete(['id', 'member_id', 'at', 'address']);
      return rows
        .sort((one, other) => Number(one.id) - Number(other.id))
        .map((row) => ({
          memberId: row.member_id as string | null,
          at: row.at as Date,
          address: row.address as string,
        }));
    },
  };
}

function fromRow(row: EntryRow): ChainedEntry {
  return {
    tenantId: row.tenant_id,
    position: row.position,
    id: row.id,
    at: row.at,
    actorId: row.actor_id,
    action: row.action,
    target: row.target,
    details: row.details,
    address: row.address,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
