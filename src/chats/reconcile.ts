/** What else tells whether a message stands in its chat, when Divar's answer was lost. */
import type { ConversationStore } from '../messages/conversation-store.ts';
import type { Reconcile } from '../messages/settle.ts';
import type { MessageStore } from '../messages/store.ts';
import type { Clock, Signals } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import type { createLookForEchoes } from './confirm.ts';
import { CHATS_TOPIC, graceSeconds } from './plan.ts';
import type { FindReadAccess } from './read-grant.ts';
import type { ChatStore } from './store.ts';

export interface ReconcileDeps {
  chats: Pick<ChatStore, 'wantRead'>;
  messages: Pick<MessageStore, 'openContent'>;
  conversations: Pick<ConversationStore, 'find'>;
  lookForEchoes: ReturnType<typeof createLookForEchoes>;
  findReadAccess: FindReadAccess;
  directory: Pick<AppDirectory, 'find'>;
  clock: Clock;
  signals: Pick<Signals, 'publish'>;
  /** Of one call to Divar. */
  timeoutMs: number;
}

export function createReconcile(deps: ReconcileDeps): Reconcile {
  return {
    isEchoed: async (tx, { id }) => (await deps.lookForEchoes(tx, id)).isCertain,

    planRead: async (tx, message) => {
      const { appId, conversationId } = message;
      const app = deps.directory.find(appId);
      // Divar shows texts only.
      const isText = (deps.messages.openContent(message)?.mediaId ?? null) === null;
      const conversation = isText ? await deps.conversations.find(tx, appId, conversationId) : undefined;
      if (!app || !conversation) return false;
      const access = await deps.findReadAccess(tx, { app, conversation, now: deps.clock.now() });
      if (access === 'not_granted') return false;
      await deps.chats.wantRead(tx, { appId, conversationId, waitSeconds: graceSeconds(deps.timeoutMs) });
      afterCommit(tx, () => deps.signals.publish(CHATS_TOPIC));
      return true;
    },
  };
}
