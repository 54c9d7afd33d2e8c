/** All SQL of messages and their attempts. Whoever changes a message holds the lock of its conversation. */
import type { Knex } from 'knex';
import { Problem } from '../errors.ts';
import type { TimeRange } from '../http/cursor.ts';
import type { Seal, Tx } from '../ports.ts';
import {
  type Attempt,
  type AttemptOutcome,
  advanceMessage,
  type ConfirmedBy,
  isFinal,
  type Lane,
  MESSAGE_TRANSITIONS,
  type Message,
  type MessageCode,
  type MessageContent,
  type MessageState,
  type MessageStep,
  type OnMissingConsent,
  type OnUnknown,
} from './messages.ts';

interface MessageRow {
  tenant_id: string;
  id: string;
  app_id: string;
  conversation_id: string;
  position: number;
  session_id: string | null;
  grant_id: string | null;
  state: MessageState;
  lane: Lane;
  on_unknown: OnUnknown;
  on_missing_consent: OnMissingConsent;
  content: string | null;
  code: MessageCode | null;
  confirmed_by: ConfirmedBy | null;
  attempt_count: number;
  failure_count: number;
  created_at: Date;
  state_at: Date;
  due_at: Date;
  expires_at: Date | null;
  final_at: Date | null;
}

interface AttemptRow {
  tenant_id: string;
  id: string;
  message_id: string;
  number: number;
  stage: Attempt['stage'];
  status: number | null;
  outcome: AttemptOutcome | null;
  code: string | null;
  duration_ms: number | null;
  created_at: Date;
}

export type NewMessage = Pick<
  Message,
  | 'id'
  | 'appId'
  | 'conversationId'
  | 'position'
  | 'sessionId'
  | 'grantId'
  | 'lane'
  | 'onUnknown'
  | 'onMissingConsent'
  | 'createdAt'
  | 'expiresAt'
> & { state: 'queued' | 'held'; content: MessageContent; code: MessageCode | null; waitSeconds: number };

export interface MessageFilters extends Partial<TimeRange> {
  state?: MessageState | undefined;
  lane?: Lane | undefined;
  code?: MessageCode | undefined;
  conversationId?: string | undefined;
  sessionId?: string | undefined;
}

export type MessageStore = ReturnType<typeof createMessageStore>;

