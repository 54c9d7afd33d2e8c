/** The worker in motion: one pool of slots for endpoints that work, one for those that fail, and the sweep. */
import type { Log, Signals } from '../ports.ts';
import { createLoop } from '../queue/loop.ts';
import { createPool, type Pool } from '../queue/pool.ts';
import { WEBHOOKS_TOPIC } from './webhooks.ts';
import type { Line, WebhookWorker } from './worker.ts';

/** A slot is one open request: cheap, and with 8 a good endpoint has, enough for 32 of them at full speed. */
const SLOT_COUNTS: Record<Line, number> = { healthy: 256, troubled: 128 };
/** What a lost signal costs, and how exact the times of a ladder are kept. */
const IDLE_MS = 500;
const SWEEP_EVERY_MS = 30_000;

export function createWebhookPools(deps: {
  worker: Pick<WebhookWorker, 'claim' | 'run' | 'sweep'>;
  signals: Pick<Signals, 'subscribe'>;
  log: Log;
}): Pool {
  const { worker, signals, log } = deps;
  const poolOf = (line: Line) =>
    createPool({
      name: `webhooks ${line}`,
      slotCount: SLOT_COUNTS[line],
      claim: (maxCount) => worker.claim(line, maxCount),
      run: worker.run,
      idleMs: IDLE_MS,
      wake: { signals, topic: WEBHOOKS_TOPIC },
      log,
    });
  const parts = [
    poolOf('healthy'),
    poolOf('troubled'),
    createLoop({ name: 'webhooks sweep', tick: worker.sweep, idleMs: SWEEP_EVERY_MS, log }),
  ];
  return {
    start: () => {
      for (const part of parts) part.start();
    },
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}
