/** Adding a passkey, coming in by one, and proving with one that one is still there. */
import { Problem } from '../errors.ts';
import type { Client } from '../http/member-route.ts';
import type { Db, Log, RandomBytes, Signals } from '../ports.ts';
import type { Attempt, Enter } from './enter.ts';
import type { ChangeMember, Cookie, LoginSteps } from './login.ts';
import type { MailStore } from './mail-store.ts';
import { MAILS_TOPIC } from './mails.ts';
import { maskAddress, secondsAfter } from './members.ts';
import type { PasskeyStore } from './passkey-store.ts';
import {
  type AuthenticationAnswer,
  CHALLENGE_SECONDS,
  ENTRY_CHALLENGE_SECONDS,
  MAX_PASSKEYS,
  type Passkey,
  type Purpose,
  type RegistrationAnswer,
  relyingPartyOf,
} from './passkeys.ts';
import type { Caller, MemberStore } from './store.ts';
import type { Throttle } from './throttle.ts';

/** 30 MB and 0.4 s of a start: taken in by whoever uses the first passkey. */
const webauthn = () => import('@simplewebauthn/server');

const CHALLENGE_BYTES = 32;
const RP_NAME = 'Peyvand';

export interface PasskeyStepsDeps {
  db: Pick<Db, 'tenant' | 'call'>;
  passkeys: PasskeyStore;
  members: MemberStore;
  mails: Pick<MailStore, 'add'>;
  steps: LoginSteps;
  enter: Pick<Enter, 'byPasskey'>;
  changeMember: ChangeMember;
  throttle: Throttle;
  random: RandomBytes;
  signals: Pick<Signals, 'publish'>;
  log: Log;
  adminUrl: string;
}

export type PasskeySteps = ReturnType<typeof createPasskeySteps>;

export function createPasskeySteps(deps: PasskeyStepsDeps) {
  const { db, passkeys, random } = deps;

  const makeChallenge = async (purpose: Purpose, holder: string, now: Date, seconds = CHALLENGE_SECONDS) => {
    const bytes = random(CHALLENGE_BYTES);
    const challenge = bytes.toString('base64url');
    await passkeys.addChallenge(db, { challenge, purpose, holder, expiresAt: secondsAfter(now, seconds) });
    return Uint8Array.from(bytes);
  };

  return { ...addingSteps(deps, makeChallenge), ...provingSteps(deps, makeChallenge) };
}

type MakeChallenge = (
  purpose: Purpose,
  holder: string,
  now: Date,
  seconds?: number,
) => Promise<Uint8Array<ArrayBuffer>>;

