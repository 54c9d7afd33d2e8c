/** All SQL of consent: one-time states and grants. Tokens are opened here and nowhere else. */
import type { BlindIndex, Seal, Tx } from '../ports.ts';
import { type Session, userKeyText } from '../session/session.ts';
import type { App, Generation } from '../tenants/tenants.ts';
import {
  conversationHolderText,
  type Grant,
  type GrantFacts,
  type GrantState,
  isUsable,
  judgeIdentity,
  type NewGrant,
  type OauthState,
} from './consent.ts';
import type { BrokenReason } from './refreshing.ts';
import { coversScopes } from './scopes.ts';

export interface GrantTokens {
  accessToken: string;
  refreshToken: string | null;
}

interface GrantRow {
  tenant_id: string;
  id: string;
  app_id: string;
  generation: Generation;
  user_key: string | null;
  conversation_key: string | null;
  facts: string;
  tokens: string | null;
  state: GrantState;
  reason: string | null;
  version: number;
  refreshable: boolean;
  verified_at: Date | null;
  expires_at: Date;
  consent_until: Date;
  created_at: Date;
}

/** One person's grants of one app; the newest are looked at. More only means that he was asked very often. */
const MAX_CANDIDATES = 50;

/** What an end leaves: no token, no claim, and work for whoever ends what hung on it. */
export const ENDED = {
  tokens: null,
  refreshable: false,
  refresh_first_sent_at: null,
  claim_id: null,
  claimed_until: null,
  is_ending: true,
} as const;

export type GrantReason = BrokenReason | 'expired' | 'revoked_by_user' | 'revoked_by_tenant' | 'replaced';

export type GrantStore = ReturnType<typeof createGrantStore>;

