/** Looks at every app's landing page, so that a user is told at once when it is down instead of waiting for nothing. */
import { type Call, CallError, type Clock, type Db, type Log } from '../ports.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { judgeProbe } from './landing.ts';
import type { LandingStore } from './store.ts';

const PROBE_EVERY_SECONDS = 30;
/** A page that needs longer is as good as down for a user in a web view. */
const PROBE_TIMEOUT_MS = 5000;
/** The answer's head says enough. */
const MAX_PAGE_BYTES = 256 * 1024;
/** At once: with all of them down a round takes five seconds, so one worker looks after 100 pages. */
const MAX_PROBES = 20;

export interface LandingProbeDeps {
  db: Pick<Db, 'call' | 'tenant'>;
  directory: Pick<AppDirectory, 'find'>;
  landing: Pick<LandingStore, 'claimProbes' | 'findHealth' | 'saveHealth'>;
  /** Guarded: tenants name these addresses. */
  call: Call;
  clock: Clock;
  log: Log;
}

export function createLandingProbeWorker(deps: LandingProbeDeps) {
  const isReachable = async (app: App): Promise<boolean> => {
    try {
      const reply = await deps.call({
        method: 'GET',
        url: app.landing.url,
        headers: { 'user-agent': 'Peyvand-Probe', accept: 'text/html' },
        timeoutMs: PROBE_TIMEOUT_MS,
        maxBytes: MAX_PAGE_BYTES,
      });
      return reply.status < 500;
    } catch (cause) {
      // A page too large for us is there all the same.
      return cause instanceof CallError && cause.code === 'too_large';
    }
  };

  const probe = async (app: App) => {
    const reachable = await isReachable(app);
    await deps.db.tenant(app.tenantId, async (tx) => {
      const before = await deps.landing.findHealth(tx, app.id);
      if (!before) return;
      const now = deps.clock.now();
      const after = judgeProbe(before, reachable, now);
      await deps.landing.saveHealth(tx, app.id, after, now);
      if ((before.downSince === null) !== (after.downSince === null))
        deps.log.warn({ app_id: app.id, is_down: after.downSince !== null }, 'landing page changed');
    });
  };

  return {
    /** How many pages were looked at. */
    tick: async (): Promise<number> => {
      const due = await deps.landing.claimProbes(deps.db, MAX_PROBES, PROBE_EVERY_SECONDS);
      const apps = due
        .map(({ appId }) => deps.directory.find(appId))
        .filter((app): app is App => app !== undefined && !app.suspended);
      const results = await Promise.allSettled(apps.map(probe));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      return due.length;
    },
  };
}
