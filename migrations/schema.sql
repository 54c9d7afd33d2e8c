-- The schema after all migrations. Made by `npm run schema`; compared by the tests.

-- functions

CREATE OR REPLACE FUNCTION public.add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into system_keys (id, kind, public_jwk, sealed) values (new_id, new_kind, new_public_jwk, new_sealed) on conflict (id) do nothing $function$;
CREATE OR REPLACE FUNCTION public.applied_migrations()
 RETURNS TABLE(name text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin return query select m.name::text from knex_migrations m order by m.id; end $function$;
CREATE OR REPLACE FUNCTION public.bury_deliveries(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with recursive lines as (
    (select d.tenant_id, d.endpoint_id from deliveries d where d.state = 'pending' order by d.tenant_id, d.endpoint_id limit 1)
    union all
    select n.tenant_id, n.endpoint_id from lines l cross join lateral (
      select d.tenant_id, d.endpoint_id from deliveries d where d.state = 'pending'
        and (d.tenant_id, d.endpoint_id) > (l.tenant_id, l.endpoint_id) order by d.tenant_id, d.endpoint_id limit 1) n),
  gone as (
    select l.tenant_id, l.endpoint_id, e.id is null as missing from lines l
    left join endpoints e on e.tenant_id = l.tenant_id and e.id = l.endpoint_id where e.id is null or e.disabled_at is not null),
  picked as (
    select f.tenant_id, f.id, g.missing from gone g cross join lateral (
      select d.tenant_id, d.id from deliveries d where d.tenant_id = g.tenant_id and d.endpoint_id = g.endpoint_id and d.state = 'pending'
        and (d.claimed_until is null or d.claimed_until < now()) limit max_count for update skip locked) f
    limit max_count),
  buried as (
    update deliveries u set state = case when p.missing then 'cancelled' else 'dead' end,
      code = case when p.missing then 'endpoint_deleted' else 'endpoint_disabled' end, due_at = null, final_at = now()
    from picked p where u.tenant_id = p.tenant_id and u.id = p.id returning 1)
  select count(*) from buried $function$;
CREATE OR REPLACE FUNCTION public.change_horizon()
 RETURNS TABLE(horizon text)
 LANGUAGE sql
 STABLE
AS $function$ select pg_snapshot_xmin(pg_current_snapshot())::text $function$;
CREATE OR REPLACE FUNCTION public.changed_apps(since text)
 RETURNS TABLE(app jsonb)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select to_jsonb(a) - 'action_secret' || jsonb_build_object(
    'changed_xid', a.changed_xid::text,
    'suspended', t.suspended_at is not null,
    'secrets', coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'slot', s.slot, 'sealed', s.sealed) order by s.kind, s.slot)
                         from app_secrets s where s.tenant_id = a.tenant_id and s.app_id = a.id), '[]'))
  from apps a join tenants t using (tenant_id) where a.changed_xid >= since::xid8 $function$;
CREATE OR REPLACE FUNCTION public.claim_conversations(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update conversations c set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from conversations d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where c.tenant_id = due.tenant_id and c.id = due.id
  returning c.tenant_id, c.id, c.app_id $function$;
CREATE OR REPLACE FUNCTION public.claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select * from claim_deliveries_of(max_count, lease_seconds, new_claim_id, 8, false) $function$;
CREATE OR REPLACE FUNCTION public.claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with recursive lines as (
    (select d.tenant_id, d.endpoint_id from deliveries d where d.state = 'pending' and d.due_at is not null
     order by d.tenant_id, d.endpoint_id limit 1)
    union all
    select n.tenant_id, n.endpoint_id from lines l cross join lateral (
      select d.tenant_id, d.endpoint_id from deliveries d where d.state = 'pending' and d.due_at is not null
        and (d.tenant_id, d.endpoint_id) > (l.tenant_id, l.endpoint_id) order by d.tenant_id, d.endpoint_id limit 1) n),
  ready as (
    select l.tenant_id, l.endpoint_id, greatest(0, per_endpoint - (
      select count(*) from deliveries c where c.tenant_id = l.tenant_id and c.endpoint_id = l.endpoint_id
        and c.claim_id is not null and c.claimed_until >= now())) as room
    from lines l join endpoints e on e.tenant_id = l.tenant_id and e.id = l.endpoint_id join tenants t on t.tenant_id = l.tenant_id
    where e.disabled_at is null and t.suspended_at is null and (e.failing_since is not null) = troubled),
  picked as (
    select f.tenant_id, f.id from ready r cross join lateral (
      select d.tenant_id, d.id, d.due_at, row_number() over (order by d.due_at) as turn from (
        select i.tenant_id, i.id, i.due_at from deliveries i where i.tenant_id = r.tenant_id and i.endpoint_id = r.endpoint_id
          and i.state = 'pending' and i.due_at <= now() and (i.claimed_until is null or i.claimed_until < now())
        order by i.due_at limit r.room) d) f
    order by f.turn, f.due_at limit max_count)
  update deliveries u set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from deliveries d join picked p on p.tenant_id = d.tenant_id and p.id = d.id
        where d.state = 'pending' and d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        for update of d skip locked) due
  where u.tenant_id = due.tenant_id and u.id = due.id
  returning u.tenant_id, u.id, u.app_id $function$;
