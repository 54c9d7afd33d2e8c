/**
 * Renews the tokens of one grant, so that a process may die at any instruction and no grant dies with it: the journal is
 * committed before the call, the new pair is stored before anybody uses it, and whoever comes late is fenced off.
 *
 *   claimed -> begin (transaction) -> ask Divar (none) -> settle (transaction) -> what hangs on it
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../ports.ts';
import { beginClaimed, type Claim } from '../queue/claim.ts';
import type { App } from '../tenants/tenants.ts';
import { type BeginRefreshDeps, createBeginRefresh } from './refresh-begin.ts';
import { createSettleRefresh, type SettleRefreshDeps } from './refresh-settle.ts';
import { type Begun, createRefreshSteps, type RefreshResult } from './refresh-steps.ts';
import { isHeld } from './refreshing.ts';

/** What hangs on a grant. Each is repeated when a process dies meanwhile. */
export interface Dependents {
  /** In the transaction that stores the new pair. */
  expectRenewal: (tx: Tx, grantId: string) => Promise<void>;
  /** The pair is stored. */
  renewed: (app: App, grantId: string) => Promise<void>;
  /** The grant has ended; `isRevoked`: for good, and by somebody's wish. */
  ended: (app: App, grantId: string, end: { isRevoked: boolean; reason: string }) => Promise<void>;
}

export type RefreshDeps = BeginRefreshDeps &
  Omit<SettleRefreshDeps, 'expectRenewal'> & {
    dependents: Dependents;
    /** Of one call to Divar. */
    timeoutMs: number;
    leaseSeconds: number;
  };

/** What lies between the end of the longest call and the end of the lease, so that a result can be written. */
const LEASE_MARGIN_SECONDS = 5;
/** Between two looks at what another worker has got. */
const WAIT_MS = 100;

export type GrantRefresh = ReturnType<typeof createGrantRefresh>;

export function createGrantRefresh(deps: RefreshDeps) {
  const { db, store, dependents } = deps;
  const leaseSeconds = Math.max(deps.leaseSeconds, Math.ceil(deps.timeoutMs / 1000) + LEASE_MARGIN_SECONDS);
  const steps = createRefreshSteps(deps);
  const begin = createBeginRefresh(deps, steps, leaseSeconds);
  const settle = createSettleRefresh(
    { ...deps, expectRenewal: dependents.expectRenewal },
    steps,
    leaseSeconds,
  );

  const end = async (claim: Claim, { app, looked }: Extract<Begun, { kind: 'ending' }>) => {
    const { state, reason } = looked.freshness;
    await dependents.ended(app, claim.id, { isRevoked: state === 'revoked', reason: reason ?? state });
    await db.tenant(claim.tenantId, async (tx) => {
      if (!(await beginClaimed(tx, 'grants', claim, leaseSeconds))) return;
      await store.setEnded(tx, claim.id);
      await steps.rest(tx, claim);
    });
  };

  const run = async (claim: Claim, isAsked = false): Promise<RefreshResult> => {
    const begun = await begin(claim, isAsked);
    if (begun.kind === 'done') return begun.result;
    if (begun.kind === 'ending') {
      await end(claim, begun);
      return 'ended';
    }
    if (begun.kind === 'probe') return await settle.probe(claim, begun);
    const result = await settle.refresh(claim, begun);
    if (result === 'refreshed') await dependents.renewed(begun.app, claim.id);
    return result;
  };

  /** Waits for the worker that has the grant; undefined when it has given it back and nothing has come of it yet. */
  const awaitOther = async (
    tenantId: string,
    id: string,
    before: { version: number; tryCount: number },
  ): Promise<RefreshResult | undefined> => {
    await sleep(WAIT_MS);
    const looked = await db.tenant(tenantId, (tx) => store.look(tx, id));
    if (!looked) return 'gone';
    if (looked.version !== before.version) return 'refreshed';
    if (!isHeld(looked.freshness.state)) return 'ended';
    return looked.freshness.tryCount > before.tryCount ? 'failed' : undefined;
  };

  return {
    run,
    leaseSeconds,

    /** For one who wants new tokens now. Of many at once one asks Divar, and the others get what it got. */
    refreshNow: async (tenantId: string, id: string): Promise<RefreshResult> => {
      const looked = await db.tenant(tenantId, (tx) => store.look(tx, id));
      if (!looked) return 'gone';
      const before = { version: looked.version, tryCount: looked.freshness.tryCount };
      const endsAt = deps.clock.now().getTime() + leaseSeconds * 1000;
      while (deps.clock.now().getTime() <= endsAt) {
        const claim: Claim = { tenantId, id, claimId: deps.random(16).toString('base64url') };
        const isOurs = await db.tenant(tenantId, (tx) => store.claimOne(tx, id, claim.claimId, leaseSeconds));
        if (isOurs) return await run(claim, true);
        const result = await awaitOther(tenantId, id, before);
        if (result) return result;
      }
      return 'failed';
    },
  };
}
