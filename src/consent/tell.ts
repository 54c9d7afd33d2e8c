/** A new grant, told to the tenant in the transaction that makes it usable. */
import type { Announce } from '../events/announce.ts';
import type { Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import { presentGrant } from './grant-view.ts';
import type { GrantStore } from './store.ts';

export type TellGrant = (tx: Tx, app: App, grantId: string, now: Date) => Promise<void>;

export function createTellGrant(deps: { announce: Announce; grants: Pick<GrantStore, 'find'> }): TellGrant {
  return async (tx, app, grantId, now) => {
    const grant = await deps.grants.find(tx, grantId);
    if (!grant) return;
    const simulated = app.environment === 'sandbox';
    await deps.announce(tx, {
      type: 'grant.created',
      appId: app.id,
      simulated,
      data: { grant: presentGrant(grant, now) },
      now,
    });
  };
}
