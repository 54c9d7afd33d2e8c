/** `/start`, by which a chatbot is opened: Divar writes it, and anybody can type it. @see PROTOCOL 2.11 */

export interface ChatbotStart {
  /** `MY_POST`, `MY_DIVAR`, `DIVAR_PRO`, `CHAT`, `DEMAND_POST`; null for a plain start. */
  touchpoint: string | null;
  post_token: string | null;
  /** The chat of two people, not the chat with the bot. */
  conversation_id: string | null;
  /** The id may have been typed by anyone: use it only under a grant for it. */
  trusted: false;
}

const MEANING: Record<string, 'post_token' | 'conversation_id' | null> = {
  MY_POST: 'post_token',
  MY_DIVAR: null,
  DIVAR_PRO: null,
  CHAT: 'conversation_id',
  DEMAND_POST: 'post_token',
};

/** Undefined for a text that is no start. */
export function readStart(text: string | null): ChatbotStart | undefined {
  const [command, name = '', id] = text?.trim().split(/\s+/) ?? [];
  if (command !== '/start') return undefined;
  const start: ChatbotStart = { touchpoint: null, post_token: null, conversation_id: null, trusted: false };
  if (!Object.hasOwn(MEANING, name)) return start;
  const member = MEANING[name];
  return { ...start, touchpoint: name, ...(member && id !== undefined ? { [member]: id } : {}) };
}
