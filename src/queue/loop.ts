/**
 * The engine of every worker: run `tick` until it finds nothing, then rest until somebody calls or `idleMs` have passed.
 *
 *   ticking --found something--> ticking
 *   ticking --found nothing----> resting --wake or idleMs--> ticking
 *   ticking --threw------------> backing off (a wake does not cut it short) --> ticking
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, Signals } from '../ports.ts';

export interface Loop {
  start(): void;
  /** Ends a rest now; during a tick it is remembered, so that no call is lost. */
  wake(): void;
  /** No new tick; resolves when the one in flight has ended. */
  stop(): Promise<void>;
}

export interface LoopDeps {
  name: string;
  /** How much was found. Throws when it cannot work, which is taken as "PostgreSQL is away". */
  tick: () => Promise<number>;
  /** Longest rest: what a lost signal costs. */
  idleMs: number;
  wake?: { signals: Pick<Signals, 'subscribe'>; topic: string };
  log: Log;
  /** Rejects when aborted. Tests give their own. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Waits after failures in a row: 0.25, 0.5, 1, 2, 4, then 5 s each. A restart of PostgreSQL takes about two seconds. */
const FIRST_BACK_OFF_MS = 250;
const MAX_BACK_OFF_MS = 5000;

export function createLoop({ name, tick, idleMs, wake, log, pause = pauseFor }: LoopDeps): Loop {
  const stopping = new AbortController();
  let resting = new AbortController();
  let called = false;
  let failedCount = 0;
  let running: Promise<void> | undefined;
  let unsubscribe: (() => void) | undefined;

  const callNow = () => {
    called = true;
    resting.abort();
  };

  const rest = async () => {
    resting = new AbortController();
    if (called || stopping.signal.aborted) return;
    await pause(idleMs, AbortSignal.any([resting.signal, stopping.signal])).catch(() => undefined);
  };

  const backOff = async (cause: unknown) => {
    const waitMs = Math.min(FIRST_BACK_OFF_MS * 2 ** failedCount, MAX_BACK_OFF_MS);
    failedCount += 1;
    log.warn({ loop: name, failed_count: failedCount, wait_ms: waitMs, err: cause }, 'loop backs off');
    await pause(waitMs, stopping.signal).catch(() => undefined);
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      called = false;
      try {
        const foundCount = await tick();
        failedCount = 0;
        if (foundCount === 0) await rest();
      } catch (cause) {
        await backOff(cause);
      }
    }
  };

  return {
    start: () => {
      if (running) return;
      unsubscribe = wake?.signals.subscribe(wake.topic, callNow);
      running = run();
    },
    wake: callNow,
    stop: async () => {
      unsubscribe?.();
      stopping.abort();
      await running;
    },
  };
}

function pauseFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}
