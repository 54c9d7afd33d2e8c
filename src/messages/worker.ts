/**
 * Sends what is due. A claimed conversation is worked in three steps: begin (transaction), call Divar (none), settle
 * (transaction). A process may die between any two instructions: before begin is committed nothing has happened, after it
 * the next holder finds a message that is being sent, and takes its outcome for unknown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatClient } from '../divar/chat.ts';
import { Problem } from '../errors.ts';
import type { Db, Log, RandomBytes } from '../ports.ts';
import { beginClaimed, type Claim, createClaimer, releaseClaimed } from '../queue/claim.ts';
import { type BeginDeps, createBeginSend, type Started } from './begin.ts';
import type { Message } from './messages.ts';
import { schedule } from './schedule.ts';
import { createRecordOutcome, type SettleDeps, settleSend, type TryResult } from './settle.ts';

export type MessageWorkerDeps = Omit<BeginDeps, 'recordOutcome'> &
  Omit<SettleDeps, 'messages' | 'conversations'> & {
    conversations: BeginDeps['conversations'] & SettleDeps['conversations'];
    db: Pick<Db, 'call' | 'tenant'>;
    chat: Pick<ChatClient, 'send'>;
    random: RandomBytes;
    /** Of one call to Divar. */
    timeoutMs: number;
    /** Conversations that one tick works on at most. */
    batchCount?: number;
    log: Log;
    /** Between tries to write a result down. Tests give their own. */
    pause?: (ms: number) => Promise<unknown>;
  };

/** What lies between the end of the longest call and the end of the lease, so that a result can be written. */
const LEASE_MARGIN_SECONDS = 5;

/** A known result is worth some patience: PostgreSQL may just be restarting. About 25 seconds in all. */
const SETTLE_WAITS_MS = [100, 400, 1000, 2000, 5000, 8000, 8000];

export function createMessageWorker(deps: MessageWorkerDeps) {
  const { db, log, pause = sleep } = deps;
  const leaseSeconds = Math.max(deps.leaseSeconds, Math.ceil(deps.timeoutMs / 1000) + LEASE_MARGIN_SECONDS);
  const claimRows = createClaimer({ db, fn: 'claim_conversations', leaseSeconds, random: deps.random });
  const recordOutcome = createRecordOutcome(deps);
  const beginSend = createBeginSend({ ...deps, leaseSeconds, recordOutcome });

  const claim = async (maxCount: number): Promise<Claim[]> =>
    (await claimRows(maxCount)).map((row) => ({ tenantId: row.tenant_id, id: row.id, claimId: row.claimId }));

  /** Undefined when the head could not be prepared: then it has been dealt with. */
  const begin = async (held: Claim): Promise<Started | undefined> => {
    try {
      return await db.tenant(held.tenantId, (tx) => beginSend(tx, held));
    } catch (cause) {
      if (isTroubleOfDatabase(cause)) throw cause;
      log.error({ conversation_id: held.id, err: cause }, 'a message could not be prepared');
      await db.tenant(held.tenantId, (tx) => setAside(tx, held));
      return undefined;
    }
  };

  /** Poison counts as a try that was never sent, so that it is soon out of its neighbours' way. */
  const setAside: (...args: Parameters<typeof beginSend>) => Promise<void> = async (tx, held) => {
    if (!(await beginClaimed(tx, 'conversations', held, leaseSeconds))) return;
    const head = await deps.messages.findHead(tx, held.id);
    if (head?.state !== 'queued' && head?.state !== 'held') return;
    const queued =
      head.state === 'held' ? await deps.messages.advance(tx, head, 'release', { code: null }) : head;
    const begun = await deps.messages.beginAttempt(tx, queued, deps.newId('att'), null);
    await recordOutcome(tx, begun, NOT_RENDERABLE);
    await schedule(tx, held.id);
    await releaseClaimed(tx, 'conversations', held);
  };

  const send = async ({ send }: Started): Promise<TryResult> => {
    try {
      return await deps.chat.send(send);
    } catch (cause) {
      // How far it came is not known, so nothing is claimed.
      log.error({ err: cause }, 'a send broke');
      return { ...NOT_RENDERABLE, stage: 'ambiguous', code: 'broken' };
    }
  };

  const settle = async (
    held: Claim,
    { message }: Started,
    result: TryResult,
  ): Promise<Message | undefined> => {
    for (const waitMs of [...SETTLE_WAITS_MS, undefined]) {
      try {
        return await db.tenant(held.tenantId, (tx) =>
          settleSend(tx, { claim: held, message, result, recordOutcome }),
        );
      } catch (cause) {
        if (waitMs === undefined || !isTroubleOfDatabase(cause)) throw cause;
        await pause(waitMs);
      }
    }
    return undefined;
  };

  /** Works on one conversation. Never rejects: what it could not end, the lease ends. */
  const run = async (held: Claim): Promise<void> => {
    try {
      const started = await begin(held);
      if (!started) return;
      const result = await send(started);
      const settled = await settle(held, started, result);
      logAttempt(log, started.message, result, settled);
    } catch (cause) {
      log.error({ conversation_id: held.id, err: cause }, 'a conversation was left to its lease');
    }
  };

  return {
    claim,
    run,
    /** Claims what is due and works on it; resolves when all of it has ended. How many conversations there were. */
    tick: async (): Promise<number> => {
      const claims = await claim(deps.batchCount ?? 32);
      await Promise.all(claims.map(run));
      return claims.length;
    },
  };
}

const NOT_RENDERABLE: TryResult = {
  stage: 'before_send',
  status: null,
  code: 'not_renderable',
  retryAfterSeconds: null,
  durationMs: null,
  divarConversationId: null,
};

/** Nothing a message is guilty of. Errors of PostgreSQL carry a severity. */
function isTroubleOfDatabase(cause: unknown): boolean {
  return cause instanceof Problem || (cause instanceof Error && 'severity' in cause);
}

/** One line a try, without content. */
function logAttempt(log: Log, message: Message, result: TryResult, settled: Message | undefined): void {
  const fields = {
    tenant_id: message.tenantId,
    app_id: message.appId,
    conversation_id: message.conversationId,
    message_id: message.id,
    attempt: message.attemptCount,
    stage: result.stage,
    status: result.status,
    code: result.code,
    duration_ms: result.durationMs,
    state: settled?.state ?? null,
  };
  if (settled) log.info(fields, 'message attempt');
  else log.warn(fields, 'a result came too late: another process had taken the conversation over');
}
