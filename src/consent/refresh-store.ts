/** SQL of the refresh: who works on a grant, the journal of what was sent, and what became of it. By the database's clock. */
import type { Seal, Tx } from '../ports.ts';
import { type Claim, releaseClaimed } from '../queue/claim.ts';
import type { GrantState } from './consent.ts';
import { endsSoon, type Freshness, isLendable, REFUSAL_MEMORY_SECONDS } from './refreshing.ts';
import { ENDED, type GrantReason, type GrantTokens } from './store.ts';

export interface LookedAt {
  id: string;
  appId: string;
  version: number;
  isVerified: boolean;
  isEnding: boolean;
  freshness: Freshness;
  tokens: GrantTokens | undefined;
}

interface LookRow {
  id: string;
  app_id: string;
  version: number;
  state: GrantState;
  reason: string | null;
  refreshable: boolean;
  is_kept: boolean;
  is_ending: boolean;
  is_verified: boolean;
  tokens: string | null;
  expires_in: number;
  consent_in: number;
  age: number;
  sent_age: number | null;
  last_sent_age: number | null;
  refresh_unanswered: boolean;
  refresh_lost_count: number;
  refresh_try_count: number;
  is_refused: boolean;
  told_days: number | null;
}

const LOOK = `id, app_id, version, state, reason, refreshable, is_kept, is_ending, verified_at is not null as is_verified, tokens,
  extract(epoch from expires_at - now())::float8 as expires_in, extract(epoch from consent_until - now())::float8 as consent_in,
  extract(epoch from now() - coalesce(refreshed_at, created_at))::float8 as age,
  extract(epoch from clock_timestamp() - refresh_first_sent_at)::float8 as sent_age,
  extract(epoch from clock_timestamp() - refresh_last_sent_at)::float8 as last_sent_age,
  refresh_unanswered, refresh_lost_count, refresh_try_count, coalesce(refused_version = version, false) as is_refused, told_days`;

/** What an answer of Divar's changes. What is undefined stays as it was. */
export interface NewPair extends GrantTokens {
  lifeSeconds: number;
  /** Sealed. */
  facts: string | undefined;
}

/** For the one who wants to send: a token, or word that it is being renewed. */
export type Loan = { accessToken: string; refreshedAt: Date | null } | 'renewing' | undefined;

export type RefreshStore = ReturnType<typeof createRefreshStore>;

/** Who works on a grant, and when somebody should. */
function createClaims() {
  return {
    /** Takes the grant for one worker unless another has it. */
    claimOne: async (tx: Tx, id: string, claimId: string, leaseSeconds: number): Promise<boolean> => {
      const claimed = await table(tx)
        .where({ id })
        .whereRaw('(claimed_until is null or claimed_until < now())')
        .update({ claim_id: claimId, claimed_until: inSeconds(tx, leaseSeconds) });
      return claimed === 1;
    },

    /** True while somebody works on it. */
    isClaimed: async (tx: Tx, id: string): Promise<boolean> =>
      (await table(tx).where({ id }).whereRaw('claimed_until >= now()').first('id')) !== undefined,

    /** Gives the grant back, to be looked at again after so long; null: by nobody. */
    release: async (tx: Tx, claim: Claim, seconds: number | null): Promise<boolean> => {
      if (!(await releaseClaimed(tx, 'grants', claim))) return false;
      await table(tx)
        .where({ id: claim.id })
        .update({ due_at: seconds === null ? null : inSeconds(tx, seconds) });
      return true;
    },

    /** Its events depend on its token, or no longer. */
    setKept: async (tx: Tx, id: string, isKept: boolean): Promise<void> => {
      await table(tx)
        .where({ id })
        .whereNot({ is_kept: isKept })
        .update({ is_kept: isKept, due_at: tx.sql.fn.now() });
    },
  };
}

