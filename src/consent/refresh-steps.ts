/** What the steps of a refresh have in common: who is told, how a grant is given back, how it breaks. */
import type { Clock, Db, RandomBytes, Tx } from '../ports.ts';
import type { Claim } from '../queue/claim.ts';
import type { App } from '../tenants/tenants.ts';
import type { LookedAt, RefreshStore } from './refresh-store.ts';
import { isHeld, planRestSeconds, planRetrySeconds } from './refreshing.ts';
import type { GrantTokens } from './store.ts';
import type { TellGrant, ToldGrant } from './tell.ts';

/** `resting`: nothing had to be done. `failed`: Divar gave no new tokens, and will be asked again. */
export type RefreshResult = 'refreshed' | 'resting' | 'failed' | 'ended' | 'gone';

export type Begun =
  | { kind: 'done'; result: RefreshResult }
  | { kind: 'ending'; app: App; looked: LookedAt }
  | { kind: 'send'; app: App; looked: LookedAt; tokens: GrantTokens; opens: boolean; startedAt: Date }
  | { kind: 'probe'; app: App; looked: LookedAt; tokens: GrantTokens };
export type Sending = Extract<Begun, { kind: 'send' }>;
export type Probing = Extract<Begun, { kind: 'probe' }>;

export interface StepDeps {
  db: Pick<Db, 'tenant'>;
  store: RefreshStore;
  tellGrant: TellGrant;
  clock: Clock;
  random: RandomBytes;
}

export type RefreshSteps = ReturnType<typeof createRefreshSteps>;

export function createRefreshSteps({ store, tellGrant, clock, random }: StepDeps) {
  const dice = () => random(4).readUInt32BE() / 2 ** 32;

  const tell = (tx: Tx, app: App, grantId: string, told: Pick<ToldGrant, 'type' | 'more'>): Promise<void> =>
    tellGrant(tx, { ...told, app, grantId, now: clock.now() });

  return {
    tell,

    /** Gives the grant back until its time comes. */
    rest: async (tx: Tx, claim: Claim): Promise<void> => {
      const looked = await store.look(tx, claim.id);
      if (looked) await store.release(tx, claim, planRestSeconds(looked.freshness, dice()));
    },

    /** Gives the grant back until the ladder says so. */
    retryLater: async (tx: Tx, claim: Claim): Promise<void> => {
      const looked = await store.look(tx, claim.id);
      if (looked) await store.release(tx, claim, planRetrySeconds(looked.freshness, dice()));
    },

    /** Told once: a grant that is broken already has nothing new to tell, and one whose time is over has only ended. */
    breakGrant: async (
      tx: Tx,
      app: App,
      { id, freshness }: LookedAt,
      reason: 'refused' | 'refresh_lost',
    ): Promise<void> => {
      const isOver = freshness.consentInSeconds <= 0;
      await store.end(tx, id, isOver ? { state: 'expired', reason: 'expired' } : { state: 'broken', reason });
      if (isHeld(freshness.state) && !isOver)
        await tell(tx, app, id, { type: 'grant.broken', more: { reason } });
    },
  };
}
