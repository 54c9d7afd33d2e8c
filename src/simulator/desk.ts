import { createConversation, createTestPost, PEOPLE } from './cast.ts';
import { refuseControl } from './control-input.ts';
import type { Dialect } from './dialect.ts';
import type { EventDialects } from './event-routes.ts';
import type { Faults } from './faults.ts';
import type { Hop, HopLog } from './hop-log.ts';
import { formatUuid } from './identities.ts';
import { receiverPathOf } from './receiver-routes.ts';
import { describeChat, describeGrants } from './view.ts';
import type { App, Conversation, Stage } from './world.ts';

/** The oldest chat of a desk makes room for a new one. */
const MAX_CHATS = 20;
const SHOWN_MESSAGES = 200;
const SHOWN_HOPS = 150;

interface DeskDeps {
  stage: Stage;
  log: Pick<HopLog, 'list' | 'latest'>;
  faults: Pick<Faults, 'list'>;
  eventDialects: EventDialects;
}

/** What of the simulator belongs to one app: its chats, faults, dialects and hops. No other app's desk shows them. */
export const createDesks = ({ stage, log, faults, eventDialects }: DeskDeps) => {
  const { world, now, random, changed, publicUrl } = stage;
  const dialects = new Map<string, Dialect>();

  const isOn = (conversation: Conversation, { slug }: App): boolean =>
    conversation.onlyApp === slug || (conversation.type === 'BOT' && conversation.app === slug);
  const chatsOf = (app: App): Conversation[] =>
    Object.values(world.conversations).filter((one) => isOn(one, app));
  const postChatsOf = (app: App) => chatsOf(app).filter(({ type }) => type === 'POST');

  const hopsOf = (app: App): Hop[] => {
    const own = new Set(chatsOf(app).map(({ id }) => id));
    const belongs = (hop: Hop) =>
      hop.app === app.slug ||
      (hop.kind === 'chat' && hop.conversation !== undefined && own.has(hop.conversation));
    return log.list(0, belongs).slice(-SHOWN_HOPS);
  };

  return {
    /** @throws 404 for an app that is not registered, 403 for one of somebody else */
    loadApp(slug: string, owner: string | null): App {
      const app = world.apps[slug];
      if (!app) throw refuseControl(404, 'the app is not registered');
      if (app.owner === undefined || app.owner !== owner)
        throw refuseControl(403, 'the slug belongs to another owner');
      return app;
    },

    loadChat(app: App, id: string): Conversation {
      const conversation = world.conversations[id];
      if (!conversation || !isOn(conversation, app)) throw refuseControl(404, 'conversation not found');
      return conversation;
    },

    dialectOf: ({ slug }: App): Dialect => dialects.get(slug) ?? {},
    setDialect: ({ slug }: App, dialect: Dialect): void => void dialects.set(slug, dialect),

    /** `fresh`: another one even if there is one. */
    openChat(app: App, { title, fresh }: { title?: string | undefined; fresh: boolean }): Conversation {
      const before = postChatsOf(app);
      const last = before.at(-1);
      if (!fresh && last) return last;
      for (const old of before.slice(0, Math.max(0, before.length + 1 - MAX_CHATS))) {
        delete world.conversations[old.id];
        delete world.posts[old.post ?? ''];
      }
      const token = random(6).toString('base64url').replaceAll('-', '_');
      world.posts[token] = createTestPost(token, before.length, title);
      const made = { ...createConversation(formatUuid(random(16), 4), token), onlyApp: app.slug };
      world.conversations[made.id] = made;
      changed();
      return made;
    },

    describe: (app: App) => ({
      now: new Date(now()).toISOString(),
      offset_ms: world.clockOffsetMs,
      people: { seller: PEOPLE.seller.name, buyer: PEOPLE.buyer.name },
      app: {
        slug: app.slug,
        display: app.display,
        subtitle: app.subtitle,
        description: app.description,
        generation: app.generation,
        takes_actions: app.actionUrl !== undefined,
      },
      chats: chatsOf(app).map((one) => describeChat(world, one, SHOWN_MESSAGES)),
      grants: describeGrants(world, now(), app.slug),
      faults: faults.list().filter((one) => one.app === app.slug),
      dialect: dialects.get(app.slug) ?? {},
      event_dialect: eventDialects.readOwn(app.slug),
      hops: hopsOf(app),
      receiver_url: publicUrl + receiverPathOf(app),
    }),
  };
};
export type Desks = ReturnType<typeof createDesks>;