export function createGrantStore({ seal, blindIndex }: { seal: Seal; blindIndex: BlindIndex }) {
  const fromRow = (row: GrantRow): Grant => ({
    tenantId: row.tenant_id,
    id: row.id,
    appId: row.app_id,
    generation: row.generation,
    facts: JSON.parse(seal.open(row.facts, associatedData(row.tenant_id, 'facts', row.id))) as GrantFacts,
    state: row.state,
    reason: row.reason,
    version: row.version,
    refreshable: row.refreshable,
    verifiedAt: row.verified_at,
    expiresAt: row.expires_at,
    consentUntil: row.consent_until,
    createdAt: row.created_at,
  });
  const sealFacts = (tx: Tx, id: string, facts: GrantFacts) =>
    seal.seal(JSON.stringify(facts), associatedData(tx.tenantId, 'facts', id));
  const userKey = (appId: string, userId: string | null) =>
    userId === null ? null : blindIndex(userKeyText(appId, userId));
  const conversationKey = (appId: string, facts: Pick<GrantFacts, 'conversationId' | 'side'>) => {
    const text = conversationHolderText(appId, facts);
    return text === null ? null : blindIndex(text);
  };
  const rows = (tx: Tx) => tx.sql<GrantRow>('grants').where({ tenant_id: tx.tenantId });
  const table = (tx: Tx) => tx.sql('grants').where({ tenant_id: tx.tenantId });
  const end = (tx: Tx, reason: GrantReason) => ({ ...ENDED, reason, due_at: tx.sql.fn.now() });

  /** The grants of the same person, or of the same side of the same conversation; undefined when nobody is known. */
  const ofHolder = async (tx: Tx, id: string) => {
    const own = (await rows(tx).where({ id }).first()) as GrantRow | undefined;
    if (!own || (own.user_key === null && own.conversation_key === null)) return undefined;
    const holder =
      own.user_key === null ? { conversation_key: own.conversation_key } : { user_key: own.user_key };
    return { app_id: own.app_id, ...holder };
  };

  const find = async (tx: Tx, id: string): Promise<Grant | undefined> => {
    const row = await rows(tx).where({ id }).first();
    return row && fromRow(row as GrantRow);
  };

  /** By the visit's user; without one by conversation and side; nobody when the side is unknown too. */
  const findHeld = async (tx: Tx, appId: string, visit: Session['visit'], now: Date): Promise<Grant[]> => {
    const user = userKey(appId, visit.user.id);
    const conversation = conversationKey(appId, {
      conversationId: visit.conversationId,
      side: visit.user.side,
    });
    if (user === null && conversation === null) return [];
    const found = await rows(tx)
      .where({
        app_id: appId,
        ...(user ? { user_key: user } : { conversation_key: conversation }),
      })
      .whereNotNull('verified_at')
      .whereIn('state', ['live', 'refreshing'] satisfies GrantState[])
      .where((either) => void either.where('expires_at', '>', now).orWhere('refreshable', true))
      .orderBy('id', 'desc')
      .limit(MAX_CANDIDATES);
    return (found as GrantRow[]).map(fromRow);
  };

  return {
    find,
    sealFacts,

    /** Written before anything is done with the tokens. */
    insertUnverified: async (
      tx: Tx,
      grant: NewGrant,
      { accessToken, refreshToken }: GrantTokens,
    ): Promise<void> => {
      const { id, appId } = grant;
      await tx.sql('grants').insert({
        tenant_id: tx.tenantId,
        id,
        app_id: appId,
        generation: grant.generation,
        facts: sealFacts(tx, id, grant.facts),
        tokens: seal.seal(
          JSON.stringify({ accessToken, refreshToken }),
          associatedData(tx.tenantId, 'tokens', id),
        ),
        state: 'live',
        refreshable: refreshToken !== null,
        refreshed_at: tx.sql.fn.now(),
        expires_at: grant.expiresAt,
        consent_until: grant.consentUntil,
        created_at: grant.createdAt,
      });
    },

    /** From here on it may be used and found. `visitorId` is the user of the visit, as Divar told at init. */
    verify: async (
      tx: Tx,
      grant: Pick<Grant, 'id' | 'appId' | 'facts'>,
      visitorId: string | null,
      now: Date,
    ): Promise<void> => {
      await table(tx)
        .where({ id: grant.id })
        .update({
          facts: sealFacts(tx, grant.id, grant.facts),
          user_key: userKey(grant.appId, visitorId ?? grant.facts.userId),
          conversation_key: conversationKey(grant.appId, grant.facts),
          verified_at: now,
          // When its tokens have to be renewed is found out by whoever looks at it.
          due_at: tx.sql.fn.now(),
        });
    },

    remove: async (tx: Tx, id: string): Promise<void> => {
      await rows(tx).where({ id }).delete();
    },

    /** A usable grant that allows `scopes` for this visit: its own one first, then the newest of the same person. */
    findCovering: async (
      tx: Tx,
      {
        app,
        session,
        scopes,
        now,
      }: {
        app: Pick<App, 'id' | 'generation'>;
        session: Pick<Session, 'grantId' | 'generation' | 'visit'>;
        scopes: readonly string[];
        now: Date;
      },
    ): Promise<Grant | undefined> => {
      const covers = (grant: Grant) =>
        isUsable(grant, now) &&
        grant.generation === app.generation &&
        coversScopes(grant.facts.scopes, scopes, session.visit) &&
        judgeIdentity(session, { generation: grant.generation, userId: grant.facts.userId }) !== 'mismatch';
      const own = session.grantId === null ? undefined : await find(tx, session.grantId);
      if (own && covers(own)) return own;
      return (await findHeld(tx, app.id, session.visit, now)).find(covers);
    },

    /** Newest first. `before` is the id that ended the page before this one. */
    list: async (
      tx: Tx,
      appId: string,
      page: { limit: number; before?: string | undefined },
    ): Promise<Grant[]> => {
      const found = await rows(tx)
        .where({ app_id: appId })
        .whereNotNull('verified_at')
        .modify((query) => page.before && query.where('id', '<', page.before))
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (found as GrantRow[]).map(fromRow);
    },

    /** Ends every grant of this Divar user: their tokens are destroyed at once. The ids of those that were not ended before. */
    revokeOfUser: async (tx: Tx, appId: string, divarUserId: string): Promise<string[]> => {
      const ended = await table(tx)
        .where({ app_id: appId, user_key: userKey(appId, divarUserId) })
        .whereNot({ state: 'revoked' })
        .update({ state: 'revoked', ...end(tx, 'revoked_by_user') })
        .returning('id');
      return ended.map(({ id }) => id as string);
    },

    /** Ends one grant at the tenant's wish: its tokens are destroyed at once. False when it had ended so before. */
    revoke: async (tx: Tx, id: string): Promise<boolean> => {
      const ended = await table(tx)
        .where({ id })
        .whereNot({ state: 'revoked' })
        .update({ state: 'revoked', ...end(tx, 'revoked_by_tenant') })
        .returning('id');
      return ended.length === 1;
    },

    /** The ids of the broken and expired grants that this one replaces. Each is told of once. */
    takeReplaced: async (tx: Tx, id: string): Promise<string[]> => {
      const holder = await ofHolder(tx, id);
      if (!holder) return [];
      const replaced = await table(tx)
        .where(holder)
        .whereNot({ id })
        .whereIn('state', ['broken', 'expired'] satisfies GrantState[])
        .whereRaw("reason is distinct from 'replaced'")
        .update(end(tx, 'replaced'))
        .returning('id');
      return replaced.map(({ id: replacedId }) => replacedId as string);
    },

    /** The ids of all grants of this one's holder but itself. */
    listOfHolder: async (tx: Tx, id: string): Promise<string[]> => {
      const holder = await ofHolder(tx, id);
      if (!holder) return [];
      return (await table(tx).where(holder).whereNot({ id }).pluck('id')) as string[];
    },

    /** The scopes of several grants, by grant id. */
    scopesOf: async (tx: Tx, ids: readonly string[]): Promise<Map<string, readonly string[]>> => {
      const found = ids.length === 0 ? [] : await rows(tx).whereIn('id', [...new Set(ids)]);
      return new Map((found as GrantRow[]).map((row) => [row.id, fromRow(row).facts.scopes]));
    },

    /** For a call to Divar; undefined once they were destroyed. */
    openTokens: async (tx: Tx, id: string): Promise<GrantTokens | undefined> => {
      const row = await rows(tx).where({ id }).first();
      if (!row?.tokens) return undefined;
      return JSON.parse(seal.open(row.tokens, associatedData(tx.tenantId, 'tokens', id))) as GrantTokens;
    },
  };
}