CREATE OR REPLACE FUNCTION public.claim_landing_probes(max_count integer, every_seconds integer)
 RETURNS TABLE(tenant_id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update landing_health h set due_at = now() + make_interval(secs => every_seconds)
  from (select d.tenant_id, d.app_id from landing_health d where d.due_at <= now() order by d.due_at limit max_count for update skip locked) due
  where h.tenant_id = due.tenant_id and h.app_id = due.app_id
  returning h.tenant_id, h.app_id $function$;
CREATE OR REPLACE FUNCTION public.claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select * from claim_deliveries_of(max_count, lease_seconds, new_claim_id, 2, true) $function$;
CREATE OR REPLACE FUNCTION public.current_tenant()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$ select nullif(current_setting('app.tenant_id', true), '') $function$;
CREATE OR REPLACE FUNCTION public.erase_delivery_answers(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (update delivery_attempts a set answer = null from (
      select o.tenant_id, o.id from delivery_attempts o where o.created_at < now() - interval '10 days' and o.answer is not null limit max_count) old
    where a.tenant_id = old.tenant_id and a.id = old.id returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.erase_event_payloads(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (update events e set payload = null from (
      select o.tenant_id, o.id from events o where o.created_at < now() - interval '10 days' and o.payload is not null limit max_count) old
    where e.tenant_id = old.tenant_id and e.id = old.id returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.erase_message_contents(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (update messages m set content = null from (
      select o.tenant_id, o.id from messages o where o.final_at < now() - interval '72 hours' and o.content is not null limit max_count) old
    where m.tenant_id = old.tenant_id and m.id = old.id returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.find_api_key(wanted_hash text)
 RETURNS TABLE(tenant_id text, app_id text, id text, scopes text[])
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select k.tenant_id, k.app_id, k.id, k.scopes from api_keys k where k.key_hash = wanted_hash and k.revoked_at is null $function$;
CREATE OR REPLACE FUNCTION public.find_app_tenant(wanted_id text)
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select a.tenant_id from apps a where a.id = wanted_id $function$;
CREATE OR REPLACE FUNCTION public.find_tenant(wanted_external_id text)
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select t.tenant_id from tenants t where t.external_id = wanted_external_id $function$;
CREATE OR REPLACE FUNCTION public.free_lanes(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with stuck as (
    select d.tenant_id, d.id from deliveries d where d.state = 'pending' and d.due_at is null and not exists (
      select 1 from deliveries p where p.tenant_id = d.tenant_id and p.endpoint_id = d.endpoint_id and p.lane = d.lane
        and p.state = 'pending' and p.position < d.position) limit max_count for update skip locked),
  freed as (update deliveries u set due_at = now() from stuck s where u.tenant_id = s.tenant_id and u.id = s.id
    and u.state = 'pending' and u.due_at is null returning 1)
  select count(*) from freed $function$;
CREATE OR REPLACE FUNCTION public.give_to_system(signature text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('alter function %s owner to peyvand_system', signature);
  execute format('revoke all on function %s from public', signature);
  execute format('grant execute on function %s to peyvand_app', signature);
end $function$;
CREATE OR REPLACE FUNCTION public.intake_sessions(rows json)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into sessions (tenant_id, id, app_id, generation, entry, simulated, facts, created_at, launch_expires_at, expires_at)
  select r.tenant_id, r.id, r.app_id, r.generation, r.entry, r.simulated, r.facts,
    to_timestamp(r.created_at / 1000), to_timestamp(r.launch_expires_at / 1000), to_timestamp(r.expires_at / 1000)
  from json_to_recordset(rows) as r(tenant_id text, id text, app_id text, generation text, entry text, simulated boolean, facts text,
    created_at float8, launch_expires_at float8, expires_at float8)
  on conflict (tenant_id, id) do nothing $function$;
CREATE OR REPLACE FUNCTION public.list_system_keys(wanted_kind text)
 RETURNS TABLE(id text, public_jwk jsonb, sealed text, created_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select k.id, k.public_jwk, k.sealed, k.created_at from system_keys k where k.kind = wanted_kind order by k.created_at, k.id $function$;
CREATE OR REPLACE FUNCTION public.list_tenants()
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select t.tenant_id from tenants t order by 1 $function$;
CREATE OR REPLACE FUNCTION public.place_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  place bigint;
  turn bigint;
  waiting record;
begin
  insert into event_logs as l (tenant_id, app_id, last_position) values (new.tenant_id, new.app_id, 1)
    on conflict (tenant_id, app_id) do update set last_position = l.last_position + 1 returning l.last_position into place;
  if new.conversation_id is not null then
    insert into event_sequences as s (tenant_id, conversation_id, last_sequence) values (new.tenant_id, new.conversation_id, 1)
      on conflict (tenant_id, conversation_id) do update set last_sequence = s.last_sequence + 1 returning s.last_sequence into turn;
  end if;
  update events set position = place, sequence = turn where tenant_id = new.tenant_id and id = new.id;
  for waiting in select d.id, d.endpoint_id, d.lane from deliveries d
                 where d.tenant_id = new.tenant_id and d.event_id = new.id and d.position is null loop
    -- Waits for whoever is settling the last of the lane: either it is settled, or it will find this one behind it.
    perform 1 from deliveries p where p.tenant_id = new.tenant_id and p.endpoint_id = waiting.endpoint_id and p.lane = waiting.lane
      and p.state = 'pending' and p.position is not null order by p.position desc limit 1 for update;
    update deliveries set position = place, due_at = case when found then null else now() end
      where tenant_id = new.tenant_id and id = waiting.id;
  end loop;
  return null;
end $function$;
CREATE OR REPLACE FUNCTION public.protect_tenant_table(name text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('alter table %I enable row level security', name);
  execute format('alter table %I force row level security', name);
  execute format('create policy tenant on %I to peyvand_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  execute format('create policy system on %I to peyvand_system using (true) with check (true)', name);
  execute format('grant select, insert, update, delete on %I to peyvand_app', name);
  execute format('grant select, insert, update, delete on %I to peyvand_system', name);
end $function$;
CREATE OR REPLACE FUNCTION public.remove_system_key(wanted_id text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  delete from system_keys where id = wanted_id and kind = 'signing' $function$;
CREATE OR REPLACE FUNCTION public.reseal_system_key(wanted_id text, new_sealed text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update system_keys set sealed = new_sealed where id = wanted_id $function$;
CREATE OR REPLACE FUNCTION public.sweep_button_references(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from button_references b using (
      select o.tenant_id, o.reference_hash from button_references o where o.expires_at < now() limit max_count) old
    where b.tenant_id = old.tenant_id and b.reference_hash = old.reference_hash returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_event_keys(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from event_keys k using (
      select o.tenant_id, o.app_id, o.key_hash from event_keys o where o.created_at < now() - interval '7 days' limit max_count) old
    where k.tenant_id = old.tenant_id and k.app_id = old.app_id and k.key_hash = old.key_hash returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_idempotency_keys(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from idempotency_keys i using (
      select o.tenant_id, o.app_id, o.key_hash from idempotency_keys o where o.created_at < now() - interval '7 days' limit max_count) old
    where i.tenant_id = old.tenant_id and i.app_id = old.app_id and i.key_hash = old.key_hash returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_landing_codes(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from landing_codes c using (
      select o.tenant_id, o.code_hash from landing_codes o where o.expires_at < now() - interval '1 day' limit max_count) old
    where c.tenant_id = old.tenant_id and c.code_hash = old.code_hash returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_oauth_states(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from oauth_states s using (
      select o.tenant_id, o.state_hash from oauth_states o where o.expires_at < now() - interval '1 day' limit max_count) old
    where s.tenant_id = old.tenant_id and s.state_hash = old.state_hash returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_unverified_grants(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from grants g using (
      select o.tenant_id, o.id from grants o where o.verified_at is null and o.created_at < now() - interval '10 minutes' limit max_count) old
    where g.tenant_id = old.tenant_id and g.id = old.id returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.touch_app()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin new.changed_xid := pg_current_xact_id(); return new; end $function$;
CREATE OR REPLACE FUNCTION public.touch_apps_of()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_table_name = 'tenants' then update apps set changed_xid = pg_current_xact_id() where tenant_id = new.tenant_id;
  elsif tg_op = 'DELETE' then update apps set changed_xid = pg_current_xact_id() where tenant_id = old.tenant_id and id = old.app_id;
  else update apps set changed_xid = pg_current_xact_id() where tenant_id = new.tenant_id and id = new.app_id; end if;
  return null;
end $function$;

-- tables

create table api_keys (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  name text not null,
  prefix text not null,
  key_hash text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null default now(),
  revoked_at timestamp with time zone
);
create table app_secrets (
  tenant_id text not null,
  app_id text not null,
  kind text not null,
  slot smallint not null,
  sealed text not null,
  created_at timestamp with time zone not null default now()
);
create table apps (
  tenant_id text not null,
  id text not null,
  external_id text not null,
  name text not null,
  environment text not null,
  generation text not null,
  slug text not null,
  consent jsonb not null,
  landing jsonb not null,
  test_users text,
  action_url text,
  action_fallback_text text,
  action_secret text not null,
  limits jsonb not null,
  created_at timestamp with time zone not null default now(),
  changed_xid xid8 not null default pg_current_xact_id()
);
create table attempts (
  tenant_id text not null,
  id text not null,
  message_id text not null,
  number integer not null,
  stage text,
  status smallint,
  outcome text,
  code text,
  duration_ms integer,
  created_at timestamp with time zone not null
);
create table button_references (
  tenant_id text not null,
  reference_hash text not null,
  app_id text not null,
  message_id text not null,
  content text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null
);
create table conversations (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  conversation_key text not null,
  type text not null,
  facts text not null,
  last_position bigint not null default 0,
  held_at timestamp with time zone,
  due_at timestamp with time zone,
  claim_id text,
  claimed_until timestamp with time zone,
  created_at timestamp with time zone not null
);
create table deliveries (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  event_id text not null,
  endpoint_id text not null,
  lane text not null,
  "position" bigint,
  state text not null default 'pending'::text,
  replay_of text,
  attempt_count integer not null default 0,
  failure_count integer not null default 0,
  code text,
  due_at timestamp with time zone,
  claim_id text,
  claimed_until timestamp with time zone,
  created_at timestamp with time zone not null,
  final_at timestamp with time zone
);
create table delivery_attempts (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  delivery_id text not null,
  number integer not null,
  stage text not null,
  status smallint,
  outcome text not null,
  code text,
  duration_ms integer,
  answer text,
  created_at timestamp with time zone not null
);
create table endpoints (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  url text not null,
  events text[] not null,
  secret text not null,
  created_at timestamp with time zone not null default now(),
  previous_secrets text,
  disabled_at timestamp with time zone,
  disabled_reason text,
  failing_since timestamp with time zone,
  failure_count integer not null default 0,
  last_success_at timestamp with time zone
);
create table event_keys (
  tenant_id text not null,
  app_id text not null,
  key_hash text not null,
  digest text not null,
  created_at timestamp with time zone not null default now()
);
create table event_logs (
  tenant_id text not null,
  app_id text not null,
  last_position bigint not null
);
create table event_sequences (
  tenant_id text not null,
  conversation_id text not null,
  last_sequence bigint not null
);
create table events (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  type text not null,
  conversation_id text,
  "position" bigint,
  sequence bigint,
  simulated boolean not null,
  payload text,
  created_at timestamp with time zone not null
);
create table grants (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  generation text not null,
  user_key text,
  conversation_key text,
  facts text not null,
  tokens text,
  state text not null,
  version integer not null default 1,
  refresh_first_sent_at timestamp with time zone,
  verified_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  consent_until timestamp with time zone not null,
  created_at timestamp with time zone not null
);
create table idempotency_keys (
  tenant_id text not null,
  app_id text not null,
  key_hash text not null,
  request_hash text not null,
  status smallint not null,
  reply text not null,
  created_at timestamp with time zone not null default now()
);
create table landing_codes (
  tenant_id text not null,
  code_hash text not null,
  app_id text not null,
  session_id text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  spent_at timestamp with time zone
);
create table landing_health (
  tenant_id text not null,
  app_id text not null,
  failure_count integer not null default 0,
  down_since timestamp with time zone,
  checked_at timestamp with time zone,
  due_at timestamp with time zone not null default now()
);
create table messages (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  conversation_id text not null,
  "position" bigint not null,
  session_id text,
  grant_id text,
  state text not null,
  lane text not null,
  on_unknown text not null,
  on_missing_consent text not null,
  content text,
  code text,
  attempt_count integer not null default 0,
  created_at timestamp with time zone not null,
  state_at timestamp with time zone not null default now(),
  due_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  final_at timestamp with time zone
);
create table oauth_states (
  tenant_id text not null,
  state_hash text not null,
  app_id text not null,
  session_id text not null,
  browser_hash text not null,
  scopes text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone
);
create table sessions (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  generation text not null,
  entry text not null,
  state text not null default 'created'::text,
  consent text not null default 'none'::text,
  identity text not null default 'unverified'::text,
  simulated boolean not null,
  facts text not null,
  browser_hash text,
  grant_id text,
  created_at timestamp with time zone not null,
  opened_at timestamp with time zone,
  landed_at timestamp with time zone,
  completed_at timestamp with time zone,
  launch_expires_at timestamp with time zone not null,
  expires_at timestamp with time zone not null
);
create table system_keys (
  id text not null,
  kind text not null,
  public_jwk jsonb,
  sealed text not null,
  created_at timestamp with time zone not null default now()
);
create table tenants (
  tenant_id text not null,
  external_id text,
  name text not null,
  suspended_at timestamp with time zone,
  created_at timestamp with time zone not null default now()
);

-- constraints

alter table api_keys add constraint api_keys_pkey PRIMARY KEY (tenant_id, id);
alter table api_keys add constraint api_keys_tenant_id_app_id_name_key UNIQUE (tenant_id, app_id, name);
alter table app_secrets add constraint app_secrets_kind_check CHECK ((kind = ANY (ARRAY['identification_key'::text, 'api_key'::text, 'client_secret'::text])));
alter table app_secrets add constraint app_secrets_pkey PRIMARY KEY (tenant_id, app_id, kind, slot);
alter table app_secrets add constraint app_secrets_slot_check CHECK ((slot = ANY (ARRAY[1, 2])));
alter table apps add constraint apps_environment_check CHECK ((environment = ANY (ARRAY['live'::text, 'sandbox'::text])));
alter table apps add constraint apps_generation_check CHECK ((generation = ANY (ARRAY['v1'::text, 'v2'::text])));
alter table apps add constraint apps_pkey PRIMARY KEY (tenant_id, id);
alter table apps add constraint apps_tenant_id_external_id_key UNIQUE (tenant_id, external_id);
alter table attempts add constraint attempts_pkey PRIMARY KEY (tenant_id, id);
alter table attempts add constraint attempts_stage_check CHECK ((stage = ANY (ARRAY['before_send'::text, 'ambiguous'::text, 'answered'::text])));
alter table attempts add constraint attempts_tenant_id_message_id_number_key UNIQUE (tenant_id, message_id, number);
alter table button_references add constraint button_references_pkey PRIMARY KEY (tenant_id, reference_hash);
alter table conversations add constraint conversations_pkey PRIMARY KEY (tenant_id, id);
alter table conversations add constraint conversations_tenant_id_app_id_conversation_key_key UNIQUE (tenant_id, app_id, conversation_key);
alter table conversations add constraint conversations_type_check CHECK ((type = ANY (ARRAY['post'::text, 'bot'::text])));
alter table deliveries add constraint deliveries_pkey PRIMARY KEY (tenant_id, id);
alter table deliveries add constraint deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text, 'cancelled'::text])));
alter table delivery_attempts add constraint delivery_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'failed'::text, 'dead'::text])));
alter table delivery_attempts add constraint delivery_attempts_pkey PRIMARY KEY (tenant_id, id);
alter table delivery_attempts add constraint delivery_attempts_stage_check CHECK ((stage = ANY (ARRAY['before_send'::text, 'ambiguous'::text, 'answered'::text])));
alter table delivery_attempts add constraint delivery_attempts_tenant_id_delivery_id_number_key UNIQUE (tenant_id, delivery_id, number);
alter table endpoints add constraint endpoints_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['failing'::text, 'gone'::text, 'request'::text])));
alter table endpoints add constraint endpoints_pkey PRIMARY KEY (tenant_id, id);
alter table endpoints add constraint endpoints_tenant_id_app_id_url_key UNIQUE (tenant_id, app_id, url);
alter table event_keys add constraint event_keys_pkey PRIMARY KEY (tenant_id, app_id, key_hash);
alter table event_logs add constraint event_logs_pkey PRIMARY KEY (tenant_id, app_id);
alter table event_sequences add constraint event_sequences_pkey PRIMARY KEY (tenant_id, conversation_id);
alter table events add constraint events_pkey PRIMARY KEY (tenant_id, id);
alter table events add constraint events_tenant_id_app_id_position_key UNIQUE (tenant_id, app_id, "position");
alter table events add constraint place TRIGGER DEFERRABLE INITIALLY DEFERRED;
alter table grants add constraint grants_generation_check CHECK ((generation = ANY (ARRAY['v1'::text, 'v2'::text])));
alter table grants add constraint grants_pkey PRIMARY KEY (tenant_id, id);
alter table grants add constraint grants_state_check CHECK ((state = ANY (ARRAY['live'::text, 'refreshing'::text, 'broken'::text, 'revoked'::text, 'expired'::text])));
alter table idempotency_keys add constraint idempotency_keys_pkey PRIMARY KEY (tenant_id, app_id, key_hash);
alter table landing_codes add constraint landing_codes_pkey PRIMARY KEY (tenant_id, code_hash);
alter table landing_health add constraint landing_health_pkey PRIMARY KEY (tenant_id, app_id);
alter table messages add constraint messages_lane_check CHECK ((lane = ANY (ARRAY['reply'::text, 'transactional'::text, 'bulk'::text])));
alter table messages add constraint messages_on_missing_consent_check CHECK ((on_missing_consent = ANY (ARRAY['fail'::text, 'hold'::text])));
alter table messages add constraint messages_on_unknown_check CHECK ((on_unknown = ANY (ARRAY['hold'::text, 'retry'::text, 'fail'::text])));
alter table messages add constraint messages_pkey PRIMARY KEY (tenant_id, id);
alter table messages add constraint messages_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'unknown'::text, 'held'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])));
alter table messages add constraint messages_tenant_id_conversation_id_position_key UNIQUE (tenant_id, conversation_id, "position");
alter table oauth_states add constraint oauth_states_pkey PRIMARY KEY (tenant_id, state_hash);
alter table sessions add constraint sessions_consent_check CHECK ((consent = ANY (ARRAY['none'::text, 'granted'::text, 'denied'::text, 'failed'::text])));
alter table sessions add constraint sessions_entry_check CHECK ((entry = ANY (ARRAY['init'::text, 'button'::text, 'direct_link'::text])));
alter table sessions add constraint sessions_generation_check CHECK ((generation = ANY (ARRAY['v1'::text, 'v2'::text])));
alter table sessions add constraint sessions_identity_check CHECK ((identity = ANY (ARRAY['verified'::text, 'unverified'::text])));
alter table sessions add constraint sessions_pkey PRIMARY KEY (tenant_id, id);
alter table sessions add constraint sessions_state_check CHECK ((state = ANY (ARRAY['created'::text, 'opened'::text, 'consenting'::text, 'landed'::text, 'completed'::text])));
alter table system_keys add constraint system_keys_kind_check CHECK ((kind = ANY (ARRAY['blind_index'::text, 'signing'::text])));
alter table system_keys add constraint system_keys_pkey PRIMARY KEY (id);
alter table tenants add constraint tenants_external_id_key UNIQUE (external_id);
alter table tenants add constraint tenants_pkey PRIMARY KEY (tenant_id);
alter table api_keys add constraint api_keys_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table app_secrets add constraint app_secrets_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table apps add constraint apps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table attempts add constraint attempts_tenant_id_message_id_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES messages(tenant_id, id) ON DELETE CASCADE;
alter table button_references add constraint button_references_tenant_id_message_id_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES messages(tenant_id, id) ON DELETE CASCADE;
alter table conversations add constraint conversations_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table deliveries add constraint deliveries_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table deliveries add constraint deliveries_tenant_id_event_id_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES events(tenant_id, id) ON DELETE CASCADE;
alter table delivery_attempts add constraint delivery_attempts_tenant_id_delivery_id_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries(tenant_id, id) ON DELETE CASCADE;
alter table endpoints add constraint endpoints_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table event_keys add constraint event_keys_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table event_logs add constraint event_logs_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table event_sequences add constraint event_sequences_tenant_id_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE;
alter table events add constraint events_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table events add constraint events_tenant_id_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE;
alter table grants add constraint grants_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table idempotency_keys add constraint idempotency_keys_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table landing_codes add constraint landing_codes_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions(tenant_id, id) ON DELETE CASCADE;
alter table landing_health add constraint landing_health_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table messages add constraint messages_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table messages add constraint messages_tenant_id_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id);
alter table oauth_states add constraint oauth_states_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions(tenant_id, id) ON DELETE CASCADE;
alter table sessions add constraint sessions_tenant_id_grant_id_fkey FOREIGN KEY (tenant_id, grant_id) REFERENCES grants(tenant_id, id);

-- indexes

CREATE INDEX api_keys_hash ON public.api_keys USING btree (key_hash);
CREATE INDEX apps_changed ON public.apps USING btree (changed_xid);
CREATE INDEX button_references_old ON public.button_references USING btree (expires_at);
CREATE INDEX conversations_by_app ON public.conversations USING btree (tenant_id, app_id, id);
CREATE INDEX conversations_due ON public.conversations USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX deliveries_by_app ON public.deliveries USING btree (tenant_id, app_id, id);
CREATE INDEX deliveries_by_event ON public.deliveries USING btree (tenant_id, event_id);
CREATE INDEX deliveries_claimed ON public.deliveries USING btree (tenant_id, endpoint_id) WHERE (claim_id IS NOT NULL);
CREATE INDEX deliveries_due ON public.deliveries USING btree (tenant_id, endpoint_id, due_at) WHERE ((state = 'pending'::text) AND (due_at IS NOT NULL));
CREATE INDEX deliveries_lane ON public.deliveries USING btree (tenant_id, endpoint_id, lane, "position") WHERE (state = 'pending'::text);
CREATE INDEX deliveries_waiting ON public.deliveries USING btree (tenant_id, endpoint_id, lane, "position") WHERE ((state = 'pending'::text) AND (due_at IS NULL));
CREATE INDEX delivery_attempts_to_erase ON public.delivery_attempts USING btree (created_at) WHERE (answer IS NOT NULL);
CREATE INDEX endpoints_by_app ON public.endpoints USING btree (tenant_id, app_id, id);
CREATE INDEX event_keys_old ON public.event_keys USING btree (created_at);
CREATE INDEX events_by_conversation ON public.events USING btree (tenant_id, conversation_id, "position") WHERE (conversation_id IS NOT NULL);
CREATE INDEX events_by_type ON public.events USING btree (tenant_id, app_id, type, "position");
CREATE INDEX events_to_erase ON public.events USING btree (created_at) WHERE (payload IS NOT NULL);
CREATE INDEX grants_by_app ON public.grants USING btree (tenant_id, app_id, id);
CREATE INDEX grants_by_conversation ON public.grants USING btree (tenant_id, app_id, conversation_key) WHERE (conversation_key IS NOT NULL);
CREATE INDEX grants_by_user ON public.grants USING btree (tenant_id, app_id, user_key) WHERE (user_key IS NOT NULL);
CREATE INDEX grants_unverified ON public.grants USING btree (created_at) WHERE (verified_at IS NULL);
CREATE INDEX idempotency_keys_old ON public.idempotency_keys USING btree (created_at);
CREATE INDEX landing_codes_old ON public.landing_codes USING btree (expires_at);
CREATE INDEX landing_health_due ON public.landing_health USING btree (due_at);
CREATE INDEX messages_by_app ON public.messages USING btree (tenant_id, app_id, id);
CREATE INDEX messages_expiring ON public.messages USING btree (tenant_id, conversation_id, expires_at) WHERE ((expires_at IS NOT NULL) AND (state = ANY (ARRAY['queued'::text, 'held'::text])));
CREATE INDEX messages_open ON public.messages USING btree (tenant_id, conversation_id, "position") WHERE (final_at IS NULL);
CREATE INDEX messages_to_erase ON public.messages USING btree (final_at) WHERE ((content IS NOT NULL) AND (final_at IS NOT NULL));
CREATE INDEX oauth_states_old ON public.oauth_states USING btree (expires_at);
CREATE INDEX sessions_by_app ON public.sessions USING btree (tenant_id, app_id, id);
CREATE INDEX sessions_by_grant ON public.sessions USING btree (tenant_id, grant_id) WHERE (grant_id IS NOT NULL);

-- triggers

CREATE TRIGGER touch_apps AFTER INSERT OR DELETE OR UPDATE ON public.app_secrets FOR EACH ROW EXECUTE FUNCTION touch_apps_of();
CREATE TRIGGER touch BEFORE UPDATE ON public.apps FOR EACH ROW EXECUTE FUNCTION touch_app();
CREATE CONSTRAINT TRIGGER place AFTER INSERT ON public.events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION place_event();
CREATE TRIGGER touch_apps AFTER UPDATE ON public.tenants FOR EACH ROW EXECUTE FUNCTION touch_apps_of();

-- row-level security

alter table api_keys enable row level security, force row level security;
alter table app_secrets enable row level security, force row level security;
alter table apps enable row level security, force row level security;
alter table attempts enable row level security, force row level security;
alter table button_references enable row level security, force row level security;
alter table conversations enable row level security, force row level security;
alter table deliveries enable row level security, force row level security;
alter table delivery_attempts enable row level security, force row level security;
alter table endpoints enable row level security, force row level security;
alter table event_keys enable row level security, force row level security;
alter table event_logs enable row level security, force row level security;
alter table event_sequences enable row level security, force row level security;
alter table events enable row level security, force row level security;
alter table grants enable row level security, force row level security;
alter table idempotency_keys enable row level security, force row level security;
alter table landing_codes enable row level security, force row level security;
alter table landing_health enable row level security, force row level security;
alter table messages enable row level security, force row level security;
alter table oauth_states enable row level security, force row level security;
alter table sessions enable row level security, force row level security;
alter table system_keys enable row level security, force row level security;
alter table tenants enable row level security, force row level security;

-- policies

create policy system on api_keys as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on api_keys as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on app_secrets as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on app_secrets as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on apps as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on apps as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on attempts as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on attempts as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on button_references as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on button_references as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on conversations as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on conversations as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on deliveries as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on deliveries as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on delivery_attempts as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on delivery_attempts as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on endpoints as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on endpoints as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on event_keys as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on event_keys as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on event_logs as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on event_logs as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on event_sequences as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on event_sequences as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on events as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on events as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on grants as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on grants as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on idempotency_keys as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on idempotency_keys as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on landing_codes as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on landing_codes as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on landing_health as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on landing_health as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on messages as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on messages as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on oauth_states as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on oauth_states as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on sessions as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on sessions as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on system_keys as permissive for all to peyvand_system using (true) with check (true);
create policy system on tenants as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on tenants as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));

-- owners of functions

alter function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) owner to peyvand_system;
alter function applied_migrations() owner to peyvand_system;
alter function bury_deliveries(max_count integer) owner to peyvand_system;
alter function changed_apps(since text) owner to peyvand_system;
alter function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean) owner to peyvand_system;
alter function claim_landing_probes(max_count integer, every_seconds integer) owner to peyvand_system;
alter function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function erase_delivery_answers(max_count integer) owner to peyvand_system;
alter function erase_event_payloads(max_count integer) owner to peyvand_system;
alter function erase_message_contents(max_count integer) owner to peyvand_system;
alter function find_api_key(wanted_hash text) owner to peyvand_system;
alter function find_app_tenant(wanted_id text) owner to peyvand_system;
alter function find_tenant(wanted_external_id text) owner to peyvand_system;
alter function free_lanes(max_count integer) owner to peyvand_system;
alter function intake_sessions(rows json) owner to peyvand_system;
alter function list_system_keys(wanted_kind text) owner to peyvand_system;
alter function list_tenants() owner to peyvand_system;
alter function remove_system_key(wanted_id text) owner to peyvand_system;
alter function reseal_system_key(wanted_id text, new_sealed text) owner to peyvand_system;
alter function sweep_button_references(max_count integer) owner to peyvand_system;
alter function sweep_event_keys(max_count integer) owner to peyvand_system;
alter function sweep_idempotency_keys(max_count integer) owner to peyvand_system;
alter function sweep_landing_codes(max_count integer) owner to peyvand_system;
alter function sweep_oauth_states(max_count integer) owner to peyvand_system;
alter function sweep_unverified_grants(max_count integer) owner to peyvand_system;

