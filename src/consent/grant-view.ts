/** A grant as tenants see it: never its tokens. @see CONTRACT section 5 */
import { z } from 'zod';
import { type Grant, isUsable } from './consent.ts';

export const GrantView = z
  .object({
    id: z.string(),
    object: z.literal('grant'),
    user_id: z.string().nullable(),
    scopes: z.array(z.string()),
    state: z.enum(['live', 'refreshing', 'broken', 'revoked', 'expired']),
    /** Why it ended: `refused`, `refresh_lost`, `access_refused`, `revoked_by_user`, `revoked_by_tenant`, `replaced`. */
    reason: z.string().nullable(),
    expires_at: z.iso.datetime(),
    consent_until: z.iso.datetime(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Grant' });
export type GrantView = z.infer<typeof GrantView>;

/** A live grant whose access token has run out is as good as expired. */
export function presentGrant(grant: Grant, now: Date): GrantView {
  const isOver = grant.state === 'live' && !isUsable(grant, now);
  return {
    id: grant.id,
    object: 'grant',
    user_id: grant.facts.userId,
    scopes: [...grant.facts.scopes],
    state: isOver ? 'expired' : grant.state,
    reason: grant.reason,
    expires_at: grant.expiresAt.toISOString(),
    consent_until: grant.consentUntil.toISOString(),
    created_at: grant.createdAt.toISOString(),
  };
}
