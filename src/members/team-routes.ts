/** The people of a tenant: who is in, in which role, who is invited. @see ADMINUI 3.3: Team */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import {
  loginRoute,
  type MemberRoute,
  publicRoute,
  type RoleRequest,
  roleRoute,
} from '../http/member-route.ts';
import type { AuditStore } from './audit-store.ts';
import { entryOf, type Invite, requireMaySet } from './invite.ts';
import { Email, Language, LinkToken, MAY, Password, Role } from './members.ts';
import { InvitationView, NextView, presentInvitation, presentTeamMember, TeamMemberView } from './present.ts';
import { callIn, type MemberStore, type TeamMember } from './store.ts';
import type { TeamStore } from './team-store.ts';

export interface TeamRoutesDeps {
  members: MemberStore;
  team: TeamStore;
  audit: Pick<AuditStore, 'record'>;
  invite: Invite;
}

const API = '/admin/api/v1';
const TENANT = `${API}/tenants/:tenant`;
const OfOne = z.object({ tenant: z.string(), id: z.string().max(64) });
const NOTHING = { 204: { description: 'Done', schema: z.null() } };
const MEMBER = { 200: { description: 'The member', schema: TeamMemberView } };
const INVITATION = { description: 'The invitation', schema: InvitationView };
const NEXT = { 200: { description: 'What comes next', schema: NextView } };

export function createTeamRoutes(deps: TeamRoutesDeps): MemberRoute[] {
  return [...memberRoutes(deps), ...invitationRoutes(deps), ...linkRoutes(deps)];
}

function memberRoutes({ members, team, audit }: TeamRoutesDeps): MemberRoute[] {
  const load = async (tx: RoleRequest['tx'], id: string): Promise<TeamMember> => {
    const member = (await members.team(tx)).find((one) => one.id === id);
    if (!member) throw new Problem('not_found');
    return member;
  };
  /** Under the lock of the tenant, so that of two owners who go at once one stays. */
  const requireOtherOwner = async (tx: RoleRequest['tx'], member: TeamMember) => {
    if (member.role === 'owner' && (await team.countOwners(tx)) < 2)
      throw new Problem('last_owner', { detail: 'Make somebody else an owner first' });
  };
  const remove = async (by: RoleRequest, member: TeamMember, action: 'member.removed' | 'member.left') => {
    await requireOtherOwner(by.tx, member);
    await team.remove(by.tx, member.id);
    if (action === 'member.removed') await members.endLogins(callIn(by.tx), member.id);
    await audit.record(by.tx, entryOf(by, action, member.id, { role: member.role }));
  };

  return [
    roleRoute({
      method: 'GET',
      path: `${TENANT}/members`,
      roles: MAY['members.read'],
      summary: 'The members of the tenant, longest first',
      replies: { 200: { description: 'Members', schema: z.object({ data: z.array(TeamMemberView) }) } },
      handle: async ({ tx }) => ({
        status: 200,
        body: { data: (await members.team(tx)).map(presentTeamMember) },
      }),
    }),
    roleRoute({
      method: 'PATCH',
      path: `${TENANT}/members/:id`,
      roles: MAY['members.change'],
      stepUp: true,
      summary: 'Change a role; the member signs in anew',
      params: OfOne,
      body: z.strictObject({ role: Role }),
      replies: MEMBER,
      handle: async (request) => {
        const { tx, params, body, role } = request;
        await team.lock(tx);
        const member = await load(tx, params.id);
        requireMaySet(role, member.role, body.role);
        if (member.role !== body.role) {
          if (body.role !== 'owner') await requireOtherOwner(tx, member);
          await team.setRole(tx, member.id, body.role);
          await members.endLogins(callIn(tx), member.id);
          const details = { before: member.role, after: body.role };
          await audit.record(tx, entryOf(request, 'member.role_changed', member.id, details));
        }
        return { status: 200, body: presentTeamMember(await load(tx, member.id)) };
      },
    }),
    roleRoute({
      method: 'DELETE',
      path: `${TENANT}/members/:id`,
      roles: MAY['members.change'],
      stepUp: true,
      summary: 'Remove a member and end his logins',
      params: OfOne,
      replies: NOTHING,
      handle: async (request) => {
        await team.lock(request.tx);
        const member = await load(request.tx, request.params.id);
        requireMaySet(request.role, member.role, undefined);
        await remove(request, member, 'member.removed');
        return { status: 204, body: null };
      },
    }),
    roleRoute({
      method: 'POST',
      path: `${TENANT}/leave`,
      roles: MAY['tenant.leave'],
      stepUp: true,
      summary: 'Leave the tenant',
      replies: NOTHING,
      handle: async (request) => {
        await team.lock(request.tx);
        await remove(request, await load(request.tx, request.login.memberId), 'member.left');
        return { status: 204, body: null };
      },
    }),
  ];
}

