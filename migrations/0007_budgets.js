/**
 * How fast an app may send, and whose turn it is.
 *
 * Every app has one budget: what it has sent in the last minute and today (Tehran's day), what its limits are as far as
 * Divar has told, and until when all of it waits. A claim reads it, takes from it and writes it in one transaction, so
 * that any number of workers share it exactly. The functions are pure as far as they can be: the time is given to them.
 */
export async function up(knex) {
  await knex.raw(`
create table app_budgets (
  tenant_id text not null,
  app_id text not null,
  sends bigint[] not null default '{}',   -- the last minute: second of the epoch << 20 | sends claimed in it
  day date,                                -- Tehran's, that day_count and warned_percent speak of
  day_count integer not null default 0,
  warned_percent smallint not null default 0,
  learnt_per_minute integer,               -- from Divar's 429s
  learnt_minute_until timestamptz,
  learnt_per_day integer,
  learnt_day_until timestamptz,
  blocked_until timestamptz,               -- nothing is sent before
  blocked_at timestamptz,
  blocked_by text check (blocked_by in ('minute', 'day', 'divar')),
  block_count integer not null default 0,  -- blocks since the last success; above zero one probe at a time
  trouble_count integer not null default 0, -- sends in a row that Divar did not take in, from 5 on a block
  primary key (tenant_id, app_id),
  foreign key (tenant_id, app_id) references apps
) with (fillfactor = 50);
select protect_tenant_table('app_budgets');
insert into app_budgets (tenant_id, app_id) select tenant_id, id from apps;
create function open_budget() returns trigger language plpgsql as $$
begin insert into app_budgets (tenant_id, app_id) values (new.tenant_id, new.id); return null; end $$;
create trigger budget after insert on apps for each row execute function open_budget();

-- How many turns of the others one turn of this tenant is worth. For operators.
alter table tenants add column weight smallint not null default 1 check (weight between 1 and 100);
-- Of message texts after their final state. 72 hours unless an operator says otherwise.
alter table apps add column retention_hours integer not null default 72 check (retention_hours between 0 and 720);

-- reply 0, transactional 1, bulk 2
alter table messages add column lane_rank smallint not null generated always as (case lane when 'reply' then 0 when 'transactional' then 1 else 2 end) stored;
alter table messages add column failure_count integer not null default 0;  -- rungs of the schedule climbed
update messages set failure_count = attempt_count;
create index messages_lanes on messages (tenant_id, conversation_id, lane_rank) where final_at is null;
create index messages_overdue on messages (expires_at) where expires_at is not null and state in ('queued', 'held');

-- A conversation is as urgent as the most urgent message that waits in it: a reply pulls what stands before it along.
alter table conversations add column lane_rank smallint not null default 0;
alter table conversations add column crash_count smallint not null default 0;  -- claims in a row whose process never came back
update conversations c set lane_rank = coalesce((select min(m.lane_rank) from messages m
  where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.final_at is null), 0);
drop index conversations_due;
create index conversations_line on conversations (tenant_id, app_id, lane_rank, due_at) where due_at is not null;

create function tehran_day(at timestamptz) returns date language sql stable as $$ select (at at time zone 'Asia/Tehran')::date $$;
create function tehran_midnight(at timestamptz) returns timestamptz language sql stable as $$
  select ((at at time zone 'Asia/Tehran')::date + 1)::timestamp at time zone 'Asia/Tehran' $$;

-- Seconds that a minute of Divar's may touch, with two for what lies between our claim and its clock.
create function sent_last_minute(sends bigint[], at timestamptz) returns integer language sql immutable as $$
  select coalesce(sum(e & 1048575), 0)::integer from unnest(sends) e where e >> 20 > floor(extract(epoch from at))::bigint - 63 $$;
create function add_sends(sends bigint[], at timestamptz, count integer) returns bigint[] language sql immutable as $$
  select coalesce(array_agg((s << 20) | least(1048575, n) order by s), '{}') from (
    select s, sum(n)::bigint from (
      select e >> 20, e & 1048575 from unnest(sends) e
      union all select floor(extract(epoch from at))::bigint, count) every(s, n)
    where s > floor(extract(epoch from at))::bigint - 63 group by s) kept(s, n) $$;

create function minute_limit(b app_budgets, limits jsonb, at timestamptz) returns integer language sql immutable as $$
  select least((limits->>'divar_per_minute')::integer, case when b.learnt_minute_until > at then b.learnt_per_minute end) $$;
create function day_limit(b app_budgets, limits jsonb, at timestamptz) returns integer language sql immutable as $$
  select least((limits->>'divar_per_day')::integer, case when b.learnt_day_until > at then b.learnt_per_day end) $$;
create function sent_today(b app_budgets, at timestamptz) returns integer language sql stable as $$
  select case when b.day = tehran_day(at) then b.day_count else 0 end $$;

-- What a lane leaves to the more urgent ones: bulk a fifth, transactional a tenth. Of the day it leaves less as the day
-- goes by, so that nothing is left over at its end.
create function minute_room(b app_budgets, limits jsonb, rank integer, at timestamptz) returns integer language sql immutable as $$
  select greatest(1, ceil(minute_limit(b, limits, at) * (1 - 0.1 * rank)))::integer - sent_last_minute(b.sends, at) $$;
create function day_room(b app_budgets, limits jsonb, rank integer, at timestamptz) returns integer language sql stable as $$
  select greatest(1, ceil(day_limit(b, limits, at) * (1 - 0.1 * rank * extract(epoch from tehran_midnight(at) - at) / 86400)))::integer
    - sent_today(b, at) $$;

-- How many messages of this lane may go out now. After a block one probe at a time; while Divar stumbles, two.
create function budget_room(b app_budgets, limits jsonb, rank integer, at timestamptz) returns integer language sql stable as $$
  select case when b.blocked_until > at then 0 else greatest(0, least(
    case when b.block_count > 0 then 1 when b.trouble_count > 0 then 2 else 1000000 end,
    case when minute_limit(b, limits, at) is not null then minute_room(b, limits, rank, at) end,
    case when day_limit(b, limits, at) is not null then day_room(b, limits, rank, at) end)) end $$;

-- Why nothing of this lane may go out now, and until when; no row when it may.
create function budget_wait(b app_budgets, limits jsonb, rank integer, at timestamptz) returns table (blocked_by text, until timestamptz, since timestamptz)
language sql stable as $$
  select w.blocked_by, w.until, w.since from (
    select b.blocked_by, b.blocked_until as until, b.blocked_at as since, 1 as turn where b.blocked_until > at and b.blocked_by is not null
    union all
    select 'day', tehran_midnight(at), null, 2 where day_limit(b, limits, at) is not null and day_room(b, limits, rank, at) <= 0
    union all
    select 'minute', to_timestamp((b.sends[1] >> 20) + 63), null, 3
    where minute_limit(b, limits, at) is not null and minute_room(b, limits, rank, at) <= 0 and b.sends <> '{}') w
  order by w.turn limit 1 $$;

drop function claim_conversations(integer, integer, text);
`);
  await knex.raw(CLAIM);
  await knex.raw(`
create function overdue_conversations(max_count integer) returns table (tenant_id text, id text)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct o.tenant_id, o.conversation_id from (
    select m.tenant_id, m.conversation_id from messages m where m.expires_at <= now() and m.state in ('queued', 'held')
    order by m.expires_at limit max_count) o $$;

drop index messages_to_erase;
create index messages_to_erase on messages (tenant_id, app_id, final_at) where content is not null and final_at is not null;
create or replace function erase_message_contents(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (update messages m set content = null from (
      select o.tenant_id, o.id from apps a cross join lateral (
        select m.tenant_id, m.id from messages m where m.tenant_id = a.tenant_id and m.app_id = a.id
          and m.content is not null and m.final_at < now() - make_interval(hours => a.retention_hours) limit max_count) o
      limit max_count) old
    where m.tenant_id = old.tenant_id and m.id = old.id returning 1)
  select count(*) from gone $$;

-- For metrics: sums over all tenants, no row of anybody.
create function queue_figures() returns table (lane text, open_count bigint, oldest_seconds double precision)
language sql stable security definer set search_path = public, pg_temp as $$
  select l.lane, coalesce(m.count, 0), coalesce(extract(epoch from now() - c.oldest_at), 0)::double precision
  from (values ('reply', 0), ('transactional', 1), ('bulk', 2)) l(lane, rank)
  left join (select lane_rank, count(*) from messages where final_at is null group by 1) m on m.lane_rank = l.rank
  left join (select lane_rank, min(due_at) as oldest_at from conversations where due_at <= now() group by 1) c on c.lane_rank = l.rank $$;
create function budget_figures() returns table (blocked_by text, app_count bigint, lowest_left double precision)
language sql stable security definer set search_path = public, pg_temp as $$
  select k.kind, (select count(*) from app_budgets b where b.blocked_by = k.kind and b.blocked_until > now()),
    case when k.kind = 'day' then (select min(1 - sent_today(b, now())::double precision / day_limit(b, a.limits, now()))
      from app_budgets b join apps a on a.tenant_id = b.tenant_id and a.id = b.app_id where day_limit(b, a.limits, now()) > 0) end
  from (values ('minute'), ('day'), ('divar')) k(kind) $$;
create function delivery_figures() returns table (pending_count bigint, due_count bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*), count(*) filter (where d.due_at <= now()) from deliveries d where d.state = 'pending' $$;

select give_to_system(s) from unnest(array['claim_conversations(integer, integer, text, jsonb)', 'overdue_conversations(integer)',
  'queue_figures()', 'budget_figures()', 'delivery_figures()']) s;
`);
}

