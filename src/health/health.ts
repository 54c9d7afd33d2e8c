/**
 * An app's health as Divar sees it: how fast its visits are answered, and how many minutes of a day and a week were lost,
 * by whose fault. Divar takes an add-on off its pages when they are too many. Pure. @see ADMINUI 3.3: Overview
 */
import { z } from 'zod';

/** The 99th percentile of the session POST. PROTOCOL 2.6 */
export const P99_TARGET_MS = 2000;
export const TARGETS = { day: 0.995, week: 0.998 } as const;
/** Milliseconds; a call counts in the first bound that it does not exceed, the rest in one of their own. Two seconds is
 *  among them, so that what Divar measures is never guessed. */
export const BOUNDS_MS = [
  5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000,
] as const;
export const SLOT_COUNT = BOUNDS_MS.length + 1;
export const MINUTE_MS = 60_000;

/** `away`: no process of ours was alive. `ours`: it was, and could not answer. `key`: Divar came with another key than the
 *  app's. `request`: Divar sent what nobody can read, or did not wait. */
export const FAULTS = ['away', 'ours', 'key', 'request'] as const;
export type Fault = (typeof FAULTS)[number];

/** Calls of one minute, or of several. */
export interface Calls {
  callCount: number;
  oursCount: number;
  keyCount: number;
  requestCount: number;
}

/** Whose fault an answer was; undefined: it was one. @param status 499: the caller hung up */
export function faultOf(status: number, durationMs: number): Exclude<Fault, 'away'> | undefined {
  if (status < 400) return undefined;
  if (status === 401) return 'key';
  if (status >= 500 || status === 429) return 'ours';
  return status === 499 && durationMs >= P99_TARGET_MS ? 'ours' : 'request';
}

export function slotOf(durationMs: number): number {
  const slot = BOUNDS_MS.findIndex((bound) => durationMs <= bound);
  return slot === -1 ? BOUNDS_MS.length : slot;
}

/** Somewhere within the bounds of the slot, as if its calls were spread evenly; null without calls. What is slower than the
 *  last bound is said to be the last bound. */
export function percentileMs(slots: readonly number[], share: number): number | null {
  const total = slots.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let before = 0;
  for (const [slot, count] of slots.entries()) {
    if (count > 0 && before + count >= wanted) {
      const from = slot === 0 ? 0 : (BOUNDS_MS[slot - 1] ?? 0);
      const to = BOUNDS_MS[slot] ?? from;
      return Math.round(from + ((to - from) * (wanted - before)) / count);
    }
    before += count;
  }
  return BOUNDS_MS.at(-1) ?? null;
}

export type Lost = Record<Fault, number>;

/** What part of its minute was lost, by fault. A wrong key beside right ones is somebody else, and loses nothing. */
export function lostOf({ callCount, oursCount, keyCount, requestCount }: Calls): Omit<Lost, 'away'> {
  const isStranger = callCount > oursCount + keyCount + requestCount;
  const total = isStranger ? callCount - keyCount : callCount;
  if (total <= 0) return { ours: 0, key: 0, request: 0 };
  return { ours: oursCount / total, key: isStranger ? 0 : keyCount / total, request: requestCount / total };
}

export interface FailedMinute extends Calls {
  at: Date;
}

/** Minutes in a row without a sign of life. */
export interface Gap {
  at: Date;
  minuteCount: number;
}

interface Verdict {
  from: Date;
  minuteCount: number;
  lost: Lost;
  /** 1: nothing was lost. Null: there is no whole minute yet. */
  availability: number | null;
}

/** A minute without calls is a good one as long as somebody was there to answer. */
export function judge(
  { from, to }: { from: Date; to: Date },
  failed: readonly FailedMinute[],
  gaps: readonly Gap[],
): Verdict {
  const minuteCount = Math.max(0, Math.floor((to.getTime() - from.getTime()) / MINUTE_MS));
  const lost: Lost = { away: 0, ours: 0, key: 0, request: 0 };
  for (const minute of failed) {
    if (minute.at < from || minute.at >= to) continue;
    const { ours, key, request } = lostOf(minute);
    lost.ours += ours;
    lost.key += key;
    lost.request += request;
  }
  for (const gap of gaps) lost.away += overlapMinutes(gap, from, to);
  const sum = lost.away + lost.ours + lost.key + lost.request;
  return {
    from,
    minuteCount,
    lost,
    availability: minuteCount === 0 ? null : Math.max(0, 1 - sum / minuteCount),
  };
}

function overlapMinutes({ at, minuteCount }: Gap, from: Date, to: Date): number {
  const begin = Math.max(at.getTime(), from.getTime());
  const end = Math.min(at.getTime() + minuteCount * MINUTE_MS, to.getTime());
  return Math.max(0, Math.floor((end - begin) / MINUTE_MS));
}

/** The worst first, as far as anybody wants to read. */
export function listLost(failed: readonly FailedMinute[], gaps: readonly Gap[], maxCount: number) {
  const minutes = failed
    .map((minute) => ({ minute, lost: lostOf(minute) }))
    .filter(({ lost }) => lost.ours + lost.key + lost.request > 0)
    .map(({ minute, lost }) => ({
      at: minute.at,
      minuteCount: 1,
      fault: worstOf(lost),
      callCount: minute.callCount,
      failedCount: minute.oursCount + minute.keyCount + minute.requestCount,
    }));
  const away = gaps.map(({ at, minuteCount }) => ({
    ...{ at, minuteCount, callCount: 0, failedCount: 0 },
    fault: 'away' as Fault,
  }));
  return [...minutes, ...away].sort((one, other) => other.at.getTime() - one.at.getTime()).slice(0, maxCount);
}

function worstOf(lost: Omit<Lost, 'away'>): Fault {
  const [worst = 'ours'] = (['ours', 'key', 'request'] as const).toSorted((a, b) => lost[b] - lost[a]);
  return worst;
}

const WindowView = z.object({
  name: z.enum(['day', 'week']),
  from: z.iso.datetime(),
  minutes: z.int(),
  target: z.number(),
  availability: z.number().nullable(),
  /** Minutes, in parts. */
  lost: z.record(z.enum(FAULTS), z.number()),
});

export const HealthView = z
  .object({
    object: z.literal('health'),
    /** Of the last day, over visits that were answered. */
    p99: z.object({ ms: z.int().nullable(), target_ms: z.int(), calls: z.int() }),
    windows: z.array(WindowView),
    series: z.array(
      z.object({ at: z.iso.datetime(), calls: z.int(), failed: z.int(), p99_ms: z.int().nullable() }),
    ),
    lost_minutes: z.array(
      z.object({
        at: z.iso.datetime(),
        minutes: z.int(),
        fault: z.enum(FAULTS),
        calls: z.int(),
        failed: z.int(),
      }),
    ),
  })
  .meta({ id: 'Health' });
export type HealthView = z.infer<typeof HealthView>;
