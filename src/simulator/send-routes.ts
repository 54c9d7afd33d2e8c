import { conversationOfPost } from './cast.ts';
import type { Chat } from './chat.ts';
import { personOfUserId, sideOf, userIdOf } from './identities.ts';
import { refuseRest } from './refusal.ts';
import type { RestAuth, UserCaller } from './rest-auth.ts';
import { type Call, json, jsonOf, type Reply, type Route } from './route.ts';
import { formatTriple } from './scopes.ts';
import { type Content, readContent, readGrid, readOldButton, warnUnknown } from './send-body.ts';
import { type ButtonRow, type Conversation, isOpenTo, otherSide, type Side, type Stage } from './world.ts';

interface SendDeps {
  stage: Stage;
  auth: RestAuth;
  chat: Chat;
}

/** Divar answers with a status number and no message id (PROTOCOL.md 4.2): a lost reply cannot be looked up. */
const SENT: Reply = json({ status: 200, message: 'success' });

const loadBody = (call: Call): Record<string, unknown> => {
  const body = jsonOf(call);
  if (!body) throw refuseRest('invalid', 'the body must be a JSON object');
  return body;
};

/** The side of the grantor in a conversation they take part in. */
const requireSide = (conversation: Conversation, user: UserCaller): Side => {
  const side = sideOf(conversation, user.person);
  if (!side || conversation.type !== 'POST')
    throw refuseRest('forbidden', 'the conversation does not belong to the user of this token');
  return side;
};

/** Scopes that reach one conversation, from the narrowest to the widest (PROTOCOL.md 4.2). */
const sendScopes = (user: UserCaller, conversation: Conversation, side: Side) => {
  const post = conversation.post ?? '';
  const { slug, generation } = user.app;
  const triple = formatTriple({
    user: userIdOf(slug, generation, side),
    post,
    peer: userIdOf(slug, generation, otherSide(side)),
  });
  const seller = side === 'seller';
  if (generation === 'v1')
    return [
      { name: 'CHAT_SEND_MESSAGE_OAUTH', resource: triple },
      ...(seller ? [{ name: 'CHAT_SEND_MESSAGE_POST_CONVERSATIONS', resource: post }] : []),
    ];
  return [
    { name: 'CONVERSATION_SEND_MESSAGE', resource: conversation.id },
    ...(generation === 'mid' ? [{ name: 'CHAT_MESSAGE_SEND', resource: triple }] : []),
    ...(seller ? [{ name: 'CHAT_POST_CONVERSATIONS_MESSAGE_SEND', resource: post }] : []),
    ...(seller ? [{ name: 'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND' }] : []),
  ];
};

interface Parts {
  call: Call;
  user: UserCaller;
  conversation: Conversation;
  side: Side;
  content: Content;
  sender: ButtonRow[];
  receiver: ButtonRow[];
}

export const createSendRoutes = ({ stage, auth, chat }: SendDeps): Route[] => {
  const { world } = stage;

  /** Stores the message; the sender's buttons are seen by the grantor, the receiver's by the other side. */
  const deliver = ({ call, user, conversation, side, content, sender, receiver }: Parts): Reply => {
    const media = content.mediaToken === undefined ? undefined : world.media[content.mediaToken];
    if (content.mediaToken !== undefined && media?.app !== user.app.slug)
      throw refuseRest('invalid', 'media_token is unknown to this app');
    if (conversation.blocked)
      throw refuseRest('restricted', "message delivery failed due to recipient's restriction");
    const message = chat.post(conversation, {
      side,
      sender: 'app',
      app: user.app.slug,
      text: content.text,
      mediaId: content.mediaToken,
      mediaType: media?.type,
      buttons: { [side]: sender, [otherSide(side)]: receiver } as Record<Side, ButtonRow[]>,
    });
    call.notes.message = message.id;
    return SENT;
  };

  const sendToConversation = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_SEND_MESSAGE_OAUTH', ['v2', 'mid']);
    const user = auth.requireUser(call, app);
    const conversation = world.conversations[call.params.conversation_id ?? ''];
    if (!conversation || !isOpenTo(conversation, app.slug))
      throw refuseRest('not_found', 'conversation not found');
    call.notes.conversation = conversation.id;
    const side = requireSide(conversation, user);
    auth.requireTestPost(app, conversation.post);
    auth.requireScope(user, sendScopes(user, conversation, side));
    const body = loadBody(call);
    const warn = (text: string) => void call.notes.problems.push(text);
    warnUnknown(body, ['type', 'message', 'media_token', 'sender_buttons', 'receiver_buttons'], warn);
    const content = readContent(body, 'message');
    const sender = readGrid(body.sender_buttons, 'sender_buttons', warn);
    const receiver = readGrid(body.receiver_buttons, 'receiver_buttons', warn);
    return deliver({ call, user, conversation, side, content, sender, receiver });
  };

  /** v1 names the conversation by three ids; the sender must be the grantor. */
  const sendByTriple = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_SEND_MESSAGE_OAUTH', ['v1', 'mid']);
    const user = auth.requireUser(call, app);
    const body = loadBody(call);
    const text = (name: string): string => {
      const value = body[name];
      if (typeof value !== 'string' || value === '') throw refuseRest('invalid', `${name} is required`);
      return value;
    };
    const [userId, peerId, token] = [text('user_id'), text('peer_id'), text('post_token')];
    if (personOfUserId(app.slug, app.generation, userId) !== user.person)
      throw refuseRest('forbidden', 'user_id is not the user of this token');
    const conversation = conversationOfPost(world, token);
    if (!conversation || !isOpenTo(conversation, app.slug)) throw refuseRest('not_found', 'post not found');
    call.notes.conversation = conversation.id;
    const side = requireSide(conversation, user);
    if (personOfUserId(app.slug, app.generation, peerId) !== otherSide(side))
      throw refuseRest('not_found', 'peer_id is not the other side of this conversation');
    auth.requireTestPost(app, token);
    auth.requireScope(user, sendScopes(user, conversation, side));
    const warn = (line: string) => void call.notes.problems.push(line);
    const known = ['user_id', 'post_token', 'peer_id', 'type', 'message', 'sender_btn', 'receiver_btn'];
    warnUnknown(body, known, warn);
    const content = readContent({ type: body.type, message: body.message }, 'message');
    const sender = readOldButton(body.sender_btn, 'sender_btn', warn);
    const receiver = readOldButton(body.receiver_btn, 'receiver_btn', warn);
    return deliver({ call, user, conversation, side, content, sender, receiver });
  };

  return [
    {
      method: 'POST',
      path: '/v2/open-platform/conversations/:conversation_id/messages',
      caller: 'in',
      kind: 'send',
      answer: sendToConversation,
    },
    {
      method: 'POST',
      path: '/v2/open-platform/chat/conversation',
      caller: 'in',
      kind: 'send',
      answer: sendByTriple,
    },
  ];
};