-- callers of functions

grant execute on function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) to peyvand_app;
grant execute on function applied_migrations() to peyvand_app;
grant execute on function bury_deliveries(max_count integer) to peyvand_app;
grant execute on function changed_apps(since text) to peyvand_app;
grant execute on function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean) to peyvand_app;
grant execute on function claim_landing_probes(max_count integer, every_seconds integer) to peyvand_app;
grant execute on function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function erase_delivery_answers(max_count integer) to peyvand_app;
grant execute on function erase_event_payloads(max_count integer) to peyvand_app;
grant execute on function erase_message_contents(max_count integer) to peyvand_app;
grant execute on function find_api_key(wanted_hash text) to peyvand_app;
grant execute on function find_app_tenant(wanted_id text) to peyvand_app;
grant execute on function find_tenant(wanted_external_id text) to peyvand_app;
grant execute on function free_lanes(max_count integer) to peyvand_app;
grant execute on function intake_sessions(rows json) to peyvand_app;
grant execute on function list_system_keys(wanted_kind text) to peyvand_app;
grant execute on function list_tenants() to peyvand_app;
grant execute on function remove_system_key(wanted_id text) to peyvand_app;
grant execute on function reseal_system_key(wanted_id text, new_sealed text) to peyvand_app;
grant execute on function sweep_button_references(max_count integer) to peyvand_app;
grant execute on function sweep_event_keys(max_count integer) to peyvand_app;
grant execute on function sweep_idempotency_keys(max_count integer) to peyvand_app;
grant execute on function sweep_landing_codes(max_count integer) to peyvand_app;
grant execute on function sweep_oauth_states(max_count integer) to peyvand_app;
grant execute on function sweep_unverified_grants(max_count integer) to peyvand_app;
revoke all on function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) from public;
revoke all on function applied_migrations() from public;
revoke all on function bury_deliveries(max_count integer) from public;
revoke all on function changed_apps(since text) from public;
revoke all on function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean) from public;
revoke all on function claim_landing_probes(max_count integer, every_seconds integer) from public;
revoke all on function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function erase_delivery_answers(max_count integer) from public;
revoke all on function erase_event_payloads(max_count integer) from public;
revoke all on function erase_message_contents(max_count integer) from public;
revoke all on function find_api_key(wanted_hash text) from public;
revoke all on function find_app_tenant(wanted_id text) from public;
revoke all on function find_tenant(wanted_external_id text) from public;
revoke all on function free_lanes(max_count integer) from public;
revoke all on function intake_sessions(rows json) from public;
revoke all on function list_system_keys(wanted_kind text) from public;
revoke all on function list_tenants() from public;
revoke all on function remove_system_key(wanted_id text) from public;
revoke all on function reseal_system_key(wanted_id text, new_sealed text) from public;
revoke all on function sweep_button_references(max_count integer) from public;
revoke all on function sweep_event_keys(max_count integer) from public;
revoke all on function sweep_idempotency_keys(max_count integer) from public;
revoke all on function sweep_landing_codes(max_count integer) from public;
revoke all on function sweep_oauth_states(max_count integer) from public;
revoke all on function sweep_unverified_grants(max_count integer) from public;

