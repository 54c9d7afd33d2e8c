/** Groups of errors as the gateway counts them. */

export interface CauseText {
  cause: string;
  fix: string;
}

export interface ErrorGroup {
  id: string;
  kind: 'message' | 'delivery' | 'grant' | 'consent' | 'init' | 'event' | 'action';
  code: string;
  endpoint_id: string | null;
  state: 'open' | 'muted' | 'resolved';
  reopened: boolean;
  marked_at: string | null;
  count: number;
  affected_count: number | null;
  first_at: string;
  last_at: string;
  hours: readonly number[];
  example_ids: readonly string[];
  cause: { key: string; fa: CauseText; en: CauseText; page: string | null; needs_ticket: boolean };
}

export interface Errors {
  data: readonly ErrorGroup[];
  refused_consent_count: number;
  from: string;
  checked_at: string;
}
