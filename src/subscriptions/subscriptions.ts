/**
 * What Divar was asked to tell in the name of one grant. Divar forgets it with the token it was asked with, so it is asked
 * again after every refresh, while the old token still counts. Pure. @see PROTOCOL 5.1, 5.2
 *
 *   renewing --asked--> live --tokens renewed--> renewing
 *   renewing, live --could not be asked in time, grant ended, Divar refuses--> lost --asked--> live
 */
import { z } from 'zod';
import { formatScope } from '../consent/scopes.ts';
import type { ProblemIssue } from '../errors.ts';
import { planWaitSeconds } from '../queue/ladder.ts';
import type { Generation } from '../tenants/tenants.ts';

/** Signals topic: there may be something to register. */
export const SUBSCRIPTIONS_TOPIC = 'subscriptions';

const SUBSCRIBED_TYPES = ['NEW_MESSAGE_ON_POST', 'POST_UPDATE'] as const;
export type SubscribedType = (typeof SUBSCRIBED_TYPES)[number];

export type SubscriptionState = 'renewing' | 'live' | 'lost';

/** Far more than one person's posts need; every one of them is asked for again after each refresh. */
export const MAX_PER_GRANT = 100;

/** Divar keeps the old token, and what hangs on it, for two minutes; then events may be missing. */
export const GRACE_SECONDS = 120;

/** Divar may be away: the last rung is climbed for ever, because every event is worth it. */
const RETRY_LADDER = [1, 5, 15, 30, 60, 300];

export const SubscriptionRequest = z.strictObject({
  grant_id: z.string().max(64),
  event_type: z.enum(SUBSCRIBED_TYPES),
  resource_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'A post token')
    .nullish(),
});
export type SubscriptionRequest = z.infer<typeof SubscriptionRequest>;

export interface Subscription {
  tenantId: string;
  id: string;
  appId: string;
  grantId: string;
  eventType: SubscribedType;
  /** A post token; null: all that the grant reaches. */
  resourceId: string | null;
  state: SubscriptionState;
  lostSince: Date | null;
  reason: string | null;
  tryCount: number;
  createdAt: Date;
}

export const SubscriptionView = z
  .object({
    id: z.string(),
    object: z.literal('subscription'),
    grant_id: z.string(),
    event_type: z.enum(SUBSCRIBED_TYPES),
    resource_id: z.string().nullable(),
    state: z.enum(['renewing', 'live', 'lost']),
    /** Since when events may be missing. */
    lost_since: z.iso.datetime().nullable(),
    /** Why it was lost. */
    reason: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Subscription' });
export type SubscriptionView = z.infer<typeof SubscriptionView>;

export function presentSubscription(subscription: Subscription): SubscriptionView {
  return {
    id: subscription.id,
    object: 'subscription',
    grant_id: subscription.grantId,
    event_type: subscription.eventType,
    resource_id: subscription.resourceId,
    state: subscription.state,
    lost_since: subscription.lostSince?.toISOString() ?? null,
    reason: subscription.reason,
    created_at: subscription.createdAt.toISOString(),
  };
}

/** What a generation cannot be asked for at all. */
export function lintSubscription(
  { event_type, resource_id }: SubscriptionRequest,
  generation: Generation,
): ProblemIssue[] {
  if (generation === 'v2') return [];
  const issues: ProblemIssue[] = [];
  if (event_type !== 'NEW_MESSAGE_ON_POST')
    issues.push({
      path: 'body.event_type',
      code: 'not_in_generation',
      message: 'In the first generation only NEW_MESSAGE_ON_POST exists',
    });
  if (!resource_id)
    issues.push({
      path: 'body.resource_id',
      code: 'required',
      message: 'In the first generation a subscription is for one post',
    });
  return issues;
}

/** Any one of them is enough. */
export function scopesFor(
  { eventType, resourceId }: Pick<Subscription, 'eventType' | 'resourceId'>,
  generation: Generation,
): string[] {
  if (eventType === 'POST_UPDATE') return ['USER_POSTS_GET'];
  const ofPost = (name: string) => (resourceId === null ? [] : [formatScope({ name, id: resourceId })]);
  if (generation === 'v1') return ofPost('CHAT_READ_POST_CONVERSATIONS');
  return [...ofPost('CHAT_POST_CONVERSATIONS_READ'), 'CHAT_SUPPLIER_ALL_CONVERSATIONS_READ'];
}

export function isCovered(
  granted: readonly string[],
  subscription: Pick<Subscription, 'eventType' | 'resourceId'>,
  generation: Generation,
): boolean {
  return scopesFor(subscription, generation).some((scope) => granted.includes(scope));
}

export function planRegisterSeconds(failedCount: number, dice: number): number {
  const rung = Math.min(failedCount, RETRY_LADDER.length);
  return planWaitSeconds({ ladder: RETRY_LADDER, failedCount: rung, dice }) ?? 300;
}
