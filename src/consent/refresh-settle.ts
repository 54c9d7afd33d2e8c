/** Asks Divar, without a transaction, and writes down what came of it, fenced by the claim and the version. */
import type { DivarOauth, OauthFailure, OauthOutcome } from '../divar/oauth.ts';
import type { RenewedTokens } from '../divar/oauth-replies.ts';
import type { Log, Tx } from '../ports.ts';
import { beginClaimed, type Claim } from '../queue/claim.ts';
import { oauthRedirectUri } from '../tenants/provision.ts';
import type { App } from '../tenants/tenants.ts';
import type { Probing, RefreshResult, RefreshSteps, Sending, StepDeps } from './refresh-steps.ts';
import type { LookedAt } from './refresh-store.ts';
import { isRechecked, judgeProbe, judgeRefresh } from './refreshing.ts';
import { formatScope, parseScope } from './scopes.ts';
import type { GrantStore } from './store.ts';

export interface SettleRefreshDeps extends StepDeps {
  grants: Pick<GrantStore, 'find' | 'sealFacts'>;
  oauth: Pick<DivarOauth, 'refresh' | 'fetchUser'>;
  /** In the transaction that stores the new pair. */
  expectRenewal: (tx: Tx, grantId: string) => Promise<void>;
  publicUrl: string;
  log: Log;
}

/** Between the journal and the call. A process that was stopped for longer must not send what may have become too old. */
const MAX_DAWDLE_MS = 5000;
/** Where Divar tells no expiry, and nothing is known of an earlier one. */
const MIN_LIFE_SECONDS = 60;

export function createSettleRefresh(deps: SettleRefreshDeps, steps: RefreshSteps, leaseSeconds: number) {
  const { store } = deps;
  const ask = createAsk(deps);

  /** Runs under the claim; `gone` when it is somebody else's by now. */
  const asHolder = (claim: Claim, run: (tx: Tx) => Promise<RefreshResult>): Promise<RefreshResult> =>
    deps.db.tenant(claim.tenantId, async (tx) =>
      (await beginClaimed(tx, 'grants', claim, leaseSeconds)) ? await run(tx) : 'gone',
    );

  const settleFailure = (claim: Claim, sending: Sending, failure: OauthFailure): Promise<RefreshResult> =>
    asHolder(claim, async (tx) => {
      const { app, looked, opens } = sending;
      const verdict = judgeRefresh(failure);
      if (verdict === 'refused') {
        await steps.breakGrant(tx, app, looked, 'refused');
        return 'ended';
      }
      if (verdict === 'unsupported') await store.setRefreshable(tx, claim.id, false);
      await store.countFailure(tx, claim.id, {
        clears: opens && (verdict === 'not_done' || verdict === 'unsupported'),
        isUnanswered: (!opens && looked.freshness.isUnanswered) || verdict === 'unheard',
      });
      await (verdict === 'unsupported' ? steps.rest(tx, claim) : steps.retryLater(tx, claim));
      return 'failed';
    });

  /** New tokens of a grant that Divar had refused: do they work now? */
  const recheck = async (claim: Claim, app: App, accessToken: string): Promise<RefreshResult> => {
    const works = judgeProbe(await deps.oauth.fetchUser(app, accessToken)) === 'works';
    return await asHolder(claim, async (tx) => {
      if (works) {
        await store.revive(tx, claim.id);
        const more = { recovered_grant_ids: [claim.id] };
        await steps.tell(tx, app, claim.id, { type: 'grant.recovered', more });
      }
      await steps.rest(tx, claim);
      return works ? 'refreshed' : 'ended';
    });
  };

  return {
    refresh: async (claim: Claim, sending: Sending): Promise<RefreshResult> => {
      const outcome = await ask(sending);
      const { app, looked } = sending;
      report(deps.log, looked, outcome);
      if (!outcome.ok) return await settleFailure(claim, sending, outcome);
      const mustProve = isRechecked(looked.freshness);
      const isStored = await deps.db.tenant(claim.tenantId, async (tx) => {
        if (!(await storeNewPair(tx, deps, { claim, sending, renewed: outcome.value }))) return false;
        await deps.expectRenewal(tx, claim.id);
        if (!mustProve) await steps.rest(tx, claim);
        return true;
      });
      if (!isStored) return 'gone';
      return mustProve ? await recheck(claim, app, outcome.value.accessToken) : 'refreshed';
    },

    /** Whether there was a rotation at all. */
    probe: async (claim: Claim, { app, looked, tokens }: Probing): Promise<RefreshResult> => {
      const found = judgeProbe(await deps.oauth.fetchUser(app, tokens.accessToken));
      deps.log.info({ grant_id: looked.id, app_id: app.id, found }, 'grant probed');
      return await asHolder(claim, async (tx) => {
        if (found === 'refused') {
          await steps.breakGrant(tx, app, looked, 'refresh_lost');
          return 'ended';
        }
        if (found === 'works') await store.clearJournal(tx, claim.id);
        await steps.retryLater(tx, claim);
        return 'failed';
      });
    },
  };
}

/** Nothing here throws for what Divar does. */
function createAsk({ clock, oauth, publicUrl }: Pick<SettleRefreshDeps, 'clock' | 'oauth' | 'publicUrl'>) {
  return async ({ app, tokens, startedAt }: Sending): Promise<OauthOutcome<RenewedTokens>> => {
    const dawdledMs = clock.now().getTime() - startedAt.getTime();
    if (dawdledMs > MAX_DAWDLE_MS) return { ok: false, stage: 'before_send', code: 'dawdled', status: null };
    return await oauth.refresh(app, {
      refreshToken: tokens.refreshToken ?? '',
      accessToken: tokens.accessToken,
      redirectUri: oauthRedirectUri(publicUrl, app.id),
    });
  };
}

/** Merged, never overwritten with nothing. Divar that tells no expiry is taken to give as long a life as before. */
async function storeNewPair(
  tx: Tx,
  { store, grants }: Pick<SettleRefreshDeps, 'store' | 'grants'>,
  { claim, sending, renewed }: { claim: Claim; sending: Sending; renewed: RenewedTokens },
): Promise<boolean> {
  const grant = await grants.find(tx, claim.id);
  if (!grant) return false;
  const scopes = renewed.grantedScopes?.map((scope) => formatScope(parseScope(scope)));
  const { expiresInSeconds, ageSeconds } = sending.looked.freshness;
  return await store.storePair(tx, claim, sending.looked.version, {
    accessToken: renewed.accessToken,
    refreshToken: renewed.refreshToken ?? sending.tokens.refreshToken,
    lifeSeconds: renewed.lifeSeconds ?? Math.max(MIN_LIFE_SECONDS, expiresInSeconds + ageSeconds),
    facts: scopes && grants.sealFacts(tx, claim.id, { ...grant.facts, scopes }),
  });
}

function report(log: Log, { id, appId, freshness }: LookedAt, outcome: OauthOutcome<unknown>): void {
  const failure = outcome.ok ? {} : { stage: outcome.stage, code: outcome.code, status: outcome.status };
  const fields = { grant_id: id, app_id: appId, refreshed: outcome.ok, ...failure };
  const { sentAgeSeconds, tryCount } = freshness;
  log.info({ ...fields, sent_age_s: sentAgeSeconds, failed_count: tryCount }, 'grant refresh');
}
