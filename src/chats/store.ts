/** All SQL of what comes back from chats: tries, echoes, and when a chat is read. */
import type { Tx } from '../ports.ts';
import type { Echo, Try } from './match.ts';

/** A try whose echo may be seen, and the conversation whose lock it stands under. */
export interface StoredTry extends Try {
  echoKey: string;
  conversationId: string;
}

export interface StoredEcho extends Echo {
  echoKey: string;
}

export interface ChatRead {
  conversationId: string;
  toldFrom: Date;
  activeAt: Date | null;
  readAt: Date | null;
  failureCount: number;
}

interface TryRow {
  echo_key: string;
  message_id: string;
  conversation_id: string;
  created_at: Date;
  answered_at: Date | null;
}

interface EchoRow {
  echo_key: string;
  divar_key: string;
  sent_at: Date;
  seen_at: Date;
}

interface ReadRow {
  tenant_id: string;
  id: string;
  told_from: Date;
  active_at: Date | null;
  read_at: Date | null;
  failure_count: number;
}

/** Longer than a reading looks back: older tries have had their echo, or never will. And as many equal messages in one chat nobody sends. */
const KEPT_DAYS = 4;
const MAX_EQUAL = 100;

export type ChatStore = ReturnType<typeof createChatStore>;

export function createChatStore() {
  const reads = (tx: Tx) => tx.sql<ReadRow>('chat_reads').where({ tenant_id: tx.tenantId });

  return {
    /** Tries that may stand in the chat: on the wire now, answered with success, or without an answer. */
    listTries: async (tx: Tx, echoKeys: readonly string[], keptDays = KEPT_DAYS): Promise<StoredTry[]> => {
      if (echoKeys.length === 0) return [];
      const { rows } = await tx.sql.raw<{ rows: TryRow[] }>(
        `select a.echo_key, a.message_id, m.conversation_id, a.created_at,
           case when a.stage = 'answered' then a.created_at + make_interval(secs => coalesce(a.duration_ms, 0) / 1000.0) end as answered_at
         from unnest(?::text[]) k cross join lateral (
           select * from attempts t where t.tenant_id = ? and t.echo_key = k and t.created_at > now() - make_interval(days => ?)
             and (t.stage is null or t.stage = 'ambiguous' or (t.stage = 'answered' and t.outcome = 'sent'))
           order by t.created_at desc limit ${MAX_EQUAL}) a
         join messages m on m.tenant_id = a.tenant_id and m.id = a.message_id`,
        [[...new Set(echoKeys)], tx.tenantId, keptDays],
      );
      return rows.map((row) => ({
        echoKey: row.echo_key,
        messageId: row.message_id,
        conversationId: row.conversation_id,
        beganAt: row.created_at,
        answeredAt: row.answered_at,
      }));
    },

    /** Of the message's tries. */
    listEchoKeys: async (tx: Tx, messageId: string): Promise<string[]> => {
      const rows = await tx
        .sql<{ tenant_id: string; message_id: string; echo_key: string | null }>('attempts')
        .where({ tenant_id: tx.tenantId, message_id: messageId })
        .whereNotNull('echo_key')
        .distinct('echo_key');
      return rows.map(({ echo_key }) => echo_key as string);
    },

    /** Seen before counts once. */
    addEchoes: async (
      tx: Tx,
      appId: string,
      echoes: readonly { divarKey: string; echoKey: string; sentAt: Date }[],
    ): Promise<void> => {
      if (echoes.length === 0) return;
      await tx
        .sql('echoes')
        .insert(
          echoes.map(({ divarKey, echoKey, sentAt }) => ({
            tenant_id: tx.tenantId,
            app_id: appId,
            divar_key: divarKey,
            echo_key: echoKey,
            sent_at: sentAt,
          })),
        )
        .onConflict(['tenant_id', 'app_id', 'divar_key'])
        .ignore();
    },

    listEchoes: async (tx: Tx, echoKeys: readonly string[]): Promise<StoredEcho[]> => {
      if (echoKeys.length === 0) return [];
      const { rows } = await tx.sql.raw<{ rows: EchoRow[] }>(
        `select e.echo_key, e.divar_key, e.sent_at, e.seen_at from unnest(?::text[]) k cross join lateral (
           select * from echoes o where o.tenant_id = ? and o.echo_key = k and o.sent_at > now() - make_interval(days => ${KEPT_DAYS}, hours => 1)
           order by o.sent_at desc limit ${MAX_EQUAL}) e`,
        [[...new Set(echoKeys)], tx.tenantId],
      );
      return rows.map((row) => ({
        echoKey: row.echo_key,
        divarKey: row.divar_key,
        sentAt: row.sent_at,
        seenAt: row.seen_at,
      }));
    },

    /** Those of `divarKeys` that an event has told. */
    listTold: async (tx: Tx, appId: string, divarKeys: readonly string[]): Promise<Set<string>> => {
      if (divarKeys.length === 0) return new Set();
      const rows = await tx
        .sql<{ tenant_id: string; app_id: string; divar_key: string }>('events')
        .where({ tenant_id: tx.tenantId, app_id: appId })
        .whereIn('divar_key', [...divarKeys])
        .select('divar_key');
      return new Set(rows.map(({ divar_key }) => divar_key));
    },

    /** Divar has told something of the chat: it is read again soon. At most one write a minute for a chat. */
    keepReading: async (
      tx: Tx,
      { appId, conversationId, waitSeconds, toldFrom }: KeptReading,
    ): Promise<void> => {
      await tx.sql.raw(
        `insert into chat_reads as r (tenant_id, id, app_id, told_from, active_at, due_at)
         values (?, ?, ?, ?, now(), now() + make_interval(secs => ?))
         on conflict (tenant_id, id) do update set active_at = now(), told_from = least(r.told_from, case when r.active_at is null then excluded.told_from else r.told_from end),
           due_at = least(r.due_at, excluded.due_at)
         where r.active_at is null
           or r.active_at < now() - case when r.due_at is null then interval '10 minutes' else interval '1 minute' end`,
        [tx.tenantId, conversationId, appId, toldFrom, waitSeconds],
      );
    },

    /** The outcome of a send is not known: the chat is read, not before `waitSeconds` have passed. */
    wantRead: async (
      tx: Tx,
      { appId, conversationId, waitSeconds }: { appId: string; conversationId: string; waitSeconds: number },
    ): Promise<void> => {
      await tx.sql.raw(
        `insert into chat_reads as r (tenant_id, id, app_id, told_from, due_at)
         values (?, ?, ?, now(), now() + make_interval(secs => ?))
         on conflict (tenant_id, id) do update set due_at = least(r.due_at, excluded.due_at), failure_count = 0`,
        [tx.tenantId, conversationId, appId, waitSeconds],
      );
    },

    findRead: async (tx: Tx, conversationId: string): Promise<ChatRead | undefined> => {
      const row = await reads(tx).where({ id: conversationId }).first();
      return (
        row && {
          conversationId: row.id,
          toldFrom: row.told_from,
          activeAt: row.active_at,
          readAt: row.read_at,
          failureCount: row.failure_count,
        }
      );
    },

    /** When the chat is read next; null: there is nothing to read for. `readAt` stays when nothing was read. */
    scheduleRead: async (
      tx: Tx,
      conversationId: string,
      next: { waitSeconds: number | null; readAt: Date | undefined; failureCount: number },
    ): Promise<void> => {
      const { waitSeconds } = next;
      await reads(tx)
        .where({ id: conversationId })
        .update({
          due_at: waitSeconds === null ? null : tx.sql.raw('now() + make_interval(secs => ?)', [waitSeconds]),
          failure_count: next.failureCount,
          ...(next.readAt ? { read_at: next.readAt } : {}),
        } as object);
    },

    /** Divar wants less of the app: none of its chats is read before. */
    postponeReads: async (tx: Tx, appId: string, waitSeconds: number): Promise<void> => {
      await reads(tx)
        .where({ app_id: appId } as object)
        .whereNotNull('due_at')
        .update({
          due_at: tx.sql.raw('greatest(due_at, now() + make_interval(secs => ?))', [waitSeconds]),
        } as object);
    },

    /** Whose outcome is unknown, with the time of the last try. */
    listUnknown: async (
      tx: Tx,
      conversationId: string,
    ): Promise<{ messageId: string; lastTryAt: Date }[]> => {
      const { rows } = await tx.sql.raw<{ rows: { id: string; last_try_at: Date }[] }>(
        `select m.id, (select max(a.created_at) from attempts a where a.tenant_id = m.tenant_id and a.message_id = m.id) as last_try_at
         from messages m where m.tenant_id = ? and m.conversation_id = ? and m.final_at is null and m.state = 'unknown' order by m.position`,
        [tx.tenantId, conversationId],
      );
      return rows.map((row) => ({ messageId: row.id, lastTryAt: row.last_try_at }));
    },

    /** By the clock of the database. */
    now: async (tx: Tx): Promise<Date> => {
      const { rows } = await tx.sql.raw<{ rows: { now: Date }[] }>('select clock_timestamp() as now');
      const now = rows[0]?.now;
      if (!now) throw new Error('the database does not tell the time');
      return now;
    },
  };
}

interface KeptReading {
  appId: string;
  conversationId: string;
  waitSeconds: number;
  /** Texts from then on are told when the log lacks them. */
  toldFrom: Date;
}
