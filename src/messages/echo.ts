/**
 * The trace by which a message of ours is recognised when it comes back from Divar, which gives no id for a send: the chat,
 * and what was said in it. Pure. @see PROTOCOL 4.2, 5.3
 */
import type { ConversationFacts } from './conversations.ts';

/** What a chat message says, as far as both its sending and its telling show it. */
export interface Said {
  text: string | null;
  /** `image`, `file`, `voice`, `video`; anything else counts as text. */
  kind: string | null;
}

const MEDIA_KINDS = new Set(['image', 'file', 'voice', 'video']);

/** The same name for what we sent into a chat and for what is told of it; null when Divar's name of it is not known.
 *  Of a v1 triple the sender stands first: what the other side writes is another chat here. */
export function nameOfEchoes({
  divarId,
  postToken,
  v1,
}: Pick<ConversationFacts, 'divarId' | 'postToken' | 'v1'>): string | null {
  if (v1) return postToken === null ? null : `v1|${v1.userId}:${postToken}:${v1.peerId}`;
  return divarId === null ? null : `divar|${divarId}`;
}

/** Blank space and the form of letters may change on the way. Of media only the kind comes back for certain. */
export function echoKeyText(appId: string, chatName: string, { text, kind }: Said): string {
  const said =
    kind !== null && MEDIA_KINDS.has(kind)
      ? `media|${kind}`
      : `text|${(text ?? '').normalize('NFC').replaceAll(/\s+/g, ' ').trim()}`;
  return `echo|${appId}|${chatName}|${said}`;
}

/** What stands for one message of Divar's. */
export function divarKeyText(appId: string, divarMessageId: string): string {
  return `divar_message|${appId}|${divarMessageId}`;
}