/**
 * Whose turn it is. A tenant that has nothing in flight goes before one that has much, whatever stands in line; of one
 * tenant the apps go in turn; of one app the lanes by urgency and within a lane the longest waiting.
 *
 * busy: what the asking process has in flight, by tenant. max_count: its free slots. A tenant gets at most three times as
 * many slots as it leaves free, so that there is always one for a tenant that comes: alone it has three quarters.
 *
 * The line is read app by app with one descent of the index each, never as a whole.
 */
const CLAIM = `
create function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text, busy jsonb default '{}')
returns table (tenant_id text, id text, app_id text, crash_count smallint, health text, warn_percent integer)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  tenants_of text[]; apps_of text[]; ids text[]; ranks integer[]; turns integer[];
begin
  -- Again when others were faster at all that was picked: each look sees what they have left.
  for look in 1..3 loop
    with recursive lines as (
      (select d.tenant_id, d.app_id from conversations d where d.due_at is not null order by d.tenant_id, d.app_id limit 1)
      union all
      select n.tenant_id, n.app_id from lines l cross join lateral (
        select d.tenant_id, d.app_id from conversations d where d.due_at is not null
          and (d.tenant_id, d.app_id) > (l.tenant_id, l.app_id) order by d.tenant_id, d.app_id limit 1) n),
    sized as (
      select l.*, 2 * ceil(max_count::double precision / g.greedy / count(*) over (partition by l.tenant_id)) as size
      from lines l cross join (select greatest(1, count(distinct i.tenant_id)) as greedy from lines i) g),
    open_lines as (
      select l.tenant_id, l.app_id, l.size, r.rank, budget_room(b, a.limits, r.rank, now()) as room
      from sized l cross join (values (0), (1), (2)) r(rank)
      cross join lateral (select 1 from conversations d where d.tenant_id = l.tenant_id and d.app_id = l.app_id
        and d.lane_rank = r.rank and d.due_at <= now() limit 1) x
      join app_budgets b on b.tenant_id = l.tenant_id and b.app_id = l.app_id
      join apps a on a.tenant_id = l.tenant_id and a.id = l.app_id),
    first_of_lines as (
      select o.tenant_id, o.app_id, o.rank, o.room, f.id, f.due_at,
        row_number() over (partition by o.tenant_id, o.app_id order by o.rank, f.due_at) as turn
      from open_lines o cross join lateral (
        select l.id, l.due_at from (
          select d.id, d.due_at from conversations d
          where d.tenant_id = o.tenant_id and d.app_id = o.app_id and d.lane_rank = o.rank and d.due_at <= now()
            and (d.claimed_until is null or d.claimed_until < now())
          order by d.due_at limit 200) l
        limit o.size) f
      where o.room > 0),
    of_tenants as (
      select f.*, coalesce((busy->>f.tenant_id)::integer, 0) as held,
        row_number() over (partition by f.tenant_id order by f.turn, f.due_at) as tenant_turn
      from first_of_lines f where f.turn <= f.room),
    picked as (
      select o.* from of_tenants o join tenants t on t.tenant_id = o.tenant_id
      where o.tenant_turn <= greatest(floor((3 * max_count - o.held) / 4.0), case when o.held = 0 then 1 end)
      order by (o.held + o.tenant_turn)::double precision / t.weight, o.due_at
      limit (select greatest(1, floor(max_count * 3.0 * count(distinct f.tenant_id) / (1 + 3 * count(distinct f.tenant_id)))) from first_of_lines f))
    select array_agg(p.tenant_id), array_agg(p.app_id), array_agg(p.id), array_agg(p.rank), array_agg(p.turn::integer)
    into tenants_of, apps_of, ids, ranks, turns from picked p;
    exit when ids is null;

    -- Whoever claims for the same app at this moment waits here, and then sees what is left.
    perform 1 from app_budgets b where (b.tenant_id, b.app_id) in (select * from unnest(tenants_of, apps_of))
      order by b.tenant_id, b.app_id for update;

    return query
    with allowed as (
      select p.tenant_id, p.app_id, p.id from unnest(tenants_of, apps_of, ids, ranks, turns) p(tenant_id, app_id, id, rank, turn)
      join app_budgets b on b.tenant_id = p.tenant_id and b.app_id = p.app_id
      join apps a on a.tenant_id = p.tenant_id and a.id = p.app_id
      where p.turn <= budget_room(b, a.limits, p.rank, now())),
    due as (
      select d.tenant_id, d.id from conversations d join allowed p on p.tenant_id = d.tenant_id and p.id = d.id
      where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now()) for update of d skip locked),
    claimed as (
      update conversations c set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds),
        crash_count = case when c.claim_id is null then 0 else least(c.crash_count + 1, 100) end
      from due where c.tenant_id = due.tenant_id and c.id = due.id
      returning c.tenant_id, c.id, c.app_id, c.crash_count),
    spent as (
      update app_budgets b set sends = add_sends(b.sends, now(), s.count),
        day = tehran_day(now()), day_count = sent_today(b, now()) + s.count,
        warned_percent = case when b.day = tehran_day(now()) then b.warned_percent else 0 end,
        -- A probe: nobody else tries before it has ended, or its process has died.
        blocked_until = case when b.block_count > 0 then now() + make_interval(secs => lease_seconds) else b.blocked_until end
      from (select k.tenant_id, k.app_id, count(*)::integer as count from claimed k group by 1, 2) s
      where b.tenant_id = s.tenant_id and b.app_id = s.app_id
      returning b.tenant_id, b.app_id, b.block_count, b.trouble_count, b.warned_percent, b.day_count, day_limit(b, (
        select a.limits from apps a where a.tenant_id = b.tenant_id and a.id = b.app_id), now()) as day_limit)
    select k.tenant_id, k.id, k.app_id, k.crash_count, case when s.block_count > 0 then 'probe' when s.trouble_count > 0 then 'troubled' else 'good' end,
      (select max(step) from unnest(array[50, 80, 95]) step
       where step > s.warned_percent and s.day_count * 100 >= step * s.day_limit)
    from claimed k join spent s on s.tenant_id = k.tenant_id and s.app_id = k.app_id;
    exit when found;
  end loop;
end $$;
`;

