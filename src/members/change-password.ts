/** A new password: by whoever is in, or by a link to the address. Both end the other logins; the second factor stays. */
import { Problem } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { Client } from '../http/member-route.ts';
import type { Db, Signals } from '../ports.ts';
import type { Attempt } from './enter.ts';
import type { ChangeMember, LoginSteps } from './login.ts';
import type { MailStore, ResetFacts } from './mail-store.ts';
import { type Links, MAILS_TOPIC } from './mails.ts';
import { type Language, maskAddress, RESET_LINK_SECONDS, secondsAfter } from './members.ts';
import type { Passwords } from './passwords.ts';
import type { Caller, Member, MemberStore } from './store.ts';
import type { Throttle } from './throttle.ts';

export interface ChangePasswordDeps {
  db: Pick<Db, 'tenant' | 'call'>;
  members: MemberStore;
  mails: MailStore;
  steps: Pick<LoginSteps, 'makeToken'>;
  changeMember: ChangeMember;
  passwords: Passwords;
  throttle: Throttle;
  links: Links;
  signals: Pick<Signals, 'publish'>;
}

export function createChangePassword(deps: ChangePasswordDeps) {
  const { db, members, mails, passwords, throttle } = deps;

  const judge = (password: string, words: readonly string[]) => {
    const issues = passwords.judge(password, words);
    if (issues.length > 0) throw new Problem('invalid_request', { issues });
  };

  const store = async (caller: Caller, member: Member, passwordHash: string, exceptLogin?: string) => {
    await members.change(caller, member.id, { passwordHash });
    await members.endLogins(caller, member.id, exceptLogin === undefined ? {} : { except: exceptLogin });
    const { email: to, language } = member;
    await mails.add(caller, { to, language, letter: { kind: 'password_changed' } });
  };

  return {
    /** The same answer after the same work, whether the address is known or not. */
    askLink: async (email: string, language: Language, client: Client, now: Date): Promise<void> => {
      const index = members.indexOf(email);
      await throttle.take({ mail_account: index, mail_network: client.network, mail_all: 'all' }, now);
      const member = await members.findByIndex(db, index);
      const token = deps.steps.makeToken();
      const facts: ResetFacts = { memberId: member?.id ?? null };
      await mails.addWithToken(
        db,
        {
          hash: sha256Base64url(token),
          kind: 'reset',
          facts,
          now,
          expiresAt: secondsAfter(now, RESET_LINK_SECONDS),
        },
        {
          to: email,
          language: member?.language ?? language,
          letter: member ? { kind: 'reset', link: deps.links.reset(token) } : { kind: 'nobody' },
        },
      );
      deps.signals.publish(MAILS_TOPIC);
    },

    /** @throws Problem `code_spent` */
    byLink: async (token: string, password: string, client: Client, now: Date): Promise<void> => {
      await throttle.take({ link_network: client.network }, now);
      const tokenHash = sha256Base64url(token);
      const facts = await mails.findToken<ResetFacts>(db, tokenHash, 'reset', now);
      const member = facts?.memberId ? await members.findById(db, facts.memberId) : undefined;
      if (member === undefined) throw new Problem('code_spent');
      judge(password, [member.email]);
      const passwordHash = await passwords.hash(password);
      const entry = { at: now, action: 'password.reset', address: maskAddress(client.address) } as const;
      await deps.changeMember(
        member.id,
        async (caller) => {
          if (!(await mails.spendToken(caller, tokenHash, 'reset', now))) throw new Problem('code_spent');
          await store(caller, member, passwordHash);
          // Disabled for want of use: whoever opens a mail to the address is there again.
          await members.change(caller, member.id, { usedAt: now, disabledAt: null });
        },
        [entry],
      );
      deps.signals.publish(MAILS_TOPIC);
    },

    /** @throws Problem `credentials_wrong` */
    byCurrent: async (
      { login, client, now }: Attempt,
      given: { current_password: string; password: string },
    ): Promise<void> => {
      judge(given.password, [login.email]);
      await throttle.take({ login_account: login.emailIndex }, now);
      const member = await members.findById(db, login.memberId);
      const fits = await passwords.verify(member?.passwordHash, given.current_password);
      if (!fits || member === undefined) throw new Problem('credentials_wrong');
      const passwordHash = await passwords.hash(given.password);
      const entry = { at: now, action: 'password.changed', address: maskAddress(client.address) } as const;
      await deps.changeMember(login.memberId, (caller) => store(caller, member, passwordHash, login.id), [
        entry,
      ]);
      deps.signals.publish(MAILS_TOPIC);
    },
  };
}
