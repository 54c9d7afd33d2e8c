/** Sends of the current generation: into a conversation as its user, and as a chatbot. @see PROTOCOL 4.2-4.4 */
import type { ChatAction, ChatButton, ChatTarget, SendDialect } from './chat.ts';
import { memberOf } from './chat-replies.ts';

type Target<Kind> = Extract<ChatTarget, { kind: Kind }>;

export const v2Send: SendDialect<Target<'conversation'>> = {
  request: ({ hosts, apiKey, accessToken, target, content }) => ({
    url: `${hosts.apiUrl}/v2/open-platform/conversations/${encodeURIComponent(target.conversationId)}/messages`,
    headers: headersOf(apiKey, accessToken),
    body: JSON.stringify({
      ...spellContent('message', content),
      sender_buttons: spellGrid(content.senderButtons),
      receiver_buttons: spellGrid(content.receiverButtons),
    }),
  }),

  // {"status":200,"message":"success"}
  isSuccess: (body) => memberOf(body, 'status') === 200,
};

export const botSend: SendDialect<Target<'bot_conversation'> | Target<'bot_user'>> = {
  request: ({ hosts, apiKey, accessToken, target, content }) => ({
    url: `${hosts.apiUrl}/v1/open-platform/chat/bot/${pathOf(target)}/messages`,
    headers: headersOf(apiKey, accessToken),
    body: JSON.stringify({
      ...spellContent('text_message', content),
      buttons: spellGrid(content.receiverButtons),
    }),
  }),

  // {"conversation_id":"..."}
  isSuccess: (body) => {
    const id = memberOf(body, 'conversation_id');
    return typeof id === 'string' && id !== '';
  },
};

/** Divar's user ids hold `/`, `+` and `=`. */
function pathOf(target: Target<'bot_conversation'> | Target<'bot_user'>): string {
  return target.kind === 'bot_user'
    ? `users/${encodeURIComponent(target.userId)}`
    : `conversations/${encodeURIComponent(target.conversationId)}`;
}

function headersOf(apiKey: string, accessToken: string | null): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    'x-api-key': apiKey,
    ...(accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }),
  };
}

/** The text stands in `message` in chats and in `text_message` for bots; with media it is empty. PROTOCOL 7, rows 22, 26 */
function spellContent(
  field: 'message' | 'text_message',
  content: { text: string | null; mediaToken: string | null },
) {
  return content.mediaToken === null
    ? { type: 'TEXT', [field]: content.text ?? '' }
    : { [field]: '', media_token: content.mediaToken };
}

/** Undefined, and so left out of the JSON, when there are no buttons. */
function spellGrid(rows: readonly (readonly ChatButton[])[]) {
  if (rows.length === 0) return undefined;
  return { rows: rows.map((row) => ({ buttons: row.map(spellButton) })) };
}

function spellButton({ action, icon, caption }: ChatButton) {
  return { action: spellAction(action), icon: icon ?? undefined, caption };
}

function spellAction(action: ChatAction) {
  if ('openUrl' in action) return { open_direct_link: action.openUrl };
  if ('openSession' in action) return { open_server_link: { data: action.openSession } };
  if ('ask' in action) return { get_dynamic_action: { data: action.ask } };
  if ('openPost' in action) return { open_post_page: { post_token: action.openPost } };
  return { open_post_manage_page: { post_token: action.openPostManage } };
}
