/** Takes away what has served: spent codes and states, old replies, texts past their retention. Any number may run. */
import type { Db } from '../ports.ts';

/** Functions of `migrations/`, each deleting at most so many rows a call, so that nobody waits for its locks. */
const SWEEPS = [
  'sweep_sessions',
  'sweep_landing_codes',
  'sweep_oauth_states',
  'sweep_unverified_grants',
  'sweep_button_references',
  'sweep_idempotency_keys',
  'erase_message_contents',
  'sweep_event_keys',
  'sweep_echoes',
  'erase_event_payloads',
  'erase_delivery_answers',
  'retire_secrets',
  'sweep_refusals',
  'sweep_health',
] as const;
const MAX_ROWS = 1000;

export function createSweepWorker({ db }: { db: Pick<Db, 'call'> }) {
  return {
    /** Rows taken away; zero when nothing is left to do. */
    tick: async (): Promise<number> => {
      let count = 0;
      for (const sweep of SWEEPS) {
        const [row] = await db.call<Record<string, number>>(sweep, [MAX_ROWS]);
        count += Number(row?.[sweep] ?? 0);
      }
      return count;
    },
  };
}
