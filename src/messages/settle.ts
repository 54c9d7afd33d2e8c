/** Ends a try: what came of it, in the attempt, the message, the conversation's line and the claim, all at once. */
import type { SendResult } from '../divar/chat-replies.ts';
import type { RandomBytes, Tx } from '../ports.ts';
import { type Claim, releaseClaimed } from '../queue/claim.ts';
import type { Ladder } from '../queue/ladder.ts';
import type { ConversationStore } from './conversation-store.ts';
import type { Message } from './messages.ts';
import { decideOutcome } from './outcome.ts';
import { schedule } from './schedule.ts';
import type { MessageStore } from './store.ts';

/** A try that a dead process made took nobody knows how long. */
export type TryResult = Omit<SendResult, 'durationMs'> & { durationMs: number | null };

export interface SettleDeps {
  messages: Pick<MessageStore, 'advance' | 'settleAttempt'>;
  conversations: Pick<ConversationStore, 'lock' | 'learn'>;
  /** `SEND_SCHEDULE_SECONDS` */
  ladder: Ladder;
  random: RandomBytes;
}

/** Writes what follows for a message that is being sent. */
export type RecordOutcome = (tx: Tx, message: Message, result: TryResult) => Promise<Message>;

export function createRecordOutcome({ messages, conversations, ladder, random }: SettleDeps): RecordOutcome {
  const learnConversation = async (tx: Tx, id: string, divarId: string) => {
    const conversation = await conversations.lock(tx, id);
    if (conversation) await conversations.learn(tx, conversation, { divarId });
  };

  return async (tx, message, result) => {
    const dice = random(4).readUInt32BE() / 2 ** 32;
    const { step, code, waitSeconds } = decideOutcome(result, message, { ladder, dice });
    const next = await messages.advance(tx, message, step, { code, waitSeconds });
    await messages.settleAttempt(tx, {
      messageId: message.id,
      number: message.attemptCount,
      stage: result.stage,
      status: result.status,
      outcome: next.state as 'sent' | 'failed' | 'unknown' | 'queued',
      code: result.code === 'sent' ? null : result.code,
      durationMs: result.durationMs,
    });
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
