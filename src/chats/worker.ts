/**
 * Reads chats that have to be read, one transaction before the call and one after it. What a reading shows settles messages
 * whose outcome is unknown, and is told when no event has told it.
 */
import type { ReadClient, ReadResult } from '../divar/read.ts';
import type { ConversationStore } from '../messages/conversation-store.ts';
import type { Conversation } from '../messages/conversations.ts';
import type { Message } from '../messages/messages.ts';
import { decideOutcome } from '../messages/outcome.ts';
import { schedule } from '../messages/schedule.ts';
import type { MessageStore } from '../messages/store.ts';
import type { Clock, Db, Log, RandomBytes, Tx } from '../ports.ts';
import { beginClaimed, type Claim, createClaimer, releaseClaimed } from '../queue/claim.ts';
import type { Ladder } from '../queue/ladder.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import type { ConfirmSeen, createLookForEchoes } from './confirm.ts';
import { planNextRead, provesAbsence } from './plan.ts';
import type { FindReadAccess, ReadAccess } from './read-grant.ts';
import { readShown } from './read-messages.ts';
import type { createRecover } from './recover.ts';
import type { ChatStore } from './store.ts';

export interface ChatWorkerDeps {
  db: Pick<Db, 'call' | 'tenant'>;
  chats: ChatStore;
  messages: Pick<MessageStore, 'load' | 'advance'>;
  conversations: Pick<ConversationStore, 'find' | 'lock'>;
  findReadAccess: FindReadAccess;
  confirmSeen: ConfirmSeen;
  lookForEchoes: ReturnType<typeof createLookForEchoes>;
  recover: ReturnType<typeof createRecover>;
  readClient: ReadClient;
  directory: Pick<AppDirectory, 'find'>;
  clock: Clock;
  random: RandomBytes;
  /** `SEND_SCHEDULE_SECONDS` */
  ladder: Ladder;
  leaseSeconds: number;
  /** Of one call to Divar. */
  timeoutMs: number;
  log: Log;
}

/** Between the end of the longest call and the end of the lease. */
const LEASE_MARGIN_SECONDS = 5;
const BATCH_COUNT = 8;
/** A 429 that does not say how long. */
const THROTTLED_SECONDS = 60;
/** Until new tokens are looked for. */
const RENEWING_SECONDS = 10;
/** What is older was told long ago: the keys of events are kept longer than this. */
const TOLD_MS = 3 * 86_400_000;

interface ChatClaim extends Claim {
  appId: string;
}

interface Begun {
  app: App;
  conversation: Conversation;
  access: ReadAccess;
  readAt: Date;
}

export function createChatWorker(deps: ChatWorkerDeps) {
  const { db, chats, log } = deps;
  const leaseSeconds = Math.max(deps.leaseSeconds, Math.ceil(deps.timeoutMs / 1000) + LEASE_MARGIN_SECONDS);
  const claimRows = createClaimer<{ tenant_id: string; id: string; app_id: string }>({
    db,
    fn: 'claim_chat_reads',
    leaseSeconds,
    random: deps.random,
  });
  const settleUnknown = createSettleUnknown(deps);
  const apply = createApply(deps, settleUnknown);

  const claim = async (maxCount: number): Promise<ChatClaim[]> =>
    (await claimRows(maxCount)).map((row) => ({
      tenantId: row.tenant_id,
      id: row.id,
      appId: row.app_id,
      claimId: row.claimId,
    }));

  /** Undefined when it cannot be read now. */
  const begin = async (tx: Tx, { appId, ...held }: ChatClaim): Promise<Begun | undefined> => {
    if (!(await beginClaimed(tx, 'chat_reads', held, leaseSeconds))) return undefined;
    const app = deps.directory.find(appId);
    const conversation = await deps.conversations.find(tx, appId, held.id);
    const access =
      app && conversation && !app.suspended
        ? await deps.findReadAccess(tx, { app, conversation, now: deps.clock.now() })
        : 'not_granted';
    if (app && conversation && typeof access === 'object')
      return { app, conversation, access, readAt: await chats.now(tx) };
    if (access === 'not_granted') await settleUnknown(tx, { appId, conversationId: held.id, readAt: null });
    const waitSeconds = access === 'renewing' ? RENEWING_SECONDS : null;
    await chats.scheduleRead(tx, held.id, { waitSeconds, readAt: undefined, failureCount: 0 });
    await releaseClaimed(tx, 'chat_reads', held);
    return undefined;
  };

  /** Never rejects: what it could not end, the lease ends. */
  const run = async (held: ChatClaim): Promise<void> => {
    try {
      const begun = await db.tenant(held.tenantId, (tx) => begin(tx, held));
      if (!begun) return;
      const { app, access } = begun;
      const result = await deps.readClient.read({ app, ...access, timeoutMs: deps.timeoutMs });
      const recoveredCount = await db.tenant(held.tenantId, (tx) => apply(tx, held, begun, result));
      log.info(
        {
          tenant_id: held.tenantId,
          app_id: app.id,
          conversation_id: held.id,
          outcome: result.outcome,
          code: result.outcome === 'read' ? null : result.code,
          recovered: recoveredCount,
        },
        'chat read',
      );
    } catch (cause) {
      log.error({ conversation_id: held.id, err: cause }, 'a reading was left to its lease');
    }
  };

  return {
    claim,
    run,
    /** Claims what is due and reads it; how many chats there were. */
    tick: async (): Promise<number> => {
      const claims = await claim(BATCH_COUNT);
      await Promise.all(claims.map(run));
      return claims.length;
    },
  };
}

