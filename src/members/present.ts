/** Members, logins and invitations as the panel sees them. */
import { z } from 'zod';
import { Language, type Login, permissionsOf, Role, STEP_UP_SECONDS, secondsAfter } from './members.ts';
import { Preferences } from './preferences.ts';
import type { ListedLogin, TeamMember } from './store.ts';
import type { Invitation } from './team-store.ts';

const Instant = z.iso.datetime();

export const LoginView = z
  .object({
    object: z.literal('login'),
    id: z.string(),
    /** `second_factor`: nothing of a tenant is open yet. */
    stage: z.enum(['second_factor', 'member']),
    member: z.object({ id: z.string(), email: z.string(), language: Language, preferences: Preferences }),
    /** `passkeys`: how many may be given in the place of a code now; none where one was the first factor. */
    second_factor: z.object({ enrolled: z.boolean(), recovery_codes_left: z.int(), passkeys: z.int() }),
    /** Empty before the second factor. */
    tenants: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        role: Role,
        suspended: z.boolean(),
        permissions: z.array(z.string()),
      }),
    ),
    idle_ends_at: Instant,
    ends_at: Instant,
    step_up_until: Instant.nullable(),
  })
  .meta({ id: 'Login' });

export function presentLogin(login: Login, idleSeconds: number): z.infer<typeof LoginView> {
  return {
    object: 'login',
    id: login.id,
    stage: login.stage,
    member: {
      id: login.memberId,
      email: login.email,
      language: login.language,
      preferences: login.preferences,
    },
    second_factor: {
      enrolled: login.hasSecondFactor,
      recovery_codes_left: login.recoveryCodeCount,
      passkeys: login.stage === 'second_factor' && login.firstFactor === 'passkey' ? 0 : login.passkeyCount,
    },
    tenants:
      login.stage === 'member'
        ? login.memberships.map(({ tenantId, name, role, suspended }) => ({
            id: tenantId,
            name,
            role,
            suspended,
            permissions: permissionsOf(role),
          }))
        : [],
    idle_ends_at: secondsAfter(login.seenAt, idleSeconds).toISOString(),
    ends_at: login.endsAt.toISOString(),
    step_up_until: login.stepUpAt && secondsAfter(login.stepUpAt, STEP_UP_SECONDS).toISOString(),
  };
}

/** What a call that changes the login answers: the panel asks `me` for the rest. */
export const NextView = z.object({
  object: z.literal('next'),
  next: z.enum(['enrol', 'second_factor', 'panel']),
});

export const DeviceView = z.object({
  id: z.string(),
  object: z.literal('device'),
  stage: z.enum(['second_factor', 'member']),
  current: z.boolean(),
  device: z.string(),
  address: z.string(),
  created_at: Instant,
  seen_at: Instant,
});

export function presentDevice(listed: ListedLogin, currentId: string): z.infer<typeof DeviceView> {
  return {
    id: listed.id,
    object: 'device',
    stage: listed.stage,
    current: listed.id === currentId,
    device: listed.device,
    address: listed.address,
    created_at: listed.created_at.toISOString(),
    seen_at: listed.seen_at.toISOString(),
  };
}

export const TeamMemberView = z
  .object({
    id: z.string(),
    object: z.literal('member'),
    email: z.string(),
    role: Role,
    second_factor: z.boolean(),
    disabled: z.boolean(),
    created_at: Instant,
    used_at: Instant,
  })
  .meta({ id: 'Member' });

export function presentTeamMember(member: TeamMember): z.infer<typeof TeamMemberView> {
  return {
    id: member.id,
    object: 'member',
    email: member.email,
    role: member.role,
    second_factor: member.hasSecondFactor,
    disabled: member.isDisabled,
    created_at: member.joinedAt.toISOString(),
    used_at: member.usedAt.toISOString(),
  };
}

export const InvitationView = z
  .object({
    id: z.string(),
    object: z.literal('invitation'),
    email: z.string(),
    role: Role,
    state: z.enum(['open', 'expired']),
    invited_by: z.string(),
    created_at: Instant,
    sent_at: Instant,
    expires_at: Instant,
  })
  .meta({ id: 'Invitation' });

export function presentInvitation(invitation: Invitation, now: Date): z.infer<typeof InvitationView> {
  return {
    id: invitation.id,
    object: 'invitation',
    email: invitation.email,
    role: invitation.role,
    state: invitation.expiresAt > now ? 'open' : 'expired',
    invited_by: invitation.invitedBy,
    created_at: invitation.createdAt.toISOString(),
    sent_at: invitation.sentAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
  };
}
