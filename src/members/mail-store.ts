/** All SQL of one-time links by mail and of the mails on their way. A mail is a row until it was handed over. */
import type { RandomBytes, Seal } from '../ports.ts';
import { type Letter, writeMail } from './mails.ts';
import type { Language } from './members.ts';
import type { Caller } from './store.ts';

export type TokenKind = 'sign_up' | 'reset';

/** What a link stands for, sealed: nothing is made of a sign-up before its address is confirmed. */
export interface SignUpFacts {
  organization: string;
  email: string;
  passwordHash: string;
  language: Language;
}
export interface ResetFacts {
  /** Null: the address is nobody's, and nobody has the link. */
  memberId: string | null;
}

export interface Addressed {
  to: string;
  language: Language;
  letter: Letter;
}

export interface ClaimedMail {
  id: string;
  claimId: string;
  attemptCount: number;
  addressed: Addressed;
}

export type MailStore = ReturnType<typeof createMailStore>;

export function createMailStore({ seal, random }: { seal: Seal; random: RandomBytes }) {
  const mailPlace = (id: string) => `system|outgoing_mails|content|${id}`;
  const factsPlace = (tokenHash: string) => `system|email_tokens|facts|${tokenHash}`;
  const toRow = (addressed: Addressed) => {
    const id = random(16).toString('base64url');
    return JSON.stringify({ id, content: seal.seal(JSON.stringify(addressed), mailPlace(id)) });
  };

  return {
    add: async (db: Caller, addressed: Addressed): Promise<void> => {
      await db.call('add_mail', [toRow(addressed)]);
    },

    addWithToken: async (
      db: Caller,
      token: { hash: string; kind: TokenKind; facts: SignUpFacts | ResetFacts; now: Date; expiresAt: Date },
      addressed: Addressed,
    ): Promise<void> => {
      const row = {
        token_hash: token.hash,
        kind: token.kind,
        facts: seal.seal(JSON.stringify(token.facts), factsPlace(token.hash)),
        created_at: token.now,
        expires_at: token.expiresAt,
      };
      await db.call('add_email_token', [JSON.stringify(row), toRow(addressed)]);
    },

    findToken: async <Facts>(
      db: Caller,
      hash: string,
      kind: TokenKind,
      now: Date,
    ): Promise<Facts | undefined> => {
      const [row] = await db.call<{ facts: string }>('find_email_token', [hash, kind, now]);
      return row && (JSON.parse(seal.open(row.facts, factsPlace(hash))) as Facts);
    },

    /** Of two at once one spends it. */
    spendToken: async (db: Caller, hash: string, kind: TokenKind, now: Date): Promise<boolean> =>
      (await db.call<{ is_spent: boolean }>('spend_email_token', [hash, kind, now]))[0]?.is_spent === true,

    claim: async (
      db: Caller,
      { maxCount, leaseSeconds, claimId }: { maxCount: number; leaseSeconds: number; claimId: string },
    ): Promise<ClaimedMail[]> => {
      const rows = await db.call<{ id: string; content: string; attempt_count: number }>('claim_mails', [
        maxCount,
        leaseSeconds,
        claimId,
      ]);
      return rows.map((row) => ({
        id: row.id,
        claimId,
        attemptCount: row.attempt_count,
        addressed: JSON.parse(seal.open(row.content, mailPlace(row.id))) as Addressed,
      }));
    },

    settle: async (
      db: Caller,
      mail: Pick<ClaimedMail, 'id' | 'claimId'>,
      outcome: { isDone: boolean; retrySeconds: number },
    ): Promise<void> => {
      await db.call('settle_mail', [mail.id, mail.claimId, outcome.isDone, outcome.retrySeconds]);
    },
  };
}

export function mailOf({ to, language, letter }: Addressed) {
  return writeMail(to, language, letter);
}