-- grants

grant delete, insert, select, update on api_keys to peyvand_app;
grant delete, insert, select, update on api_keys to peyvand_system;
grant delete, insert, select, update on app_secrets to peyvand_app;
grant delete, insert, select, update on app_secrets to peyvand_system;
grant delete, insert, select, update on apps to peyvand_app;
grant delete, insert, select, update on apps to peyvand_system;
grant delete, insert, select, update on attempts to peyvand_app;
grant delete, insert, select, update on attempts to peyvand_system;
grant delete, insert, select, update on button_references to peyvand_app;
grant delete, insert, select, update on button_references to peyvand_system;
grant delete, insert, select, update on conversations to peyvand_app;
grant delete, insert, select, update on conversations to peyvand_system;
grant delete, insert, select, update on deliveries to peyvand_app;
grant delete, insert, select, update on deliveries to peyvand_system;
grant delete, insert, select, update on delivery_attempts to peyvand_app;
grant delete, insert, select, update on delivery_attempts to peyvand_system;
grant delete, insert, select, update on endpoints to peyvand_app;
grant delete, insert, select, update on endpoints to peyvand_system;
grant delete, insert, select, update on event_keys to peyvand_app;
grant delete, insert, select, update on event_keys to peyvand_system;
grant delete, insert, select, update on event_logs to peyvand_app;
grant delete, insert, select, update on event_logs to peyvand_system;
grant delete, insert, select, update on event_sequences to peyvand_app;
grant delete, insert, select, update on event_sequences to peyvand_system;
grant delete, insert, select, update on events to peyvand_app;
grant delete, insert, select, update on events to peyvand_system;
grant delete, insert, select, update on grants to peyvand_app;
grant delete, insert, select, update on grants to peyvand_system;
grant delete, insert, select, update on idempotency_keys to peyvand_app;
grant delete, insert, select, update on idempotency_keys to peyvand_system;
grant select on knex_migrations to peyvand_system;
grant delete, insert, select, update on landing_codes to peyvand_app;
grant delete, insert, select, update on landing_codes to peyvand_system;
grant delete, insert, select, update on landing_health to peyvand_app;
grant delete, insert, select, update on landing_health to peyvand_system;
grant delete, insert, select, update on messages to peyvand_app;
grant delete, insert, select, update on messages to peyvand_system;
grant delete, insert, select, update on oauth_states to peyvand_app;
grant delete, insert, select, update on oauth_states to peyvand_system;
grant delete, insert, select, update on sessions to peyvand_app;
grant delete, insert, select, update on sessions to peyvand_system;
grant delete, insert, select, update on system_keys to peyvand_system;
grant delete, insert, select, update on tenants to peyvand_app;
grant delete, insert, select, update on tenants to peyvand_system;

-- grants on the schema

grant usage on schema public to peyvand_app;
grant create, usage on schema public to peyvand_system;

-- sealed columns

comment on column app_secrets.sealed is 'sealed';
comment on column apps.test_users is 'sealed';
comment on column apps.action_secret is 'sealed';
comment on column button_references.content is 'sealed';
comment on column conversations.facts is 'sealed';
comment on column delivery_attempts.answer is 'sealed';
comment on column endpoints.secret is 'sealed';
comment on column endpoints.previous_secrets is 'sealed';
comment on column events.payload is 'sealed';
comment on column grants.facts is 'sealed';
comment on column grants.tokens is 'sealed';
comment on column idempotency_keys.reply is 'sealed';
comment on column messages.content is 'sealed';
comment on column oauth_states.scopes is 'sealed';
comment on column sessions.facts is 'sealed';
comment on column system_keys.sealed is 'sealed';
