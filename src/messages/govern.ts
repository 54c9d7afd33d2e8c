/** Writes down what a try has told about its whole app, and warns the tenant when the day's budget runs out. */
import type { SendResult } from '../divar/chat-replies.ts';
import type { Announce } from '../events/announce.ts';
import type { Clock, RandomBytes, Tx } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import { foretellEnd, type Health, planCircuit, planThrottle, readNews, type WarnPercent } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';

/** The part of a result that says something about the whole app. */
type Told = Pick<SendResult, 'stage' | 'code' | 'limit' | 'retryAfterSeconds'>;

export interface GovernDeps {
  budgets: BudgetStore;
  announce: Announce;
  directory: Pick<AppDirectory, 'find'>;
  clock: Clock;
  random: RandomBytes;
}

export type Govern = ReturnType<typeof createGovern>;

export function createGovern({ budgets, announce, directory, clock, random }: GovernDeps) {
  const warn = async (tx: Tx, appId: string, percent: WarnPercent): Promise<void> => {
    const day = await budgets.takeWarning(tx, appId, percent);
    if (!day) return;
    const now = clock.now();
    const { usedCount, limitCount } = day;
    await announce(tx, {
      type: 'quota.warning',
      appId,
      simulated: directory.find(appId)?.environment === 'sandbox',
      data: {
        limit: 'divar_per_day',
        used_percent: percent,
        used_count: usedCount,
        limit_count: limitCount,
        resets_at: day.endsAt.toISOString(),
        runs_out_at:
          limitCount === null ? null : (foretellEnd({ ...day, limitCount, now })?.toISOString() ?? null),
      },
      now,
    });
  };

  const throttle = async (tx: Tx, appId: string, health: Health, result: Told): Promise<void> => {
    const budget = await budgets.lock(tx, appId);
    const block = planThrottle(budget, result, health);
    await budgets.block(tx, appId, block, health === 'probe' || !budget.isBlocked);
    if (block.by === 'day') await warn(tx, appId, 100);
  };

  const stumble = async (tx: Tx, appId: string, health: Health): Promise<void> => {
    const budget = await budgets.lock(tx, appId);
    // It was on its way when the block came.
    if (budget.isBlocked && health !== 'probe') return;
    const block = planCircuit(budget, health, random(4).readUInt32BE() / 2 ** 32);
    await budgets.countTrouble(tx, appId);
    if (block) await budgets.block(tx, appId, block, true);
  };

  return {
    warn,

    /** In the transaction that settles the try. In good times it writes nothing. */
    note: async (
      tx: Tx,
      { appId, health, result }: { appId: string; health: Health; result: Told },
    ): Promise<void> => {
      switch (readNews(result)) {
        case 'throttled':
          return await throttle(tx, appId, health, result);
        case 'trouble':
          return await stumble(tx, appId, health);
        case 'fine':
          if (health !== 'good') await budgets.recover(tx, appId, health === 'probe');
          return;
        case 'not_tried':
          if (health === 'probe') await budgets.endProbe(tx, appId);
      }
    },
  };
}
