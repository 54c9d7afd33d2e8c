/** Spends of an app's budget what is no message: whatever an app asks of Divar counts at Divar. */
import { Problem } from '../errors.ts';
import type { Tx } from '../ports.ts';

/** Urgent calls, as replies are, for somebody waits for their answer. */
const RANK = 0;

/** @throws Problem `rate_limited` when nothing of the app may go out now. */
export type SpendBudget = (tx: Tx, appId: string) => Promise<void>;

export const spendBudget: SpendBudget = async (tx, appId) => {
  const { rows: spent } = await tx.sql.raw<{ rows: unknown[] }>(
    `update app_budgets b set sends = add_sends(b.sends, now(), 1), day = tehran_day(now()), day_count = sent_today(b, now()) + 1,
       warned_percent = case when b.day = tehran_day(now()) then b.warned_percent else 0 end
     from apps a where a.tenant_id = b.tenant_id and a.id = b.app_id and b.tenant_id = ? and b.app_id = ?
       and budget_room(b, a.limits, ?, now()) > 0 returning 1`,
    [tx.tenantId, appId, RANK],
  );
  if (spent.length > 0) return;
  const { rows } = await tx.sql.raw<{ rows: { wait_seconds: number }[] }>(
    `select greatest(1, extract(epoch from w.until - now()))::double precision as wait_seconds
     from app_budgets b join apps a on a.tenant_id = b.tenant_id and a.id = b.app_id, budget_wait(b, a.limits, ?, now()) w
     where b.tenant_id = ? and b.app_id = ?`,
    [RANK, tx.tenantId, appId],
  );
  const [wait] = rows;
  throw new Problem('rate_limited', {
    detail: "The app's budget of calls to Divar is used up for now",
    ...(wait ? { retryAfterSeconds: wait.wait_seconds } : {}),
  });
};
