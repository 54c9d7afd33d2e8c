/** The newest rows of one app, for the live pages: ids and states, nothing of what anybody wrote. */
import type { Tx } from '../ports.ts';
import { type LiveRow, LOOK_COUNT } from './live.ts';

/** By the indexes that the lists are read by. Endpoints are few, and the newest of them are all of them. */
const SQL = `
(select 'session' as kind, id, state || ' ' || consent as version, null as conversation_id
 from sessions where tenant_id = :tenant and app_id = :app order by id desc limit :count)
union all
(select 'conversation', id, last_position || ' ' || coalesce(extract(epoch from held_at)::text, ''), id
 from conversations where tenant_id = :tenant and app_id = :app order by id desc limit :count)
union all
(select 'message', id, state || ' ' || attempt_count || ' ' || coalesce(code, ''), conversation_id
 from messages where tenant_id = :tenant and app_id = :app order by id desc limit :count)
union all
(select 'event', id, '', conversation_id
 from events where tenant_id = :tenant and app_id = :app order by position desc limit :count)
union all
(select 'delivery', id, state || ' ' || attempt_count || ' ' || coalesce(code, ''), null
 from deliveries where tenant_id = :tenant and app_id = :app order by id desc limit :count)
union all
(select 'job', id, state || ' ' || done || ' ' || failed || ' ' || position, null
 from jobs where tenant_id = :tenant and app_id = :app order by id desc limit :count)
union all
(select 'endpoint', id, case when disabled_at is null then 'enabled ' else 'disabled ' end || failure_count, null
 from endpoints where tenant_id = :tenant and app_id = :app order by id desc limit :count)
union all
(select 'grant', id, state || ' ', null
 from grants where tenant_id = :tenant and app_id = :app order by id desc limit :count)`;

interface Row {
  kind: LiveRow['kind'];
  id: string;
  version: string;
  conversation_id: string | null;
}

export async function listNewest(tx: Tx, appId: string): Promise<LiveRow[]> {
  const { rows } = await tx.sql.raw<{ rows: Row[] }>(SQL, {
    ...{ tenant: tx.tenantId, app: appId, count: LOOK_COUNT },
  });
  return rows.map(({ conversation_id: conversationId, ...row }) => ({ ...row, conversationId }));
}
