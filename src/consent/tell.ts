/** What becomes of a grant, told to the tenant in the transaction that makes it so. */
import type { Announce } from '../events/announce.ts';
import type { JsonObject } from '../events/fields.ts';
import type { Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import { presentGrant } from './grant-view.ts';
import type { GrantStore } from './store.ts';

export interface ToldGrant {
  type: 'grant.created' | 'grant.expiring' | 'grant.broken' | 'grant.recovered' | 'grant.revoked';
  app: App;
  grantId: string;
  /** Beside the grant. */
  more?: JsonObject;
  now: Date;
}

export type TellGrant = (tx: Tx, told: ToldGrant) => Promise<void>;

export function createTellGrant(deps: { announce: Announce; grants: Pick<GrantStore, 'find'> }): TellGrant {
  return async (tx, { type, app, grantId, more = {}, now }) => {
    const grant = await deps.grants.find(tx, grantId);
    if (!grant) return;
    const simulated = app.environment === 'sandbox';
    const data = { grant: presentGrant(grant, now), ...more };
    await deps.announce(tx, { type, appId: app.id, simulated, data, now });
  };
}
