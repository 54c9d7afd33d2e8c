/** The first transaction of a refresh: what is to be done is decided under the row's lock, and the journal is written. */
import type { Tx } from '../ports.ts';
import { beginClaimed, type Claim } from '../queue/claim.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import type { Begun, RefreshResult, RefreshSteps, StepDeps } from './refresh-steps.ts';
import type { LookedAt } from './refresh-store.ts';
import { dueWarning, FRESH_SECONDS, isHeld, type Move, planMove } from './refreshing.ts';

export interface BeginRefreshDeps extends StepDeps {
  directory: Pick<AppDirectory, 'find'>;
}

interface Beginning {
  app: App;
  looked: LookedAt;
  startedAt: Date;
}

/** Until an app that is suspended, or not known yet, is looked at again. */
const APP_RECHECK_SECONDS = 600;

export function createBeginRefresh(deps: BeginRefreshDeps, steps: RefreshSteps, leaseSeconds: number) {
  const { store } = deps;

  const warn = async (tx: Tx, app: App, { id, freshness }: LookedAt): Promise<void> => {
    const days = dueWarning(freshness);
    if (days === undefined) return;
    await store.setTold(tx, id, days);
    await steps.tell(tx, app, id, { type: 'grant.expiring', more: { days_left: days } });
  };

  /** Undefined when its tokens do not allow the move. */
  const make = async (tx: Tx, claim: Claim, move: Move, beginning: Beginning): Promise<Begun | undefined> => {
    const { app, looked } = beginning;
    const { tokens } = looked;
    switch (move.kind) {
      case 'rest':
        await steps.rest(tx, claim);
        return done(restResult(looked));
      case 'expire':
        await store.end(tx, claim.id, { state: 'expired', reason: 'expired' });
        return done('ended');
      case 'lose':
        await steps.breakGrant(tx, app, looked, 'refresh_lost');
        return done('ended');
      case 'restart':
        await store.clearJournal(tx, claim.id);
        await steps.retryLater(tx, claim);
        return done('failed');
      case 'probe':
        return tokens && { kind: 'probe', app, looked, tokens };
      case 'send':
        if (!tokens?.refreshToken) return undefined;
        await store.openJournal(tx, claim.id, move.opens);
        return { kind: 'send', ...beginning, tokens, opens: move.opens };
    }
  };

  const look = async (tx: Tx, claim: Claim): Promise<LookedAt | undefined> =>
    (await beginClaimed(tx, 'grants', claim, leaseSeconds)) ? await store.look(tx, claim.id) : undefined;

  const findApp = async (tx: Tx, claim: Claim, { appId, isVerified }: LookedAt): Promise<App | undefined> => {
    const app = deps.directory.find(appId);
    if (app && !app.suspended && isVerified) return app;
    await store.release(tx, claim, isVerified ? APP_RECHECK_SECONDS : null);
    return undefined;
  };

  const move = async (tx: Tx, claim: Claim, beginning: Beginning, isAsked: boolean): Promise<Begun> => {
    const { freshness, version } = beginning.looked;
    const isFresh = version > 1 && freshness.ageSeconds < FRESH_SECONDS;
    const begun = await make(tx, claim, planMove(freshness, isAsked && !isFresh), beginning);
    if (begun) return begun;
    await store.setRefreshable(tx, claim.id, false);
    await steps.rest(tx, claim);
    return done('resting');
  };

  /** `isAsked`: somebody wants new tokens; those who come right after one has got them want these. */
  return (claim: Claim, isAsked: boolean): Promise<Begun> =>
    deps.db.tenant(claim.tenantId, async (tx) => {
      const startedAt = deps.clock.now();
      const looked = await look(tx, claim);
      if (!looked) return done('gone');
      const app = await findApp(tx, claim, looked);
      if (!app) return done('failed');
      if (looked.isEnding) return { kind: 'ending', app, looked };
      await warn(tx, app, looked);
      return await move(tx, claim, { app, looked, startedAt }, isAsked);
    });
}

function done(result: RefreshResult): Begun {
  return { kind: 'done', result };
}

function restResult({ freshness }: LookedAt): RefreshResult {
  if (freshness.sentAgeSeconds !== null) return 'failed';
  return isHeld(freshness.state) ? 'resting' : 'ended';
}
