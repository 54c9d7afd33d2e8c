/**
 * Counts the visits of every app, minute by minute, in memory: from the line that is written of each request anyway, so that
 * nothing is added to the way of a visit but a few sums. What could not be written down waits for the next time.
 */
import type { Clock, Log } from '../ports.ts';
import { faultOf, MINUTE_MS, SLOT_COUNT, slotOf } from './health.ts';

/** The one route that Divar measures. */
const INIT_ROUTE = '/i/:app_id';
/** A day's outage of the database with a hundred busy apps; then the oldest minutes are forgotten. */
const MAX_ROWS = 150_000;
/** As long as anything of it is kept. */
const MAX_BEATS = 14 * 24 * 60;

export interface MinuteCount {
  appId: string;
  /** Since the epoch. */
  minute: number;
  calls: number;
  ours: number;
  key: number;
  request: number;
  /** How many calls took how long, of those that were answered or should have been. */
  slots: number[];
}

export type HealthMeter = ReturnType<typeof createHealthMeter>;

interface RequestLine {
  route?: unknown;
  status?: unknown;
  app_id?: unknown;
  duration_ms?: unknown;
}

export function createHealthMeter({ clock }: { clock: Clock }) {
  let counted = new Map<string, MinuteCount>();
  let beats = new Set<number>();

  const minuteNow = () => Math.floor(clock.now().getTime() / MINUTE_MS);

  const open = (appId: string, minute: number): MinuteCount => {
    const key = `${minute}/${appId}`;
    const found = counted.get(key);
    if (found !== undefined) return found;
    const made = {
      ...{ appId, minute, calls: 0, ours: 0, key: 0, request: 0 },
      slots: Array<number>(SLOT_COUNT).fill(0),
    };
    counted.set(key, made);
    return made;
  };

  const count = ({ status, app_id: appId, duration_ms: durationMs }: RequestLine) => {
    // An id that is no app's, and what is no answer, is nobody's minute.
    if (typeof appId !== 'string' || typeof status !== 'number' || typeof durationMs !== 'number') return;
    const of = open(appId, minuteNow());
    const fault = faultOf(status, durationMs);
    of.calls += 1;
    if (fault !== undefined) of[fault] += 1;
    if (fault === undefined || fault === 'ours') {
      const slot = slotOf(durationMs);
      of.slots[slot] = (of.slots[slot] ?? 0) + 1;
    }
  };

  const counting =
    (write: (fields: object, message: string) => void) =>
    (fields: object, message: string): void => {
      write(fields, message);
      if (message === 'request' && (fields as RequestLine).route === INIT_ROUTE) count(fields);
    };

  return {
    /** Writes what it is given, and counts the visits in it. */
    countingLog: (log: Log): Log => ({
      debug: counting((fields, message) => log.debug(fields, message)),
      info: counting((fields, message) => log.info(fields, message)),
      warn: counting((fields, message) => log.warn(fields, message)),
      error: counting((fields, message) => log.error(fields, message)),
    }),

    /** This process is there to answer. */
    beat: () => {
      beats.add(minuteNow());
      if (beats.size > MAX_BEATS) beats.delete([...beats][0] ?? 0);
    },

    /** All that was counted since the last time. */
    take: (): { counts: MinuteCount[]; beats: number[] } => {
      const taken = { counts: [...counted.values()], beats: [...beats] };
      counted = new Map();
      beats = new Set();
      return taken;
    },

    /** It could not be written down. */
    giveBack: (taken: { counts: readonly MinuteCount[]; beats: readonly number[] }) => {
      for (const count of taken.counts.slice(-MAX_ROWS)) add(open(count.appId, count.minute), count);
      beats = new Set([...taken.beats, ...beats]);
    },
  };
}

function add(to: MinuteCount, more: MinuteCount): void {
  to.calls += more.calls;
  to.ours += more.ours;
  to.key += more.key;
  to.request += more.request;
  for (const [slot, count] of more.slots.entries()) to.slots[slot] = (to.slots[slot] ?? 0) + count;
}
