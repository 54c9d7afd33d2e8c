/** Ends what was not sent in time, and tells so at once, also where nothing else happens: an app whose budget is used up,
 *  a conversation behind a message that waits. Needs no claim: the lock of the conversation is enough. */
import type { Db, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { ConversationStore } from './conversation-store.ts';
import { MESSAGES_TOPIC } from './messages.ts';
import { schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';

/** Messages that one tick ends at most; one transaction ends those of one conversation. */
const BATCH_COUNT = 100;

export function createExpiryWorker(deps: {
  db: Pick<Db, 'call' | 'tenant'>;
  messages: Pick<MessageStore, 'listOverdue' | 'advance'>;
  conversations: Pick<ConversationStore, 'lock'>;
  signals: Pick<Signals, 'publish'>;
}) {
  const expire = async (tx: Tx, conversationId: string): Promise<number> => {
    if (!(await deps.conversations.lock(tx, conversationId))) return 0;
    const overdue = await deps.messages.listOverdue(tx, conversationId, BATCH_COUNT);
    for (const message of overdue) await deps.messages.advance(tx, message, 'expire', { code: 'expired' });
    if (overdue.length === 0) return 0;
    await schedule(tx, conversationId);
    // What stood behind it may go now.
    afterCommit(tx, () => deps.signals.publish(MESSAGES_TOPIC));
    return overdue.length;
  };

  return {
    /** Messages that were ended. */
    tick: async (): Promise<number> => {
      const found = await deps.db.call<{ tenant_id: string; id: string }>('overdue_conversations', [
        BATCH_COUNT,
      ]);
      let count = 0;
      for (const { tenant_id, id } of found) count += await deps.db.tenant(tenant_id, (tx) => expire(tx, id));
      return count;
    },
  };
}
