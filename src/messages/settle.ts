/** Ends a try: what came of it, in the attempt, the message, the conversation's line and the claim, all at once. */
import type { RefuseGrant } from '../consent/refuse.ts';
import type { SendResult } from '../divar/chat-replies.ts';
import type { RandomBytes, Tx } from '../ports.ts';
import { type Claim, releaseClaimed } from '../queue/claim.ts';
import type { Ladder } from '../queue/ladder.ts';
import type { ConversationStore } from './conversation-store.ts';
import { advanceMessage, type ConfirmedBy, type Message } from './messages.ts';
import { decideOutcome, type Outcome } from './outcome.ts';
import { decideRefusal } from './refusal.ts';
import { schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';

/** A try that a dead process made took nobody knows how long. */
export type TryResult = Omit<SendResult, 'durationMs'> & { durationMs: number | null };

export interface SettleDeps {
  messages: Pick<MessageStore, 'advance' | 'settleAttempt'>;
  conversations: Pick<ConversationStore, 'lock' | 'learn'>;
  reconcile: Reconcile;
  /** Divar has refused the message's grant. */
  refuseGrant: RefuseGrant;
  /** `SEND_SCHEDULE_SECONDS` */
  ladder: Ladder;
  random: RandomBytes;
}

/** What tells beside Divar's answer whether a message stands in its chat. */
export interface Reconcile {
  /** True when echoes seen so far prove it. */
  isEchoed(tx: Tx, message: Message): Promise<boolean>;
  /** True when the chat can be read: it will be, and what it says decides. */
  planRead(tx: Tx, message: Message): Promise<boolean>;
}

/** Writes what follows for a message that is being sent. */
export type RecordOutcome = (tx: Tx, message: Message, result: TryResult) => Promise<Message>;

export function createRecordOutcome({
  messages,
  conversations,
  reconcile,
  refuseGrant,
  ladder,
  random,
}: SettleDeps): RecordOutcome {
  const learnConversation = async (tx: Tx, id: string, divarId: string) => {
    const conversation = await conversations.lock(tx, id);
    if (conversation) await conversations.learn(tx, conversation, { divarId });
  };

  /** What is certain goes before what the tenant would have us do without knowing. */
  const reconsider = async (
    tx: Tx,
    message: Message,
    { stage }: TryResult,
    decided: Outcome,
  ): Promise<Outcome & { confirmedBy?: ConfirmedBy }> => {
    if (decided.step === 'confirm') return { ...decided, confirmedBy: 'answer' };
    if (stage !== 'ambiguous' && message.attemptCount === 1) return decided;
    const known = { code: null, waitSeconds: 0, climbs: false };
    if (await reconcile.isEchoed(tx, message)) return { ...known, step: 'confirm', confirmedBy: 'echo' };
    if (decided.code !== 'outcome_unknown' || !(await reconcile.planRead(tx, message))) return decided;
    return { ...known, step: 'lose', code: 'outcome_unknown' };
  };

  return async (tx, message, result) => {
    const dice = random(4).readUInt32BE() / 2 ** 32;
    const refusal =
      result.code === 'unauthorized' && message.grantId !== null
        ? await refuseGrant(tx, message.grantId, message.stateAt)
        : undefined;
    const decided = refusal
      ? decideRefusal(refusal, message)
      : decideOutcome(result, message, { ladder, dice });
    await messages.settleAttempt(tx, {
      messageId: message.id,
      number: message.attemptCount,
      stage: result.stage,
      status: result.status,
      outcome: advanceMessage(message.state, decided.step) as 'sent' | 'failed' | 'unknown' | 'queued',
      code: result.code === 'sent' ? null : result.code,
      durationMs: result.durationMs,
    });
    const { step, ...change } = await reconsider(tx, message, result, decided);
    const next = await messages.advance(tx, message, step, change);
    if (result.divarConversationId !== null)
      await learnConversation(tx, message.conversationId, result.divarConversationId);
    return next;
  };
}

/** Undefined when the claim is no longer ours: another process has decided in the meantime, and its word stands. */
export async function settleSend(
  tx: Tx,
  {
    claim,
    message,
    result,
    recordOutcome,
  }: { claim: Claim; message: Message; result: TryResult; recordOutcome: RecordOutcome },
): Promise<Message | undefined> {
  if (!(await releaseClaimed(tx, 'conversations', claim))) return undefined;
  const settled = await recordOutcome(tx, message, result);
  await schedule(tx, message.conversationId);
  return settled;
}