export function createMessageStore({ seal }: { seal: Seal }) {
  const associatedData = (tenantId: string, id: string) => `${tenantId}|messages|content|${id}`;
  const rows = (tx: Tx) => tx.sql<MessageRow>('messages').where({ tenant_id: tx.tenantId });
  const attempts = (tx: Tx) => tx.sql<AttemptRow>('attempts').where({ tenant_id: tx.tenantId });

  const find = async (tx: Tx, appId: string, id: string): Promise<Message | undefined> => {
    const row = await rows(tx).where({ app_id: appId, id }).first();
    return row && fromRow(row as MessageRow);
  };

  return {
    find,

    /** @throws Problem `not_found` */
    load: async (tx: Tx, appId: string, id: string): Promise<Message> => {
      const message = await find(tx, appId, id);
      if (!message) throw new Problem('not_found');
      return message;
    },

    insert: async (tx: Tx, message: NewMessage): Promise<Message> => {
      const { id } = message;
      const row = {
        tenant_id: tx.tenantId,
        id,
        app_id: message.appId,
        conversation_id: message.conversationId,
        position: message.position,
        session_id: message.sessionId,
        grant_id: message.grantId,
        state: message.state,
        lane: message.lane,
        on_unknown: message.onUnknown,
        on_missing_consent: message.onMissingConsent,
        content: seal.seal(JSON.stringify(message.content), associatedData(tx.tenantId, id)),
        code: message.code,
        created_at: message.createdAt,
        due_at: inSeconds(tx, message.waitSeconds),
        expires_at: message.expiresAt,
      };
      const [inserted] = await tx.sql('messages').insert(row).returning('*');
      return fromRow(inserted as MessageRow);
    },

    /** Throws when it cannot be opened. Null once erased. */
    openContent: (message: Message): MessageContent | null =>
      message.sealedContent === null
        ? null
        : (JSON.parse(
            seal.open(message.sealedContent, associatedData(message.tenantId, message.id)),
          ) as MessageContent),

    /** The first message that is not final. */
    findHead: async (
      tx: Tx,
      conversationId: string,
    ): Promise<(Message & { isDue: boolean; isOverdue: boolean }) | undefined> => {
      const row = (await rows(tx)
        .where({ conversation_id: conversationId })
        .whereNull('final_at')
        .orderBy('position')
        .first(
          '*',
          tx.sql.raw('due_at <= now() as is_due'),
          tx.sql.raw('coalesce(expires_at <= now(), false) as is_overdue'),
        )) as (MessageRow & { is_due: boolean; is_overdue: boolean }) | undefined;
      return row && { ...fromRow(row), isDue: row.is_due, isOverdue: row.is_overdue };
    },

    /** Newest first. `before` is the id that ended the page before this one. */
    list: async (
      tx: Tx,
      appId: string,
      page: MessageFilters & { limit: number; before?: string | undefined },
    ): Promise<Message[]> => {
      const found = await rows(tx)
        .where({ app_id: appId })
        .modify((query: Knex.QueryBuilder) => {
          narrow(query, page);
          if (page.before) query.where('id', '<', page.before);
        })
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (found as MessageRow[]).map(fromRow);
    },

    /** Takes one step of the table and writes what it leads to. Throws `conflict` when there is no such step. */
    advance: async (
      tx: Tx,
      message: Message,
      step: MessageStep,
      {
        code,
        waitSeconds = 0,
        climbs = false,
        confirmedBy,
      }: {
        code: MessageCode | null;
        waitSeconds?: number;
        climbs?: boolean;
        confirmedBy?: ConfirmedBy | undefined;
      },
    ): Promise<Message> => {
      const state = advanceMessage(message.state, step);
      const [row] = await rows(tx)
        .where({ id: message.id })
        .update({
          state,
          code,
          state_at: tx.sql.fn.now(),
          due_at: inSeconds(tx, waitSeconds),
          final_at: isFinal(state) ? tx.sql.fn.now() : null,
          ...(confirmedBy ? { confirmed_by: confirmedBy } : {}),
          ...(climbs ? { failure_count: message.failureCount + 1 } : {}),
        })
        .returning('*');
      if (!row) throw new Error('a message vanished while its conversation was locked');
      return fromRow(row as MessageRow);
    },

    /** Leaves the state as it is, and the time since when: the message waits on. */
    postpone: async (tx: Tx, id: string, code: MessageCode | null, waitSeconds: number): Promise<void> => {
      await rows(tx)
        .where({ id })
        .update({ code, due_at: inSeconds(tx, waitSeconds) });
    },

    /** What was not sent in time, oldest first, so many at most. */
    listOverdue: async (tx: Tx, conversationId: string, limit: number): Promise<Message[]> => {
      const found = await rows(tx)
        .where({ conversation_id: conversationId })
        .whereIn('state', Object.keys(MESSAGE_TRANSITIONS.expire))
        .whereRaw('expires_at <= now()')
        .orderBy('position')
        .limit(limit);
      return (found as MessageRow[]).map(fromRow);
    },

    /** Tries of this message whose process died. */
    countDeaths: async (tx: Tx, messageId: string): Promise<number> => {
      const [row] = await attempts(tx).where({ message_id: messageId, code: 'process_died' }).count();
      return Number((row as { count?: number } | undefined)?.count ?? 0);
    },

    /** Waits for new tokens of this grant, which wake it. */
    awaitGrant: async (tx: Tx, id: string, grantId: string, waitSeconds: number): Promise<void> => {
      await rows(tx)
        .where({ id })
        .update({
          code: 'grant_renewing' satisfies MessageCode,
          grant_id: grantId,
          due_at: inSeconds(tx, waitSeconds),
        });
    },

    /** Whatever waits for a grant in this conversation may look again. */
    awakeWaiting: async (tx: Tx, conversationId: string): Promise<void> => {
      await rows(tx)
        .where({ conversation_id: conversationId })
        .whereNull('final_at')
        .whereIn('code', ['consent_required', 'grant_renewing'] satisfies MessageCode[])
        .update({ due_at: tx.sql.fn.now() });
    },

    /** Committed before the call to Divar: whoever finds it unfinished knows that a try may have happened. */
    beginAttempt: async (
      tx: Tx,
      message: Message,
      attemptId: string,
      grantId: string | null,
      echoKey: string | null,
    ): Promise<Message> => {
      const [row] = await rows(tx)
        .where({ id: message.id })
        .update({
          state: advanceMessage(message.state, 'send'),
          code: null,
          state_at: tx.sql.fn.now(),
          grant_id: grantId,
        })
        .increment('attempt_count', 1)
        .returning('*');
      if (!row) throw new Error('a message vanished while its conversation was locked');
      await tx.sql('attempts').insert({
        tenant_id: tx.tenantId,
        id: attemptId,
        message_id: message.id,
        number: row.attempt_count,
        created_at: tx.sql.fn.now(),
        echo_key: echoKey,
      });
      return fromRow(row as MessageRow);
    },

    settleAttempt: async (
      tx: Tx,
      {
        messageId,
        number,
        ...result
      }: Pick<Attempt, 'messageId' | 'number' | 'stage' | 'status' | 'outcome' | 'code' | 'durationMs'>,
    ): Promise<void> => {
      await attempts(tx).where({ message_id: messageId, number }).update({
        stage: result.stage,
        status: result.status,
        outcome: result.outcome,
        code: result.code,
        duration_ms: result.durationMs,
      });
    },

    /** Newest first. `before` is the number that ended the page before this one. */
    listAttempts: async (
      tx: Tx,
      messageId: string,
      page: { limit: number; before?: number | undefined },
    ): Promise<Attempt[]> => {
      const found = await attempts(tx)
        .where({ message_id: messageId })
        .modify((query: Knex.QueryBuilder) => page.before && query.where('number', '<', page.before))
        .orderBy('number', 'desc')
        .limit(page.limit);
      return (found as AttemptRow[]).map(attemptFromRow);
    },
  };
}