function invitationRoutes({ team, invite }: TeamRoutesDeps): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: `${TENANT}/invitations`,
      roles: MAY['members.invite'],
      summary: 'Invitations that wait or have run out, newest first',
      replies: { 200: { description: 'Invitations', schema: z.object({ data: z.array(InvitationView) }) } },
      handle: async ({ tx, now }) => ({
        status: 200,
        body: { data: (await team.listInvitations(tx)).map((one) => presentInvitation(one, now)) },
      }),
    }),
    roleRoute({
      method: 'POST',
      path: `${TENANT}/invitations`,
      roles: MAY['members.invite'],
      summary: 'Invite somebody by mail, for seven days',
      body: z.strictObject({ email: Email, role: Role }),
      replies: { 201: INVITATION },
      prepare: ({ body, client, now }) => invite.countMail(body.email, client, now),
      handle: async (request) => ({
        status: 201,
        body: presentInvitation(await invite.invite(request, request.body), request.now),
      }),
    }),
    roleRoute({
      method: 'POST',
      path: `${TENANT}/invitations/:id/resend`,
      roles: MAY['members.invite'],
      summary: 'A new link for seven days; the one before is dead',
      params: OfOne,
      replies: { 200: INVITATION },
      prepare: ({ params, client, now }) => invite.countMail(params.id, client, now),
      handle: async (request) => ({
        status: 200,
        body: presentInvitation(await invite.resend(request, request.params.id), request.now),
      }),
    }),
    roleRoute({
      method: 'DELETE',
      path: `${TENANT}/invitations/:id`,
      roles: MAY['members.invite'],
      summary: 'Take an invitation back',
      params: OfOne,
      replies: NOTHING,
      handle: async (request) => {
        await invite.revoke(request, request.params.id);
        return { status: 204, body: null };
      },
    }),
  ];
}

function linkRoutes({ invite }: TeamRoutesDeps): MemberRoute[] {
  return [
    publicRoute({
      method: 'POST',
      path: `${API}/invitations/look-up`,
      summary: 'What an invitation is for; told to whoever has its link',
      body: z.strictObject({ token: LinkToken }),
      replies: {
        200: {
          description: 'With an account: sign in, then join; without: accept with a password',
          schema: z.object({
            object: z.literal('invitation_link'),
            organization: z.string(),
            role: Role,
            email: z.string(),
            has_account: z.boolean(),
          }),
        },
      },
      handle: async ({ body, client, now }) => {
        const { hasAccount, ...facts } = await invite.lookUp(body.token, client, now);
        return { status: 200, body: { object: 'invitation_link', ...facts, has_account: hasAccount } };
      },
    }),
    publicRoute({
      method: 'POST',
      path: `${API}/invitations/accept`,
      summary: 'Accept an invitation as a new member; the second factor comes next',
      body: z.strictObject({ token: LinkToken, password: Password, language: Language.default('fa') }),
      replies: NEXT,
      handle: async ({ body, client, now }) => ({
        status: 200,
        body: { object: 'next', next: 'enrol' },
        cookie: await invite.acceptAsNew(body, client, now),
      }),
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${API}/invitations/join`,
      summary: 'Accept an invitation with the own account',
      body: z.strictObject({ token: LinkToken }),
      replies: NEXT,
      handle: async ({ login, body, client, now }) => ({
        status: 200,
        body: { object: 'next', next: 'panel' },
        cookie: await invite.acceptAsMember(login, body.token, client, now),
      }),
    }),
  ];
}
