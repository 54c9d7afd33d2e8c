import { PEOPLE } from './cast.ts';
import { describeApp } from './registration.ts';
import type { Conversation, Message, PersonKey, Side, Stage, World } from './world.ts';

/** What testers and the chat page see of the world: no code, token or secret. */

const describeMessage = (world: World, message: Message, side: Side) => ({
  id: message.id,
  sent_at: new Date(message.sentAt).toISOString(),
  side: message.side,
  sender: message.sender,
  own: message.sender === 'human' && message.side === side,
  app: message.app ?? null,
  display: message.app ? (world.apps[message.app]?.display ?? message.app) : null,
  text: message.text,
  media_type: message.mediaType ?? null,
  place: message.place ?? null,
  contact: message.contact ?? null,
  buttons: message.buttons[side],
});

export const describeChat = (world: World, conversation: Conversation, lastCount = Infinity) => {
  const post = world.posts[conversation.post ?? ''];
  const messages = conversation.messages.slice(-lastCount);
  const side = (name: Side) => messages.map((one) => describeMessage(world, one, name));
  return {
    conversation: conversation.id,
    type: conversation.type,
    app: conversation.app ?? null,
    person: conversation.person ?? null,
    post: post
      ? { token: post.token, title: post.title, price_toman: post.priceToman, real: post.real }
      : null,
    blocked: conversation.blocked,
    sides: { seller: side('seller'), buyer: side('buyer') },
  };
};

export const describeGrants = (world: World, now: number, slug?: string) => {
  const grants = Object.values(world.grants).filter(({ app }) => slug === undefined || app === slug);
  return grants.map((grant) => {
    const live = Object.values(world.tokens).filter((one) => one.grant === grant.id && one.expiresAt > now);
    const end = Math.max(0, ...live.filter((one) => one.kind === 'access').map((one) => one.expiresAt));
    return {
      id: grant.id,
      app: grant.app,
      user: grant.person,
      scopes: grant.scopes,
      created_at: new Date(grant.createdAt).toISOString(),
      consent_until: new Date(grant.until).toISOString(),
      revoked: grant.revokedAt !== undefined,
      access_expires_at: end === 0 ? null : new Date(end).toISOString(),
      refreshable: live.some((one) => one.kind === 'refresh'),
    };
  });
};

export const describeWorld = ({ world, now }: Stage) => ({
  now: new Date(now()).toISOString(),
  people: Object.fromEntries((Object.keys(PEOPLE) as PersonKey[]).map((key) => [key, PEOPLE[key].name])),
  apps: Object.values(world.apps).map(describeApp),
  chats: Object.values(world.conversations).map((one) => describeChat(world, one)),
  grants: describeGrants(world, now()),
  visits: Object.values(world.visits).map(({ id: _secret, url: _handle, ...visit }) => visit),
  completions: world.completions.map(({ visit: _secret, ...completion }) => completion),
  subscriptions: world.subscriptions.map(({ token, grant: _grant, notify: _secret, ...one }) => ({
    ...one,
    live: (world.tokens[token]?.expiresAt ?? 0) > now(),
  })),
});
