/** When a chat is read, and what a reading proves. Pure. */
import type { Message } from '../messages/messages.ts';

/** Signals topic: there may be a chat to read. */
export const CHATS_TOPIC = 'chats';

/** A lost event is looked for this long after the last sign of life, then at twice the quiet time, and never later than
 *  hours after it. So a text that no event told is found within ten minutes while people write, and a quiet chat costs
 *  about ten reads in all. */
export const FIRST_READ_SECONDS = 300;
const LAST_READ_SECONDS = 6 * 3600;
const ACTIVE_SECONDS = 3 * 86_400;

/** A message that Divar took in is in the chat before this has passed since the send was given up. */
const ARRIVAL_MS = 10_000;

/** Looked at again for a message that is unknown, in seconds since the reading before; then it is left to the tenant. */
const UNKNOWN_LADDER = [30, 120, 600, 3600, 21_600];
/** After readings that Divar did not answer. */
const FAILURE_LADDER = [10, 30, 60, 300, 900, 3600];

/** Until a reading may prove that a message is not there. */
export function graceSeconds(timeoutMs: number): number {
  return (timeoutMs + ARRIVAL_MS) / 1000;
}

/** `readAt`: when the reading began. Only then what is missing in it is not in the chat. */
export function provesAbsence(
  readAt: Date,
  message: Pick<Message, 'stateAt'>,
  lastTryAt: Date,
  timeoutMs: number,
): boolean {
  const givenUpAt = Math.max(message.stateAt.getTime(), lastTryAt.getTime() + timeoutMs);
  return readAt.getTime() >= givenUpAt + ARRIVAL_MS;
}

/** Seconds until the chat is read again; null: nothing to read for. */
export function planNextRead({
  now,
  activeAt,
  failureCount,
  unknownSince,
}: {
  now: Date;
  activeAt: Date | null;
  /** Readings in a row that failed. */
  failureCount: number;
  /** Of the messages whose outcome is still unknown, the one that became so first. */
  unknownSince: Date | null;
}): number | null {
  if (failureCount > 0)
    return FAILURE_LADDER[Math.min(failureCount, FAILURE_LADDER.length) - 1] ?? LAST_READ_SECONDS;
  const waits = [planUnknown(now, unknownSince), planActive(now, activeAt)].filter((wait) => wait !== null);
  return waits.length === 0 ? null : Math.min(...waits);
}

function planUnknown(now: Date, since: Date | null): number | null {
  if (since === null) return null;
  const age = secondsBetween(since, now);
  return UNKNOWN_LADDER.find((wait) => wait > age) ?? null;
}

function planActive(now: Date, activeAt: Date | null): number | null {
  if (activeAt === null) return null;
  const quiet = secondsBetween(activeAt, now);
  if (quiet > ACTIVE_SECONDS) return null;
  return Math.min(Math.max(quiet, FIRST_READ_SECONDS), LAST_READ_SECONDS);
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}