function addingSteps(deps: PasskeyStepsDeps, makeChallenge: MakeChallenge) {
  const { db, passkeys, adminUrl } = deps;
  return {
    optionsToAdd: async ({ login, now }: Attempt): Promise<object> => {
      const known = await passkeys.list(db, login.memberId);
      const { generateRegistrationOptions } = await webauthn();
      return generateRegistrationOptions({
        rpName: RP_NAME,
        rpID: relyingPartyOf(adminUrl),
        userName: login.email,
        userDisplayName: login.email,
        userID: Uint8Array.from(Buffer.from(login.memberId)),
        challenge: await makeChallenge('add', login.id, now),
        excludeCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
        // It is found without the address being typed, and its holder shows that it is him.
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
    },

    /** @throws Problem `second_factor_wrong` for an answer that does not fit, `conflict` for one passkey too many. */
    add: async (attempt: Attempt, name: string, answer: RegistrationAnswer): Promise<Passkey> => {
      const { login, client, now } = attempt;
      const read = await readRegistration(deps, attempt, answer);
      const passkey = { ...read, memberId: login.memberId, name, createdAt: now };
      await deps.changeMember(
        login.memberId,
        async (caller) => {
          if (!(await passkeys.insert(caller, passkey)))
            throw new Problem('conflict', {
              detail: `Known already, or more than ${MAX_PASSKEYS}`,
              extra: { params: { max_count: MAX_PASSKEYS } },
            });
          const member = await deps.members.findById(caller, login.memberId);
          if (member === undefined) throw new Problem('unauthorized');
          const { email: to, language } = member;
          await deps.mails.add(caller, { to, language, letter: { kind: 'passkey_added' } });
        },
        [{ at: now, action: 'passkey.added', address: maskAddress(client.address) }],
      );
      deps.signals.publish(MAILS_TOPIC);
      return { ...passkey, usedAt: null };
    },

    /** @throws Problem `not_found` */
    remove: async ({ login, client, now }: Attempt, id: string): Promise<void> => {
      await deps.changeMember(
        login.memberId,
        async (caller) => {
          if (!(await passkeys.remove(caller, login.memberId, id))) throw new Problem('not_found');
        },
        [{ at: now, action: 'passkey.removed', address: maskAddress(client.address) }],
      );
    },
  };
}

async function readRegistration(
  { db, passkeys, adminUrl }: PasskeyStepsDeps,
  { login, now }: Attempt,
  answer: RegistrationAnswer,
) {
  const spend = (challenge: string) =>
    passkeys.spendChallenge(db, { challenge, purpose: 'add', holder: login.id, now });
  const { verifyRegistrationResponse } = await webauthn();
  const checked = await orUndefined(
    verifyRegistrationResponse({
      response: { ...answer, clientExtensionResults: {} } as never,
      expectedChallenge: spend,
      expectedOrigin: adminUrl,
      expectedRPID: relyingPartyOf(adminUrl),
      requireUserVerification: true,
    }),
  );
  if (!checked?.verified) throw new Problem('second_factor_wrong', { detail: 'The passkey does not fit' });
  const { id, publicKey, counter } = checked.registrationInfo.credential;
  return {
    id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    transports: answer.response.transports ?? [],
  };
}

function provingSteps(deps: PasskeyStepsDeps, makeChallenge: MakeChallenge) {
  const { db, passkeys, members, throttle, adminUrl } = deps;

  const ask = async (
    challenge: Uint8Array<ArrayBuffer>,
    allowed: readonly Passkey[] = [],
  ): Promise<object> => {
    const { generateAuthenticationOptions } = await webauthn();
    return generateAuthenticationOptions({
      rpID: relyingPartyOf(adminUrl),
      challenge,
      allowCredentials: allowed.map(({ id, transports }) => ({ id, transports: [...transports] })),
      userVerification: 'required',
    });
  };

  /** The passkey that has signed, and its new counter; undefined when nothing fits. The challenge is spent either way. */
  const check = async (
    answer: AuthenticationAnswer,
    { purpose, holder, now }: { purpose: Purpose; holder: string; now: Date },
  ) => {
    const passkey = await passkeys.find(db, answer.id);
    if (passkey === undefined) return undefined;
    const { verifyAuthenticationResponse } = await webauthn();
    const checked = await orUndefined(
      verifyAuthenticationResponse({
        response: { ...answer, clientExtensionResults: {} } as never,
        expectedChallenge: (challenge) => passkeys.spendChallenge(db, { challenge, purpose, holder, now }),
        expectedOrigin: adminUrl,
        expectedRPID: relyingPartyOf(adminUrl),
        credential: {
          id: passkey.id,
          publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url')),
          // The store looks at the counter, under the lock of the row.
          counter: 0,
        },
        requireUserVerification: true,
      }),
    );
    if (!checked?.verified) return undefined;
    return { passkey, counter: checked.authenticationInfo.newCounter };
  };

  return {
    /** For the login page: whose passkey it will be is not known yet. */
    optionsToEnter: async (client: Client, now: Date): Promise<object> => {
      await throttle.take({ passkey_network: client.network, passkey_all: 'all' }, now);
      return ask(await makeChallenge('enter', '', now, ENTRY_CHALLENGE_SECONDS));
    },

    /** In the place of the password. @throws Problem `credentials_wrong`, `rate_limited` */
    enter: async (answer: AuthenticationAnswer, client: Client, now: Date): Promise<Cookie> => {
      await throttle.take({ login_network: client.network, login_all: 'all' }, now);
      const found = await check(answer, { purpose: 'enter', holder: '', now });
      const member = found && (await members.findById(db, found.passkey.memberId));
      const isUsed =
        member !== undefined &&
        member.disabledAt === null &&
        (await passkeys.use(db, found?.passkey.id ?? '', found?.counter ?? 0, now));
      if (member === undefined || !isUsed) {
        await db.call('note_login_failure', [member?.id ?? null, maskAddress(client.address), now]);
        deps.log.info({ security_event: 'login.failed', member_id: member?.id ?? null }, 'security');
        throw new Problem('credentials_wrong');
      }
      return deps.steps.begin(db, member.id, client, now, 'passkey');
    },

    optionsToProve: async ({ login, now }: Attempt): Promise<object> => {
      const own = await passkeys.list(db, login.memberId);
      return ask(await makeChallenge('prove', login.id, now), own);
    },

    /** In the place of a code. @throws Problem `second_factor_wrong` also to whoever has come in by passkey. */
    prove: (attempt: Attempt, answer: AuthenticationAnswer): Promise<Cookie> =>
      deps.enter.byPasskey(attempt, async () => {
        const { login, now } = attempt;
        if (login.stage !== 'member' && login.firstFactor === 'passkey') return undefined;
        const found = await check(answer, { purpose: 'prove', holder: login.id, now });
        if (found === undefined || found.passkey.memberId !== login.memberId) return undefined;
        return (caller: Caller) => passkeys.use(caller, found.passkey.id, found.counter, now);
      }),
  };
}

/** The library throws for whatever does not fit; all of it is the same answer. Only the database's own trouble goes on. */
async function orUndefined<T>(checking: Promise<T>): Promise<T | undefined> {
  try {
    return await checking;
  } catch (error) {
    if (error instanceof Problem || (error as { severity?: unknown }).severity !== undefined) throw error;
    return undefined;
  }
}
