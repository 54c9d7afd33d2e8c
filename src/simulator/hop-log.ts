import type { PersonKey } from './world.ts';

/** One request between Divar, an add-on and a browser. */
export interface Hop {
  seq: number;
  /** Simulated time of its start, RFC 3339. */
  at: string;
  /** How long it took, real milliseconds. */
  ms: number;
  /** `out`: Divar calls the add-on; `in`: the add-on calls Divar; `browser`: a person's browser calls Divar. */
  direction: 'out' | 'in' | 'browser';
  kind: string;
  method: string;
  path: string;
  /** 0: no answer. */
  status: number;
  app?: string | undefined;
  as?: PersonKey | 'anonymous' | undefined;
  conversation?: string | undefined;
  message?: string | undefined;
  fault?: string | undefined;
  problems: string[];
  request?: unknown;
  reply?: unknown;
}

export type NewHop = Omit<Hop, 'seq'>;

/** Enough for a long run of tests; older hops are forgotten. */
const KEPT_HOPS = 5000;

/** Hops in order. `wait` answers as soon as a matching hop is there, so that nobody has to sleep. */
export const createHopLog = () => {
  let hops: Hop[] = [];
  let seq = 0;
  let closed = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of [...waiting]) check();
  };

  const list = (after: number, matches: (hop: Hop) => boolean): Hop[] =>
    hops.filter((hop) => hop.seq > after && matches(hop));

  return {
    add(hop: NewHop): void {
      seq += 1;
      hops.push({ seq, ...hop });
      if (hops.length > KEPT_HOPS) hops = hops.slice(-KEPT_HOPS);
      wake();
    },
    list,
    latest: (): number => seq,
    wait: (after: number, waitMs: number, matches: (hop: Hop) => boolean): Promise<Hop[]> =>
      new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer);
          waiting.delete(check);
          resolve(list(after, matches));
        };
        const timer = setTimeout(finish, waitMs);
        const check = () => {
          if (closed || list(after, matches).length > 0) finish();
        };
        waiting.add(check);
        check();
      }),
    /** Numbers go on after a clear: a reader that waits for `after` misses nothing. */
    clear(): void {
      hops = [];
    },
    close(): void {
      closed = true;
      wake();
    },
  };
};

export type HopLog = ReturnType<typeof createHopLog>;
