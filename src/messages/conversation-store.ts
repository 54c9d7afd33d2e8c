/** All SQL of conversations. A conversation's row lock is what makes order: who accepts, works on or changes a message of
 *  it holds the lock first. */
import type { Knex } from 'knex';
import type { BlindIndex, NewId, Seal, Tx } from '../ports.ts';
import {
  type Conversation,
  type ConversationFacts,
  type ConversationName,
  type ConversationType,
  conversationKeyText,
  learnFacts,
} from './conversations.ts';

interface ConversationRow {
  tenant_id: string;
  id: string;
  app_id: string;
  conversation_key: string;
  type: ConversationType;
  facts: string;
  last_position: number;
  held_at: Date | null;
  due_at: Date | null;
  created_at: Date;
}

export interface ConversationFilters {
  type?: ConversationType | undefined;
  /** `waiting`: with a message that is not final. */
  state?: 'held' | 'waiting' | undefined;
}

export type ConversationStore = ReturnType<typeof createConversationStore>;

export function createConversationStore(deps: { seal: Seal; blindIndex: BlindIndex; newId: NewId }) {
  const { seal, blindIndex, newId } = deps;
  const { fromRow, toRow, sealFacts } = sealedConversations(seal);
  const rows = (tx: Tx) => tx.sql<ConversationRow>('conversations').where({ tenant_id: tx.tenantId });
  const keyOf = (appId: string, name: ConversationName) => blindIndex(conversationKeyText(appId, name));

  const lockByKey = async (tx: Tx, appId: string, key: string): Promise<Conversation | undefined> => {
    const row = await rows(tx).where({ app_id: appId, conversation_key: key }).forUpdate().first();
    return row && fromRow(row as ConversationRow);
  };

  const create = async (tx: Tx, appId: string, name: ConversationName, now: Date): Promise<void> => {
    const row = toRow(tx, { id: newId('cnv'), appId, name, key: keyOf(appId, name), now });
    await tx
      .sql('conversations')
      .insert(row)
      .onConflict(['tenant_id', 'app_id', 'conversation_key'])
      .ignore();
  };

  /** What was not known when the conversation was opened. */
  const learn = async (
    tx: Tx,
    conversation: Conversation,
    news: Partial<ConversationFacts>,
  ): Promise<Conversation> => {
    const facts = learnFacts(conversation.facts, news);
    if (facts === conversation.facts) return conversation;
    await rows(tx)
      .where({ id: conversation.id })
      .update({ facts: sealFacts(tx, conversation.id, facts) });
    return { ...conversation, facts };
  };

  return {
    learn,

    /** The conversation of this name, made if it is new, locked until the transaction ends. */
    open: async (tx: Tx, appId: string, name: ConversationName, now: Date): Promise<Conversation> => {
      const key = keyOf(appId, name);
      let conversation = await lockByKey(tx, appId, key);
      if (!conversation) {
        await create(tx, appId, name, now);
        conversation = await lockByKey(tx, appId, key);
      }
      if (!conversation) throw new Error('a conversation vanished while it was opened');
      return await learn(tx, conversation, name.facts);
    },

    /** The place of the next message. Call it on a conversation that is locked. */
    takePosition: async (tx: Tx, id: string): Promise<number> => {
      const [row] = await rows(tx).where({ id }).increment('last_position', 1).returning('last_position');
      if (!row) throw new Error('a conversation vanished while it was locked');
      return row.last_position;
    },

    find: async (tx: Tx, appId: string, id: string): Promise<Conversation | undefined> => {
      const row = await rows(tx).where({ app_id: appId, id }).first();
      return row && fromRow(row as ConversationRow);
    },

    /** By one of several names that mean it. */
    findByName: async (
      tx: Tx,
      appId: string,
      names: readonly ConversationName[],
    ): Promise<Conversation | undefined> => {
      const keys = names.map((name) => keyOf(appId, name));
      const row = await rows(tx).where({ app_id: appId }).whereIn('conversation_key', keys).first();
      return row && fromRow(row as ConversationRow);
    },

    lock: async (tx: Tx, id: string): Promise<Conversation | undefined> => {
      const row = await rows(tx).where({ id }).forUpdate().first();
      return row && fromRow(row as ConversationRow);
    },

    list: async (
      tx: Tx,
      appId: string,
      page: ConversationFilters & { limit: number; before?: string | undefined },
    ): Promise<Conversation[]> => {
      const found = await rows(tx)
        .where({ app_id: appId })
        .modify((query: Knex.QueryBuilder) => {
          if (page.type !== undefined) query.where({ type: page.type });
          if (page.state === 'held') query.whereNotNull('held_at');
          if (page.state === 'waiting') query.whereRaw(HAS_WAITING);
          if (page.before) query.where('id', '<', page.before);
        })
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (found as ConversationRow[]).map(fromRow);
    },

    setHeld: async (tx: Tx, id: string, heldAt: Date | null): Promise<void> => {
      await rows(tx).where({ id }).update({ held_at: heldAt });
    },
  };
}

const HAS_WAITING = `exists (select 1 from messages m where m.tenant_id = conversations.tenant_id
  and m.conversation_id = conversations.id and m.final_at is null)`;

function sealedConversations(seal: Seal) {
  const associatedData = (tenantId: string, id: string) => `${tenantId}|conversations|facts|${id}`;
  const sealFacts = (tx: Tx, id: string, facts: ConversationFacts) =>
    seal.seal(JSON.stringify(facts), associatedData(tx.tenantId, id));
  return {
    sealFacts,
    toRow: (
      tx: Tx,
      {
        id,
        appId,
        name,
        key,
        now,
      }: { id: string; appId: string; name: ConversationName; key: string; now: Date },
    ) => ({
      tenant_id: tx.tenantId,
      id,
      app_id: appId,
      conversation_key: key,
      type: name.type,
      facts: sealFacts(tx, id, name.facts),
      created_at: now,
    }),
    fromRow: (row: ConversationRow): Conversation => ({
      tenantId: row.tenant_id,
      id: row.id,
      appId: row.app_id,
      type: row.type,
      facts: JSON.parse(seal.open(row.facts, associatedData(row.tenant_id, row.id))) as ConversationFacts,
      heldAt: row.held_at,
      dueAt: row.due_at,
      createdAt: row.created_at,
    }),
  };
}
