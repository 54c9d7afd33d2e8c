/** The settings of an app, as the gateway tells them. */
export interface Part<Value> {
  /** Null: not ours to change. */
  version: string | null;
  value: Value;
}

export interface PartValues {
  identity: { name: string; generation: 'v1' | 'v2' };
  consent: { when: 'init' | 'on_demand'; scopes: readonly string[] };
  landing: {
    url: string;
    staging_url: string | null;
    mode: 'code' | 'fragment';
    pages: Readonly<Record<string, string>>;
  };
  test_users: { test_users: readonly Readonly<Record<string, string>>[] };
  actions: { action_url: string | null; action_fallback_text: string | null };
  limits: { divar_per_minute: number | null; divar_per_day: number | null };
  kenar: {
    status: 'ACTIVE' | 'DEVELOPMENT' | 'INACTIVE' | 'SUSPENDED';
    published: boolean;
    subtitle: string;
    description: string;
  };
  privacy: { contact: string; purpose: string; keeps_days: number | null };
}
export type PartName = keyof PartValues;

export type SecretKind = 'identification_key' | 'api_key' | 'client_secret';

export interface SecretFacts {
  kind: SecretKind;
  slot: 1 | 2;
  last4: string;
  created_at: string;
  retire_at: string | null;
}

export interface AppSettings {
  id: string;
  environment: 'live' | 'sandbox';
  slug: string;
  created_at: string;
  disabled_at: string | null;
  requests_per_minute: number;
  urls: Readonly<Record<'init' | 'events' | 'action' | 'fallback' | 'oauth_redirect', string>>;
  retention: { message_text_hours: number; event_payload_days: number; visit_days: number };
  sections: { [Name in PartName]: Part<PartValues[Name]> };
  secrets: readonly SecretFacts[];
}

export interface SecretReply {
  settings: AppSettings;
  /** Only of what was made here. */
  secret: string | null;
}
