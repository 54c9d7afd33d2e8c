/**
 * The catalogue of what is sealed at rest. `keys rewrap` and erasure walk it, and a test compares it with the columns that
 * the schema marks as sealed: a column that is not here would keep an old key alive and a person's data for ever.
 */
import type { Seal, Tx } from '../ports.ts';

export interface SealedColumn {
  table: string;
  column: string;
  /** SQL for the last part of the associated data. */
  rowId: string;
  /** Whether a row that speaks of an erased person goes: settings of the tenant itself stay. */
  holdsPeople: boolean;
}

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'apps', column: 'test_users', rowId: 'id', holdsPeople: false },
  { table: 'apps', column: 'action_secret', rowId: 'id', holdsPeople: false },
  { table: 'app_secrets', column: 'sealed', rowId: "app_id || '/' || kind", holdsPeople: false },
  { table: 'endpoints', column: 'secret', rowId: 'id', holdsPeople: false },
  { table: 'idempotency_keys', column: 'reply', rowId: "app_id || '/' || key_hash", holdsPeople: true },
  { table: 'sessions', column: 'facts', rowId: 'id', holdsPeople: true },
  { table: 'oauth_states', column: 'scopes', rowId: 'state_hash', holdsPeople: true },
  { table: 'grants', column: 'facts', rowId: 'id', holdsPeople: true },
  { table: 'grants', column: 'tokens', rowId: 'id', holdsPeople: true },
  { table: 'subscriptions', column: 'facts', rowId: 'id', holdsPeople: false },
  { table: 'subscriptions', column: 'notify_key', rowId: 'id', holdsPeople: false },
  { table: 'conversations', column: 'facts', rowId: 'id', holdsPeople: true },
  { table: 'messages', column: 'content', rowId: 'id', holdsPeople: true },
  { table: 'media', column: 'token', rowId: 'id', holdsPeople: false },
  { table: 'button_references', column: 'content', rowId: 'reference_hash', holdsPeople: true },
  { table: 'events', column: 'payload', rowId: 'id', holdsPeople: true },
  { table: 'event_inbox', column: 'body', rowId: 'id', holdsPeople: true },
  { table: 'endpoints', column: 'previous_secrets', rowId: 'id', holdsPeople: false },
  { table: 'delivery_attempts', column: 'answer', rowId: 'id', holdsPeople: true },
  { table: 'invitations', column: 'email', rowId: 'id', holdsPeople: false },
];

interface SealedRow {
  row_id: string;
  sealed: string;
}

/** Rows per statement: a transaction of some tens of milliseconds, so that nobody waits for a row. */
const BATCH_COUNT = 500;

/** Seals one batch of old rows of a column again; the count of rows it found. Zero: nothing is left. */
export async function rewrapColumn(
  tx: Tx,
  column: SealedColumn,
  seal: Seal,
  currentKeyId: string,
): Promise<number> {
  const { rows } = await tx.sql.raw<{ rows: SealedRow[] }>(
    `select ${column.rowId} as row_id, ${column.column} as sealed from ${column.table}
     where tenant_id = ? and ${column.column} is not null and not starts_with(${column.column}, ?) limit ? for update skip locked`,
    [tx.tenantId, `${currentKeyId}.`, BATCH_COUNT],
  );
  for (const row of rows) {
    const associatedData = `${tx.tenantId}|${column.table}|${column.column}|${row.row_id}`;
    await tx.sql.raw(
      `update ${column.table} set ${column.column} = ? where tenant_id = ? and ${column.rowId} = ? and ${column.column} = ?`,
      [seal.seal(seal.open(row.sealed, associatedData), associatedData), tx.tenantId, row.row_id, row.sealed],
    );
  }
  return rows.length;
}

/** Ids of the rows of one app whose sealed text holds one of `words`. */
export async function findRowsHolding(
  tx: Tx,
  column: SealedColumn,
  seal: Seal,
  appId: string,
  words: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  let after = '';
  for (;;) {
    const { rows } = await tx.sql.raw<{ rows: SealedRow[] }>(
      `select ${column.rowId} as row_id, ${column.column} as sealed from ${column.table}
       where tenant_id = ? and app_id = ? and ${column.column} is not null and ${column.rowId} > ? order by 1 limit ?`,
      [tx.tenantId, appId, after, BATCH_COUNT],
    );
    for (const row of rows) {
      const text = seal.open(row.sealed, `${tx.tenantId}|${column.table}|${column.column}|${row.row_id}`);
      if (words.some((word) => text.includes(word))) found.push(row.row_id);
    }
    const last = rows.at(-1);
    if (!last) return found;
    after = last.row_id;
  }
}
