/**
 * The event log of each app, and the deliveries of its events to endpoints.
 *
 * An event gets its place (`position` in the log of its app, `sequence` in its conversation) when its transaction commits,
 * in a deferred trigger that holds the log's row until the commit is done. So a place is only visible once everything
 * before it is, a reader by place misses nothing, and a transaction waits for the log only at its very end, when it holds
 * everything else already: nobody can wait for it in a circle. The same trigger puts the deliveries into their lanes.
 */
export async function up(knex) {
  await knex.raw(`
create table events (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  type text not null,
  conversation_id text,
  position bigint,                -- place in the log of the app; null only inside the transaction that writes it
  sequence bigint,                -- place in its conversation, from 1 without gaps
  simulated boolean not null,
  payload text,                   -- sealed: data, and the body as Divar sent it; null once erased
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, app_id, position),
  foreign key (tenant_id, conversation_id) references conversations on delete cascade,
  foreign key (tenant_id, app_id) references apps
);
create index events_by_conversation on events (tenant_id, conversation_id, position) where conversation_id is not null;
create index events_by_type on events (tenant_id, app_id, type, position);
create index events_to_erase on events (created_at) where payload is not null;
select protect_tenant_table('events');

create table event_logs (
  tenant_id text not null,
  app_id text not null,
  last_position bigint not null,
  primary key (tenant_id, app_id),
  foreign key (tenant_id, app_id) references apps
) with (fillfactor = 50);
select protect_tenant_table('event_logs');

create table event_sequences (
  tenant_id text not null,
  conversation_id text not null,
  last_sequence bigint not null,
  primary key (tenant_id, conversation_id),
  foreign key (tenant_id, conversation_id) references conversations on delete cascade
);
select protect_tenant_table('event_sequences');

-- What Divar has told already, for seven days. Both hashes are blind indexes: the digest is made of what people wrote.
create table event_keys (
  tenant_id text not null,
  app_id text not null,
  key_hash text not null,
  digest text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, app_id, key_hash),
  foreign key (tenant_id, app_id) references apps
);
create index event_keys_old on event_keys (created_at);
select protect_tenant_table('event_keys');

alter table endpoints
  add column previous_secrets text,         -- sealed: secrets that still sign, and until when
  add column disabled_at timestamptz,
  add column disabled_reason text check (disabled_reason in ('failing', 'gone', 'request')),
  add column failing_since timestamptz,     -- the first failure after the last success
  add column failure_count integer not null default 0,
  add column last_success_at timestamptz;
create index endpoints_by_app on endpoints (tenant_id, app_id, id);

-- One event on its way to one endpoint. A lane is a conversation (or one event that has none): within a lane only the
-- first is due, the others follow when it is settled, or ten minutes after it first failed.
create table deliveries (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  event_id text not null,
  endpoint_id text not null,      -- no foreign key: what was delivered is known longer than the endpoint
  lane text not null,
  position bigint,                -- of its event
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead', 'cancelled')),
  replay_of text,
  attempt_count integer not null default 0,
  failure_count integer not null default 0,  -- rungs climbed since it was queued, or queued again
  code text,                      -- why it failed last
  due_at timestamptz,             -- null: behind another of its lane, or final
  claim_id text,
  claimed_until timestamptz,
  created_at timestamptz not null,
  final_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, event_id) references events on delete cascade,
  foreign key (tenant_id, app_id) references apps
);
create index deliveries_due on deliveries (tenant_id, endpoint_id, due_at) where state = 'pending' and due_at is not null;
create index deliveries_waiting on deliveries (tenant_id, endpoint_id, lane, position) where state = 'pending' and due_at is null;
create index deliveries_lane on deliveries (tenant_id, endpoint_id, lane, position) where state = 'pending';
create index deliveries_claimed on deliveries (tenant_id, endpoint_id) where claim_id is not null;
create index deliveries_by_app on deliveries (tenant_id, app_id, id);
create index deliveries_by_event on deliveries (tenant_id, event_id);
select protect_tenant_table('deliveries');

create table delivery_attempts (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  delivery_id text not null,
  number integer not null,
  stage text not null check (stage in ('before_send', 'ambiguous', 'answered')),
  status smallint,
  outcome text not null check (outcome in ('delivered', 'failed', 'dead')),
  code text,
  duration_ms integer,
  answer text,                    -- sealed: what the endpoint answered, capped; null once erased
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, delivery_id, number),
  foreign key (tenant_id, delivery_id) references deliveries on delete cascade
);
create index delivery_attempts_to_erase on delivery_attempts (created_at) where answer is not null;
select protect_tenant_table('delivery_attempts');

create function place_event() returns trigger language plpgsql as $$
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
end $$;
create constraint trigger place after insert on events deferrable initially deferred for each row execute function place_event();

-- Endpoints in turn, so that the longest line waits for itself alone: at most per_endpoint at once each, the first of every
-- endpoint before the second of any. Endpoints that fail have workers of their own (troubled), so that their time-outs cost
-- only each other: 8 at once keep a good one busy, 2 find out that a bad one is back.
create function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean)
returns table (tenant_id text, id text, app_id text) language sql security definer set search_path = public, pg_temp as $$
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
  returning u.tenant_id, u.id, u.app_id $$;

create function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text)
returns table (tenant_id text, id text, app_id text) language sql security definer set search_path = public, pg_temp as $$
  select * from claim_deliveries_of(max_count, lease_seconds, new_claim_id, 8, false) $$;
create function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text)
returns table (tenant_id text, id text, app_id text) language sql security definer set search_path = public, pg_temp as $$
  select * from claim_deliveries_of(max_count, lease_seconds, new_claim_id, 2, true) $$;

-- What waits for an endpoint that is disabled is dead, for one that is no more cancelled.
create function bury_deliveries(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
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
  select count(*) from buried $$;

-- A head that was deleted or buried lets nobody follow: whoever waits behind nothing is due.
create function free_lanes(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with stuck as (
    select d.tenant_id, d.id from deliveries d where d.state = 'pending' and d.due_at is null and not exists (
      select 1 from deliveries p where p.tenant_id = d.tenant_id and p.endpoint_id = d.endpoint_id and p.lane = d.lane
        and p.state = 'pending' and p.position < d.position) limit max_count for update skip locked),
  freed as (update deliveries u set due_at = now() from stuck s where u.tenant_id = s.tenant_id and u.id = s.id
    and u.state = 'pending' and u.due_at is null returning 1)
  select count(*) from freed $$;

create function sweep_event_keys(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from event_keys k using (
      select o.tenant_id, o.app_id, o.key_hash from event_keys o where o.created_at < now() - interval '7 days' limit max_count) old
    where k.tenant_id = old.tenant_id and k.app_id = old.app_id and k.key_hash = old.key_hash returning 1)
  select count(*) from gone $$;
-- What was told is kept ten days, then only that it was told.
create function erase_event_payloads(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (update events e set payload = null from (
      select o.tenant_id, o.id from events o where o.created_at < now() - interval '10 days' and o.payload is not null limit max_count) old
    where e.tenant_id = old.tenant_id and e.id = old.id returning 1)
  select count(*) from gone $$;
create function erase_delivery_answers(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (update delivery_attempts a set answer = null from (
      select o.tenant_id, o.id from delivery_attempts o where o.created_at < now() - interval '10 days' and o.answer is not null limit max_count) old
    where a.tenant_id = old.tenant_id and a.id = old.id returning 1)
  select count(*) from gone $$;
select give_to_system(s) from unnest(array['claim_deliveries_of(integer, integer, text, integer, boolean)', 'claim_deliveries(integer, integer, text)',
  'claim_troubled_deliveries(integer, integer, text)', 'bury_deliveries(integer)', 'free_lanes(integer)',
  'sweep_event_keys(integer)', 'erase_event_payloads(integer)', 'erase_delivery_answers(integer)']) s;
comment on column events.payload is 'sealed';
comment on column endpoints.previous_secrets is 'sealed';
comment on column delivery_attempts.answer is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
drop function erase_delivery_answers(integer), erase_event_payloads(integer), sweep_event_keys(integer), free_lanes(integer), bury_deliveries(integer),
  claim_troubled_deliveries(integer, integer, text), claim_deliveries(integer, integer, text),
  claim_deliveries_of(integer, integer, text, integer, boolean);
drop table delivery_attempts, deliveries;
drop index endpoints_by_app;
alter table endpoints drop column previous_secrets, drop column disabled_at, drop column disabled_reason, drop column failing_since,
  drop column failure_count, drop column last_success_at;
drop table event_keys, event_sequences, event_logs, events;
drop function place_event();
`);
}
