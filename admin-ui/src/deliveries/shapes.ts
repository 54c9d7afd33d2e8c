/** Endpoints, deliveries, events and jobs as the gateway shows them. @see CONTRACT section 5 */

export interface Endpoint {
  id: string;
  url: string;
  events: readonly string[];
  state: 'enabled' | 'failing' | 'disabled';
  disabled_at: string | null;
  disabled_reason: 'failing' | 'gone' | 'request' | null;
  failing_since: string | null;
  failure_count: number;
  warning_percent: number | null;
  last_success_at: string | null;
  secret_made_at: string;
  previous_secrets_until: string | null;
  created_at: string;
}
export type EndpointWithSecret = Endpoint & { secret: string };

/** Of the last day. */
export interface EndpointFigures {
  id: string;
  delivered: number;
  dead: number;
  pending: number;
  p95_ms: number | null;
}

export type DeliveryState = 'pending' | 'delivered' | 'dead' | 'cancelled';

export interface Delivery {
  id: string;
  event_id: string;
  event_type: string;
  endpoint_id: string;
  state: DeliveryState;
  replay_of: string | null;
  attempts: number;
  max_attempts: number;
  code: string | null;
  last_status: number | null;
  last_duration_ms: number | null;
  next_attempt_at: string | null;
  created_at: string;
  final_at: string | null;
}

export interface Timings {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  first_byte: number | null;
}

export interface DeliveryAttempt {
  id: string;
  number: number;
  stage: 'before_send' | 'ambiguous' | 'answered';
  status: number | null;
  outcome: 'delivered' | 'failed' | 'dead';
  code: string | null;
  duration_ms: number | null;
  answer: string | null;
  request: { sent_at: string; headers: Readonly<Record<string, string>> } | null;
  timings: Timings | null;
  created_at: string;
}

export type DeliveryWithAttempts = Delivery & {
  url: string | null;
  request_body: string | null;
  attempt_list: readonly DeliveryAttempt[];
};

export interface AppEvent {
  id: string;
  type: string;
  created_at: string;
  sequence: number | null;
  conversation_id: string | null;
  simulated: boolean;
  data: Readonly<Record<string, unknown>> | null;
}

export interface ReplayRequest {
  endpoint_id?: string;
  types?: readonly string[];
  conversation_id?: string;
  undelivered?: boolean;
  from?: string;
  to?: string;
}

export interface ReplayCount {
  total: number;
  endpoints: readonly { endpoint_id: string; total: number }[];
  oldest_at: string | null;
  newest_at: string | null;
}

export type JobState = 'planned' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Job {
  id: string;
  type: string;
  state: JobState;
  request: ReplayRequest;
  total: number;
  done: number;
  failed: number;
  eta: string | null;
  created_at: string;
  started_at: string | null;
  final_at: string | null;
}
