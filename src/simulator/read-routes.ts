import { conversationOfPost } from './cast.ts';
import { personOfUserId, sideOf, userIdOf } from './identities.ts';
import { refuseRest } from './refusal.ts';
import { phoneOf, type RestAuth, type UserCaller } from './rest-auth.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { formatTriple, parseScope, SCOPES } from './scopes.ts';
import {
  type App,
  type Conversation,
  isOpenTo,
  type Message,
  otherSide,
  type Side,
  type Stage,
} from './world.ts';

interface ReadDeps {
  stage: Stage;
  auth: RestAuth;
}

/** Permissions an API key may hold (PROTOCOL.md 3.9). */
const PERMISSIONS = [
  'CHAT_SEND_MESSAGE_OAUTH',
  'CHAT_READ_CONVERSATION',
  'CHAT_SET_NOTIFY_POST_CONVERSATIONS',
  'CHAT_READ_POST_CONVERSATIONS',
  'CHAT_BOT_SEND_MESSAGE',
  'CHAT_UPLOAD_MEDIA',
  'EVENTS_REGISTER_SUBSCRIPTION',
  'USER_RETRIEVE',
  'GET_POST',
  'GET_USER_POSTS',
  'PAYMENT_TICKET_VALIDATE',
] as const;

/** Only texts can be read; other types are filtered out (PROTOCOL.md 4.6). */
const readable = (conversation: Conversation): Message[] =>
  conversation.messages.filter((message) => message.text !== '');

/** v2 tells a member only if its scope was granted; v1 and mid know `phone_numbers`. */
const describeUser = (user: UserCaller): Record<string, unknown> => {
  const { slug, generation } = user.app;
  const held = new Set(user.grant.scopes.map((text) => parseScope(text, generation).name));
  const phone = phoneOf(user.person);
  return {
    ...(held.has('USER_PHONE') && generation === 'v2' ? { phone_number: phone } : {}),
    ...(held.has('USER_PHONE') ? { phone_numbers: [phone] } : {}),
    ...(held.has('USER_ID') ? { user_id: userIdOf(slug, generation, user.person) } : {}),
  };
};

const formatMessage = (conversation: Conversation, message: Message) => ({
  id: message.id,
  conversation: { id: conversation.id, type: conversation.type, post_token: conversation.post },
  sender: {
    side: message.side === 'seller' ? 'SELLER' : 'BUYER',
    type: message.sender === 'app' ? 'BOT' : 'HUMAN',
  },
  type: 'TEXT',
  sent_at: new Date(message.sentAt).toISOString(),
  text: message.text,
});

const formatOldMessage = (app: App, message: Message) => {
  const party = (side: Side) => ({
    id: userIdOf(app.slug, app.generation, side),
    is_supply: side === 'seller',
  });
  return {
    id: message.id,
    type: 'TEXT',
    data: { text: message.text },
    from: party(message.side),
    to: party(otherSide(message.side)),
    sent_at: `${message.sentAt}000`,
  };
};

export const createReadRoutes = ({ stage, auth }: ReadDeps): Route[] => {
  const { world } = stage;

  const readUser = (call: Call, old: boolean): Reply => {
    const app = auth.requireKey(call, 'USER_RETRIEVE', old ? ['v1', 'mid'] : ['v2', 'mid']);
    const user = auth.requireUser(call, app);
    auth.requireScope(user, [{ name: 'USER_ID' }, { name: 'USER_PHONE' }]);
    return json(describeUser(user));
  };

  const readConversation = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_READ_CONVERSATION', ['v2', 'mid']);
    const user = auth.requireUser(call, app);
    const conversation = world.conversations[call.params.conversation_id ?? ''];
    if (!conversation || !isOpenTo(conversation, app.slug))
      throw refuseRest('not_found', 'conversation not found');
    call.notes.conversation = conversation.id;
    if (!sideOf(conversation, user.person))
      throw refuseRest('forbidden', 'the conversation does not belong to the user of this token');
    auth.requireTestPost(app, conversation.post);
    auth.requireScope(user, [{ name: 'CHAT_CONVERSATION_READ', resource: conversation.id }]);
    const { id, type, post } = conversation;
    const messages = readable(conversation).map((message) => formatMessage(conversation, message));
    return json({ conversation: { id, type, post_token: post }, messages });
  };

  const readByTriple = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_READ_CONVERSATION', ['v1', 'mid']);
    const user = auth.requireUser(call, app);
    const [userId, peerId, post] = ['user_id', 'peer_id', 'post_token'].map((n) => call.query.get(n) ?? '');
    if (!userId || !peerId || !post)
      throw refuseRest('invalid', 'user_id, peer_id and post_token are required');
    if (personOfUserId(app.slug, app.generation, userId) !== user.person)
      throw refuseRest('forbidden', 'user_id is not the user of this token');
    const found = conversationOfPost(world, post);
    const conversation = found && isOpenTo(found, app.slug) ? found : undefined;
    const side = conversation && sideOf(conversation, user.person);
    if (!conversation || !side || personOfUserId(app.slug, app.generation, peerId) !== otherSide(side))
      throw refuseRest('not_found', 'conversation not found');
    call.notes.conversation = conversation.id;
    const name = app.generation === 'v1' ? 'CHAT_READ_CONVERSATION' : 'CHAT_CONVERSATION_READ';
    auth.requireScope(user, [{ name, resource: formatTriple({ user: userId, post, peer: peerId }) }]);
    return json({ messages: readable(conversation).map((message) => formatOldMessage(app, message)) });
  };

  const readPost = (call: Call): Reply => {
    const app = auth.requireKey(call, 'GET_POST');
    const post = world.posts[call.params.token ?? ''];
    if (!post) throw refuseRest('not_found', 'post not found');
    auth.requireTestPost(app, post.token);
    const { token, category, city, district, title, description, priceToman } = post;
    return json({
      token,
      category,
      city,
      district,
      chat_enabled: true,
      state: 'PUBLISHED',
      first_published_at: '2026-02-01T00:00:00Z',
      data: { title, description, images: [], price: { mode: 'مقطوع', value: String(priceToman) } },
    });
  };

  const asset = (slug: string, description: string) => ({
    slug,
    display: description,
    description,
    lifecycle_state: 'ACTIVE',
  });

  const get = (path: string, kind: string, answer: Route['answer']): Route => ({
    method: 'GET',
    path,
    caller: 'in',
    kind,
    answer,
  });

  return [
    get('/v1/open-platform/users', 'users', (call) => readUser(call, false)),
    { ...get('/v1/open-platform/users', 'users', (call) => readUser(call, true)), method: 'POST' },
    get('/v1/open-platform/chat/conversations/:conversation_id', 'read', readConversation),
    get('/v1/open-platform/chat/conversation-messages', 'read', readByTriple),
    get('/v1/open-platform/finder/post/:token', 'post', readPost),
    get('/v1/open-platform/assets/oauth-scope', 'assets', () =>
      json({ scopes: SCOPES.v2.map((one) => asset(one.name, one.fa)) }),
    ),
    get('/v1/open-platform/assets/permission', 'assets', () =>
      json({ permissions: PERMISSIONS.map((one) => asset(one, one)) }),
    ),
  ];
};
