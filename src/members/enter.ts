/** Signing in: the password, then one of the second factors. A wrong password and an unknown address are the same answer
 *  after the same work. */
import { Problem } from '../errors.ts';
import type { Client } from '../http/member-route.ts';
import type { BlindIndex, Db, Log, RandomBytes } from '../ports.ts';
import type { AuditAction } from './audit.ts';
import type { ChangeMember, Cookie, LoginSteps } from './login.ts';
import { hasSteppedUp, type Login, maskAddress } from './members.ts';
import type { Passwords } from './passwords.ts';
import {
  describeEnrolment,
  type Enrolment,
  hashRecoveryCode,
  makeRecoveryCodes,
  makeTotpSecret,
  matchTotp,
} from './second-factor.ts';
import type { Caller, Member, MemberStore } from './store.ts';
import type { Throttle } from './throttle.ts';

export interface EnterDeps {
  db: Pick<Db, 'tenant' | 'call'>;
  members: MemberStore;
  steps: LoginSteps;
  changeMember: ChangeMember;
  passwords: Passwords;
  throttle: Throttle;
  blindIndex: BlindIndex;
  random: RandomBytes;
  log: Log;
}

export interface Attempt {
  login: Login;
  client: Client;
  now: Date;
}

export type Enter = ReturnType<typeof createEnter>;

export function createEnter(deps: EnterDeps) {
  return { ...passwordSteps(deps), ...codeSteps(deps), ...enrolmentSteps(deps) };
}

function passwordSteps({ db, members, steps, passwords, throttle, log }: EnterDeps) {
  return {
    /** @throws Problem `credentials_wrong`, `rate_limited` */
    byPassword: async (
      { email, password }: { email: string; password: string },
      client: Client,
      now: Date,
    ): Promise<{ cookie: Cookie; isEnrolled: boolean }> => {
      const index = members.indexOf(email);
      await throttle.take({ login_account: index, login_network: client.network, login_all: 'all' }, now);
      const member = await members.findByIndex(db, index);
      const fits = await passwords.verify(member?.passwordHash, password);
      if (!fits || member === undefined || member.disabledAt !== null) {
        await db.call('note_login_failure', [member?.id ?? null, maskAddress(client.address), now]);
        log.info({ security_event: 'login.failed', member_id: member?.id ?? null }, 'security');
        throw new Problem('credentials_wrong');
      }
      const cookie = await steps.begin(db, member.id, client, now);
      await throttle.forget('login_account', index);
      return { cookie, isEnrolled: member.totpSecret !== null };
    },
  };
}

function codeSteps(deps: EnterDeps) {
  const { db, members, steps, changeMember, throttle, blindIndex, log } = deps;

  const count = async ({ login, now }: Attempt) =>
    throttle.take({ code_member: login.memberId, code_member_day: login.memberId }, now);

  const refuse = async ({ login, client, now }: Attempt): Promise<never> => {
    log.info({ security_event: 'second_factor.failed', member_id: login.memberId }, 'security');
    const entry = { at: now, action: 'second_factor.failed', address: maskAddress(client.address) } as const;
    await changeMember(login.memberId, async () => undefined, [entry]);
    throw new Problem('second_factor_wrong');
  };

  const pass = async (attempt: Attempt, accept: (db: Caller) => Promise<boolean>, actions: AuditAction[]) => {
    const { login, client, now } = attempt;
    const entries = actions.map((action) => ({ at: now, action, address: maskAddress(client.address) }));
    const change = async (caller: Caller) => {
      if (!(await accept(caller))) throw new Problem('second_factor_wrong');
      return steps.pass(caller, login, now);
    };
    const cookie = await changeMember(login.memberId, change, entries).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'second_factor_wrong') return refuse(attempt);
      throw error;
    });
    await throttle.forget('code_member', login.memberId);
    return cookie;
  };

  return {
    /** @throws Problem `second_factor_wrong` for a code that does not fit or was taken before. */
    byCode: async (attempt: Attempt, code: string): Promise<Cookie> => {
      await count(attempt);
      const { login, now } = attempt;
      const member = await members.findById(db, login.memberId);
      const counter = member?.totpSecret ? matchTotp(member.totpSecret, code, now) : undefined;
      if (counter === undefined) return refuse(attempt);
      const actions: AuditAction[] = login.stage === 'member' ? [] : ['login.succeeded'];
      return pass(attempt, (caller) => members.acceptTotp(caller, login.memberId, counter), actions);
    },

    /** @param check what counts the use of the passkey, once its signature fits; undefined when it does not */
    byPasskey: async (
      attempt: Attempt,
      check: () => Promise<((db: Caller) => Promise<boolean>) | undefined>,
    ): Promise<Cookie> => {
      await count(attempt);
      const accept = await check();
      if (accept === undefined) return refuse(attempt);
      return pass(attempt, accept, attempt.login.stage === 'member' ? [] : ['login.succeeded']);
    },

    byRecoveryCode: async (attempt: Attempt, code: string): Promise<Cookie> => {
      await count(attempt);
      const { memberId } = attempt.login;
      const hash = hashRecoveryCode(blindIndex, memberId, code);
      return pass(attempt, (caller) => members.spendRecoveryCode(caller, memberId, hash), [
        'recovery_code.used',
        'login.succeeded',
      ]);
    },
  };
}

