/** Registers one claimed subscription with Divar: begin (transaction), ask (none), settle (transaction). */
import type { RefreshStore } from '../consent/refresh-store.ts';
import type { RefuseGrant } from '../consent/refuse.ts';
import type { SubscribeOutcome, SubscribeRequest } from '../divar/subscribe.ts';
import type { Db, Log, RandomBytes, Tx } from '../ports.ts';
import { beginClaimed, type Claim } from '../queue/claim.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { makeNotifyKey } from './notify-key.ts';
import type { SubscriptionStore } from './store.ts';
import { planRegisterSeconds, type Subscription } from './subscriptions.ts';
import type { TellSubscription } from './tell.ts';

export interface RegisterDeps {
  db: Pick<Db, 'tenant'>;
  subscriptions: SubscriptionStore;
  refreshes: Pick<RefreshStore, 'lend' | 'look'>;
  refuseGrant: RefuseGrant;
  subscribe: (request: SubscribeRequest) => Promise<SubscribeOutcome>;
  tell: TellSubscription;
  directory: Pick<AppDirectory, 'find'>;
  publicUrl: string;
  random: RandomBytes;
  log: Log;
}

interface Registering {
  app: App;
  subscription: Subscription;
  grantVersion: number;
  beganAt: Date;
  request: SubscribeRequest;
}

/** New tokens make it due at once; this is what a lost renewal costs. */
const RENEWAL_RECHECK_SECONDS = 30;
/** Until an app that is suspended, or not known yet, is looked at again. */
const APP_RECHECK_SECONDS = 600;

export function createRegister(deps: RegisterDeps, leaseSeconds: number) {
  const { db, subscriptions, refreshes, tell } = deps;

  const form = async (
    tx: Tx,
    app: App,
    subscription: Subscription,
    accessToken: string,
  ): Promise<SubscribeRequest> => ({
    app,
    accessToken,
    eventType: subscription.eventType,
    resourceId: subscription.resourceId,
    subscriptionId: subscription.id,
    eventsUrl: `${deps.publicUrl}/e/${app.id}`,
    notifyKey:
      app.generation === 'v1'
        ? await subscriptions.openNotifyKey(tx, subscription.id, makeNotifyKey(deps.random))
        : null,
  });

  /** Undefined when there is nobody to ask in whose name, or nothing to ask for. */
  const prepare = async (tx: Tx, claim: Claim): Promise<Registering | undefined> => {
    const subscription = await subscriptions.find(tx, claim.id);
    const app = subscription && deps.directory.find(subscription.appId);
    if (!app || app.suspended) {
      await subscriptions.retry(tx, claim, APP_RECHECK_SECONDS);
      return undefined;
    }
    const grant = await refreshes.look(tx, subscription.grantId);
    const token = await refreshes.lend(tx, subscription.grantId);
    if (token === 'renewing') {
      await subscriptions.retry(tx, claim, RENEWAL_RECHECK_SECONDS);
      return undefined;
    }
    if (!token || !grant) {
      await tell.lose(tx, app, claim.id, 'grant_ended');
      await subscriptions.retry(tx, claim, null);
      return undefined;
    }
    const request = await form(tx, app, subscription, token.accessToken);
    return { app, subscription, grantVersion: grant.version, beganAt: await nowOf(tx), request };
  };

  const settleFailure = async (
    tx: Tx,
    claim: Claim,
    { app, subscription, beganAt }: Registering,
    kind: Exclude<SubscribeOutcome['kind'], 'done'>,
  ): Promise<void> => {
    if (!(await beginClaimed(tx, 'subscriptions', claim, leaseSeconds))) return;
    if (kind === 'unauthorized') await deps.refuseGrant(tx, subscription.grantId, beganAt);
    if (kind === 'refused') {
      await tell.lose(tx, app, claim.id, 'refused_by_divar');
      await subscriptions.retry(tx, claim, null);
      return;
    }
    if (await subscriptions.isOverdue(tx, claim.id)) await tell.lose(tx, app, claim.id, 'divar_unavailable');
    const dice = deps.random(4).readUInt32BE() / 2 ** 32;
    await subscriptions.retry(tx, claim, planRegisterSeconds(subscription.tryCount + 1, dice));
  };

  const settle = async (tx: Tx, claim: Claim, registering: Registering, outcome: SubscribeOutcome) => {
    const { app, subscription, grantVersion } = registering;
    if (outcome.kind !== 'done') return await settleFailure(tx, claim, registering, outcome.kind);
    if (!(await subscriptions.setLive(tx, claim, grantVersion))) return;
    if (subscription.state === 'lost') await tell.renewed(tx, app, claim.id, subscription.lostSince);
  };

  /** Never rejects: what it could not end, the lease ends. */
  return async (claim: Claim): Promise<void> => {
    try {
      const registering = await db.tenant(claim.tenantId, async (tx) =>
        (await beginClaimed(tx, 'subscriptions', claim, leaseSeconds)) ? await prepare(tx, claim) : undefined,
      );
      if (!registering) return;
      const outcome = await deps.subscribe(registering.request);
      await db.tenant(claim.tenantId, (tx) => settle(tx, claim, registering, outcome));
      const names = { app_id: registering.app.id, subscription_id: claim.id };
      deps.log.info({ ...names, outcome: outcome.kind, code: outcome.code }, 'subscription registered');
    } catch (cause) {
      deps.log.error({ subscription_id: claim.id, err: cause }, 'a subscription was left to its lease');
    }
  };
}

async function nowOf(tx: Tx): Promise<Date> {
  const { rows } = await tx.sql.raw<{ rows: [{ now: Date }] }>('select now() as now');
  return rows[0].now;
}
