/**
 * Erases one person from one app: every row that speaks of him, in every sealed column of the catalogue, and what hangs
 * on these rows. He is named by his Divar user id, his phone, or both; the search opens all that the app has, so it is
 * slow and complete.
 */
import type { Seal, Tx } from '../ports.ts';
import { findRowsHolding, SEALED_COLUMNS } from './sealed-columns.ts';

/** What is deleted for the ids found, children before parents. `:ids` of the table named first. */
const STEPS: readonly { of: string; sql: string }[] = [
  { of: 'delivery_attempts', sql: 'delete from delivery_attempts where tenant_id = ? and id = any(?)' },
  { of: 'event_inbox', sql: 'delete from event_inbox where tenant_id = ? and id = any(?)' },
  { of: 'events', sql: 'delete from events where tenant_id = ? and id = any(?)' },
  {
    of: 'idempotency_keys',
    sql: `delete from idempotency_keys where tenant_id = ? and app_id || '/' || key_hash = any(?)`,
  },
  {
    of: 'button_references',
    sql: 'delete from button_references where tenant_id = ? and reference_hash = any(?)',
  },
  { of: 'messages', sql: 'delete from messages where tenant_id = ? and id = any(?)' },
  { of: 'sessions', sql: 'delete from messages where tenant_id = ? and session_id = any(?)' },
  { of: 'grants', sql: 'delete from messages where tenant_id = ? and grant_id = any(?)' },
  { of: 'conversations', sql: 'delete from messages where tenant_id = ? and conversation_id = any(?)' },
  { of: 'conversations', sql: 'delete from conversations where tenant_id = ? and id = any(?)' },
  { of: 'oauth_states', sql: 'delete from oauth_states where tenant_id = ? and state_hash = any(?)' },
  { of: 'sessions', sql: 'delete from sessions where tenant_id = ? and id = any(?)' },
  { of: 'grants', sql: 'delete from sessions where tenant_id = ? and grant_id = any(?)' },
  { of: 'grants', sql: 'delete from subscriptions where tenant_id = ? and grant_id = any(?)' },
  { of: 'grants', sql: 'delete from grants where tenant_id = ? and id = any(?)' },
];

/** Rows deleted, by table. */
export async function erasePerson(
  tx: Tx,
  { seal, appId, words }: { seal: Seal; appId: string; words: readonly string[] },
): Promise<Record<string, number>> {
  const idsOf = new Map<string, Set<string>>();
  // Sessions and grants first: what else belongs to the person may name only them.
  const order = [
    'sessions',
    'grants',
    'conversations',
    'oauth_states',
    'messages',
    'button_references',
    'idempotency_keys',
    'event_inbox',
    'events',
    'delivery_attempts',
  ];
  const columns = SEALED_COLUMNS.filter((column) => column.holdsPeople);
  const known = [...words];
  for (const table of order) {
    const ids = new Set<string>();
    for (const column of columns.filter((candidate) => candidate.table === table)) {
      for (const id of await findRowsHolding(tx, column, seal, appId, known)) ids.add(id);
    }
    idsOf.set(table, ids);
    if (table === 'sessions' || table === 'grants') known.push(...ids);
  }
  const deleted: Record<string, number> = {};
  for (const { of, sql } of STEPS) {
    const table = /delete from (\w+)/.exec(sql)?.[1] ?? of;
    const result = await tx.sql.raw<{ rowCount: number }>(sql, [tx.tenantId, [...(idsOf.get(of) ?? [])]]);
    deleted[table] = (deleted[table] ?? 0) + result.rowCount;
  }
  return deleted;
}
