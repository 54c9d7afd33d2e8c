/** What an add-on wants to do, the scopes that its user grants for it, and the permissions its API key needs. Pure.
 *  @see the table of permissions and scopes in Kenar's documents */
import type { MessageKey } from '../i18n/fa.ts';

export interface Preset {
  name: MessageKey;
  scopes: readonly string[];
  permissions: readonly string[];
}

export const PRESETS: Record<'v1' | 'v2', readonly Preset[]> = {
  v2: [
    {
      name: 'presetOneChat',
      scopes: ['USER_ID', 'offline_access', 'CONVERSATION_SEND_MESSAGE.{conversation_id}'],
      permissions: ['USER_RETRIEVE', 'CHAT_SEND_MESSAGE_OAUTH'],
    },
    {
      name: 'presetPostChats',
      scopes: ['USER_ID', 'offline_access', 'CHAT_POST_CONVERSATIONS_MESSAGE_SEND.{post_token}'],
      permissions: ['USER_RETRIEVE', 'CHAT_SEND_MESSAGE_OAUTH'],
    },
    {
      name: 'presetAllChats',
      scopes: ['USER_ID', 'offline_access', 'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND'],
      permissions: ['USER_RETRIEVE', 'CHAT_SEND_MESSAGE_OAUTH'],
    },
    {
      name: 'presetChatbot',
      scopes: ['USER_ID', 'offline_access', 'CHAT_BOT_USER_MESSAGE_SEND'],
      permissions: ['USER_RETRIEVE', 'CHAT_BOT_SEND_MESSAGE'],
    },
    {
      name: 'presetEvents',
      scopes: ['CHAT_POST_CONVERSATIONS_READ.{post_token}', 'NOTIFICATION_ACCESS_REVOCATION', 'USER_ID'],
      permissions: ['EVENTS_REGISTER_SUBSCRIPTION', 'CHAT_READ_POST_CONVERSATIONS'],
    },
  ],
  v1: [
    {
      name: 'presetOneChat',
      scopes: ['CHAT_SEND_MESSAGE_OAUTH'],
      permissions: ['CHAT_SEND_MESSAGE_OAUTH'],
    },
    {
      name: 'presetPostChats',
      scopes: ['CHAT_SEND_MESSAGE_POST_CONVERSATIONS.{post_token}'],
      permissions: ['CHAT_SEND_MESSAGE_OAUTH'],
    },
    {
      name: 'presetEvents',
      scopes: ['CHAT_READ_POST_CONVERSATIONS.{post_token}'],
      permissions: ['CHAT_SET_NOTIFY_POST_CONVERSATIONS', 'CHAT_READ_POST_CONVERSATIONS'],
    },
  ],
};

/** By the name of the scope, without what follows the dot. */
const PERMISSIONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(CONVERSATION_SEND_MESSAGE|CHAT_(POST|SUPPLIER)\w*MESSAGE_SEND|CHAT_SEND_MESSAGE\w*|CHAT_MESSAGE_SEND)$/,
    'CHAT_SEND_MESSAGE_OAUTH',
  ],
  [/^(CHAT_CONVERSATION_READ|CHAT_READ_CONVERSATION)$/, 'CHAT_READ_CONVERSATION'],
  [
    /^(CHAT_POST_CONVERSATIONS_READ|CHAT_SUPPLIER_ALL_CONVERSATIONS_READ|CHAT_READ_POST_CONVERSATIONS)$/,
    'EVENTS_REGISTER_SUBSCRIPTION',
  ],
  [/^CHAT_BOT_USER_MESSAGE_SEND$/, 'CHAT_BOT_SEND_MESSAGE'],
  [/^(USER_ID|USER_PHONE)$/, 'USER_RETRIEVE'],
  [/^USER_POSTS_GET$/, 'GET_USER_POSTS'],
];

/** `GET_POST` is what the connection test reads with. */
export function permissionsFor(scopes: readonly string[]): string[] {
  const names = scopes.map((scope) => scope.split('.')[0] ?? scope);
  const needed = PERMISSIONS.filter(([pattern]) => names.some((name) => pattern.test(name)));
  return [...new Set(['GET_POST', ...needed.map(([, permission]) => permission)])];
}

/** Always Persian: it is read by Divar's people. */
export function ticketText(app: { slug: string; name: string }, scopes: readonly string[]): string {
  const names = [...new Set(scopes.map((scope) => scope.split('.')[0] ?? scope))];
  return [
    'سلام،',
    `لطفاً برای برنامهٔ «${app.name}» با شناسهٔ ${app.slug} این موارد را فعال کنید.`,
    '',
    `دسترسی‌های کلید API: ${permissionsFor(scopes).join('، ')}`,
    `اجازه‌های احراز باز (OAuth Scope): ${names.length === 0 ? 'ندارد' : names.join('، ')}`,
    '',
    'کاربرد: افزونه در چت باز می‌شود و نتیجهٔ کار کاربر را با پیام در همان گفت‌وگو خبر می‌دهد.',
    'با سپاس',
  ].join('\n');
}
