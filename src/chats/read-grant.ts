/** Under which grant a chat is read, and as which of its two people. @see PROTOCOL 3.9, 4.6 */
import { formatScope, formatTriple } from '../consent/scopes.ts';
import type { ReadTarget } from '../divar/read.ts';
import type { SendGrants } from '../messages/choose-grant.ts';
import { type Conversation, visitsOf } from '../messages/conversations.ts';
import type { Tx } from '../ports.ts';
import type { Visit } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';

export interface ReadAccess {
  target: ReadTarget;
  accessToken: string;
}

export interface ReadGrantDeps {
  grants: Pick<SendGrants, 'findCovering'>;
  tokens: { lend(tx: Tx, grantId: string): Promise<{ accessToken: string } | 'renewing' | undefined> };
}

/** `not_granted`: nobody allows it. `renewing`: in a moment. */
export type ReadAccessFound = ReadAccess | 'not_granted' | 'renewing';

export type FindReadAccess = ReturnType<typeof createFindReadAccess>;

export function createFindReadAccess({ grants, tokens }: ReadGrantDeps) {
  return async (
    tx: Tx,
    { app, conversation, now }: { app: App; conversation: Conversation; now: Date },
  ): Promise<ReadAccessFound> => {
    for (const { visit, scope, target } of waysToRead(app, conversation)) {
      const session = { grantId: null, generation: app.generation, visit };
      const grant = await grants.findCovering(tx, { app, session, scopes: [scope], now });
      if (!grant) continue;
      const lent = await tokens.lend(tx, grant.id);
      if (lent === 'renewing') return 'renewing';
      if (lent) return { target, accessToken: lent.accessToken };
    }
    return 'not_granted';
  };
}

/** A chat with a bot cannot be read. A v1 chat has two people, and each may have granted it. */
function waysToRead(
  app: App,
  conversation: Conversation,
): { visit: Visit; scope: string; target: ReadTarget }[] {
  const { facts, type } = conversation;
  if (type !== 'post') return [];
  if (facts.v1 === null) {
    if (app.generation !== 'v2' || facts.divarId === null) return [];
    const scope = formatScope({ name: 'CHAT_CONVERSATION_READ', id: facts.divarId });
    const target: ReadTarget = { kind: 'conversation', conversationId: facts.divarId };
    return visitsOf(conversation).map((visit) => ({ visit, scope, target }));
  }
  const { v1, postToken } = facts;
  if (app.generation !== 'v1' || postToken === null) return [];
  return [v1, { userId: v1.peerId, peerId: v1.userId }].flatMap((pair) =>
    visitsOf({ ...conversation, facts: { ...facts, v1: pair } }).map((visit) => ({
      visit,
      scope: formatScope({ name: 'CHAT_READ_CONVERSATION', id: formatTriple(visit) ?? undefined }),
      target: { kind: 'v1' as const, ...pair, postToken },
    })),
  );
}
