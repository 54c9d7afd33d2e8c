/** How often somebody may try, per account, per network and over all. Counted in PostgreSQL, so that no limit is skipped
 *  while anything else is away: without the count there is no try. */
import { Problem } from '../errors.ts';
import type { BlindIndex, Db } from '../ports.ts';

const QUARTER_SECONDS = 15 * 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Tries in a window; the first one begins it. */
const LIMITS = {
  /** Of one address that somebody types, whether it is known or not. */
  login_account: { count: 10, seconds: QUARTER_SECONDS },
  login_network: { count: 100, seconds: QUARTER_SECONDS },
  login_all: { count: 5000, seconds: QUARTER_SECONDS },
  /** Three of a million codes are right at any time: 1 in 3000 a day for whoever has the password. */
  code_member: { count: 10, seconds: QUARTER_SECONDS },
  code_member_day: { count: 100, seconds: DAY_SECONDS },
  mail_account: { count: 5, seconds: HOUR_SECONDS },
  mail_network: { count: 100, seconds: HOUR_SECONDS },
  mail_all: { count: 2000, seconds: HOUR_SECONDS },
  /** Challenges for whoever opens the login page: each is a row for a quarter of an hour. */
  passkey_network: { count: 300, seconds: QUARTER_SECONDS },
  passkey_all: { count: 20_000, seconds: QUARTER_SECONDS },
  link_network: { count: 100, seconds: QUARTER_SECONDS },
} as const;
type Limit = keyof typeof LIMITS;

export type Throttle = ReturnType<typeof createThrottle>;

export function createThrottle({ db, blindIndex }: { db: Pick<Db, 'call'>; blindIndex: BlindIndex }) {
  /** Addresses are people: their digest is enough to count. */
  const nameOf = (limit: Limit, bucket: string) => `${limit}/${blindIndex(`throttle|${bucket}`)}`;

  return {
    /** Counts one try in each bucket. @throws Problem `rate_limited` when one of them is full. */
    take: async (buckets: Partial<Record<Limit, string>>, now: Date): Promise<void> => {
      const names = Object.keys(buckets) as Limit[];
      const [row] = await db.call<{ wait_seconds: number }>('take_attempts', [
        names.map((name) => nameOf(name, buckets[name] ?? '')),
        names.map((name) => LIMITS[name].count),
        names.map((name) => LIMITS[name].seconds),
        now,
      ]);
      const waitSeconds = row?.wait_seconds ?? 1;
      if (row === undefined || waitSeconds > 0)
        throw new Problem('rate_limited', {
          detail: 'Too many tries; wait',
          retryAfterSeconds: waitSeconds,
          extra: { params: { retry_after_seconds: waitSeconds } },
        });
    },
    /** After a success: the tries of this bucket begin anew. */
    forget: async (limit: Limit, bucket: string): Promise<void> => {
      await db.call('forget_attempts', [nameOf(limit, bucket)]);
    },
  };
}
