import type { Chat } from './chat.ts';
import { formatUuid, personOfUserId } from './identities.ts';
import { refuseRest } from './refusal.ts';
import type { RestAuth } from './rest-auth.ts';
import { type Call, json, jsonOf, type Reply, type Route } from './route.ts';
import { readContent, readGrid, warnUnknown } from './send-body.ts';
import { type App, type Conversation, otherSide, type PersonKey, type Stage } from './world.ts';

interface BotDeps {
  stage: Stage;
  auth: RestAuth;
  chat: Chat;
  bots: BotChats;
}

/** The shared value of PROTOCOL.md section 8; any other bot conversation gets a fresh id. */
const FIXED_BOT_CONVERSATION = { app: 'blue-otter-lamp', id: 'c0ffee00-1234-4bcd-9e8f-001122334455' };

/** The chat between one person and one app's bot; made when first needed. */
export const createBotChats = ({ world, random, changed }: Stage) => ({
  open(app: App, person: PersonKey): Conversation {
    const found = Object.values(world.conversations).find(
      (one) => one.type === 'BOT' && one.app === app.slug && one.person === person,
    );
    if (found) return found;
    const fixed = app.slug === FIXED_BOT_CONVERSATION.app && person === 'seller';
    const id = fixed ? FIXED_BOT_CONVERSATION.id : formatUuid(random(16), 4);
    const made: Conversation = { id, type: 'BOT', app: app.slug, person, blocked: false, messages: [] };
    world.conversations[id] = made;
    changed();
    return made;
  },
});
export type BotChats = ReturnType<typeof createBotChats>;

/** Chatbot sends (PROTOCOL.md 4.4). By conversation the API key is enough; by user the token must be theirs. */
export const createBotRoutes = ({ stage, auth, chat, bots }: BotDeps): Route[] => {
  const { world } = stage;

  const deliver = (call: Call, app: App, conversation: Conversation): Reply => {
    const body = jsonOf(call);
    if (!body) throw refuseRest('invalid', 'the body must be a JSON object');
    const warn = (text: string) => void call.notes.problems.push(text);
    warnUnknown(body, ['type', 'text_message', 'media_token', 'buttons', 'conversation_id'], warn);
    const content = readContent(body, 'text_message');
    const media = content.mediaToken === undefined ? undefined : world.media[content.mediaToken];
    if (content.mediaToken !== undefined && media?.app !== app.slug)
      throw refuseRest('invalid', 'media_token is unknown to this app');
    const rows = readGrid(body.buttons, 'buttons', warn);
    if (conversation.blocked)
      throw refuseRest('restricted', "message delivery failed due to recipient's restriction");
    // In a bot chat the person stands on the buyer's side, the bot on the other.
    const message = chat.post(conversation, {
      side: otherSide('buyer'),
      sender: 'app',
      app: app.slug,
      text: content.text,
      mediaId: content.mediaToken,
      mediaType: media?.type,
      buttons: { seller: [], buyer: rows },
    });
    Object.assign(call.notes, { message: message.id, conversation: conversation.id });
    return json({ conversation_id: conversation.id });
  };

  const byConversation = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_BOT_SEND_MESSAGE', ['v2']);
    const conversation = world.conversations[call.params.conversation_id ?? ''];
    if (conversation?.type !== 'BOT' || conversation.app !== app.slug)
      throw refuseRest('not_found', 'conversation not found');
    return deliver(call, app, conversation);
  };

  const byUser = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_BOT_SEND_MESSAGE', ['v2']);
    const user = auth.requireUser(call, app);
    if (personOfUserId(app.slug, app.generation, call.params.user_id ?? '') !== user.person)
      throw refuseRest('forbidden', 'user_id is not the user of this token');
    auth.requireScope(user, [{ name: 'CHAT_BOT_USER_MESSAGE_SEND' }]);
    return deliver(call, app, bots.open(app, user.person));
  };

  const post = (path: string, answer: Route['answer']): Route => ({
    method: 'POST',
    path: `/v1/open-platform/chat/bot/${path}/messages`,
    caller: 'in',
    kind: 'send',
    answer,
  });
  return [post('conversations/:conversation_id', byConversation), post('users/:user_id', byUser)];
};
