/**
 * Which of our tries the echoes seen in a chat belong to. Tries and echoes here have the same chat and say the same; an
 * echo is of exactly one try, and a try has at most one. A try stands in the chat for certain when the echoes cannot all
 * be explained without it. So of two equal messages with one echo neither is certain, with two both are. Pure.
 */

export interface Try {
  messageId: string;
  beganAt: Date;
  /** When Divar had answered that it was sent; null when its answer was lost. */
  answeredAt: Date | null;
}

export interface Echo {
  divarKey: string;
  /** By Divar's clock. */
  sentAt: Date;
  /** By ours, which the tries have too. */
  seenAt: Date;
}

/** How far Divar's clock may be from ours. */
export const CLOCK_SKEW_MS = 120_000;

export function mayBeOf({ sentAt, seenAt }: Echo, { beganAt, answeredAt }: Try): boolean {
  if (seenAt < beganAt || sentAt.getTime() < beganAt.getTime() - CLOCK_SKEW_MS) return false;
  return answeredAt === null || sentAt.getTime() <= answeredAt.getTime() + CLOCK_SKEW_MS;
}

export interface Matching {
  /** `divarKey` of the echoes that are ours; the first seen come first. */
  ours: ReadonlySet<string>;
  isCertain(messageId: string): boolean;
  /** False: none of the echoes is of this message. */
  isPossible(messageId: string): boolean;
}

export function matchEchoes(tries: readonly Try[], echoes: readonly Echo[]): Matching {
  const inOrder = [...echoes].sort((one, other) => one.seenAt.getTime() - other.seenAt.getTime());
  const matched = match(tries, inOrder);
  const without = (messageId: string) => tries.filter((one) => one.messageId !== messageId);
  return {
    ours: new Set(matched.map(({ divarKey }) => divarKey)),
    isCertain: (messageId) => match(without(messageId), inOrder).length < matched.length,
    isPossible: (messageId) =>
      tries.some(
        (one) =>
          one.messageId === messageId &&
          inOrder.some((echo) => {
            if (!mayBeOf(echo, one)) return false;
            const others = match(
              tries.filter((other) => other !== one),
              inOrder.filter((other) => other !== echo),
            );
            return others.length === matched.length - 1;
          }),
      ),
  };
}

/** Echoes that find a try each, as many as possible. Augmenting paths: the sets are a few, seldom tens.
 *  @see https://en.wikipedia.org/wiki/Maximum_cardinality_matching */
function match(tries: readonly Try[], echoes: readonly Echo[]): Echo[] {
  const holders = new Map<Try, Echo>();
  const place = (echo: Echo, seen: Set<Try>): boolean => {
    for (const one of tries) {
      if (seen.has(one) || !mayBeOf(echo, one)) continue;
      seen.add(one);
      const holder = holders.get(one);
      if (holder && !place(holder, seen)) continue;
      holders.set(one, echo);
      return true;
    }
    return false;
  };
  return echoes.filter((echo) => place(echo, new Set()));
}
