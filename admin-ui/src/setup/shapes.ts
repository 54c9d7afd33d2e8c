/** The state of a setup, as the gateway tells it. */
export const STEPS = ['identity', 'keys', 'scopes', 'addresses', 'service', 'checks'] as const;
export type Step = (typeof STEPS)[number];

export const CHECKS = [
  'api_key',
  'client_secret',
  'redirect',
  'init',
  'landing',
  'webhook',
  'events',
] as const;
export type CheckName = (typeof CHECKS)[number];
/** For a live app these wait for somebody at Divar: there is nothing to run. */
export const isAwaited = (name: CheckName): boolean => name === 'redirect' || name === 'events';
export type CheckState = 'waiting' | 'running' | 'passed' | 'warning' | 'failed' | 'skipped';
export type ArrivalKind = 'init' | 'events' | 'redirect' | 'fallback' | 'action';

export interface CauseText {
  cause: string;
  fix: string;
}

export interface Exchange {
  label: string;
  method: string;
  address: string;
  status: number | null;
  code: string | null;
  duration_ms: number | null;
}

export interface Check {
  name: CheckName;
  state: CheckState;
  required: boolean;
  cause: { key: string; fa: CauseText; en: CauseText; needs_ticket: boolean } | null;
  exchanges: readonly Exchange[];
  ran_at: string | null;
}

export interface Arrival {
  first_at: string;
  /** Null where a user's browser came. */
  address: string | null;
  last_at: string;
}

export interface Setup {
  app_id: string;
  steps: Readonly<Partial<Record<Step, 'done' | 'skipped'>>>;
  test_post: string | null;
  arrivals: Readonly<Record<ArrivalKind, Arrival | null>>;
  checks: readonly Check[];
  open: readonly CheckName[];
  consent_url: string | null;
}
