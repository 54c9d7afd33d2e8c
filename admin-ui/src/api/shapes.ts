/** What the gateway answers, in its own words. @see the schemas of the gateway's routes */
import type { Preferences } from '../i18n/preferences.ts';

export type Role = 'owner' | 'admin' | 'developer' | 'support' | 'viewer';
export const ROLES: readonly Role[] = ['owner', 'admin', 'developer', 'support', 'viewer'];

export interface TenantOfLogin {
  id: string;
  name: string;
  role: Role;
  suspended: boolean;
  permissions: readonly string[];
}

export interface Login {
  id: string;
  /** `second_factor`: nothing of a tenant is open yet. */
  stage: 'second_factor' | 'member';
  member: { id: string; email: string; language: 'fa' | 'en'; preferences: Preferences };
  /** `passkeys`: how many may stand in for a code now. */
  second_factor: { enrolled: boolean; recovery_codes_left: number; passkeys: number };
  tenants: readonly TenantOfLogin[];
  idle_ends_at: string;
  ends_at: string;
  step_up_until: string | null;
}

export interface Next {
  next: 'enrol' | 'second_factor' | 'panel';
}

export interface Enrolment {
  secret: string;
  otpauth_url: string;
  qr: { size: number; path: string };
}

export interface RecoveryCodesReply {
  recovery_codes: readonly string[];
}

export interface App {
  id: string;
  name: string;
  environment: 'live' | 'sandbox';
  generation: 'v1' | 'v2';
  slug: string;
  landing: { url: string };
  urls: Record<'init' | 'events' | 'action' | 'fallback' | 'oauth_redirect', string>;
}

export type Range = '24h' | '7d' | '30d';

export interface Overview {
  range: Range;
  from: string;
  sessions: { total: number; before: number; landed: number };
  messages: { total: number; before: number; sent: number; failed: number };
  deliveries: {
    total: number;
    before: number;
    delivered: number;
    dead: number;
    delivered_before: number;
    final_before: number;
  };
  trouble: {
    unknown_messages: number;
    failed_messages: number;
    dead_deliveries: number;
    broken_grants: number;
  };
  series: readonly { at: string; sessions: number; messages: number; deliveries: number }[];
  errors: readonly {
    kind: 'message' | 'delivery' | 'grant';
    id: string;
    state: string;
    code: string | null;
    at: string;
  }[];
  quota: { used: number; limit: number | null; resets_at: string };
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: readonly string[];
  state: 'active' | 'expired';
  created_at: string;
  created_by: string | null;
  expires_at: string | null;
}
export type ApiKeyWithSecret = ApiKey & { key: string };

export interface Member {
  id: string;
  email: string;
  role: Role;
  second_factor: boolean;
  disabled: boolean;
  created_at: string;
  used_at: string;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  state: 'open' | 'expired';
  invited_by: string;
  sent_at: string;
  expires_at: string;
}

export interface InvitationLink {
  organization: string;
  role: Role;
  email: string;
  has_account: boolean;
}

export interface AuditEntry {
  id: string;
  created_at: string;
  action: string;
  actor: { id: string; email: string | null } | null;
  target: string | null;
  details: Readonly<Record<string, unknown>>;
  address: string | null;
}

export interface Device {
  id: string;
  current: boolean;
  device: string;
  address: string;
  created_at: string;
  seen_at: string;
}

export interface Passkey {
  id: string;
  name: string;
  created_at: string;
  used_at: string | null;
}

export interface List<T> {
  data: readonly T[];
  next_cursor?: string | null;
}