export async function down(knex) {
  await knex.raw(`
drop function delivery_figures(), budget_figures(), queue_figures(), overdue_conversations(integer), claim_conversations(integer, integer, text, jsonb);
drop function budget_wait(app_budgets, jsonb, integer, timestamptz), budget_room(app_budgets, jsonb, integer, timestamptz), day_room(app_budgets, jsonb, integer, timestamptz),
  minute_room(app_budgets, jsonb, integer, timestamptz), sent_today(app_budgets, timestamptz), day_limit(app_budgets, jsonb, timestamptz),
  minute_limit(app_budgets, jsonb, timestamptz), add_sends(bigint[], timestamptz, integer), sent_last_minute(bigint[], timestamptz),
  tehran_midnight(timestamptz), tehran_day(timestamptz);
drop index conversations_line;
alter table conversations drop column crash_count, drop column lane_rank;
create index conversations_due on conversations (due_at) where due_at is not null;
drop index messages_overdue, messages_lanes;
alter table messages drop column failure_count, drop column lane_rank;
create or replace function erase_message_contents(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (update messages m set content = null from (
      select o.tenant_id, o.id from messages o where o.final_at < now() - interval '72 hours' and o.content is not null limit max_count) old
    where m.tenant_id = old.tenant_id and m.id = old.id returning 1)
  select count(*) from gone $$;
drop index messages_to_erase;
create index messages_to_erase on messages (final_at) where content is not null and final_at is not null;
alter table apps drop column retention_hours;
alter table tenants drop column weight;
drop trigger budget on apps;
drop function open_budget();
drop table app_budgets;
create function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text) returns table (tenant_id text, id text, app_id text)
language sql security definer set search_path = public, pg_temp as $$
  update conversations c set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from conversations d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where c.tenant_id = due.tenant_id and c.id = due.id
  returning c.tenant_id, c.id, c.app_id $$;
select give_to_system('claim_conversations(integer, integer, text)');
`);
}
