/** Wakes what waited for a consent: called in the transaction that stores a grant. */
import type { Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { Session } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';
import type { ConversationStore } from './conversation-store.ts';
import { nameOfBotUser, nameOfVisit } from './conversations.ts';
import { MESSAGES_TOPIC } from './messages.ts';
import { schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';

export type ReleaseHeld = (tx: Tx, app: App, session: Pick<Session, 'visit'>) => Promise<void>;

export function createReleaseHeld(deps: {
  messages: Pick<MessageStore, 'awakeWaiting'>;
  conversations: Pick<ConversationStore, 'findByName' | 'lock'>;
  signals: Pick<Signals, 'publish'>;
}): ReleaseHeld {
  return async (tx, app, { visit }) => {
    const chat = nameOfVisit(app, visit);
    const names = [
      ...(chat ? [chat] : []),
      ...(visit.user.id === null ? [] : [nameOfBotUser(visit.user.id)]),
    ];
    for (const name of names) {
      const conversation = await deps.conversations.findByName(tx, app.id, [name]);
      if (!conversation || !(await deps.conversations.lock(tx, conversation.id))) continue;
      await deps.messages.awakeWaiting(tx, conversation.id);
      await schedule(tx, conversation.id);
      afterCommit(tx, () => deps.signals.publish(MESSAGES_TOPIC));
    }
  };
}
