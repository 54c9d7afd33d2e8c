/** All SQL of sessions. Facts about people are sealed. */
import type { Knex } from 'knex';
import { Problem } from '../errors.ts';
import type { TimeRange } from '../http/cursor.ts';
import type { Db, Seal, Tx } from '../ports.ts';
import type { Generation } from '../tenants/tenants.ts';
import type {
  ConsentState,
  Entry,
  NewSession,
  Session,
  SessionState,
  StoredState,
  Visit,
} from './session.ts';

interface SessionRow {
  tenant_id: string;
  id: string;
  app_id: string;
  generation: Generation;
  entry: Entry;
  state: StoredState;
  consent: ConsentState;
  identity: 'verified' | 'unverified';
  simulated: boolean;
  facts: string;
  browser_hash: string | null;
  grant_id: string | null;
  created_at: Date;
  opened_at: Date | null;
  landed_at: Date | null;
  completed_at: Date | null;
  launch_expires_at: Date;
  expires_at: Date;
}

export interface SessionFilters extends Partial<TimeRange> {
  /** As it is at an instant: time alone makes a session expired. */
  state?: { is: SessionState; at: Date } | undefined;
  entry?: Entry | undefined;
  consent?: ConsentState | undefined;
  simulated?: boolean | undefined;
}

export type SessionStore = ReturnType<typeof createSessionStore>;

export function createSessionStore({ seal }: { seal: Seal }) {
  const sealFacts = (session: NewSession) =>
    seal.seal(JSON.stringify(session.visit), factsAssociatedData(session.tenantId, session.id));

  const toRow = <Instant>(session: NewSession, instant: (at: Date) => Instant) => ({
    tenant_id: session.tenantId,
    id: session.id,
    app_id: session.appId,
    generation: session.generation,
    entry: session.entry,
    simulated: session.simulated,
    facts: sealFacts(session),
    created_at: instant(session.createdAt),
    launch_expires_at: instant(session.launchExpiresAt),
    expires_at: instant(session.expiresAt),
  });

  const fromRow = (row: SessionRow): Session => ({
    tenantId: row.tenant_id,
    id: row.id,
    appId: row.app_id,
    generation: row.generation,
    entry: row.entry,
    simulated: row.simulated,
    visit: JSON.parse(seal.open(row.facts, factsAssociatedData(row.tenant_id, row.id))) as Visit,
    createdAt: row.created_at,
    launchExpiresAt: row.launch_expires_at,
    expiresAt: row.expires_at,
    state: row.state,
    consent: row.consent,
    identity: row.identity,
    browserHash: row.browser_hash,
    grantId: row.grant_id,
    openedAt: row.opened_at,
    landedAt: row.landed_at,
    completedAt: row.completed_at,
  });

  const byId = (tx: Tx, id: string) => tx.sql<SessionRow>('sessions').where({ tenant_id: tx.tenantId, id });

  const find = async (tx: Tx, id: string): Promise<Session | undefined> => {
    const row = await byId(tx, id).first();
    return row && fromRow(row as SessionRow);
  };

  return {
    find,

    /** @throws Problem `not_found` */
    load: async (tx: Tx, id: string): Promise<Session> => {
      const session = await find(tx, id);
      if (!session) throw new Problem('not_found');
      return session;
    },

    /** The row stays locked until the transaction ends: whoever decides about a session does so alone. */
    lock: async (tx: Tx, id: string): Promise<Session | undefined> => {
      const row = await byId(tx, id).forUpdate().first();
      return row && fromRow(row as SessionRow);
    },

    /** Many visits of any tenants in one statement; a visit that is already there stays as it is. */
    intake: async (db: Pick<Db, 'intake'>, sessions: readonly NewSession[]): Promise<void> => {
      await db.intake('intake_sessions', [
        JSON.stringify(sessions.map((session) => toRow(session, (at) => at.getTime()))),
      ]);
    },

    /** Visits that `intake` has written and nobody has told of yet, in batches as they came, held until `leaseSeconds` are over. */
    claimNew: async (
      db: Pick<Db, 'call'>,
      { maxCount, leaseSeconds, claimId }: { maxCount: number; leaseSeconds: number; claimId: string },
    ): Promise<{ tenantId: string; id: string }[]> => {
      const batches = await db.call<{ visits: string }>('claim_new_visits', [
        maxCount,
        leaseSeconds,
        claimId,
      ]);
      return batches.flatMap(({ visits }) =>
        visits.split(',').map((visit) => {
          const [tenantId = '', id = ''] = visit.split(' ');
          return { tenantId, id };
        }),
      );
    },

    /** What was claimed is told. */
    forgetNew: async (db: Pick<Db, 'call'>, claimId: string): Promise<void> => {
      await db.call('forget_new_visits', [claimId]);
    },

    /** Those of them that are there. */
    findMany: async (tx: Tx, ids: readonly string[]): Promise<Session[]> => {
      const rows = await tx
        .sql<SessionRow>('sessions')
        .where({ tenant_id: tx.tenantId })
        .whereIn('id', [...ids])
        .orderBy('id');
      return (rows as SessionRow[]).map(fromRow);
    },

    /** One visit; one that is already there stays as it is. */
    insert: async (tx: Tx, session: NewSession): Promise<void> => {
      await tx
        .sql('sessions')
        .insert(toRow(session, (at) => at))
        .onConflict(['tenant_id', 'id'])
        .ignore();
    },

    /** Writes what may change after init. Call it on a session that `lock` returned in the same transaction. */
    save: async (tx: Tx, session: Session): Promise<void> => {
      await byId(tx, session.id).update({
        entry: session.entry,
        state: session.state,
        consent: session.consent,
        identity: session.identity,
        facts: sealFacts(session),
        browser_hash: session.browserHash,
        grant_id: session.grantId,
        opened_at: session.openedAt,
        landed_at: session.landedAt,
        completed_at: session.completedAt,
      });
    },

    /** Newest first. `before` is the id that ended the page before this one. */
    list: async (
      tx: Tx,
      appId: string,
      page: SessionFilters & { limit: number; before?: string | undefined },
    ): Promise<Session[]> => {
      const rows = await tx
        .sql<SessionRow>('sessions')
        .where({ tenant_id: tx.tenantId, app_id: appId })
        .modify((query) => {
          narrow(query, page);
          if (page.before) query.where('id', '<', page.before);
        })
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (rows as SessionRow[]).map(fromRow);
    },
  };
}

function narrow(
  query: Knex.QueryBuilder,
  { state, entry, consent, simulated, from, to }: SessionFilters,
): void {
  if (state?.is === 'expired') query.whereNot({ state: 'completed' }).where('expires_at', '<=', state.at);
  else if (state) {
    query.where({ state: state.is });
    if (state.is !== 'completed') query.where('expires_at', '>', state.at);
  }
  if (entry !== undefined) query.where({ entry });
  if (consent !== undefined) query.where({ consent });
  if (simulated !== undefined) query.where({ simulated });
  if (from) query.whereRaw("id >= id_floor('ses', ?)", [from]);
  if (to) query.whereRaw("id < id_floor('ses', ?)", [to]);
}

function factsAssociatedData(tenantId: string, id: string): string {
  return `${tenantId}|sessions|facts|${id}`;
}
