/** What the gateway itself knows of the last steps of one app: no contents, no people. Reads tables of several rooms, as the
 *  overview does, and nothing that is sealed. */
import type { Tx } from '../ports.ts';

const SHOWN_ROWS = 30;
const SHOWN_ATTEMPTS = 60;

export interface LandingStep {
  id: string;
  state: string;
  consent: string;
  opened_at: Date;
  landed_at: Date | null;
}

/** A message that has not simply arrived. */
export interface MessageStep {
  id: string;
  state: string;
  code: string | null;
  state_at: Date;
  attempt_count: number;
}

export interface WebhookStep {
  id: string;
  number: number;
  status: number | null;
  outcome: 'delivered' | 'failed' | 'dead';
  code: string | null;
  duration_ms: number | null;
  created_at: Date;
  delivery_id: string;
  event_id: string;
  event_type: string;
  endpoint_id: string;
}

export interface Steps {
  landings: readonly LandingStep[];
  messages: readonly MessageStep[];
  webhooks: readonly WebhookStep[];
  endpointCount: number;
}

const LANDINGS = `
select id, state, consent, opened_at, landed_at from sessions
where tenant_id = :tenant and app_id = :app and opened_at is not null order by id desc limit :rows`;

const MESSAGES = `
select id, state, code, state_at, attempt_count from
  (select * from messages where tenant_id = :tenant and app_id = :app order by id desc limit :rows) last
where state <> 'sent'`;

const WEBHOOKS = `
select a.id, a.number, a.status, a.outcome, a.code, a.duration_ms, a.created_at, a.delivery_id, d.event_id, e.type as event_type, d.endpoint_id
from (select tenant_id, id, event_id, endpoint_id from deliveries where tenant_id = :tenant and app_id = :app order by id desc limit :rows) d
join delivery_attempts a on a.tenant_id = d.tenant_id and a.delivery_id = d.id
join events e on e.tenant_id = d.tenant_id and e.id = d.event_id
order by a.created_at desc limit :attempts`;

const ENDPOINTS = `
select count(*)::int as count from endpoints where tenant_id = :tenant and app_id = :app and disabled_at is null`;

export async function readSteps(tx: Tx, appId: string): Promise<Steps> {
  const values = { tenant: tx.tenantId, app: appId, rows: SHOWN_ROWS, attempts: SHOWN_ATTEMPTS };
  const rowsOf = async <Row>(sql: string) => (await tx.sql.raw<{ rows: Row[] }>(sql, values)).rows;
  const [endpoints] = await rowsOf<{ count: number }>(ENDPOINTS);
  return {
    landings: await rowsOf<LandingStep>(LANDINGS),
    messages: await rowsOf<MessageStep>(MESSAGES),
    webhooks: await rowsOf<WebhookStep>(WEBHOOKS),
    endpointCount: endpoints?.count ?? 0,
  };
}