/** What was sent, and what is known of it. */
function createJournal(seal: Seal) {
  return {
    /** The journal. Committed before anything is on the wire: from now on the refresh token may have reached Divar. */
    openJournal: async (tx: Tx, id: string, opens: boolean): Promise<void> => {
      await table(tx)
        .where({ id })
        .update({
          state: tx.sql.raw(`case when state = 'live' then 'refreshing' else state end`),
          refresh_unanswered: true,
          refresh_last_sent_at: tx.sql.fn.now(),
          ...(opens ? { refresh_first_sent_at: tx.sql.fn.now(), refresh_lost_count: 0 } : {}),
        });
    },

    /** Stores the pair unless the grant was replaced, ended or taken over meanwhile; then what is stored is right. */
    storePair: async (tx: Tx, claim: Claim, version: number, pair: NewPair): Promise<boolean> => {
      const { id } = claim;
      const { accessToken, refreshToken } = pair;
      const stored = await table(tx)
        .where({ id, version, claim_id: claim.claimId })
        .whereNotNull('tokens')
        .update({
          state: tx.sql.raw(`case when state = 'refreshing' then 'live' else state end`),
          tokens: seal.seal(JSON.stringify({ accessToken, refreshToken }), associatedData(tx, id)),
          version: version + 1,
          refreshable: refreshToken !== null,
          expires_at: inSeconds(tx, pair.lifeSeconds),
          refreshed_at: tx.sql.fn.now(),
          ...NO_JOURNAL,
          refresh_try_count: 0,
          ...(pair.facts === undefined ? {} : { facts: pair.facts }),
        });
      return stored === 1;
    },

    /** A try that brought nothing. `clears`: Divar has surely rotated nothing in this journal. */
    countFailure: async (
      tx: Tx,
      id: string,
      { clears, isUnanswered }: { clears: boolean; isUnanswered: boolean },
    ): Promise<void> => {
      await table(tx)
        .where({ id })
        .update({
          ...(clears ? { ...NO_JOURNAL, state: backToLive(tx) } : { refresh_unanswered: isUnanswered }),
          ...(clears ? {} : { refresh_lost_count: tx.sql.raw('refresh_lost_count + 1') }),
          refresh_try_count: tx.sql.raw('refresh_try_count + 1'),
        });
    },

    /** It has turned out that Divar rotated nothing. */
    clearJournal: async (tx: Tx, id: string): Promise<void> => {
      await table(tx)
        .where({ id })
        .update({ ...NO_JOURNAL, state: backToLive(tx) });
    },
  };
}

/** Ends, and what is remembered of them. */
function createEnds() {
  return {
    setRefreshable: async (tx: Tx, id: string, refreshable: boolean): Promise<void> => {
      await table(tx).where({ id }).update({ refreshable });
    },

    /** Whoever looks next ends what hung on it. `keepsTokens`: they may come to life again. */
    end: async (
      tx: Tx,
      id: string,
      {
        state,
        reason,
        keepsTokens = false,
      }: { state: GrantState; reason: GrantReason; keepsTokens?: boolean },
    ): Promise<void> => {
      await table(tx)
        .where({ id })
        .update({
          ...(keepsTokens ? { is_ending: true, claim_id: null, claimed_until: null } : ENDED),
          state,
          reason,
          due_at: tx.sql.fn.now(),
        });
    },

    /** Tokens that were kept have come to life again. */
    revive: async (tx: Tx, id: string): Promise<void> => {
      await table(tx).where({ id }).update({ state: 'live', reason: null, refused_version: null });
    },

    setEnded: async (tx: Tx, id: string): Promise<void> => {
      await table(tx).where({ id }).update({ is_ending: false });
    },

    setTold: async (tx: Tx, id: string, toldDays: number): Promise<void> => {
      await table(tx).where({ id }).update({ told_days: toldDays });
    },
  };
}

