/** Chat messages as Divar tells them: the message object of the second generation, the notification of the first. */
import { type ConversationName, nameOfDivarId } from '../messages/conversations.ts';
import type { Side } from '../session/session.ts';
import { countOf, firstObject, type JsonObject, numberOf, objectOf, textOf, wordOf } from './fields.ts';
import { readInstant } from './read-instant.ts';

/** @see CONTRACT section 7, Chat events */
export interface ChatMessage {
  id: string | null;
  /** `text`, `image`, `file`, `voice`, `location`, `video`, `contact`, or what Divar has invented since. */
  type: string | null;
  text: string | null;
  sent_at: string | null;
  sender: { side: Side | null; type: 'human' | 'bot' | null };
  /** One of these, by its type. */
  image?: JsonObject;
  file?: JsonObject;
  voice?: JsonObject;
  location?: JsonObject;
  video?: JsonObject;
  contact?: JsonObject;
}

/** The chat, as Divar names it. `v1`: the owner of the post, and the other one. */
export interface ChatFacts {
  divar_id: string | null;
  type: 'post' | 'bot';
  post_token: string | null;
  v1: { user_id: string; peer_id: string } | null;
}

export interface ReadMessage {
  message: ChatMessage;
  chat: ChatFacts;
}

/** @see PROTOCOL 5.3 */
export function readMessage(body: JsonObject, chatType: ChatFacts['type']): ReadMessage {
  const conversation = objectOf(body.conversation);
  const message: ChatMessage = {
    ...readHead(body),
    text: textOf(body.text) ?? textOf(body.message_text),
    sender: readSender(objectOf(body.sender)),
    ...readContent(body),
  };
  const type = wordOf(conversation?.type);
  const chat: ChatFacts = {
    divar_id: textOf(conversation?.id),
    type: type === 'post' || type === 'bot' ? type : chatType,
    post_token: textOf(conversation?.post_token),
    v1: null,
  };
  return { message, chat };
}

/** @see PROTOCOL 5.1 */
export function readNotification(payload: JsonObject): ReadMessage {
  const data = objectOf(payload.data) ?? {};
  const sender = firstObject(payload.sender, payload.from);
  const receiver = firstObject(payload.receiver, payload.to);
  const side = sideOfFlag(sender?.is_supply) ?? otherSide(sideOfFlag(receiver?.is_supply));
  const message: ChatMessage = {
    ...readHead(payload),
    text: textOf(data.text),
    sender: { side, type: null },
    ...readContent(data),
  };
  const ids = [textOf(sender?.id), textOf(receiver?.id)] as const;
  const [userId, peerId] = side === 'demand' ? [ids[1], ids[0]] : ids;
  const chat: ChatFacts = {
    divar_id: null,
    type: 'post',
    post_token: textOf(objectOf(payload.metadata)?.post_token),
    v1: userId !== null && peerId !== null ? { user_id: userId, peer_id: peerId } : null,
  };
  return { message, chat };
}

/** Undefined when Divar has not said enough to tell chats apart. */
export function nameOfChat(chat: ChatFacts): ConversationName | undefined {
  if (chat.divar_id !== null) {
    const name = nameOfDivarId(chat.type, chat.divar_id);
    return { ...name, facts: { ...name.facts, postToken: chat.post_token } };
  }
  if (chat.v1 === null || chat.post_token === null) return undefined;
  const v1 = { userId: chat.v1.user_id, peerId: chat.v1.peer_id };
  return { type: 'post', facts: { divarId: null, postToken: chat.post_token, v1, botUserId: null } };
}

function readHead(body: JsonObject): Pick<ChatMessage, 'id' | 'type' | 'sent_at'> {
  return { id: textOf(body.id), type: wordOf(body.type), sent_at: readInstant(body.sent_at) };
}

/** `USER` is a human, and a first draft of Divar's put the side where the type stands. @see PROTOCOL 7, rows 29 and 30 */
function readSender(sender: JsonObject | undefined): ChatMessage['sender'] {
  const type = wordOf(sender?.type);
  const side = readSide(wordOf(sender?.side)) ?? readSide(type);
  if (type === 'bot') return { side, type };
  return { side, type: type === 'human' || type === 'user' || readSide(type) !== null ? 'human' : null };
}

function readSide(word: string | null): Side | null {
  if (word === 'seller' || word === 'supply') return 'supply';
  return word === 'buyer' || word === 'demand' ? 'demand' : null;
}

function sideOfFlag(isSupply: unknown): Side | null {
  return typeof isSupply === 'boolean' ? (isSupply ? 'supply' : 'demand') : null;
}

function otherSide(side: Side | null): Side | null {
  return side && (side === 'supply' ? 'demand' : 'supply');
}

const media = ({ link, size_bytes }: JsonObject) => ({ link: textOf(link), size_bytes: countOf(size_bytes) });

/** Sizes are numbers or texts of numbers, and a zero may be left out. */
const CONTENTS: readonly [name: string, member: string, read: (from: JsonObject) => JsonObject][] = [
  [
    'image',
    'image_data',
    (from) => ({ ...media(from), height_px: countOf(from.height_px), width_px: countOf(from.width_px) }),
  ],
  ['file', 'file_data', (from) => ({ ...media(from), name: textOf(from.name) })],
  ['voice', 'voice_data', media],
  [
    'location',
    'location_data',
    (from) => ({ latitude: numberOf(from.latitude) ?? 0, longitude: numberOf(from.longitude) ?? 0 }),
  ],
  ['video', 'video_data', (from) => ({ ...media(from), thumbnail_link: textOf(from.thumbnail_link) })],
  ['contact', 'contact_data', (from) => ({ name: textOf(from.name), phone: textOf(from.phone) })],
];

function readContent(body: JsonObject): JsonObject {
  const found = CONTENTS.flatMap(([name, member, read]) => {
    const from = objectOf(body[member]);
    return from ? [[name, read(from)]] : [];
  });
  return Object.fromEntries(found) as JsonObject;
}
