/** What waits on one grant: goes on when its tokens were renewed, looks again when it broke, ends when it was revoked. */
import type { Db, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { ConversationStore } from './conversation-store.ts';
import { MESSAGES_TOPIC, type MessageCode, type MessageState } from './messages.ts';
import { schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';

export interface GrantQueueDeps {
  db: Pick<Db, 'tenant'>;
  messages: Pick<MessageStore, 'load' | 'advance'>;
  conversations: Pick<ConversationStore, 'lock'>;
  signals: Pick<Signals, 'publish'>;
}

interface OfGrant {
  tenantId: string;
  appId: string;
  grantId: string;
}

/** What has not been begun; the outcome of the rest is near, or not ours to decide. */
const ENDABLE: readonly MessageState[] = ['queued', 'held'];
/** Of one conversation in one transaction. */
const BATCH_COUNT = 200;

export function createGrantQueue({ db, messages, conversations, signals }: GrantQueueDeps) {
  const waiting = (tx: Tx, { appId, grantId }: OfGrant) =>
    tx
      .sql('messages')
      .where({ tenant_id: tx.tenantId, app_id: appId, grant_id: grantId })
      .whereNull('final_at');

  const listConversations = (of: OfGrant): Promise<string[]> =>
    db.tenant(of.tenantId, async (tx) => {
      const ids: string[] = await waiting(tx, of)
        .whereIn('state', ENDABLE)
        .distinct('conversation_id')
        .pluck('conversation_id');
      return ids;
    });

  /** Under the lock that workers take too; each conversation on its own, so that none waits for another. */
  const inEach = async (
    of: OfGrant,
    change: (tx: Tx, conversationId: string) => Promise<number>,
  ): Promise<void> => {
    for (const conversationId of await listConversations(of)) {
      let count: number;
      do {
        count = await db.tenant(of.tenantId, async (tx) => {
          if (!(await conversations.lock(tx, conversationId))) return 0;
          const changed = await change(tx, conversationId);
          await schedule(tx, conversationId);
          afterCommit(tx, () => signals.publish(MESSAGES_TOPIC));
          return changed;
        });
      } while (count >= BATCH_COUNT);
    }
  };

  return {
    /** Whatever waits for the grant looks again: the tokens are new, or there is none any more. */
    awake: (of: OfGrant): Promise<void> =>
      inEach(of, async (tx, conversationId) => {
        await waiting(tx, of)
          .where({ conversation_id: conversationId })
          .whereIn('code', ['grant_renewing', 'consent_required'] satisfies MessageCode[])
          .update({ due_at: tx.sql.fn.now() });
        return 0;
      }),

    /** Nothing more goes out in the name of somebody who has taken his consent back. */
    end: (of: OfGrant): Promise<void> =>
      inEach(of, async (tx, conversationId) => {
        const ids: string[] = await waiting(tx, of)
          .where({ conversation_id: conversationId })
          .whereIn('state', ENDABLE)
          .orderBy('position')
          .limit(BATCH_COUNT)
          .pluck('id');
        for (const id of ids)
          await messages.advance(tx, await messages.load(tx, of.appId, id), 'fail', {
            code: 'grant_revoked',
          });
        return ids.length;
      }),
  };
}
