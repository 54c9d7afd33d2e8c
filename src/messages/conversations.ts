/** A Divar chat as we know it: how it is named, and how a message reaches it. @see CONTRACT section 1, PROTOCOL 3.9 */
import { formatScope, formatTriple, parseScope } from '../consent/scopes.ts';
import type { ChatTarget } from '../divar/chat.ts';
import type { Visit } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';
import type { BlockedBy } from './budget.ts';
import type { MessageCode, MessageState } from './messages.ts';

/** Sealed. What Divar calls it; v1 has only the three ids. */
export interface ConversationFacts {
  divarId: string | null;
  postToken: string | null;
  /** The sender's side of the triple: the other side's messages go through a conversation of their own. */
  v1: { userId: string; peerId: string } | null;
  /** A chatbot conversation addressed by its user. */
  botUserId: string | null;
}

export type ConversationType = 'post' | 'bot';

export interface Conversation {
  tenantId: string;
  id: string;
  appId: string;
  type: ConversationType;
  facts: ConversationFacts;
  heldAt: Date | null;
  dueAt: Date | null;
  createdAt: Date;
}

/** The first message that is not final: nothing behind it moves before it is. */
export interface Head {
  messageId: string;
  state: MessageState;
  code: MessageCode | null;
  stateAt: Date;
  dueAt: Date;
  /** Since when the tenant holds the conversation. */
  heldAt: Date | null;
  /** It could go, but nothing of the app may go out now. `since` is known of what Divar has caused. */
  budget: { by: BlockedBy; until: Date; since: Date | null } | null;
}

/** What is needed to open a conversation that may not be stored yet. */
export interface ConversationName {
  type: ConversationType;
  facts: ConversationFacts;
}

const NO_FACTS: ConversationFacts = { divarId: null, postToken: null, v1: null, botUserId: null };

/** The chat a visit came from, in the generation that the app speaks; undefined when the visit does not tell enough. */
export function nameOfVisit(app: Pick<App, 'generation'>, visit: Visit): ConversationName | undefined {
  const { conversationId, postToken, user, peer } = visit;
  if (app.generation === 'v2')
    return conversationId === null
      ? undefined
      : { type: 'post', facts: { ...NO_FACTS, divarId: conversationId, postToken } };
  if (user.id === null || postToken === null || peer.id === null) return undefined;
  return { type: 'post', facts: { ...NO_FACTS, postToken, v1: { userId: user.id, peerId: peer.id } } };
}

export function nameOfDivarId(type: ConversationType, divarId: string): ConversationName {
  return { type, facts: { ...NO_FACTS, divarId } };
}

export function nameOfBotUser(botUserId: string): ConversationName {
  return { type: 'bot', facts: { ...NO_FACTS, botUserId } };
}

/**
 * What the blind index of a conversation is made of. Two names of one chat (a bot's chat by user and by id, the two sides
 * of a v1 triple) are two conversations: each is in order, the two are not ordered among each other.
 */
export function conversationKeyText(appId: string, { type, facts }: ConversationName): string {
  if (facts.v1) return `conversation|${appId}|v1|${facts.v1.userId}:${facts.postToken}:${facts.v1.peerId}`;
  if (facts.botUserId !== null) return `conversation|${appId}|bot_user|${facts.botUserId}`;
  return `conversation|${appId}|${type}|${facts.divarId}`;
}

/** What was not known when the conversation was opened; the same object when there is nothing new. */
export function learnFacts(facts: ConversationFacts, news: Partial<ConversationFacts>): ConversationFacts {
  const postToken = facts.postToken ?? news.postToken ?? null;
  const divarId = facts.divarId ?? news.divarId ?? null;
  return postToken === facts.postToken && divarId === facts.divarId
    ? facts
    : { ...facts, postToken, divarId };
}

