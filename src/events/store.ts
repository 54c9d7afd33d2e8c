/** All SQL of the event log. What was said is sealed; the order is the database's (`place_event` of the migration). */
import type { Seal, Tx } from '../ports.ts';
import type { EventPayload, EventType, NewEvent, StoredEvent } from './events.ts';

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
}

export type EventStore = ReturnType<typeof createEventStore>;

export function createEventStore({ seal }: { seal: Seal }) {
  const rows = (tx: Tx) => tx.sql<EventRow>('events').where({ tenant_id: tx.tenantId });

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

  return {
    find,

    insert: async (tx: Tx, id: string, event: NewEvent): Promise<void> => {
      const payload: EventPayload = { data: event.data, rawText: event.rawText ?? null };
      await tx.sql('events').insert({
        tenant_id: tx.tenantId,
        id,
        app_id: event.appId,
        type: event.type,
        conversation_id: event.conversationId ?? null,
        simulated: event.simulated,
        payload: seal.seal(JSON.stringify(payload), associatedData(tx.tenantId, id)),
        created_at: event.now,
      });
    },

    /** Oldest first. `after` is the position that ended the page before this one. */
    list: async (
      tx: Tx,
      appId: string,
      page: EventFilters & { limit: number; after?: number | undefined },
    ): Promise<StoredEvent[]> => {
      const found = await rows(tx)
        .where({ app_id: appId })
        .where('position', '>', page.after ?? 0)
        .modify((query) => {
          if (page.conversationId !== undefined) query.where({ conversation_id: page.conversationId });
          if (page.type?.endsWith('.*')) query.where('type', 'like', `${page.type.slice(0, -1)}%`);
          else if (page.type !== undefined && page.type !== '*')
            query.where({ type: page.type as EventType });
        })
        .orderBy('position')
        .limit(page.limit);
      return (found as EventRow[]).map(fromRow);
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
