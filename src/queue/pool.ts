/** A loop with slots: claims as many items as there are free slots and runs them side by side, so that a slow one holds
 *  up only its own slot. */
import type { Log, Signals } from '../ports.ts';
import { createLoop } from './loop.ts';

export interface PoolDeps<Item> {
  name: string;
  slotCount: number;
  /** At most `maxCount` items that are due; what it returns is run. */
  claim: (maxCount: number) => Promise<Item[]>;
  run: (item: Item) => Promise<void>;
  idleMs: number;
  wake?: { signals: Pick<Signals, 'subscribe'>; topic: string };
  log: Log;
}

export interface Pool {
  start(): void;
  /** Claims nothing more; resolves when everything in flight has ended. */
  stop(): Promise<void>;
}

export function createPool<Item>({ slotCount, claim, run, ...rest }: PoolDeps<Item>): Pool {
  const inFlight = new Set<Promise<void>>();

  const occupy = (item: Item) => {
    const done = run(item)
      .catch((cause) => rest.log.error({ loop: rest.name, err: cause }, 'a unit of work failed'))
      .finally(() => {
        inFlight.delete(done);
        loop.wake();
      });
    inFlight.add(done);
  };

  const loop = createLoop({
    ...rest,
    tick: async () => {
      const freeCount = slotCount - inFlight.size;
      if (freeCount === 0) return 0;
      const items = await claim(freeCount);
      items.forEach(occupy);
      return items.length;
    },
  });

  return {
    start: loop.start,
    stop: async () => {
      await loop.stop();
      await Promise.all(inFlight);
    },
  };
}
