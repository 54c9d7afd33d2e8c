const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** Doubled with every failure, and never the same for all tabs of a gateway that comes back.
 *  @param random 0 to 1 */
export function waitMs(failureCount: number, random: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failureCount - 1));
  return Math.round(longest * (0.5 + random / 2));
}
