/** The room's parts, put together: what other rooms need of chats that are seen and read. */
import type { Announce } from '../events/announce.ts';
import type { IntakeDeps } from '../events/intake.ts';
import type { EventStore } from '../events/store.ts';
import type { ConversationStore } from '../messages/conversation-store.ts';
import type { Reconcile } from '../messages/settle.ts';
import type { MessageStore } from '../messages/store.ts';
import type { BlindIndex, Clock, Signals } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import { createConfirmSeen, createLookForEchoes } from './confirm.ts';
import { FIRST_READ_SECONDS } from './plan.ts';
import { createFindReadAccess, type ReadGrantDeps } from './read-grant.ts';
import { createReconcile } from './reconcile.ts';
import { createRecover } from './recover.ts';
import { createChatStore } from './store.ts';

/** Texts written this long before Divar first told something of a chat may be among those that were lost. */
const TOLD_BEFORE_MS = 15 * 60_000;

export interface ChatsDeps extends ReadGrantDeps {
  events: Pick<EventStore, 'takeKey'>;
  announce: Announce;
  messages: Pick<MessageStore, 'load' | 'advance' | 'openContent'>;
  conversations: Pick<ConversationStore, 'find' | 'lock'>;
  directory: Pick<AppDirectory, 'find'>;
  blindIndex: BlindIndex;
  clock: Clock;
  signals: Pick<Signals, 'publish'>;
  /** Of one call to Divar. */
  timeoutMs: number;
}

export function openChats(deps: ChatsDeps) {
  const chats = createChatStore();
  const confirmSeen = createConfirmSeen({ ...deps, chats });
  const lookForEchoes = createLookForEchoes({ chats });
  const findReadAccess = createFindReadAccess(deps);
  const recover = createRecover({ ...deps, chats });
  const reconcile: Reconcile = createReconcile({ ...deps, chats, lookForEchoes, findReadAccess });

  const confirmEcho: IntakeDeps['confirmEcho'] = async (tx, { app, seen }) =>
    (await confirmSeen(tx, { appId: app.id, seen: [seen], by: 'echo' })).has(seen.divarId);

  const keepReading: IntakeDeps['keepReading'] = (tx, { app, conversationId, now }) =>
    chats.keepReading(tx, {
      appId: app.id,
      conversationId,
      waitSeconds: FIRST_READ_SECONDS,
      toldFrom: new Date(now.getTime() - TOLD_BEFORE_MS),
    });

  return { chats, confirmSeen, lookForEchoes, findReadAccess, recover, reconcile, confirmEcho, keepReading };
}
