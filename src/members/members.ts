/** People of a tenant: roles and what they may do, what a login is, what may be typed. @see CONTRACT section 1 */
import { z } from 'zod';
import type { Preferences } from './preferences.ts';

export const ROLES = ['owner', 'admin', 'developer', 'support', 'viewer'] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** Who may do what in a tenant. Every route of the panel names one of these lines, and `me` tells a member his own. */
export const MAY = {
  'tenant.read': ROLES,
  'tenant.leave': ROLES,
  'apps.read': ROLES,
  // Settings and secrets of apps, their setup and its checks.
  'apps.change': ['owner', 'admin', 'developer'],
  'members.read': ROLES,
  'members.invite': ['owner', 'admin'],
  'members.change': ['owner', 'admin'],
  'audit.read': ['owner', 'admin'],
  'usage.read': ROLES,
  'api_keys.read': ['owner', 'admin', 'developer'],
  'api_keys.change': ['owner', 'admin', 'developer'],
  // Visits, messages, events, deliveries and what belongs to them. Without 'contents.read' what people wrote, and who they
  // are, is masked before it leaves the gateway.
  'traffic.read': ROLES,
  'contents.read': ['owner', 'admin', 'developer', 'support'],
  'messages.change': ['owner', 'admin', 'developer'],
  'grants.change': ['owner', 'admin', 'developer'],
  'endpoints.change': ['owner', 'admin', 'developer'],
  'events.replay': ['owner', 'admin', 'developer', 'support'],
  'errors.read': ROLES,
  'errors.change': ['owner', 'admin', 'developer', 'support'],
  'simulator.use': ['owner', 'admin', 'developer', 'support'],
} as const satisfies Record<string, readonly Role[]>;
export type Permission = keyof typeof MAY;

export function permissionsOf(role: Role): Permission[] {
  return (Object.keys(MAY) as Permission[]).filter((name) => (MAY[name] as readonly Role[]).includes(role));
}

/** Only owners make, change and remove owners: an admin cannot rise by his own hand. */
export function maySetRole(by: Role, from: Role | undefined, to: Role | undefined): boolean {
  return by === 'owner' || (by === 'admin' && from !== 'owner' && to !== 'owner');
}

export const LANGUAGES = ['fa', 'en'] as const;
export const Language = z.enum(LANGUAGES);
export type Language = z.infer<typeof Language>;

/** `second_factor`: the password has passed, and opens nothing of any tenant. */
export type LoginStage = 'second_factor' | 'member';
export type FirstFactor = 'password' | 'passkey';

export interface Membership {
  tenantId: string;
  name: string;
  role: Role;
  suspended: boolean;
}

/** A member's signed-in time in one browser, with what a request needs to know of the member. */
export interface Login {
  id: string;
  /** What the browser holds, hashed: a change of the login is made only by whoever still holds it. */
  tokenHash: string;
  memberId: string;
  email: string;
  emailIndex: string;
  language: Language;
  preferences: Preferences;
  stage: LoginStage;
  firstFactor: FirstFactor;
  seenAt: Date;
  endsAt: Date;
  /** A second factor was given last. */
  stepUpAt: Date | null;
  hasSecondFactor: boolean;
  recoveryCodeCount: number;
  passkeyCount: number;
  memberships: readonly Membership[];
}

/** Time for the second factor, enrolling included. */
export const PENDING_SECONDS = 15 * 60;
/** @see SECURITY R8, ADMINUI G13 */
export const ABSOLUTE_SECONDS = 12 * 3600;
/** How long a second factor opens secrets. */
export const STEP_UP_SECONDS = 5 * 60;
export const SIGN_UP_LINK_SECONDS = 24 * 3600;
export const RESET_LINK_SECONDS = 3600;
export const INVITATION_SECONDS = 7 * 24 * 3600;

export function hasSteppedUp(login: Pick<Login, 'stepUpAt'>, now: Date): boolean {
  return login.stepUpAt !== null && now.getTime() - login.stepUpAt.getTime() < STEP_UP_SECONDS * 1000;
}

export function secondsAfter(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}

/** An address is one person however it is typed. */
export const Email = z
  .string()
  .max(254)
  .transform((text) => text.normalize('NFKC').trim().toLowerCase())
  .pipe(z.email());

/** Characters: a long sentence. */
export const MAX_PASSWORD_LENGTH = 256;
/** A password as it is checked. What is chosen must pass `judgePassword` besides. */
export const Password = z.string().min(1).max(MAX_PASSWORD_LENGTH);

/** What is shown in lists and mails: one line of text without control or direction characters. */
export const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f]+$/u, 'one line without control characters');

/** As people copy them: Persian and Arabic digits, spaces and dashes. */
export function asciiDigits(text: string): string {
  return text
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
}

export const TotpCode = z
  .string()
  .max(32)
  .transform((text) => asciiDigits(text).replace(/[\s\u200c-]/g, ''))
  .pipe(z.string().regex(/^\d{6}$/, 'six digits'));

/** Random secrets in links: 256 bits, base64url. */
export const LinkToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** `192.0.2.17` -> `192.0.2.*`: enough to know one's own line again, not enough to find a person. */
export function maskAddress(address: string): string {
  if (/^\d+(\.\d+){3}$/.test(address)) return address.replace(/\d+$/, '*');
  return address.includes(':') ? `${address.split(':').slice(0, 3).join(':')}::*` : '*';
}

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser/, 'Samsung Internet'],
  [/Firefox|FxiOS/, 'Firefox'],
  [/Chrome|CriOS/, 'Chrome'],
  [/Safari/, 'Safari'],
];

/** Browser and system by name, never the whole header: `Chrome, Android`. */
export function nameDevice(userAgent: string): string {
  const find = (names: readonly (readonly [RegExp, string])[]) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [find(BROWSERS), find(SYSTEMS)].filter(Boolean).join(', ') || 'unknown';
}