function associatedData(tenantId: string, column: 'facts' | 'tokens', id: string): string {
  return `${tenantId}|grants|${column}|${id}`;
}

interface StateRow {
  tenant_id: string;
  state_hash: string;
  app_id: string;
  session_id: string;
  browser_hash: string;
  scopes: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

export type StateStore = ReturnType<typeof createStateStore>;

export function createStateStore({ seal }: { seal: Seal }) {
  const scopesAssociatedData = (tenantId: string, stateHash: string) =>
    `${tenantId}|oauth_states|scopes|${stateHash}`;

  return {
    insert: async (tx: Tx, state: Omit<OauthState, 'usedAt'>): Promise<void> => {
      await tx.sql('oauth_states').insert({
        tenant_id: tx.tenantId,
        state_hash: state.stateHash,
        app_id: state.appId,
        session_id: state.sessionId,
        browser_hash: state.browserHash,
        scopes: seal.seal(JSON.stringify(state.scopes), scopesAssociatedData(tx.tenantId, state.stateHash)),
        created_at: state.createdAt,
        expires_at: state.expiresAt,
      });
    },

    /** Marks the state used, for the browser and the app it was made for. The answer is as it was before: whoever sees
     *  `usedAt` null and `expiresAt` ahead is the first, and the only one. Undefined for anybody else's state. */
    take: async (
      tx: Tx,
      {
        stateHash,
        appId,
        browserHash,
        now,
      }: { stateHash: string; appId: string; browserHash: string; now: Date },
    ): Promise<OauthState | undefined> => {
      const key = { tenant_id: tx.tenantId, state_hash: stateHash };
      const row = (await tx
        .sql<StateRow>('oauth_states')
        .where({ ...key, app_id: appId, browser_hash: browserHash })
        .forUpdate()
        .first()) as StateRow | undefined;
      if (!row) return undefined;
      if (row.used_at === null) await tx.sql('oauth_states').where(key).update({ used_at: now });
      return {
        stateHash,
        appId: row.app_id,
        sessionId: row.session_id,
        browserHash: row.browser_hash,
        scopes: JSON.parse(seal.open(row.scopes, scopesAssociatedData(tx.tenantId, stateHash))) as string[],
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        usedAt: row.used_at,
      };
    },
  };
}
