/** Divar has refused the access token of a send: one refresh shows whether the grant still holds. */
import type { Clock, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import type { RefreshStore } from './refresh-store.ts';
import { GRANTS_TOPIC } from './refreshing.ts';
import type { TellGrant } from './tell.ts';

/** `replaced`: there is a newer token already. `renewing`: one is asked for. `ended`: the user has to consent again. */
export type Refusal = 'replaced' | 'renewing' | 'ended';

/** `beganAt`: when the send began, by the database's clock. */
export type RefuseGrant = (tx: Tx, grantId: string, beganAt: Date) => Promise<Refusal>;

export function createRefuseGrant(deps: {
  store: Pick<RefreshStore, 'refuse' | 'look' | 'end'>;
  tellGrant: TellGrant;
  directory: Pick<AppDirectory, 'find'>;
  clock: Clock;
  signals: Pick<Signals, 'publish'>;
}): RefuseGrant {
  return async (tx, grantId, beganAt) => {
    const refusal = await deps.store.refuse(tx, grantId, beganAt);
    if (refusal === 'replaced' || refusal === 'ended') return refusal;
    afterCommit(tx, () => deps.signals.publish(GRANTS_TOPIC));
    if (refusal === 'renewing') return refusal;
    const grant = await deps.store.look(tx, grantId);
    const app = grant && deps.directory.find(grant.appId);
    const reason = 'access_refused';
    // What Divar has given new tokens for may be held up by the app's own key: these tokens are tried again later.
    const keepsTokens = grant?.freshness.refreshable ?? false;
    await deps.store.end(tx, grantId, { state: 'broken', reason, keepsTokens });
    if (app)
      await deps.tellGrant(tx, {
        type: 'grant.broken',
        app,
        grantId,
        more: { reason },
        now: deps.clock.now(),
      });
    return 'ended';
  };
}
