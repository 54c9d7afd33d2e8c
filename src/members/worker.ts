/** What happens without anybody asking: mails go out, failed logins reach the log, what has served is taken away. */
import type { Db, Log, RandomBytes, SendMail } from '../ports.ts';
import type { AuditStore } from './audit-store.ts';
import { type ClaimedMail, type MailStore, mailOf } from './mail-store.ts';

const BATCH_COUNT = 20;
/** Above the deadline of one mail, which goes out beside the others of its batch. */
const LEASE_SECONDS = 120;
/** Waits after a mail that was not taken: 10 s, 1, 5, 15 min, then every hour; a link of a day is dead after that. */
const RETRY_SECONDS = [10, 60, 300, 900, 3600];
const MAX_ATTEMPT_COUNT = 26;
const MAX_ROWS = 1000;
const MAX_TENANTS = 100;
const SWEEPS = [
  'sweep_member_remains',
  'sweep_passkey_challenges',
  'disable_unused_members',
  'sweep_audit_entries',
] as const;

export interface MailWorkerDeps {
  db: Pick<Db, 'call'>;
  mails: Pick<MailStore, 'claim' | 'settle'>;
  sendMail: SendMail;
  random: RandomBytes;
  log: Log;
}

export function createMailWorker({ db, mails, sendMail, random, log }: MailWorkerDeps) {
  const send = async (claimed: ClaimedMail): Promise<void> => {
    const mail = mailOf(claimed.addressed);
    let isDone = true;
    try {
      if (mail) await sendMail(mail);
    } catch (cause) {
      isDone = claimed.attemptCount >= MAX_ATTEMPT_COUNT;
      // The text of the error may name the recipient.
      const code = (cause as { code?: string }).code ?? 'unknown';
      log.warn({ attempt_count: claimed.attemptCount, code, given_up: isDone }, 'a mail was not taken');
    }
    const retrySeconds = RETRY_SECONDS[Math.min(claimed.attemptCount, RETRY_SECONDS.length) - 1] ?? 3600;
    await mails.settle(db, claimed, { isDone, retrySeconds });
  };

  return {
    tick: async (): Promise<number> => {
      const claimId = random(16).toString('hex');
      const claimed = await mails.claim(db, { maxCount: BATCH_COUNT, leaseSeconds: LEASE_SECONDS, claimId });
      await Promise.all(claimed.map(send));
      return claimed.length;
    },
  };
}

export function createMemberUpkeepWorker({
  db,
  audit,
}: {
  db: Pick<Db, 'call' | 'tenant'>;
  audit: Pick<AuditStore, 'record' | 'takeFailures'>;
}) {
  const recordFailures = (tenantId: string) =>
    db.tenant(tenantId, async (tx) => {
      const failures = await audit.takeFailures(tx);
      for (const { memberId, at, address } of failures)
        await audit.record(tx, { at, action: 'login.failed', target: memberId ?? undefined, address });
    });

  return {
    tick: async (): Promise<number> => {
      const tenants = await db.call<{ tenant_id: string }>('tenants_with_login_failures', [MAX_TENANTS]);
      for (const { tenant_id: tenantId } of tenants) await recordFailures(tenantId);
      let count = tenants.length;
      for (const sweep of SWEEPS) {
        const [row] = await db.call<Record<string, number>>(sweep, [MAX_ROWS]);
        count += Number(row?.[sweep] ?? 0);
      }
      return count;
    },
  };
}
