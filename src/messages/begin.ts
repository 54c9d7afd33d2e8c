/** Begins a try: in one short transaction the head of a claimed conversation is marked as being sent, with everything the
 *  call needs. Nothing of it is on the wire before this is committed. */
import type { Send } from '../divar/chat.ts';
import type { Clock, NewId, Tx } from '../ports.ts';
import { beginClaimed, type Claim, releaseClaimed } from '../queue/claim.ts';
import type { SessionStore } from '../session/store.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { renderButtons } from './buttons.ts';
import type { ChooseGrant } from './choose-grant.ts';
import type { ConversationStore } from './conversation-store.ts';
import { type Conversation, targetOf } from './conversations.ts';
import { CONSENT_RECHECK_SECONDS, type Message, type MessageContent } from './messages.ts';
import { schedule } from './schedule.ts';
import type { RecordOutcome } from './settle.ts';
import type { MessageStore } from './store.ts';

export interface BeginDeps {
  messages: MessageStore;
  conversations: Pick<ConversationStore, 'lock'>;
  sessions: Pick<SessionStore, 'find'>;
  tokens: { openTokens(tx: Tx, grantId: string): Promise<{ accessToken: string } | undefined> };
  chooseGrant: ChooseGrant;
  recordOutcome: RecordOutcome;
  directory: Pick<AppDirectory, 'find'>;
  newId: NewId;
  clock: Clock;
  leaseSeconds: number;
}

export interface Started {
  message: Message;
  send: Send;
}

/** Until an app that is suspended, or not known yet, is looked at again. */
const APP_RECHECK_SECONDS = 60;

export function createBeginSend(deps: BeginDeps) {
  /** Undefined when there is nothing to send: not due, waiting for somebody, ended, or no longer ours. */
  return async (tx: Tx, claim: Claim): Promise<Started | undefined> => {
    if (!(await beginClaimed(tx, 'conversations', claim, deps.leaseSeconds))) return undefined;
    const started = await startHead(tx, claim.id);
    if (started) return started;
    await schedule(tx, claim.id);
    await releaseClaimed(tx, 'conversations', claim);
    return undefined;
  };

  async function startHead(tx: Tx, conversationId: string): Promise<Started | undefined> {
    await deps.messages.expireOverdue(tx, conversationId);
    const head = await deps.messages.findHead(tx, conversationId);
    // Somebody began and never came back: the message may stand in the chat.
    if (head?.state === 'sending') await deps.recordOutcome(tx, head, PROCESS_DIED);
    if (!head?.isDue || (head.state !== 'queued' && head.state !== 'held')) return undefined;
    const conversation = await deps.conversations.lock(tx, conversationId);
    const app = deps.directory.find(head.appId);
    if (!conversation || conversation.heldAt) return undefined;
    if (app && !app.suspended) return await startSending(tx, app, conversation, head);
    await deps.messages.postpone(tx, head.id, 'app_not_ready', APP_RECHECK_SECONDS);
    return undefined;
  }

  async function startSending(tx: Tx, app: App, conversation: Conversation, head: Message) {
    const content = deps.messages.openContent(head);
    if (!content) throw new Error('a message that is not final has no content');
    const grant = await deps.chooseGrant(tx, {
      app,
      conversation,
      session: head.sessionId === null ? undefined : await deps.sessions.find(tx, head.sessionId),
      grantId: content.grantId,
      now: deps.clock.now(),
    });
    if (grant === undefined) {
      await waitForGrant(tx, head);
      return undefined;
    }
    const grantId = grant === 'none_needed' ? null : grant.id;
    const accessToken =
      grantId === null ? null : ((await deps.tokens.openTokens(tx, grantId))?.accessToken ?? null);
    const send: Send = { app, target: targetOf(conversation), content: toChatContent(content), accessToken };
    const queued =
      head.state === 'held' ? await deps.messages.advance(tx, head, 'release', { code: null }) : head;
    return { message: await deps.messages.beginAttempt(tx, queued, deps.newId('att'), grantId), send };
  }

  /** It was there when the message was accepted, or it was never there. */
  async function waitForGrant(tx: Tx, head: Message): Promise<void> {
    if (head.onMissingConsent === 'fail')
      await deps.messages.advance(tx, head, 'fail', { code: 'consent_required' });
    else await deps.messages.postpone(tx, head.id, 'consent_required', CONSENT_RECHECK_SECONDS);
  }
}

const PROCESS_DIED = {
  stage: 'ambiguous',
  status: null,
  code: 'process_died',
  retryAfterSeconds: null,
  durationMs: null,
  divarConversationId: null,
} as const;

function toChatContent(content: MessageContent): Send['content'] {
  return {
    text: content.text,
    mediaToken: null,
    senderButtons: renderButtons(content.senderButtons, 'sender', content.references),
    receiverButtons: renderButtons(content.receiverButtons, 'receiver', content.references),
  };
}
