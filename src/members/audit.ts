/** The audit log: what members and their secrets went through, without personal data. Every entry holds the keyed digest
 *  of itself and of the one before, so that nobody who can only write to the database changes one unseen. */
import { z } from 'zod';
import type { BlindIndex } from '../ports.ts';

export const AUDIT_ACTIONS = [
  'tenant.created',
  'login.succeeded',
  'login.failed',
  'second_factor.failed',
  'second_factor.enrolled',
  'recovery_code.used',
  'recovery_codes.made',
  'passkey.added',
  'passkey.removed',
  'password.changed',
  'password.reset',
  'member.joined',
  'member.invited',
  'member.role_changed',
  'member.removed',
  'member.left',
  'invitation.resent',
  'invitation.revoked',
  'api_key.created',
  'api_key.revoked',
  'secret.shown',
  'app.created',
  'app.changed',
  'app.disabled',
  'app.enabled',
  'app.secret_changed',
  'app.secret_retired',
  'message.requested',
  'message.cancelled',
  'message.resolved',
  'conversation.held',
  'conversation.resumed',
  'conversation.skipped',
  'grant.refreshed',
  'grant.revoked',
  'subscription.made',
  'subscription.ended',
  'endpoint.created',
  'endpoint.changed',
  'endpoint.removed',
  'endpoint.secret_rotated',
  'endpoint.enabled',
  'endpoint.disabled',
  'endpoint.tested',
  'delivery.retried',
  'replay.started',
  'job.cancelled',
  'error.muted',
  'error.resolved',
  'error.reopened',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  at: Date;
  action: AuditAction;
  /** Undefined: nobody of ours. */
  actorId?: string | undefined;
  /** The id of what it was done to. */
  target?: string | undefined;
  /** Before and after, names of things; nothing of a person and no secret. */
  details?: Record<string, unknown>;
  /** Masked. */
  address?: string | undefined;
}

export interface ChainedEntry {
  tenantId: string;
  position: number;
  id: string;
  at: Date;
  actorId: string | null;
  action: string;
  target: string | null;
  details: string;
  address: string | null;
  previousHash: string;
  hash: string;
}

export function digestEntry(blindIndex: BlindIndex, entry: Omit<ChainedEntry, 'hash'>): string {
  const { tenantId, position, id, at, actorId, action, target, details, address, previousHash } = entry;
  const facts = [
    tenantId,
    position,
    id,
    at.toISOString(),
    actorId,
    action,
    target,
    details,
    address,
    previousHash,
  ];
  return blindIndex(`audit|${JSON.stringify(facts)}`);
}

/** The chain between what was swept and the last entry: the position of the first break, or undefined. */
export function findBreak(
  blindIndex: BlindIndex,
  chain: { position: number; hash: string; sweptPosition: number; sweptHash: string },
  entries: readonly ChainedEntry[],
): number | undefined {
  let position = chain.sweptPosition;
  let hash = chain.sweptHash;
  for (const entry of entries) {
    const isNext = entry.position === position + 1 && entry.previousHash === hash;
    if (!isNext || digestEntry(blindIndex, entry) !== entry.hash) return position + 1;
    position = entry.position;
    hash = entry.hash;
  }
  return position === chain.position && hash === chain.hash ? undefined : position + 1;
}

export const AuditView = z
  .object({
    id: z.string(),
    object: z.literal('audit_entry'),
    created_at: z.iso.datetime(),
    action: z.string(),
    /** `email` is null once the member has left. */
    actor: z.object({ id: z.string(), email: z.string().nullable() }).nullable(),
    target: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    address: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

export function presentEntry(
  entry: ChainedEntry,
  emailOf: (memberId: string) => string | undefined,
): z.infer<typeof AuditView> {
  return {
    id: entry.id,
    object: 'audit_entry',
    created_at: entry.at.toISOString(),
    action: entry.action,
    actor: entry.actorId === null ? null : { id: entry.actorId, email: emailOf(entry.actorId) ?? null },
    target: entry.target,
    details: JSON.parse(entry.details) as Record<string, unknown>,
    address: entry.address,
  };
}
