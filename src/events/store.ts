/** All SQL of the event log. What was said is sealed; the order is the database's (`place_event` of the migration). */
import type { Seal, Tx } from '../ports.ts';
import type { EventPayload, EventType, NamedEvent, NewEvent, StoredEvent } from './events.ts';

interface EventRow {
  tenant_id: string;
  id: string;
  app_id: string;
  type: EventType;
  conversation_id: string | null;
  position: number;
  sequence: number | null;
  simulated: boolean;
  payload: string | null;
  created_at: Date;
}

/** What Divar has told already. */
export interface EventKey {
  appId: string;
  keyHash: string;
  /** Of what was said. */
  digest: string;
}

export interface EventFilters {
  /** A type, a family (`message.*`), or `*`. */
  type?: string | undefined;
  conversationId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** A part of the log: after one place, up to another. */
export interface EventRange {
  after: number;
  upTo: number;
  types: readonly EventType[];
  conversationId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

export interface EventInRange {
  id: string;
  type: EventType;
  conversationId: string | null;
  position: number;
  isErased: boolean;
}

export type EventStore = ReturnType<typeof createEventStore>;

export function createEventStore({ seal }: { seal: Seal }) {
  const rows = (tx: Tx) => tx.sql<EventRow>('events').where({ tenant_id: tx.tenantId });

  const inRange = (tx: Tx, appId: string, range: EventRange) =>
    rows(tx)
      .where({ app_id: appId })
      .where('position', '>', range.after)
      .where('position', '<=', range.upTo)
      .whereIn('type', [...range.types])
      .modify((query) => {
        if (range.conversationId !== undefined) query.where({ conversation_id: range.conversationId });
        if (range.from) query.where('created_at', '>=', range.from);
        if (range.to) query.where('created_at', '<', range.to);
      });

  const fromRow = (row: EventRow): StoredEvent => ({
    tenantId: row.tenant_id,
    id: row.id,
    appId: row.app_id,
    type: row.type,
    conversationId: row.conversation_id,
    position: row.position,
    sequence: row.sequence,
    simulated: row.simulated,
    payload:
      row.payload === null
        ? null
        : (JSON.parse(seal.open(row.payload, associatedData(row.tenant_id, row.id))) as EventPayload),
    createdAt: row.created_at,
  });

  const find = async (tx: Tx, appId: string, id: string): Promise<StoredEvent | undefined> => {
    const row = await rows(tx).where({ app_id: appId, id }).first();
    return row && fromRow(row as EventRow);
  };

  const toRow = (tenantId: string, id: string, event: NewEvent) => {
    const payload: EventPayload = { data: event.data, rawText: event.rawText ?? null };
    return {
      tenant_id: tenantId,
      id,
      app_id: event.appId,
      type: event.type,
      conversation_id: event.conversationId ?? null,
      simulated: event.simulated,
      divar_key: event.divarKey ?? null,
      payload: seal.seal(JSON.stringify(payload), associatedData(tenantId, id)),
      created_at: event.now,
    };
  };

  return {
    find,

    insert: async (tx: Tx, id: string, event: NewEvent): Promise<void> => {
      await tx.sql('events').insert(toRow(tx.tenantId, id, event));
    },

    /** Those that are there already stay as they are; the ids of the others. Waits for whoever is writing one of them. */
    insertMissing: async (tx: Tx, events: readonly NamedEvent[]): Promise<string[]> => {
      const made = await tx
        .sql('events')
        .insert(events.map(({ id, ...event }) => toRow(tx.tenantId, id, event)))
        .onConflict(['tenant_id', 'id'])
        .ignore()
        .returning('id');
      return made.map(({ id }: { id: string }) => id);
    },

    /** Oldest first, unless told otherwise. `after` and `before` are positions that ended a page. */
    list: async (
      tx: Tx,
      appId: string,
      page: EventFilters & {
        limit: number;
        after?: number | undefined;
        before?: number | undefined;
        newestFirst?: boolean;
      },
    ): Promise<StoredEvent[]> => {
      const { type = '*', conversationId } = page;
      const found = await rows(tx)
        .where({ app_id: appId })
        .where('position', '>', page.after ?? 0)
        .modify((query) => {
          if (page.before !== undefined) query.where('position', '<', page.before);
          if (page.from) query.where('created_at', '>=', page.from);
          if (page.to) query.where('created_at', '<', page.to);
          if (conversationId !== undefined) query.where({ conversation_id: conversationId });
        })
        .modify((query) => {
          if (type.endsWith('.*')) query.where('type', 'like', `${type.slice(0, -1)}%`);
          else if (type !== '*') query.where({ type: type as EventType });
        })
        .orderBy('position', page.newestFirst ? 'desc' : 'asc')
        .limit(page.limit);
      return (found as EventRow[]).map(fromRow);
    },

    /** How many events of each type there are. */
    countByType: async (tx: Tx, appId: string, range: EventRange): Promise<Map<EventType, number>> => {
      const found = await inRange(tx, appId, range).groupBy('type').select('type').count({ count: '*' });
      return new Map(
        (found as unknown as { type: EventType; count: string | number }[]).map(({ type, count }) => [
          type,
          Number(count),
        ]),
      );
    },

    /** When the first and the last of them were made; undefined when there are none. */
    spanOf: async (
      tx: Tx,
      appId: string,
      range: EventRange,
    ): Promise<{ oldestAt: Date; newestAt: Date } | undefined> => {
      const row = (await inRange(tx, appId, range)
        .min({ oldest: 'created_at' })
        .max({ newest: 'created_at' })
        .first()) as { oldest: Date | null; newest: Date | null } | undefined;
      return row?.oldest && row.newest ? { oldestAt: row.oldest, newestAt: row.newest } : undefined;
    },

    /** Oldest first; what was said stays sealed. */
    listInRange: async (tx: Tx, appId: string, range: EventRange, limit: number): Promise<EventInRange[]> => {
      const found = await inRange(tx, appId, range)
        .select('id', 'type', 'conversation_id', 'position', { is_erased: tx.sql.raw('payload is null') })
        .orderBy('position')
        .limit(limit);
      return (found as (EventRow & { is_erased: boolean })[]).map((row) => ({
        id: row.id,
        type: row.type,
        conversationId: row.conversation_id,
        position: row.position,
        isErased: row.is_erased,
      }));
    },

    /** Where the log of the app ends now. */
    lastPosition: async (tx: Tx, appId: string): Promise<number> => {
      const row = await tx
        .sql<{ tenant_id: string; app_id: string; last_position: number }>('event_logs')
        .where({ tenant_id: tx.tenantId, app_id: appId })
        .first();
      return row?.last_position ?? 0;
    },

    /** Undefined when the key was free and is ours now, else the digest of whoever has it. Waits for whoever is taking it. */
    takeKey: async (tx: Tx, { appId, keyHash, digest }: EventKey): Promise<string | undefined> => {
      const key = { tenant_id: tx.tenantId, app_id: appId, key_hash: keyHash };
      const taken = await tx
        .sql('event_keys')
        .insert({ ...key, digest })
        .onConflict(['tenant_id', 'app_id', 'key_hash'])
        .ignore()
        .returning('key_hash');
      if (taken.length > 0) return undefined;
      const holder = await tx.sql<{ digest: string }>('event_keys').where(key).first();
      return holder?.digest ?? '';
    },
  };
}

function associatedData(tenantId: string, id: string): string {
  return `${tenantId}|events|payload|${id}`;
}
