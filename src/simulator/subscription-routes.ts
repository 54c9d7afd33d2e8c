import { ownsPost } from './identities.ts';
import { refuseRest } from './refusal.ts';
import type { RestAuth, UserCaller } from './rest-auth.ts';
import { type Call, json, jsonOf, type Reply, type Route } from './route.ts';
import type { Stage } from './world.ts';

/** Which scopes allow which subscription, with and without a post (PROTOCOL.md 5.2). */
const EVENT_SCOPES: Record<string, (post: string) => { name: string; resource?: string }[]> = {
  NEW_MESSAGE_ON_POST: (post) => [
    ...(post ? [{ name: 'CHAT_POST_CONVERSATIONS_READ', resource: post }] : []),
    { name: 'CHAT_SUPPLIER_ALL_CONVERSATIONS_READ' },
  ],
  POST_UPDATE: () => [{ name: 'USER_POSTS_GET' }],
};

/** Registers event subscriptions. Each lives as long as the access token it was made with. */
export const createSubscriptionRoutes = ({ stage, auth }: { stage: Stage; auth: RestAuth }): Route[] => {
  const { world, now, changed } = stage;

  const requireOwner = (user: UserCaller, post: string): void => {
    if (post && !world.posts[post]) throw refuseRest('not_found', 'post not found');
    if (post && !ownsPost(world, user.person, post))
      throw refuseRest('forbidden', 'only the owner may subscribe');
  };

  const subscribe = (call: Call): Reply => {
    const app = auth.requireKey(call, 'EVENTS_REGISTER_SUBSCRIPTION', ['v2']);
    const user = auth.requireUser(call, app);
    const body = jsonOf(call) ?? {};
    const eventType = typeof body.event_type === 'string' ? body.event_type : '';
    const scopes = EVENT_SCOPES[eventType];
    if (!scopes) throw refuseRest('invalid', 'event_type is unknown');
    const resource = body.event_resource_id ?? '';
    if (typeof resource !== 'string') throw refuseRest('invalid', 'event_resource_id must be a string');
    auth.requireScope(user, scopes(resource));
    requireOwner(user, resource);
    world.subscriptions.push({
      app: app.slug,
      grant: user.grant.id,
      token: user.hash,
      eventType,
      resourceId: resource,
      metadata: body.metadata,
      createdAt: now(),
    });
    changed();
    return json({});
  };

  return [
    {
      method: 'POST',
      path: '/v1/open-platform/events/subscriptions',
      caller: 'in',
      kind: 'subscribe',
      answer: subscribe,
    },
  ];
};
