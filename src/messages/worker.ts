/**
 * Sends what is due. A claimed conversation is worked in three steps: begin (transaction), call Divar (none), settle
 * (transaction). A process may die between any two instructions: before begin is committed nothing has happened, after it
 * the next holder finds a message that is being sent, and takes its outcome for unknown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatClient } from '../divar/chat.ts';
import { Problem } from '../errors.ts';
import type { Db, Log, RandomBytes, Tx } from '../ports.ts';
import { beginClaimed, type Claim, releaseClaimed } from '../queue/claim.ts';
import { type BeginDeps, createBeginSend, MAX_DEATHS, type Started } from './begin.ts';
import type { BudgetStore } from './budget-store.ts';
import type { Govern } from './govern.ts';
import type { Message } from './messages.ts';
import { schedule } from './schedule.ts';
import { createRecordOutcome, type SettleDeps, settleSend, type TryResult } from './settle.ts';
import { createTurns, type HeldConversation } from './turns.ts';

export type MessageWorkerDeps = Omit<BeginDeps, 'recordOutcome'> &
  Omit<SettleDeps, 'messages' | 'conversations'> & {
    conversations: BeginDeps['conversations'] & SettleDeps['conversations'];
    db: Pick<Db, 'call' | 'tenant'>;
    chat: Pick<ChatClient, 'send'>;
    random: RandomBytes;
    /** Of one call to Divar. */
    timeoutMs: number;
    budgets: Pick<BudgetStore, 'giveBack'>;
    govern: Govern;
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
  const turns = createTurns({ db, leaseSeconds, random: deps.random });
  const recordOutcome = createRecordOutcome(deps);
  const beginSend = createBeginSend({ ...deps, leaseSeconds, recordOutcome });

  /** Undefined when the head could not be prepared: then it has been dealt with. */
  const begin = async (held: HeldConversation): Promise<Started | undefined> => {
    try {
      return await db.tenant(held.tenantId, async (tx) => {
        if (held.warnPercent !== null) await deps.govern.warn(tx, held.appId, held.warnPercent);
        const isSetAside = held.crashCount >= MAX_DEATHS && (await setAside(tx, held, POISONED));
        const started = isSetAside ? undefined : await beginSend(tx, held);
        if (!started) await deps.budgets.giveBack(tx, held.appId, held.health === 'probe');
        return started;
      });
    } catch (cause) {
      if (isTroubleOfDatabase(cause)) throw cause;
      log.error({ conversation_id: held.id, err: cause }, 'a message could not be prepared');
      await db.tenant(held.tenantId, async (tx) => {
        await setAside(tx, held, NOT_RENDERABLE);
        await deps.budgets.giveBack(tx, held.appId, held.health === 'probe');
      });
      return undefined;
    }
  };

  /** Poison counts as a try that was never sent, so that it is soon out of its neighbours' way. False: there is none. */
  const setAside = async (tx: Tx, held: Claim, result: TryResult): Promise<boolean> => {
    if (!(await beginClaimed(tx, 'conversations', held, leaseSeconds))) return false;
    const head = await deps.messages.findHead(tx, held.id);
    if (head?.state !== 'queued' && head?.state !== 'held') return false;
    const queued =
      head.state === 'held' ? await deps.messages.advance(tx, head, 'release', { code: null }) : head;
    const begun = await deps.messages.beginAttempt(tx, queued, deps.newId('att'), null, null);
    await recordOutcome(tx, begun, result);
    await schedule(tx, held.id);
    await releaseClaimed(tx, 'conversations', held);
    return true;
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
    held: HeldConversation,
    { message }: Started,
    result: TryResult,
  ): Promise<Message | undefined> => {
    for (const waitMs of [...SETTLE_WAITS_MS, undefined]) {
      try {
        return await db.tenant(held.tenantId, async (tx) => {
          const settled = await settleSend(tx, { claim: held, message, result, recordOutcome });
          await deps.govern.note(tx, { appId: held.appId, health: held.health, result });
          return settled;
        });
      } catch (cause) {
        if (waitMs === undefined || !isTroubleOfDatabase(cause)) throw cause;
        await pause(waitMs);
      }
    }
    return undefined;
  };

  /** A process that is alive must not count as one that died. The lease does the same, later. */
  const letGo = async (held: HeldConversation): Promise<void> => {
    await db.tenant(held.tenantId, (tx) => releaseClaimed(tx, 'conversations', held)).catch(() => undefined);
  };

  /** Works on one conversation. Never rejects: what it could not end, the lease ends. */
  const run = async (held: HeldConversation): Promise<void> => {
    let started: Started | undefined;
    try {
      started = await begin(held);
      if (!started) return;
      const result = await send(started);
      const settled = await settle(held, started, result);
      logAttempt(log, started.message, result, settled);
    } catch (cause) {
      log.error({ conversation_id: held.id, err: cause }, 'a conversation was left to its lease');
      if (!started && isTroubleOfDatabase(cause)) await letGo(held);
    } finally {
      turns.end(held);
    }
  };

  return {
    claim: turns.take,
    run,
    /** Claims what is due and works on it; resolves when all of it has ended. How many conversations there were. */
    tick: async (): Promise<number> => {
      const claims = await turns.take(deps.batchCount ?? 32);
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

/** Three processes died over it before they had begun. */
const POISONED: TryResult = { ...NOT_RENDERABLE, code: 'poisoned' };

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
    lane: message.lane,
    queue_wait_ms: Math.max(0, message.stateAt.getTime() - message.dueAt.getTime()),
    state: settled?.state ?? null,
  };
  if (settled) log.info(fields, 'message attempt');
  else log.warn(fields, 'a result came too late: another process had taken the conversation over');
}