/** The use of tokens, and Divar's refusal of them. */
function createLoans(seal: Seal) {
  return {
    /** For a send. Undefined once the tokens were destroyed. Who finds the token about to end has it renewed. */
    lend: async (tx: Tx, id: string): Promise<Loan> => {
      const row = (await table(tx)
        .where({ id })
        .select(tx.sql.raw(`refreshed_at, ${LOOK}`))
        .first()) as (LookRow & { refreshed_at: Date | null }) | undefined;
      const tokens = row && openTokens(seal, tx, row);
      if (!row || !tokens) return undefined;
      const freshness = freshnessOf(row);
      // Where a try has failed, the ladder decides.
      if (freshness.tryCount === 0 && freshness.sentAgeSeconds === null && endsSoon(freshness))
        await table(tx)
          .where({ id })
          .whereRaw('(due_at is null or due_at > now())')
          .update({ due_at: tx.sql.fn.now() });
      if (isLendable(freshness)) return { accessToken: tokens.accessToken, refreshedAt: row.refreshed_at };
      return freshness.refreshable ? 'renewing' : undefined;
    },

    /**
     * Divar has refused the access token of a call that began at `beganAt`, by the database's clock. `replaced`: there is
     * a newer one already. `renewing`: one refresh will show. `broken`: that refresh has been, or there can be none; the
     * row is as it was, and the caller ends it.
     */
    refuse: async (
      tx: Tx,
      id: string,
      beganAt: Date,
    ): Promise<'replaced' | 'renewing' | 'broken' | 'ended'> => {
      const row = (await table(tx)
        .where({ id })
        .forUpdate()
        .select(
          tx.sql.raw(
            `version, refused_version, state, refreshable, coalesce(refreshed_at > ?, false) as is_replaced,
            coalesce(refreshed_at > now() - make_interval(secs => ?), false) as is_fresh`,
            [beganAt, REFUSAL_MEMORY_SECONDS],
          ),
        )
        .first()) as
        | {
            version: number;
            refused_version: number | null;
            state: GrantState;
            refreshable: boolean;
            is_replaced: boolean;
            is_fresh: boolean;
          }
        | undefined;
      if (!row || (row.state !== 'live' && row.state !== 'refreshing')) return 'ended';
      if (row.version > 1 && row.is_replaced) return 'replaced';
      if (row.refused_version === row.version) return 'renewing';
      if (!row.refreshable || (row.refused_version === row.version - 1 && row.is_fresh)) return 'broken';
      await table(tx)
        .where({ id })
        .update({ refused_version: row.version, refresh_try_count: 0, due_at: tx.sql.fn.now() });
      return 'renewing';
    },
  };
}

export function createRefreshStore({ seal }: { seal: Seal }) {
  return {
    ...createClaims(),
    ...createJournal(seal),
    ...createEnds(),
    ...createLoans(seal),

    /** What the row says now. Under its lock for whoever holds the claim. */
    look: async (tx: Tx, id: string): Promise<LookedAt | undefined> => {
      const row = (await table(tx).where({ id }).select(tx.sql.raw(LOOK)).first()) as LookRow | undefined;
      return (
        row && {
          id: row.id,
          appId: row.app_id,
          version: row.version,
          isVerified: row.is_verified,
          isEnding: row.is_ending,
          freshness: freshnessOf(row),
          tokens: openTokens(seal, tx, row),
        }
      );
    },
  };
}

function table(tx: Tx) {
  return tx.sql('grants').where({ tenant_id: tx.tenantId });
}

function inSeconds(tx: Tx, seconds: number) {
  return tx.sql.raw('now() + make_interval(secs => ?)', [seconds]);
}

function associatedData(tx: Tx, id: string): string {
  return `${tx.tenantId}|grants|tokens|${id}`;
}

function openTokens(seal: Seal, tx: Tx, { id, tokens }: LookRow): GrantTokens | undefined {
  return tokens === null ? undefined : (JSON.parse(seal.open(tokens, associatedData(tx, id))) as GrantTokens);
}

const NO_JOURNAL = { refresh_first_sent_at: null, refresh_unanswered: false, refresh_lost_count: 0 } as const;

function backToLive(tx: Tx) {
  return tx.sql.raw(`case when state = 'refreshing' then 'live' else state end`);
}

function freshnessOf(row: LookRow): Freshness {
  return {
    state: row.state,
    reason: row.reason,
    refreshable: row.refreshable,
    isKept: row.is_kept,
    expiresInSeconds: row.expires_in,
    consentInSeconds: row.consent_in,
    ageSeconds: row.age,
    sentAgeSeconds: row.sent_age,
    lastSentAgeSeconds: row.last_sent_age,
    isUnanswered: row.refresh_unanswered,
    lostCount: row.refresh_lost_count,
    tryCount: row.refresh_try_count,
    isRefused: row.is_refused,
    toldDays: row.told_days,
  };
}