/** Writes what a reading has shown; how many texts were told. */
function createApply(deps: ChatWorkerDeps, settleUnknown: ReturnType<typeof createSettleUnknown>) {
  const { chats } = deps;

  const planNext = async (
    tx: Tx,
    { app, conversation, readAt }: Begun,
    result: ReadResult,
    row: { activeAt: Date | null; failureCount: number },
  ): Promise<void> => {
    const failureCount = result.outcome === 'away' ? row.failureCount + 1 : 0;
    const [first] = await chats.listUnknown(tx, conversation.id);
    const planned = planNextRead({
      now: await chats.now(tx),
      activeAt: row.activeAt,
      failureCount,
      unknownSince: first ? (await deps.messages.load(tx, app.id, first.messageId)).stateAt : null,
    });
    const asked = result.outcome === 'away' ? (result.retryAfterSeconds ?? 0) : 0;
    const waitSeconds = result.outcome === 'refused' || planned === null ? null : Math.max(planned, asked);
    await chats.scheduleRead(tx, conversation.id, { waitSeconds, readAt, failureCount });
    if (result.outcome === 'away' && result.code === 'throttled')
      await chats.postponeReads(tx, app.id, Math.max(asked, THROTTLED_SECONDS));
  };

  return async (tx: Tx, held: Claim, begun: Begun, result: ReadResult): Promise<number> => {
    const { app, conversation, readAt } = begun;
    if (!(await releaseClaimed(tx, 'chat_reads', held))) return 0;
    await deps.conversations.lock(tx, conversation.id);
    const row = await chats.findRead(tx, conversation.id);
    if (!row) return 0;
    let recoveredCount = 0;
    if (result.outcome === 'read') {
      const shown = readShown(conversation, result.messages);
      const from = readAt.getTime() - TOLD_MS;
      const recent = shown.filter(({ sentAt }) => sentAt !== null && sentAt.getTime() >= from);
      const seen = recent.flatMap(({ seen: one, sentAt }) => (one && sentAt ? [{ ...one, sentAt }] : []));
      const ours = await deps.confirmSeen(tx, { appId: app.id, seen, by: 'read' });
      await settleUnknown(tx, { appId: app.id, conversationId: conversation.id, readAt });
      const untold = recent.filter(
        ({ message, sentAt }) => !ours.has(message.id) && sentAt !== null && sentAt >= row.toldFrom,
      );
      if (row.activeAt !== null)
        recoveredCount = await deps.recover(tx, {
          app,
          conversationId: conversation.id,
          shown: untold,
          now: deps.clock.now(),
        });
    }
    // What Divar refuses now, it will refuse again.
    if (result.outcome === 'refused')
      await settleUnknown(tx, { appId: app.id, conversationId: conversation.id, readAt: null });
    await planNext(tx, begun, result, { ...row, activeAt: recoveredCount > 0 ? readAt : row.activeAt });
    return recoveredCount;
  };
}

/** Messages that are still unknown after a reading. `readAt` null: the chat cannot be read, so the tenant's word counts. */
function createSettleUnknown(deps: ChatWorkerDeps) {
  const isAbsent = async (tx: Tx, message: Message, lastTryAt: Date, readAt: Date): Promise<boolean> =>
    provesAbsence(readAt, message, lastTryAt, deps.timeoutMs) &&
    !(await deps.lookForEchoes(tx, message.id)).isPossible;

  return async (
    tx: Tx,
    { appId, conversationId, readAt }: { appId: string; conversationId: string; readAt: Date | null },
  ): Promise<void> => {
    await deps.conversations.lock(tx, conversationId);
    for (const { messageId, lastTryAt } of await deps.chats.listUnknown(tx, conversationId)) {
      const message = await deps.messages.load(tx, appId, messageId);
      if (readAt !== null && !(await isAbsent(tx, message, lastTryAt, readAt))) continue;
      const dice = deps.random(4).readUInt32BE() / 2 ** 32;
      const lost = { stage: 'ambiguous' as const, code: 'absent', retryAfterSeconds: null };
      const { step, ...change } = decideOutcome(lost, message, { ladder: deps.ladder, dice });
      // `lose`: it stays unknown, until the tenant decides.
      if (step === 'lose') continue;
      await deps.messages.advance(tx, message, step, change);
      await schedule(tx, conversationId);
    }
  };
}