function narrow(query: Knex.QueryBuilder, filters: MessageFilters): void {
  const { state, lane, code, conversationId, sessionId, from, to } = filters;
  if (state !== undefined) query.where({ state });
  if (lane !== undefined) query.where({ lane });
  if (code !== undefined) query.where({ code });
  if (conversationId !== undefined) query.where({ conversation_id: conversationId });
  if (sessionId !== undefined) query.where({ session_id: sessionId });
  if (from) query.whereRaw("id >= id_floor('msg', ?)", [from]);
  if (to) query.whereRaw("id < id_floor('msg', ?)", [to]);
}

/** By the clock of the database, which alone decides when something is due. */
function inSeconds(tx: Tx, seconds: number) {
  return tx.sql.raw('now() + make_interval(secs => ?)', [seconds]);
}

function fromRow(row: MessageRow): Message {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    appId: row.app_id,
    conversationId: row.conversation_id,
    position: row.position,
    sessionId: row.session_id,
    grantId: row.grant_id,
    state: row.state,
    lane: row.lane,
    onUnknown: row.on_unknown,
    onMissingConsent: row.on_missing_consent,
    sealedContent: row.content,
    code: row.code,
    confirmedBy: row.confirmed_by,
    attemptCount: row.attempt_count,
    failureCount: row.failure_count,
    createdAt: row.created_at,
    stateAt: row.state_at,
    dueAt: row.due_at,
    expiresAt: row.expires_at,
    finalAt: row.final_at,
  };
}

function attemptFromRow(row: AttemptRow): Attempt {
  return {
    id: row.id,
    messageId: row.message_id,
    number: row.number,
    stage: row.stage,
    status: row.status,
    outcome: row.outcome,
    code: row.code,
    durationMs: row.duration_ms,
    createdAt: row.created_at,
  };
}
