/** Begins a try: in one short transaction the head of a claimed conversation is marked as being sent, with everything the
 *  call needs. Nothing of it is on the wire before this is committed. */
import { GRANTS_TOPIC } from '../consent/refreshing.ts';
import type { Send } from '../divar/chat.ts';
import type { BlindIndex, Clock, NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import { beginClaimed, type Claim, releaseClaimed } from '../queue/claim.ts';
import type { SessionStore } from '../session/store.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import { renderButtons } from './buttons.ts';
import type { ChooseGrant } from './choose-grant.ts';
import type { ConversationStore } from './conversation-store.ts';
import { type Conversation, targetOf } from './conversations.ts';
import { echoKeyText, nameOfEchoes } from './echo.ts';
import {
  CONSENT_RECHECK_SECONDS,
  type Message,
  type MessageContent,
  RENEWAL_RECHECK_SECONDS,
} from './messages.ts';
import { schedule } from './schedule.ts';
import type { RecordOutcome, TryResult } from './settle.ts';
import type { MessageStore } from './store.ts';

export interface BeginDeps {
  messages: MessageStore;
  conversations: Pick<ConversationStore, 'lock'>;
  sessions: Pick<SessionStore, 'find'>;
  signals: Pick<Signals, 'publish'>;
  /** The grant's token; word that it is being renewed; undefined when it has none any more. */
  tokens: { lend(tx: Tx, grantId: string): Promise<{ accessToken: string } | 'renewing' | undefined> };
  /** What stands for it at Divar. */
  media: { open(tx: Tx, mediaId: string): Promise<{ token: string; kind: string } | undefined> };
  blindIndex: BlindIndex;
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

/** Set aside after that many: whatever kills a process kills the next one too, and each takes its neighbours with it. */
export const MAX_DEATHS = 3;

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
    const head = await deps.messages.findHead(tx, conversationId);
    // Somebody began and never came back: the message may stand in the chat.
    if (head?.state === 'sending') await deps.recordOutcome(tx, head, await describeDeath(tx, head));
    if (!head?.isDue || (head.state !== 'queued' && head.state !== 'held')) return undefined;
    if (head.isOverdue) {
      await deps.messages.advance(tx, head, 'expire', { code: 'expired' });
      return undefined;
    }
    const conversation = await deps.conversations.lock(tx, conversationId);
    const app = deps.directory.find(head.appId);
    if (!conversation || conversation.heldAt) return undefined;
    if (app && !app.suspended) return await startSending(tx, app, conversation, head);
    await deps.messages.postpone(tx, head.id, 'app_not_ready', APP_RECHECK_SECONDS);
    return undefined;
  }

  async function describeDeath(tx: Tx, head: Message): Promise<TryResult> {
    const earlierCount = await deps.messages.countDeaths(tx, head.id);
    return earlierCount + 1 < MAX_DEATHS ? PROCESS_DIED : { ...PROCESS_DIED, code: 'poisoned' };
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
    const borrowed = await borrow(tx, head, grant);
    if (borrowed === undefined) return undefined;
    const { grantId, accessToken } = borrowed;
    const rendered = await render(tx, conversation, content);
    const send: Send = { app, target: targetOf(conversation), content: rendered.content, accessToken };
    const queued =
      head.state === 'held' ? await deps.messages.advance(tx, head, 'release', { code: null }) : head;
    const attemptId = deps.newId('att');
    const { echoKey } = rendered;
    return { message: await deps.messages.beginAttempt(tx, queued, attemptId, grantId, echoKey), send };
  }

  /** Undefined when the message waits: for the user's consent, or for new tokens. */
  async function borrow(tx: Tx, head: Message, grant: Awaited<ReturnType<ChooseGrant>>) {
    if (grant === 'none_needed') return { grantId: null, accessToken: null };
    const token = grant && (await deps.tokens.lend(tx, grant.id));
    if (grant === undefined || token === undefined) {
      await waitForGrant(tx, head);
      return undefined;
    }
    if (token !== 'renewing') return { grantId: grant.id, accessToken: token.accessToken };
    await deps.messages.awaitGrant(tx, head.id, grant.id, RENEWAL_RECHECK_SECONDS);
    afterCommit(tx, () => deps.signals.publish(GRANTS_TOPIC));
    return undefined;
  }

  /** What goes to Divar, and the key by which it is known when it comes back. */
  async function render(tx: Tx, { appId, facts }: Conversation, content: MessageContent) {
    const media = content.mediaId === null ? null : await deps.media.open(tx, content.mediaId);
    if (media === undefined) throw new Error('the media of a message is gone');
    const chatName = nameOfEchoes(facts);
    const said = { text: content.text, kind: media?.kind ?? null };
    return {
      content: toChatContent(content, media?.token ?? null),
      echoKey: chatName === null ? null : deps.blindIndex(echoKeyText(appId, chatName, said)),
    };
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

function toChatContent(content: MessageContent, mediaToken: string | null): Send['content'] {
  return {
    text: content.text,
    mediaToken,
    senderButtons: renderButtons(content.senderButtons, 'sender', content.references),
    receiverButtons: renderButtons(content.receiverButtons, 'receiver', content.references),
  };
}
