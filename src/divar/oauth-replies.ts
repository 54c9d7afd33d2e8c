/** What Divar's OAuth answers, in every shape seen, turned into one. Pure. @see PROTOCOL 3.5, 3.8, 7 rows 14-21 */
import { z } from 'zod';
import { normalizePhone } from '../tenants/phone.ts';

export interface Tokens {
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date;
  /** As Divar spells them; undefined when the reply does not tell what was granted. */
  grantedScopes: readonly string[] | undefined;
}

/** A new pair. What the reply does not tell stays as it was. */
export interface RenewedTokens {
  accessToken: string;
  refreshToken: string | null;
  lifeSeconds: number | null;
  grantedScopes: readonly string[] | undefined;
}

export interface DivarUser {
  id: string | null;
  /** `09…` */
  phone: string | null;
}

/** Tokens travel in header values. */
const Token = z.string().regex(/^[\x21-\x7e]{1,8192}$/);
/** Instants may be 64-bit integers, which proto JSON writes as strings. */
const Seconds = z
  .union([z.number(), z.string().regex(/^\d{1,15}(\.\d+)?$/)])
  .transform(Number)
  .pipe(z.number().positive().finite());
/** Missing, null and "" are all absent. */
const absent = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional());

const TokenReply = z.object({
  access_token: Token,
  refresh_token: absent(Token),
  expires_in: absent(Seconds),
  expires: absent(Seconds),
  scope: absent(z.string().max(8192)),
});

/** Above it a number of seconds is an instant, below a duration: 10^9 s is September 2001, and also 31 years. */
const ABSOLUTE_FROM_SECONDS = 1e9;
/** Longer is not believed: a date beyond what PostgreSQL and JavaScript can hold must not come from outside. */
const MAX_LIFE_SECONDS = 10 * 366 * 24 * 3600;

/** Undefined when the reply is not one. */
export function readTokens(body: unknown, now: Date): Tokens | undefined {
  const parsed = TokenReply.safeParse(body);
  if (!parsed.success) return undefined;
  const { access_token, refresh_token, expires_in, expires, scope } = parsed.data;
  const nowSeconds = now.getTime() / 1000;
  const lifeSeconds = expires_in ?? (expires === undefined ? undefined : lifeOf(expires, nowSeconds));
  if (lifeSeconds === undefined || lifeSeconds <= 0) return undefined;
  const granted = scope?.split(/\s+/).filter(Boolean);
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    expiresAt: new Date((nowSeconds + Math.min(lifeSeconds, MAX_LIFE_SECONDS)) * 1000),
    grantedScopes: granted && withOffline(granted, refresh_token),
  };
}

/** What a refresh may leave out, or spell wrongly, without being worthless: the pair itself must not be lost. */
const RenewedReply = z.object({
  access_token: Token,
  refresh_token: absent(Token).catch(undefined),
  expires_in: absent(Seconds).catch(undefined),
  expires: absent(Seconds).catch(undefined),
  scope: absent(z.string().max(8192)).catch(undefined),
});

/** Undefined when there is no access token in the reply. */
export function readRenewedTokens(body: unknown, now: Date): RenewedTokens | undefined {
  const parsed = RenewedReply.safeParse(body);
  if (!parsed.success) return undefined;
  const { access_token, refresh_token, ...rest } = parsed.data;
  const life = rest.expires_in ?? (rest.expires && lifeOf(rest.expires, now.getTime() / 1000));
  const scopes = rest.scope?.split(/\s+/).filter(Boolean) ?? [];
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    lifeSeconds: life !== undefined && life > 0 ? Math.min(life, MAX_LIFE_SECONDS) : null,
    grantedScopes: scopes.length > 0 ? withOffline(scopes, refresh_token) : undefined,
  };
}

/** Whoever holds a refresh token was granted one, whether or not the list says so. */
function withOffline(scopes: readonly string[], refreshToken: string | undefined): readonly string[] {
  return refreshToken === undefined ? scopes : [...new Set([...scopes, 'offline_access'])];
}

function lifeOf(expires: number, nowSeconds: number): number {
  return expires > ABSOLUTE_FROM_SECONDS ? expires - nowSeconds : expires;
}

const UserReply = z.object({
  user_id: absent(z.string().max(512)),
  phone_number: absent(z.string()),
  phone_numbers: absent(z.array(z.string()).max(100)),
});

/** Undefined when the reply is not one. A field is there only when its scope was granted. */
export function readUser(body: unknown): DivarUser | undefined {
  const parsed = UserReply.safeParse(body);
  if (!parsed.success) return undefined;
  const { user_id, phone_number, phone_numbers } = parsed.data;
  const phone = phone_number ?? phone_numbers?.find((number) => number !== '');
  return { id: user_id ?? null, phone: phone === undefined ? null : normalizePhone(phone) };
}
