/** SQL of the line in which conversations stand: when each is due, and what stands at its head. */
import type { Tx } from '../ports.ts';
import type { BlockedBy } from './budget.ts';
import type { Head } from './conversations.ts';
import type { MessageCode, MessageState } from './messages.ts';

/**
 * When a worker should send for a conversation, made from its messages: its head's time, unless the head waits for somebody
 * or the tenant holds the conversation. A head that is being sent is due at once: the claim keeps others away, and without
 * a claim its process has died. A head whose time has come goes to the end of the line, so that a long conversation does
 * not keep others waiting.
 */
const DUE_AT = `(
  select case when m.state = 'sending' then now()
              when m.state = 'unknown' or c.held_at is not null then null
              else greatest(m.due_at, now()) end
  from messages m
  where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.final_at is null order by m.position limit 1)`;

/** A conversation is as urgent as the most urgent message that waits in it, which pulls along what stands before it. */
const LANE_RANK = `coalesce((
  select min(m.lane_rank) from messages m
  where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.final_at is null), 0)`;

/** Call it whenever messages of a conversation, or its hold, have changed. */
export async function schedule(tx: Tx, conversationId: string): Promise<void> {
  await tx.sql.raw(
    `update conversations c set due_at = ${DUE_AT}, lane_rank = ${LANE_RANK} where c.tenant_id = ? and c.id = ?`,
    [tx.tenantId, conversationId],
  );
}

/** After a message came in at the end: a conversation that stands in line already keeps its place. */
export async function scheduleLast(tx: Tx, conversationId: string): Promise<void> {
  await tx.sql.raw(
    `update conversations c set due_at = least(c.due_at, ${DUE_AT}), lane_rank = ${LANE_RANK}
     where c.tenant_id = ? and c.id = ?`,
    [tx.tenantId, conversationId],
  );
}

interface HeadRow {
  conversation_id: string;
  held_at: Date | null;
  id: string;
  state: MessageState;
  code: MessageCode | null;
  state_at: Date;
  due_at: Date;
  blocked_by: BlockedBy | null;
  until: Date | null;
  since: Date | null;
}

/** The first message of each conversation that is not final, by conversation. */
export async function findHeads(tx: Tx, conversationIds: readonly string[]): Promise<Map<string, Head>> {
  if (conversationIds.length === 0) return new Map();
  const { rows } = await tx.sql.raw<{ rows: HeadRow[] }>(
    `select c.held_at, h.*, w.* from conversations c cross join lateral (
       select m.conversation_id, m.id, m.state, m.code, m.state_at, m.due_at from messages m
       where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.final_at is null order by m.position limit 1) h
     join apps a on a.tenant_id = c.tenant_id and a.id = c.app_id
     join app_budgets b on b.tenant_id = c.tenant_id and b.app_id = c.app_id
     left join lateral budget_wait(b, a.limits, c.lane_rank, now()) w on h.state = 'queued' and h.due_at <= now()
     where c.tenant_id = ? and c.id = any(?)`,
    [tx.tenantId, [...new Set(conversationIds)]],
  );
  return new Map(rows.map((row) => [row.conversation_id, headFromRow(row)]));
}

function headFromRow(row: HeadRow): Head {
  return {
    heldAt: row.held_at,
    messageId: row.id,
    state: row.state,
    code: row.code,
    stateAt: row.state_at,
    dueAt: row.due_at,
    budget: row.blocked_by && row.until && { by: row.blocked_by, until: row.until, since: row.since },
  };
}
