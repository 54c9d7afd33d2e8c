/** The steps of a login: begun by a password, carried on by a second factor, new in the browser's hand after each. */
import { Problem } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { Client, MemberReply } from '../http/member-route.ts';
import type { Db, RandomBytes } from '../ports.ts';
import type { AuditEntry } from './audit.ts';
import type { AuditStore } from './audit-store.ts';
import {
  ABSOLUTE_SECONDS,
  type FirstFactor,
  type Login,
  maskAddress,
  nameDevice,
  PENDING_SECONDS,
  secondsAfter,
} from './members.ts';
import { type Caller, callIn, type MemberStore } from './store.ts';

const TOKEN_BYTES = 32;
const LOGIN_ID_BYTES = 16;

export type Cookie = NonNullable<MemberReply['cookie']>;

export type LoginSteps = ReturnType<typeof createLoginSteps>;

export function createLoginSteps(deps: { members: MemberStore; random: RandomBytes }) {
  const { members, random } = deps;
  const makeToken = () => random(TOKEN_BYTES).toString('base64url');

  return {
    makeToken,

    /** The first factor has passed (or a link that only the owner of the address has): time for the second one begins. */
    begin: async (
      db: Caller,
      memberId: string,
      client: Client,
      now: Date,
      firstFactor: FirstFactor = 'password',
    ): Promise<Cookie> => {
      const token = makeToken();
      await members.insertLogin(db, {
        id: random(LOGIN_ID_BYTES).toString('hex'),
        tokenHash: sha256Base64url(token),
        memberId,
        firstFactor,
        now,
        endsAt: secondsAfter(now, PENDING_SECONDS),
        device: nameDevice(client.userAgent),
        address: maskAddress(client.address),
      });
      return { value: token, maxAgeSeconds: PENDING_SECONDS };
    },

    /** A second factor has passed: the whole login begins, or its secrets are open again. The old token is dead. */
    pass: async (db: Caller, login: Login, now: Date): Promise<Cookie> => {
      const token = makeToken();
      const endsAt = login.stage === 'member' ? login.endsAt : secondsAfter(now, ABSOLUTE_SECONDS);
      const isChanged = await members.changeLogin(db, login, {
        tokenHash: sha256Base64url(token),
        stage: 'member',
        seenAt: now,
        endsAt,
        stepUpAt: now,
      });
      if (!isChanged) throw new Problem('unauthorized');
      await members.change(db, login.memberId, { usedAt: now });
      return { value: token, maxAgeSeconds: (endsAt.getTime() - now.getTime()) / 1000 };
    },

    /** The same login under a new token: what it may has changed. */
    renew: async (db: Caller, login: Login, now: Date): Promise<Cookie> => {
      const token = makeToken();
      if (!(await members.changeLogin(db, login, { tokenHash: sha256Base64url(token) })))
        throw new Problem('unauthorized');
      return { value: token, maxAgeSeconds: (login.endsAt.getTime() - now.getTime()) / 1000 };
    },
  };
}

/** Changes a member, and says so in the log of each of his tenants: in the first of them together with the change. */
export type ChangeMember = <T>(
  memberId: string,
  change: (db: Caller) => Promise<T>,
  entries: readonly Omit<AuditEntry, 'actorId'>[],
) => Promise<T>;

export function createChangeMember(deps: {
  db: Pick<Db, 'tenant' | 'call'>;
  members: Pick<MemberStore, 'tenantsOf'>;
  audit: Pick<AuditStore, 'record'>;
}): ChangeMember {
  const { db, members, audit } = deps;
  return async (memberId, change, entries) => {
    const [first, ...others] = await members.tenantsOf(db, memberId);
    if (first === undefined) return change(db);
    const result = await db.tenant(first, async (tx) => {
      const made = await change(callIn(tx));
      for (const entry of entries) await audit.record(tx, { ...entry, actorId: memberId });
      return made;
    });
    for (const tenantId of others)
      await db.tenant(tenantId, async (tx) => {
        for (const entry of entries) await audit.record(tx, { ...entry, actorId: memberId });
      });
    return result;
  };
}
