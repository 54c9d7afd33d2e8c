/** All SQL of subscriptions. Divar's keys for v1 are opened here and nowhere else. */
import type { BlindIndex, Db, Seal, Tx } from '../ports.ts';
import { type Claim, releaseClaimed } from '../queue/claim.ts';
import { isNotifyKey } from './notify-key.ts';
import {
  GRACE_SECONDS,
  type SubscribedType,
  type Subscription,
  type SubscriptionState,
} from './subscriptions.ts';

interface SubscriptionRow {
  tenant_id: string;
  id: string;
  app_id: string;
  grant_id: string;
  event_type: SubscribedType;
  facts: string;
  notify_key: string | null;
  state: SubscriptionState;
  lost_since: Date | null;
  reason: string | null;
  try_count: number;
  created_at: Date;
}

export interface NewSubscription {
  id: string;
  appId: string;
  grantId: string;
  eventType: SubscribedType;
  resourceId: string | null;
  createdAt: Date;
}

export type SubscriptionStore = ReturnType<typeof createSubscriptionStore>;

export function createSubscriptionStore({ seal, blindIndex }: { seal: Seal; blindIndex: BlindIndex }) {
  const table = (tx: Tx) => tx.sql('subscriptions').where({ tenant_id: tx.tenantId });
  const associatedData = (tenantId: string, column: 'facts' | 'notify_key', id: string) =>
    `${tenantId}|subscriptions|${column}|${id}`;
  const subjectKey = (eventType: string, resourceId: string | null) =>
    blindIndex(`subscription|${eventType}|${resourceId ?? ''}`);
  const fromRow = (row: SubscriptionRow): Subscription => {
    const facts = JSON.parse(seal.open(row.facts, associatedData(row.tenant_id, 'facts', row.id)));
    return {
      tenantId: row.tenant_id,
      id: row.id,
      appId: row.app_id,
      grantId: row.grant_id,
      eventType: row.event_type,
      resourceId: (facts as { resourceId: string | null }).resourceId,
      state: row.state,
      lostSince: row.lost_since,
      reason: row.reason,
      tryCount: row.try_count,
      createdAt: row.created_at,
    };
  };
  /** To be registered now, by whoever comes first; whoever is at it is too late. */
  const due = (tx: Tx) => ({
    renewing_since: tx.sql.fn.now(),
    try_count: 0,
    due_at: tx.sql.fn.now(),
    claim_id: null,
    claimed_until: null,
  });
  const renewing = (tx: Tx) => tx.sql.raw(`case when state = 'lost' then 'lost' else 'renewing' end`);

  return {
    /** The one that stands: a second one for the same thing is the first. */
    insert: async (
      tx: Tx,
      subscription: NewSubscription,
    ): Promise<{ subscription: Subscription; isNew: boolean }> => {
      const { id, grantId, eventType, resourceId } = subscription;
      const subject = { grant_id: grantId, subject_key: subjectKey(eventType, resourceId) };
      const inserted = await tx
        .sql('subscriptions')
        .insert({
          tenant_id: tx.tenantId,
          id,
          app_id: subscription.appId,
          ...subject,
          event_type: eventType,
          facts: seal.seal(JSON.stringify({ resourceId }), associatedData(tx.tenantId, 'facts', id)),
          state: 'renewing',
          created_at: subscription.createdAt,
          ...due(tx),
        })
        .onConflict(['tenant_id', 'grant_id', 'subject_key'])
        .ignore()
        .returning('*');
      const [row] = inserted.length > 0 ? inserted : await table(tx).where(subject).limit(1);
      return { subscription: fromRow(row as SubscriptionRow), isNew: inserted.length > 0 };
    },

    find: async (tx: Tx, id: string): Promise<Subscription | undefined> => {
      const row = await table(tx).where({ id }).first();
      return row && fromRow(row as SubscriptionRow);
    },

    /** Newest first. `before` is the id that ended the page before this one. */
    list: async (
      tx: Tx,
      appId: string,
      page: { limit: number; before?: string | undefined },
    ): Promise<Subscription[]> => {
      const found = await table(tx)
        .where({ app_id: appId })
        .modify((query) => page.before && query.where('id', '<', page.before))
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (found as SubscriptionRow[]).map(fromRow);
    },

    listOfGrants: async (tx: Tx, grantIds: readonly string[]): Promise<Subscription[]> => {
      const found = await table(tx)
        .whereIn('grant_id', [...grantIds])
        .orderBy('id');
      return (found as SubscriptionRow[]).map(fromRow);
    },

    countOfGrant: async (tx: Tx, grantId: string): Promise<number> => {
      const [row] = await table(tx).where({ grant_id: grantId }).count({ count: '*' });
      return Number(row?.count ?? 0);
    },

    remove: async (tx: Tx, id: string): Promise<void> => {
      await table(tx).where({ id }).delete();
    },

    /** The grant has new tokens: what was registered with the old ones ends with them. */
    expectRenewal: async (tx: Tx, grantId: string): Promise<void> => {
      await table(tx)
        .where({ grant_id: grantId })
        .update({ state: renewing(tx), ...due(tx) });
    },

    /** Hangs it on another grant. False when that one has the same already. */
    move: async (tx: Tx, { id, eventType, resourceId }: Subscription, grantId: string): Promise<boolean> => {
      const subject = { grant_id: grantId, subject_key: subjectKey(eventType, resourceId) };
      if (await table(tx).where(subject).first('id')) return false;
      await table(tx)
        .where({ id })
        .update({ ...subject, state: renewing(tx), ...due(tx) });
      return true;
    },

    /** Takes what is due of one grant for one worker. */
    claimOfGrant: async (
      tx: Tx,
      grantId: string,
      claimId: string,
      leaseSeconds: number,
    ): Promise<string[]> => {
      const rows = await table(tx)
        .where({ grant_id: grantId })
        .whereRaw('due_at <= now() and (claimed_until is null or claimed_until < now())')
        .update({
          claim_id: claimId,
          claimed_until: tx.sql.raw('now() + make_interval(secs => ?)', [leaseSeconds]),
        })
        .returning('id');
      return rows.map(({ id }) => id as string);
    },

    /** What Divar (v1) presents with the events of this subscription; `made` is kept if there is none yet. Known at the
     *  door from here on, because events may come before Divar's answer. */
    openNotifyKey: async (tx: Tx, id: string, made: string): Promise<string> => {
      const row = (await table(tx).where({ id }).first()) as SubscriptionRow | undefined;
      const place = associatedData(tx.tenantId, 'notify_key', id);
      const key = row?.notify_key ? seal.open(row.notify_key, place) : made;
      await table(tx)
        .where({ id })
        .update({
          notify_key_digest: blindIndex(notifyKeyText(key)),
          ...(row?.notify_key ? {} : { notify_key: seal.seal(key, place) }),
        });
      return key;
    },

    setLive: async (tx: Tx, claim: Claim, grantVersion: number): Promise<boolean> => {
      if (!(await releaseClaimed(tx, 'subscriptions', claim))) return false;
      await table(tx).where({ id: claim.id }).update({
        state: 'live',
        grant_version: grantVersion,
        lost_since: null,
        reason: null,
        try_count: 0,
        due_at: null,
      });
      return true;
    },

    /** True when the old token's time is over, and it was not lost before. */
    isOverdue: async (tx: Tx, id: string): Promise<boolean> =>
      (await table(tx)
        .where({ id })
        .whereNot({ state: 'lost' })
        .whereRaw('renewing_since <= now() - make_interval(secs => ?)', [GRACE_SECONDS])
        .first('id')) !== undefined,

    /** Events may be missing from the end of the old token's time on; `null` waits for nothing but new tokens. */
    setLost: async (tx: Tx, id: string, reason: string): Promise<Subscription | undefined> => {
      const [row] = await table(tx)
        .where({ id })
        .whereNot({ state: 'lost' })
        .update({ state: 'lost', lost_since: tx.sql.fn.now(), reason })
        .returning('*');
      return row && fromRow(row as SubscriptionRow);
    },

    /** To be tried again after so long; null: only when something changes. */
    retry: async (tx: Tx, claim: Claim, seconds: number | null): Promise<boolean> => {
      if (!(await releaseClaimed(tx, 'subscriptions', claim))) return false;
      await table(tx)
        .where({ id: claim.id })
        .update({
          try_count: tx.sql.raw('try_count + 1'),
          due_at: seconds === null ? null : tx.sql.raw('now() + make_interval(secs => ?)', [seconds]),
        });
      return true;
    },

    /** The grant has ended: nobody speaks for these any more, and their keys open nothing. */
    stop: async (tx: Tx, grantId: string): Promise<void> => {
      await table(tx)
        .where({ grant_id: grantId })
        .update({ due_at: null, claim_id: null, claimed_until: null, notify_key_digest: null });
    },

    /** Whether a subscription of the app has this key: asked before it is known who calls. */
    knowsKey: async (db: Pick<Db, 'call'>, appId: string, presented: string): Promise<boolean> => {
      if (!isNotifyKey(presented)) return false;
      const digest = blindIndex(notifyKeyText(presented));
      const [row] = await db.call<{ is_known: boolean }>('knows_subscription_key', [appId, digest]);
      return row?.is_known ?? false;
    },
  };
}

function notifyKeyText(key: string): string {
  return `subscription_key|${key}`;
}
