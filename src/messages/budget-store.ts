/** SQL of an app's budget, but for the claim, which reads and spends it (`claim_conversations` in the migrations). */
import type { Tx } from '../ports.ts';
import type { Block, Budget, WarnPercent } from './budget.ts';

interface BudgetRow {
  block_count: number;
  trouble_count: number;
  is_blocked: boolean;
  sent_last_minute: number;
  sent_today: number;
  learnt_per_minute: number | null;
  learnt_per_day: number | null;
}

/** The day's budget as the tenant is told. */
export interface DayFigures {
  usedCount: number;
  /** Null: neither configured nor learnt. */
  limitCount: number | null;
  startedAt: Date;
  endsAt: Date;
}

/** The limit of a minute does not change; looking again each day finds out if it did. That of a day may grow by ticket:
 *  what is learnt holds for the rest of this day and for the next. */
const MINUTE_HOLDS = `now() + interval '24 hours'`;
const DAY_HOLDS = `tehran_midnight(now()) + interval '24 hours'`;

export type BudgetStore = ReturnType<typeof createBudgetStore>;

export function createBudgetStore() {
  const rows = (tx: Tx, appId: string) =>
    tx.sql('app_budgets').where({ tenant_id: tx.tenantId, app_id: appId });

  return {
    /** Locked until the transaction ends. */
    lock: async (tx: Tx, appId: string): Promise<Budget> => {
      const row = await rows(tx, appId)
        .forUpdate()
        .first<BudgetRow>(
          'block_count',
          'trouble_count',
          tx.sql.raw('coalesce(blocked_until > now(), false) as is_blocked'),
          tx.sql.raw('sent_last_minute(sends, now()) as sent_last_minute'),
          tx.sql.raw('sent_today(app_budgets, now()) as sent_today'),
          tx.sql.raw('case when learnt_minute_until > now() then learnt_per_minute end as learnt_per_minute'),
          tx.sql.raw('case when learnt_day_until > now() then learnt_per_day end as learnt_per_day'),
        );
      if (!row) throw new Error('an app has no budget');
      return {
        blockCount: row.block_count,
        troubleCount: row.trouble_count,
        isBlocked: row.is_blocked,
        sentLastMinute: row.sent_last_minute,
        sentToday: row.sent_today,
        learntPerMinute: row.learnt_per_minute,
        learntPerDay: row.learnt_per_day,
      };
    },

    /** `isNext`: a new block, not one more refusal of the same moment. A block never ends sooner for a later one. */
    block: async (tx: Tx, appId: string, block: Block, isNext: boolean): Promise<void> => {
      const until =
        block.seconds === null
          ? tx.sql.raw('tehran_midnight(now())')
          : tx.sql.raw('now() + make_interval(secs => ?)', [block.seconds]);
      await rows(tx, appId).update({
        blocked_until: isNext ? until : tx.sql.raw('greatest(blocked_until, ?)', [until]),
        ...(isNext
          ? {
              blocked_by: block.by,
              blocked_at: tx.sql.raw('case when block_count > 0 then blocked_at else now() end'),
              block_count: tx.sql.raw('least(block_count + 1, 1000)'),
            }
          : {}),
        ...(block.learntPerMinute === undefined
          ? {}
          : { learnt_per_minute: block.learntPerMinute, learnt_minute_until: tx.sql.raw(MINUTE_HOLDS) }),
        ...(block.learntPerDay === undefined
          ? {}
          : { learnt_per_day: block.learntPerDay, learnt_day_until: tx.sql.raw(DAY_HOLDS) }),
      });
    },

    countTrouble: async (tx: Tx, appId: string): Promise<void> => {
      await rows(tx, appId).increment('trouble_count', 1);
    },

    /** Divar takes messages of this app. A probe that got through ends the block. */
    recover: async (tx: Tx, appId: string, isProbe: boolean): Promise<void> => {
      await rows(tx, appId).update({
        trouble_count: 0,
        ...(isProbe ? { block_count: 0, blocked_until: null, blocked_by: null, blocked_at: null } : {}),
      });
    },

    /** What was claimed and not sent has used up nothing, and has proved nothing. */
    giveBack: async (tx: Tx, appId: string, isProbe: boolean): Promise<void> => {
      await rows(tx, appId).update({
        sends: tx.sql.raw(
          `case when sends[cardinality(sends)] & 1048575 > 0
             then sends[:cardinality(sends) - 1] || sends[cardinality(sends)] - 1 else sends end`,
        ),
        day_count: tx.sql.raw('greatest(0, day_count - 1)'),
        ...(isProbe ? { blocked_until: tx.sql.fn.now() } : {}),
      });
    },

    /** Of a probe that ended without any news: the next may follow at once. */
    endProbe: async (tx: Tx, appId: string): Promise<void> => {
      await rows(tx, appId).update({ blocked_until: tx.sql.fn.now() });
    },

    /** The day's figures if this step of the day was not warned of yet; then it is. */
    takeWarning: async (tx: Tx, appId: string, percent: WarnPercent): Promise<DayFigures | undefined> => {
      const { rows: found } = await tx.sql.raw<{
        rows: { used: number; per_day: number | null; starts: Date; ends: Date }[];
      }>(
        `update app_budgets b set warned_percent = ? from apps a
         where a.tenant_id = b.tenant_id and a.id = b.app_id and b.tenant_id = ? and b.app_id = ?
           and b.day = tehran_day(now()) and b.warned_percent < ?
         returning b.day_count as used, day_limit(b, a.limits, now()) as per_day,
           tehran_midnight(now() - interval '24 hours') as starts, tehran_midnight(now()) as ends`,
        [percent, tx.tenantId, appId, percent],
      );
      const [row] = found;
      return row && { usedCount: row.used, limitCount: row.per_day, startedAt: row.starts, endsAt: row.ends };
    },
  };
}
