/**
 * Settles messages by what is seen of them in their chat. Whoever adds echoes, or changes a message, holds the lock of the
 * message's conversation; so an echo and the outcome of the try it is of see each other, whichever comes first.
 */
import type { SeenMessage } from '../events/seen.ts';
import type { ConversationStore } from '../messages/conversation-store.ts';
import { divarKeyText, echoKeyText } from '../messages/echo.ts';
import { type ConfirmedBy, MESSAGES_TOPIC, type Message } from '../messages/messages.ts';
import { schedule } from '../messages/schedule.ts';
import type { MessageStore } from '../messages/store.ts';
import type { BlindIndex, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import { type Matching, matchEchoes } from './match.ts';
import type { ChatStore } from './store.ts';

export interface ConfirmDeps {
  chats: Pick<ChatStore, 'listTries' | 'listEchoes' | 'addEchoes' | 'listEchoKeys'>;
  messages: Pick<MessageStore, 'load' | 'advance'>;
  conversations: Pick<ConversationStore, 'lock'>;
  blindIndex: BlindIndex;
  signals: Pick<Signals, 'publish'>;
}

export type ConfirmSeen = ReturnType<typeof createConfirmSeen>;

/** Settles what is certain after these were seen; `divarId` of those that are ours. */
export function createConfirmSeen(deps: ConfirmDeps) {
  const settle = async (tx: Tx, message: Message, by: ConfirmedBy): Promise<void> => {
    const change = { code: null, confirmedBy: by };
    if (message.state === 'unknown') await deps.messages.advance(tx, message, 'confirm', change);
    else if (message.state === 'queued') {
      // It was to be tried again; the try before it has arrived after all.
      const sending = await deps.messages.advance(tx, message, 'send', { code: null });
      await deps.messages.advance(tx, sending, 'confirm', change);
    } else return;
    await schedule(tx, message.conversationId);
    afterCommit(tx, () => deps.signals.publish(MESSAGES_TOPIC));
  };

  return async (
    tx: Tx,
    {
      appId,
      seen,
      by,
    }: { appId: string; seen: readonly (SeenMessage & { sentAt: Date })[]; by: 'echo' | 'read' },
  ): Promise<Set<string>> => {
    const keyed = seen.map((one) => ({
      ...one,
      divarKey: deps.blindIndex(divarKeyText(appId, one.divarId)),
      echoKey: deps.blindIndex(echoKeyText(appId, one.chatName, one.said)),
    }));
    const found = await deps.chats.listTries(
      tx,
      keyed.map(({ echoKey }) => echoKey),
    );
    if (found.length === 0) return new Set();
    for (const id of [...new Set(found.map(({ conversationId }) => conversationId))].sort())
      await deps.conversations.lock(tx, id);

    const known = new Set(found.map(({ echoKey }) => echoKey));
    const echoes = keyed.filter(({ echoKey }) => known.has(echoKey));
    await deps.chats.addEchoes(tx, appId, echoes);
    const matchings = await loadMatchings(tx, deps.chats, [...known]);
    const certain = matchings.flatMap(({ matching, messageIds }) =>
      [...messageIds].filter(matching.isCertain),
    );
    for (const id of new Set(certain)) await settle(tx, await deps.messages.load(tx, appId, id), by);
    const isOurs = (divarKey: string) => matchings.some(({ matching }) => matching.ours.has(divarKey));
    return new Set(echoes.filter(({ divarKey }) => isOurs(divarKey)).map(({ divarId }) => divarId));
  };
}

/** Whether echoes seen so far prove that the message stands in the chat, or leave it open. Under the conversation's lock. */
export function createLookForEchoes({ chats }: { chats: ConfirmDeps['chats'] }) {
  return async (tx: Tx, messageId: string): Promise<{ isCertain: boolean; isPossible: boolean }> => {
    const matchings = await loadMatchings(tx, chats, await chats.listEchoKeys(tx, messageId));
    return {
      isCertain: matchings.some(({ matching }) => matching.isCertain(messageId)),
      isPossible: matchings.some(({ matching }) => matching.isPossible(messageId)),
    };
  };
}

async function loadMatchings(
  tx: Tx,
  chats: Pick<ChatStore, 'listTries' | 'listEchoes'>,
  echoKeys: readonly string[],
): Promise<{ matching: Matching; messageIds: Set<string> }[]> {
  const tries = await chats.listTries(tx, echoKeys);
  const echoes = await chats.listEchoes(tx, echoKeys);
  return echoKeys.map((key) => {
    const own = tries.filter(({ echoKey }) => echoKey === key);
    return {
      matching: matchEchoes(
        own,
        echoes.filter(({ echoKey }) => echoKey === key),
      ),
      messageIds: new Set(own.map(({ messageId }) => messageId)),
    };
  });
}