export function targetOf({ type, facts }: ConversationName): ChatTarget {
  if (facts.v1) return { kind: 'v1', ...facts.v1, postToken: facts.postToken ?? '' };
  if (facts.botUserId !== null) return { kind: 'bot_user', userId: facts.botUserId };
  const conversationId = facts.divarId ?? '';
  return { kind: type === 'bot' ? 'bot_conversation' : 'conversation', conversationId };
}

/** The narrowest scope that lets the user's token send there, in our syntax; undefined where no token is asked for. */
export function sendScope(name: ConversationName): string | undefined {
  const { facts, type } = name;
  if (facts.v1) {
    const id = formatTriple({
      user: { id: facts.v1.userId, side: null },
      postToken: facts.postToken,
      peer: { id: facts.v1.peerId },
    });
    return formatScope({ name: 'CHAT_SEND_MESSAGE_OAUTH', id: id ?? undefined });
  }
  if (facts.botUserId !== null) return 'CHAT_BOT_USER_MESSAGE_SEND';
  if (type === 'bot') return undefined;
  return formatScope({ name: 'CONVERSATION_SEND_MESSAGE', id: facts.divarId ?? undefined });
}

/** Scopes of a post reach all its conversations, the last one all conversations of a supplier. PROTOCOL 3.2 */
const OF_POST = new Set(['CHAT_POST_CONVERSATIONS_MESSAGE_SEND', 'CHAT_SEND_MESSAGE_POST_CONVERSATIONS']);
const OF_SUPPLIER = 'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND';

/**
 * True unless it is certain that a grant with these scopes cannot send there. For a grant the tenant names himself: which
 * post a conversation belongs to, and whose it is, is often known to Divar alone, and it answers 403 then.
 */
export function mayReach(granted: readonly string[], name: ConversationName): boolean {
  const wanted = sendScope(name);
  if (wanted === undefined || granted.includes(wanted)) return true;
  if (name.type === 'bot') return false;
  const { postToken } = name.facts;
  return granted.map(parseScope).some((scope) => {
    if (scope.name === OF_SUPPLIER) return name.facts.v1 === null;
    return OF_POST.has(scope.name) && (postToken === null || scope.id === postToken);
  });
}

export type WaitReason = 'unknown' | 'budget' | 'grant' | 'held' | 'retry';

/** Why a conversation stands still; null when it moves. */
export function waitReason(head: Head | undefined, now: Date): { reason: WaitReason; since: Date } | null {
  if (!head) return null;
  if (head.heldAt) return { reason: 'held', since: head.heldAt };
  if (head.state === 'unknown') return { reason: 'unknown', since: head.stateAt };
  if (head.code === 'consent_required' || head.code === 'grant_renewing')
    return { reason: 'grant', since: head.stateAt };
  if (head.budget) {
    const reason = head.budget.by === 'divar' ? 'retry' : 'budget';
    return { reason, since: head.budget.since ?? head.dueAt };
  }
  // Without a code it has not been tried: it is due, by whatever clock.
  return head.code !== null && head.dueAt > now ? { reason: 'retry', since: head.stateAt } : null;
}

/**
 * Visits that stand for a conversation of which no visit is at hand: by them its grants are found. Without a user a grant
 * is found by the side it was given on, so there is one for each.
 */
export function visitsOf({ facts }: ConversationName): Visit[] {
  const visit = (user: Visit['user'], peerId: string | null = null): Visit => ({
    source: null,
    sourceRaw: null,
    postToken: facts.postToken,
    conversationId: facts.divarId,
    user,
    peer: { id: peerId },
    data: null,
    page: null,
    location: null,
    returnAddress: null,
    extra: {},
  });
  if (facts.v1) return [visit({ id: facts.v1.userId, side: null }, facts.v1.peerId)];
  if (facts.botUserId !== null) return [visit({ id: facts.botUserId, side: null })];
  return [visit({ id: null, side: 'supply' }), visit({ id: null, side: 'demand' })];
}
