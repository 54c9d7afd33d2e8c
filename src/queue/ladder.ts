/** When to try again: a list of waits, climbed one rung a failure. Pure: count, wish and dice are given. */

/**
 * The waits after the first, immediate try, in seconds. An empty one means a single try. The default for sends,
 * 1,5,15,60,300,900,3600, with the time since the first try:
 *
 *   try 2   after     1 s   0:00:01
 *   try 3   after     5 s   0:00:06
 *   try 4   after    15 s   0:00:21
 *   try 5   after    60 s   0:01:21
 *   try 6   after   300 s   0:06:21
 *   try 7   after   900 s   0:21:21
 *   try 8   after 3,600 s   1:21:21   the last one
 */
export type Ladder = readonly number[];

/** At most this share is added to a wait, so that what failed together does not come back together. */
export const JITTER_SHARE = 0.2;

/** A day: whoever asks for more patience than that is not believed. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

export interface Climb {
  ladder: Ladder;
  /** Tries that failed so far, the one just made included; at least 1. */
  failedCount: number;
  /** What the other side asked for (`Retry-After`); never cut short. */
  retryAfterSeconds?: number | null;
  /** Evenly in [0, 1). */
  dice: number;
}

/** Seconds until the next try; undefined when the ladder ends here. */
export function planWaitSeconds({ ladder, failedCount, retryAfterSeconds, dice }: Climb): number | undefined {
  const rung = ladder[failedCount - 1];
  if (rung === undefined) return undefined;
  const asked = Math.min(Math.max(retryAfterSeconds ?? 0, 0), MAX_RETRY_AFTER_SECONDS);
  return Math.max(rung, asked) * (1 + JITTER_SHARE * dice);
}
