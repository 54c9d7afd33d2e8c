/** Inviting people, and what they do with the link. */
import { Problem } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { Client, RoleRequest } from '../http/member-route.ts';
import type { Db, NewId, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { AuditStore } from './audit-store.ts';
import type { Cookie, LoginSteps } from './login.ts';
import type { MailStore } from './mail-store.ts';
import { type Links, MAILS_TOPIC } from './mails.ts';
import {
  INVITATION_SECONDS,
  type Language,
  type Login,
  maskAddress,
  maySetRole,
  type Role,
  secondsAfter,
} from './members.ts';
import type { Passwords } from './passwords.ts';
import { callIn, type MemberStore } from './store.ts';
import type { FoundInvitation, Invitation, TeamStore } from './team-store.ts';
import type { Throttle } from './throttle.ts';

export interface InviteDeps {
  db: Pick<Db, 'tenant' | 'call'>;
  members: MemberStore;
  team: TeamStore;
  mails: MailStore;
  audit: Pick<AuditStore, 'record'>;
  steps: LoginSteps;
  passwords: Passwords;
  throttle: Throttle;
  links: Links;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

type Inviter = Pick<RoleRequest, 'tx' | 'login' | 'role' | 'client' | 'now'>;

export type Invite = ReturnType<typeof createInvite>;

export function createInvite(deps: InviteDeps) {
  return { ...sending(deps), ...accepting(deps) };
}

function sending(deps: InviteDeps) {
  const { members, team, mails, audit, throttle } = deps;

  const send = async (tx: Tx, login: Login, invitation: { email: string; role: Role }, token: string) => {
    const organization = login.memberships.find((one) => one.tenantId === tx.tenantId)?.name ?? '';
    const { email: to, role } = invitation;
    const link = deps.links.invitation(token);
    await mails.add(callIn(tx), {
      to,
      language: login.language,
      letter: { kind: 'invitation', organization, role, link },
    });
    afterCommit(tx, () => deps.signals.publish(MAILS_TOPIC));
  };

  const load = async (tx: Tx, id: string): Promise<Invitation> => {
    const invitation = await team.lockInvitation(tx, id);
    if (!invitation) throw new Problem('not_found');
    return invitation;
  };

  return {
    /** A mail is about to go out: `whom` is an address or an invitation. */
    countMail: (whom: string, client: Client, now: Date) =>
      throttle.take(
        { mail_account: members.indexOf(whom), mail_network: client.network, mail_all: 'all' },
        now,
      ),

    /** @throws Problem `conflict` for a member, and for an address with an open invitation. */
    invite: async (by: Inviter, asked: { email: string; role: Role }): Promise<Invitation> => {
      const { tx, login, now } = by;
      requireMaySet(by.role, undefined, asked.role);
      const emailIndex = members.indexOf(asked.email);
      if ((await members.team(tx)).some((member) => member.email === asked.email))
        throw new Problem('conflict', { detail: 'This person is a member already' });
      const token = deps.steps.makeToken();
      const id = deps.newId('inv');
      const isNew = await team.insertInvitation(tx, {
        ...asked,
        ...{ id, emailIndex, now },
        invitedBy: login.memberId,
        tokenHash: sha256Base64url(token),
        expiresAt: secondsAfter(now, INVITATION_SECONDS),
      });
      if (!isNew) throw new Problem('conflict', { detail: 'This address is invited already: send it again' });
      await send(tx, login, asked, token);
      await audit.record(tx, entryOf(by, 'member.invited', id, { role: asked.role }));
      return load(tx, id);
    },

    /** A new link for seven days; the one before is dead. */
    resend: async (by: Inviter, id: string): Promise<Invitation> => {
      const { tx, login, now } = by;
      const invitation = await load(tx, id);
      requireMaySet(by.role, undefined, invitation.role);
      const token = deps.steps.makeToken();
      const expiresAt = secondsAfter(now, INVITATION_SECONDS);
      await team.renewInvitation(tx, id, { tokenHash: sha256Base64url(token), now, expiresAt });
      await send(tx, login, invitation, token);
      await audit.record(tx, entryOf(by, 'invitation.resent', id));
      return load(tx, id);
    },

    revoke: async (by: Inviter, id: string): Promise<void> => {
      await load(by.tx, id);
      await team.revokeInvitation(by.tx, id, by.now);
      await audit.record(by.tx, entryOf(by, 'invitation.revoked', id));
    },
  };
}

function accepting(deps: InviteDeps) {
  const { db, members, team, passwords, steps, throttle } = deps;

  const find = async (token: string, client: Client, now: Date): Promise<FoundInvitation> => {
    await throttle.take({ link_network: client.network }, now);
    const invitation = await team.findInvitation(db, sha256Base64url(token), now);
    if (!invitation) throw new Problem('code_spent');
    return invitation;
  };

  const join = async (tx: Tx, found: FoundInvitation, token: string, memberId: string, now: Date) => {
    if (!(await team.acceptInvitation(tx, found.id, sha256Base64url(token), now)))
      throw new Problem('code_spent');
    if (!(await team.join(tx, memberId, found.role, now)))
      throw new Problem('conflict', { detail: 'You are a member of this tenant already' });
    await deps.audit.record(tx, {
      at: now,
      action: 'member.joined',
      actorId: memberId,
      target: memberId,
      details: { role: found.role, invitation: found.id },
    });
  };

  return {
    /** What the link is for: told to whoever holds it, who got it by mail. */
    lookUp: async (token: string, client: Client, now: Date) => {
      const found = await find(token, client, now);
      const member = await members.findByIndex(db, found.emailIndex);
      const { organization, role, email } = found;
      return { organization, role, email, hasAccount: member !== undefined };
    },

    /** As a new member; the second factor comes next. @throws Problem `conflict` when the address has an account. */
    acceptAsNew: async (
      given: { token: string; password: string; language: Language },
      client: Client,
      now: Date,
    ): Promise<Cookie> => {
      const found = await find(given.token, client, now);
      if (await members.findByIndex(db, found.emailIndex))
        throw new Problem('conflict', { detail: 'This address has an account: sign in, then join' });
      const issues = passwords.judge(given.password, [found.email, found.organization]);
      if (issues.length > 0) throw new Problem('invalid_request', { issues });
      const passwordHash = await passwords.hash(given.password);
      const accept = async (tx: Tx) => {
        const id = deps.newId('mem');
        await members.insert(callIn(tx), {
          ...{ id, passwordHash, now },
          email: found.email,
          language: given.language,
        });
        await join(tx, found, given.token, id, now);
        return steps.begin(callIn(tx), id, client, now);
      };
      return db.tenant(found.tenantId, accept).catch((error: unknown) => {
        // Two links of one address at once: the other one has made the member.
        if ((error as { code?: string }).code === '23505') throw new Problem('conflict', { cause: error });
        throw error;
      });
    },

    /** As somebody who has signed in: only with the address that was invited. */
    acceptAsMember: async (login: Login, token: string, client: Client, now: Date): Promise<Cookie> => {
      const found = await find(token, client, now);
      if (found.emailIndex !== login.emailIndex)
        throw new Problem('forbidden', { detail: 'The invitation is for another address than yours' });
      return db.tenant(found.tenantId, async (tx) => {
        await join(tx, found, token, login.memberId, now);
        return steps.renew(callIn(tx), login, now);
      });
    },
  };
}

export function requireMaySet(by: Role, from: Role | undefined, to: Role | undefined): void {
  if (!maySetRole(by, from, to))
    throw new Problem('forbidden', {
      detail: 'Only an owner makes, changes or removes owners',
      extra: { params: { role: by, roles: ['owner'] } },
    });
}

export function entryOf<Action>(
  { login, client, now }: Pick<Inviter, 'login' | 'client' | 'now'>,
  action: Action,
  target: string,
  details: Record<string, unknown> = {},
) {
  return { at: now, actorId: login.memberId, action, target, details, address: maskAddress(client.address) };
}
