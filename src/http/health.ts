/** For probes: is the process alive, and can it take work. */
import { Problem } from '../errors.ts';
import type { PageRoute } from './route.ts';

export const HEALTH_PATH = '/healthz';
export const READY_PATH = '/readyz';

export function createHealthRoutes({ isReady }: { isReady(): boolean }): PageRoute[] {
  return [
    {
      kind: 'page',
      method: 'GET',
      path: HEALTH_PATH,
      summary: 'The process runs',
      handle: async () => ({ status: 200, json: { status: 'ok' } }),
    },
    {
      kind: 'page',
      method: 'GET',
      path: READY_PATH,
      summary: 'The process can answer Divar',
      handle: async () => {
        if (!isReady()) throw new Problem('unavailable', { detail: 'Not ready' });
        return { status: 200, json: { status: 'ok' } };
      },
    },
  ];
}
