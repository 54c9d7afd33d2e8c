import type { Emit } from './emit.ts';
import {
  formatChatbotMessage,
  formatNewMessage,
  formatNotification,
  formatPayment,
  formatPostUpdate,
  formatRevocation,
  isGone,
  type PaymentState,
  type PostChange,
  type Said,
} from './event-body.ts';
import type { EventDialect } from './event-dialect.ts';
import { userIdOf } from './identities.ts';
import {
  type App,
  type Conversation,
  type Grant,
  isOpenTo,
  type Message,
  type PersonKey,
  type Stage,
  type Subscription,
} from './world.ts';

interface HappeningsDeps {
  stage: Stage;
  emit: Emit;
  dialect(slug: string): EventDialect;
}

/** Without both of them nobody hears of a revocation (PROTOCOL.md 5.2). */
const REVOCATION_SCOPES = ['NOTIFICATION_ACCESS_REVOCATION', 'USER_ID'];

/** What happens in Divar, told to the add-ons that may hear of it. */
export const createHappenings = ({ stage, emit, dialect }: HappeningsDeps) => {
  const { world, now, publicUrl } = stage;

  const toApp = (app: App, fields: Record<string, unknown>, conversation?: Conversation): number => {
    if (app.eventsUrl === undefined) return 0;
    emit({ app, url: app.eventsUrl, identificationKey: app.identificationKey, fields, conversation });
    return 1;
  };

  /** A v2 subscription lives as long as its token, a v1 one as long as its grant. */
  const isLive = ({ grant, token, notify }: Subscription): boolean => {
    if (world.grants[grant]?.revokedAt !== undefined) return false;
    return notify !== undefined || (world.tokens[token]?.expiresAt ?? 0) > now();
  };

  const subscribed = (eventType: string, post: string) =>
    world.subscriptions.flatMap((subscription) => {
      const app = world.apps[subscription.app];
      const fits = subscription.resourceId === '' || subscription.resourceId === post;
      return app && fits && subscription.eventType === eventType && isLive(subscription)
        ? [{ app, subscription }]
        : [];
    });

  const saidInChat = (conversation: Conversation, message: Message): void => {
    const post = world.posts[conversation.post ?? ''];
    if (!post) return;
    const said = (app: App): Said => ({
      ...{ app, conversation, message, publicUrl },
      dialect: dialect(app.slug),
    });
    const hearers = (eventType: string) =>
      subscribed(eventType, post.token).filter(({ app }) => isOpenTo(conversation, app.slug));
    for (const { app, subscription } of hearers('NEW_MESSAGE_ON_POST'))
      toApp(app, formatNewMessage(said(app), subscription.metadata), conversation);
    // v1 cannot say that a message is an add-on's own, nor what is not a text, so it is not told of those.
    if (message.sender === 'app' || message.text === '') return;
    for (const { app, subscription } of hearers('CHAT_MESSAGE')) {
      if (!subscription.notify) continue;
      const { endpoint: url, identificationKey } = subscription.notify;
      emit({ app, url, identificationKey, fields: formatNotification(said(app), post), conversation });
    }
  };

  const saidToBot = (conversation: Conversation, message: Message): void => {
    const app = world.apps[conversation.app ?? ''];
    if (!app || message.sender === 'app') return;
    const said = { app, conversation, message, publicUrl, dialect: dialect(app.slug) };
    toApp(app, formatChatbotMessage(said), conversation);
  };

  return {
    said(conversation: Conversation, message: Message): void {
      if (conversation.type === 'POST') saidInChat(conversation, message);
      else saidToBot(conversation, message);
    },

    /** A person has taken these grants of an app back. */
    revoked(slug: string, person: PersonKey, grants: readonly Grant[]): void {
      const app = world.apps[slug];
      const wanted = grants.some(({ scopes }) => REVOCATION_SCOPES.every((scope) => scopes.includes(scope)));
      if (app && wanted) toApp(app, formatRevocation(userIdOf(slug, app.generation, person)));
    },

    /** A subscription to all posts hears nothing of posts that are gone. Returns how many were told. */
    postChanged(app: App, token: string, change: PostChange): number {
      const post = world.posts[token];
      if (!post) return 0;
      const hearers = subscribed('POST_UPDATE', token).filter(
        ({ app: { slug }, subscription }) =>
          slug === app.slug && !(subscription.resourceId === '' && isGone(change)),
      );
      for (const { subscription } of hearers)
        toApp(app, formatPostUpdate(change, post, subscription.metadata, dialect(app.slug)));
      return hearers.length;
    },

    paid: (app: App, payment: { id: string; state: PaymentState; costRials: number }): number =>
      toApp(app, formatPayment(payment, dialect(app.slug))),

    /** Whatever a tester wants Divar to say. */
    anything: (app: App, fields: Record<string, unknown>): number => toApp(app, fields),
  };
};
export type Happenings = ReturnType<typeof createHappenings>;
