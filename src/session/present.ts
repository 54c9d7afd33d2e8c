/** A session as tenants see it. @see CONTRACT section 5 */
import { z } from 'zod';
import { type Session, stateAt } from './session.ts';

const Instant = z.iso.datetime().nullable();

export const SessionView = z
  .object({
    id: z.string(),
    object: z.literal('session'),
    state: z.enum(['created', 'opened', 'consenting', 'landed', 'completed', 'expired']),
    consent: z.enum(['none', 'granted', 'denied', 'failed']),
    identity: z.enum(['verified', 'unverified']),
    generation: z.enum(['v1', 'v2']),
    entry: z.enum(['init', 'button', 'direct_link']),
    source: z.string().nullable(),
    post_token: z.string().nullable(),
    conversation_id: z.string().nullable(),
    user: z.object({ id: z.string().nullable(), side: z.enum(['supply', 'demand']).nullable() }),
    peer: z.object({ id: z.string().nullable() }),
    data: z.record(z.string(), z.unknown()).nullable(),
    location: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
    grant_id: z.string().nullable(),
    scopes: z.array(z.string()),
    return_url: z.string(),
    simulated: z.boolean(),
    created_at: z.iso.datetime(),
    opened_at: Instant,
    landed_at: Instant,
    completed_at: Instant,
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof SessionView>;

/** `scopes` are those of the session's grant, in our syntax. */
export function presentSession(
  session: Session,
  { now, returnUrl, scopes }: { now: Date; returnUrl: string; scopes: readonly string[] },
): SessionView {
  const { visit } = session;
  return {
    id: session.id,
    object: 'session',
    state: stateAt(session, now),
    consent: session.consent,
    identity: session.identity,
    generation: session.generation,
    entry: session.entry,
    source: visit.source,
    post_token: visit.postToken,
    conversation_id: visit.conversationId,
    user: visit.user,
    peer: visit.peer,
    data: visit.data,
    location: visit.location,
    grant_id: session.grantId,
    scopes: [...scopes],
    return_url: returnUrl,
    simulated: session.simulated,
    created_at: session.createdAt.toISOString(),
    opened_at: session.openedAt?.toISOString() ?? null,
    landed_at: session.landedAt?.toISOString() ?? null,
    completed_at: session.completedAt?.toISOString() ?? null,
    expires_at: session.expiresAt.toISOString(),
  };
}
