/** Writes down what was counted, and that this process is alive. */
import type { Db } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import type { HealthMeter } from './meter.ts';
import type { HealthStore } from './store.ts';

export interface HealthWorkerDeps {
  db: Pick<Db, 'call'>;
  meter: Pick<HealthMeter, 'beat' | 'take' | 'giveBack'>;
  store: Pick<HealthStore, 'add'>;
  directory: Pick<AppDirectory, 'find'>;
}

export function createHealthWorker({ db, meter, store, directory }: HealthWorkerDeps) {
  return {
    /** Zero: whatever was found, the next look has its time. @throws what the database throws; nothing is lost then */
    tick: async (): Promise<number> => {
      meter.beat();
      const taken = meter.take();
      const counts = taken.counts.flatMap((count) => {
        const tenantId = directory.find(count.appId)?.tenantId;
        return tenantId === undefined ? [] : [{ ...count, tenantId }];
      });
      try {
        await store.add(db, counts, taken.beats);
      } catch (error) {
        meter.giveBack(taken);
        throw error;
      }
      return 0;
    },
  };
}
