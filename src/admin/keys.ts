/** API keys as the panel makes and shows them. @see CONTRACT section 7: API key scopes; ADMINUI 3.3: API keys */
import { z } from 'zod';
import type { ApiResource } from '../http/route.ts';
import type { ApiKeyFacts } from '../tenants/store.ts';

/** Of one app, ended ones included. */
export const MAX_KEYS = 50;
const DAY_MS = 24 * 3600_000;

const RESOURCES = [
  'app',
  'sessions',
  'messages',
  'media',
  'conversations',
  'grants',
  'subscriptions',
  'events',
  'endpoints',
  'deliveries',
  'jobs',
  'divar',
] as const satisfies readonly ApiResource[];
const SCOPES = ['*', ...RESOURCES.flatMap((resource) => [`${resource}:read`, `${resource}:write`])];

export const NewKeyRequest = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  /** Null: no end. Sixty days are what Divar advises for keys. */
  expires_in_days: z.int().min(1).max(365).nullable().default(60),
});
export type NewKeyRequest = z.infer<typeof NewKeyRequest>;

export function expiryOf({ expires_in_days: days }: NewKeyRequest, now: Date): Date | null {
  return days === null ? null : new Date(now.getTime() + days * DAY_MS);
}

export const KeyView = z
  .object({
    id: z.string(),
    object: z.literal('api_key'),
    name: z.string(),
    /** What is shown of the key: its first part. */
    prefix: z.string(),
    scopes: z.array(z.string()),
    state: z.enum(['active', 'expired']),
    created_at: z.iso.datetime(),
    created_by: z.string().nullable(),
    expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey' });
export const KeyWithSecretView = KeyView.extend({ key: z.string() }).meta({ id: 'ApiKeyWithSecret' });

export function presentKey(key: ApiKeyFacts, now: Date): z.infer<typeof KeyView> {
  return {
    id: key.id,
    object: 'api_key',
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    state: key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active',
    created_at: key.createdAt.toISOString(),
    created_by: key.createdBy,
    expires_at: key.expiresAt?.toISOString() ?? null,
  };
}