function enrolmentSteps(deps: EnterDeps) {
  const { db, members, steps, changeMember, throttle, blindIndex, random } = deps;

  const hashes = (memberId: string, codes: readonly string[]) =>
    codes.map((code) => hashRecoveryCode(blindIndex, memberId, code));

  return {
    /** A secret to show; nothing changes before it is confirmed. Whoever has a second factor needs it to get another one. */
    enrol: async ({ login, now }: Attempt): Promise<Enrolment> => {
      requireMayEnrol(login, now);
      const secret = makeTotpSecret(random);
      await members.change(db, login.memberId, { pendingTotpSecret: secret });
      return describeEnrolment(secret, login.email);
    },

    confirmEnrolment: async (
      attempt: Attempt,
      code: string,
    ): Promise<{ cookie: Cookie; codes: string[] }> => {
      const { login, client, now } = attempt;
      const { memberId } = login;
      requireMayEnrol(login, now);
      await throttle.take({ code_member: memberId, code_member_day: memberId }, now);
      const secret = pendingOf(await members.findById(db, memberId));
      const counter = matchTotp(secret, code, now);
      if (counter === undefined) throw new Problem('second_factor_wrong');
      const codes = makeRecoveryCodes(random);
      const cookie = await changeMember(
        memberId,
        async (caller) => {
          await members.change(caller, memberId, {
            totpSecret: secret,
            pendingTotpSecret: null,
            totpCounter: counter,
            recoveryHashes: hashes(memberId, codes),
          });
          await members.endLogins(caller, memberId, { except: login.id });
          return steps.pass(caller, login, now);
        },
        [{ at: now, action: 'second_factor.enrolled', address: maskAddress(client.address) }],
      );
      await throttle.forget('code_member', memberId);
      return { cookie, codes };
    },

    /** Ten new ones; those of before are dead. */
    remakeRecoveryCodes: async ({ login, client, now }: Attempt): Promise<string[]> => {
      const codes = makeRecoveryCodes(random);
      await changeMember(
        login.memberId,
        (caller) => members.change(caller, login.memberId, { recoveryHashes: hashes(login.memberId, codes) }),
        [{ at: now, action: 'recovery_codes.made', address: maskAddress(client.address) }],
      );
      return codes;
    },
  };
}

function requireMayEnrol(login: Login, now: Date): void {
  if (!login.hasSecondFactor) return;
  if (login.stage !== 'member') throw new Problem('second_factor_required');
  if (!hasSteppedUp(login, now)) throw new Problem('step_up_required');
}

function pendingOf(member: Member | undefined): string {
  if (!member?.pendingTotpSecret) throw new Problem('conflict', { detail: 'Ask for a secret first' });
  return member.pendingTotpSecret;
}
