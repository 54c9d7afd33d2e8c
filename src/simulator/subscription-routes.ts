import { ownsPost } from './identities.ts';
import { refuseRest } from './refusal.ts';
import type { RestAuth, UserCaller } from './rest-auth.ts';
import { type Call, json, jsonOf, type Reply, type Route } from './route.ts';
import type { Stage, Subscription } from './world.ts';

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

  /** v1: one address and one key for the conversations of one post (PROTOCOL.md 5.1). There is no way to end it. */
  const notify = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_SET_NOTIFY_POST_CONVERSATIONS', ['v1', 'mid']);
    const user = auth.requireUser(call, app);
    const body = jsonOf(call) ?? {};
    const text = (name: string): string => {
      const value = body[name];
      if (typeof value !== 'string' || value === '') throw refuseRest('invalid', `${name} is required`);
      return value;
    };
    const [post, endpoint, identificationKey] = [
      text('post_token'),
      text('endpoint'),
      text('identification_key'),
    ];
    if (!URL.canParse(endpoint)) throw refuseRest('invalid', 'endpoint must be an address');
    auth.requireScope(user, [
      { name: 'CHAT_READ_POST_CONVERSATIONS', resource: post },
      { name: 'CHAT_POST_CONVERSATIONS_READ', resource: post },
    ]);
    requireOwner(user, post);
    const sameOne = (one: Subscription) =>
      one.app === app.slug && one.resourceId === post && one.notify?.endpoint === endpoint;
    world.subscriptions = [
      ...world.subscriptions.filter((one) => !sameOne(one)),
      {
        app: app.slug,
        grant: user.grant.id,
        token: user.hash,
        eventType: 'CHAT_MESSAGE',
        resourceId: post,
        notify: { endpoint, identificationKey },
        createdAt: now(),
      },
    ];
    changed();
    return json({});
  };

  return [
    {
      method: 'POST',
      path: '/v1/open-platform/notify/chat/post-conversations',
      caller: 'in',
      kind: 'subscribe',
      answer: notify,
    },
    {
      method: 'POST',
      path: '/v1/open-platform/events/subscriptions',
      caller: 'in',
      kind: 'subscribe',
      answer: subscribe,
    },
  ];
};
