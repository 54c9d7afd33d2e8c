/**
 * Passkeys: a key pair on a member's device that signs what we make up. One stands in for the password or for the code of the
 * authenticator, never for both: whoever comes by passkey still gives a code, and whoever comes by password may give a passkey.
 * @see SECURITY 2.6, R6
 */
import { z } from 'zod';
import { DisplayName } from './members.ts';

/** Of one member. */
export const MAX_PASSKEYS = 20;
/** Between the question and the answer of the device. */
export const CHALLENGE_SECONDS = 5 * 60;
/** A login page asks when it opens, and may stay open for long. */
export const ENTRY_CHALLENGE_SECONDS = 15 * 60;

/** `add`: to a member. `enter`: in the place of the password. `prove`: in the place of a code. */
export type Purpose = 'add' | 'enter' | 'prove';

export interface Passkey {
  id: string;
  memberId: string;
  name: string;
  publicKey: string;
  counter: number;
  transports: readonly string[];
  createdAt: Date;
  usedAt: Date | null;
}

export const PasskeyName = DisplayName.pipe(z.string().max(60));
export const PasskeyId = z.string().regex(/^[A-Za-z0-9_-]{16,1400}$/);

const Base64url = z
  .string()
  .max(8192)
  .regex(/^[A-Za-z0-9_-]*$/);

/** What browsers send is theirs to extend; the library reads what it needs. @see WebAuthn level 3, section 5.1 */
const answerOf = <Response extends z.ZodRawShape>(response: Response) =>
  z.object({
    id: PasskeyId,
    rawId: PasskeyId,
    type: z.literal('public-key'),
    response: z.object(response),
  });

export const RegistrationAnswer = answerOf({
  clientDataJSON: Base64url,
  attestationObject: Base64url,
  transports: z.array(z.string().max(20)).max(10).optional(),
});
export type RegistrationAnswer = z.infer<typeof RegistrationAnswer>;

export const AuthenticationAnswer = answerOf({
  clientDataJSON: Base64url,
  authenticatorData: Base64url,
  signature: Base64url,
  userHandle: Base64url.optional(),
});
export type AuthenticationAnswer = z.infer<typeof AuthenticationAnswer>;

/** The host of the panel: what passkeys are bound to. */
export function relyingPartyOf(adminUrl: string): string {
  return new URL(adminUrl).hostname;
}

export const PasskeyView = z
  .object({
    id: z.string(),
    object: z.literal('passkey'),
    name: z.string(),
    created_at: z.iso.datetime(),
    used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' });

export function presentPasskey({ id, name, createdAt, usedAt }: Passkey): z.infer<typeof PasskeyView> {
  return {
    id,
    object: 'passkey',
    name,
    created_at: createdAt.toISOString(),
    used_at: usedAt?.toISOString() ?? null,
  };
}
