-- The schema after all migrations. Made by `npm run schema`; compared by the tests.

-- functions

CREATE OR REPLACE FUNCTION public.accept_totp(wanted_id text, new_counter bigint)
 RETURNS TABLE(is_accepted boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with taken as (update members m set totp_counter = new_counter
    where m.id = wanted_id and (m.totp_counter is null or m.totp_counter < new_counter) returning 1)
  select exists (select 1 from taken) $function$;
CREATE OR REPLACE FUNCTION public.add_email_token(token jsonb, mail jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into email_tokens select r.* from jsonb_populate_record(null::email_tokens, token) r;
  insert into outgoing_mails (id, content) values (mail ->> 'id', mail ->> 'content') $function$;
CREATE OR REPLACE FUNCTION public.add_init_minutes(rows json)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into init_minutes as m (tenant_id, app_id, minute, call_count, ours_count, key_count, request_count, slots)
  select r.tenant_id, r.app_id, to_timestamp(r.minute * 60), r.calls, r.ours, r.key, r.request, r.slots
  from json_to_recordset(rows) as r(tenant_id text, app_id text, minute bigint, calls integer, ours integer, key integer, request integer, slots integer[])
  join apps a on a.tenant_id = r.tenant_id and a.id = r.app_id
  order by r.tenant_id, r.app_id, r.minute
  on conflict (tenant_id, app_id, minute) do update set
    call_count = m.call_count + excluded.call_count, ours_count = m.ours_count + excluded.ours_count,
    key_count = m.key_count + excluded.key_count, request_count = m.request_count + excluded.request_count,
    slots = (select array_agg(coalesce(s.old, 0) + coalesce(s.new, 0) order by s.slot)
      from unnest(m.slots, excluded.slots) with ordinality as s(old, new, slot)) $function$;
CREATE OR REPLACE FUNCTION public.add_mail(mail jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into outgoing_mails (id, content) values (mail ->> 'id', mail ->> 'content') $function$;
CREATE OR REPLACE FUNCTION public.add_passkey_challenge(new_challenge text, new_purpose text, new_holder text, ends_at timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into passkey_challenges values (new_challenge, new_purpose, new_holder, ends_at) $function$;
CREATE OR REPLACE FUNCTION public.add_sends(sends bigint[], at timestamp with time zone, count integer)
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(array_agg((s << 20) | least(1048575, n) order by s), '{}') from (
    select s, sum(n)::bigint from (
      select e >> 20, e & 1048575 from unnest(sends) e
      union all select floor(extract(epoch from at))::bigint, count) every(s, n)
    where s > floor(extract(epoch from at))::bigint - 63 group by s) kept(s, n) $function$;
CREATE OR REPLACE FUNCTION public.add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into system_keys (id, kind, public_jwk, sealed) values (new_id, new_kind, new_public_jwk, new_sealed) on conflict (id) do nothing $function$;
CREATE OR REPLACE FUNCTION public.alive_minutes_between(from_at timestamp with time zone, to_at timestamp with time zone)
 RETURNS TABLE(since timestamp with time zone, began_at timestamp with time zone, minute_count bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with first as (select min(a.minute) as minute from alive_minutes a),
    dead as (
      select g.minute from first f,
        generate_series(date_trunc('minute', greatest(from_at, f.minute)), to_at - interval '1 minute', interval '1 minute') as g(minute)
      where f.minute is not null and not exists (select 1 from alive_minutes a where a.minute = g.minute)),
    spans as (
      select min(d.minute) as began_at, count(*) as minute_count
      from (select i.minute, i.minute - row_number() over (order by i.minute) * interval '1 minute' as island from dead i) d group by d.island)
  select f.minute, s.began_at, s.minute_count from first f left join spans s on true order by s.began_at $function$;
CREATE OR REPLACE FUNCTION public.applied_migrations()
 RETURNS TABLE(name text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin return query select m.name::text from knex_migrations m order by m.id; end $function$;
CREATE OR REPLACE FUNCTION public.apps_with_told(max_count integer)
 RETURNS TABLE(tenant_id text, app_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with recursive apps_in_turn as (
    (select i.tenant_id, i.app_id from event_inbox i order by i.tenant_id, i.app_id limit 1)
    union all
    select next.tenant_id, next.app_id from apps_in_turn a cross join lateral (
      select i.tenant_id, i.app_id from event_inbox i where (i.tenant_id, i.app_id) > (a.tenant_id, a.app_id)
      order by i.tenant_id, i.app_id limit 1) next)
  select a.tenant_id, a.app_id from apps_in_turn a
  where exists (select 1 from event_inbox i where i.tenant_id = a.tenant_id and i.app_id = a.app_id and i.due_at <= now())
  limit max_count $function$;
CREATE OR REPLACE FUNCTION public.budget_figures()
 RETURNS TABLE(blocked_by text, app_count bigint, lowest_left double precision)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select k.kind, (select count(*) from app_budgets b where b.blocked_by = k.kind and b.blocked_until > now()),
    case when k.kind = 'day' then (select min(1 - sent_today(b, now())::double precision / day_limit(b, a.limits, now()))
      from app_budgets b join apps a on a.tenant_id = b.tenant_id and a.id = b.app_id where day_limit(b, a.limits, now()) > 0) end
  from (values ('minute'), ('day'), ('divar')) k(kind) $function$;
CREATE OR REPLACE FUNCTION public.budget_room(b app_budgets, limits jsonb, rank integer, at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select case when b.blocked_until > at then 0 else greatest(0, least(
    case when b.block_count > 0 then 1 when b.trouble_count > 0 then 2 else 1000000 end,
    case when minute_limit(b, limits, at) is not null then minute_room(b, limits, rank, at) end,
    case when day_limit(b, limits, at) is not null then day_room(b, limits, rank, at) end)) end $function$;
CREATE OR REPLACE FUNCTION public.budget_wait(b app_budgets, limits jsonb, rank integer, at timestamp with time zone)
 RETURNS TABLE(blocked_by text, until timestamp with time zone, since timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select w.blocked_by, w.until, w.since from (
    select b.blocked_by, b.blocked_until as until, b.blocked_at as since, 1 as turn where b.blocked_until > at and b.blocked_by is not null
    union all
    select 'day', tehran_midnight(at), null, 2 where day_limit(b, limits, at) is not null and day_room(b, limits, rank, at) <= 0
    union all
    select 'minute', to_timestamp((b.sends[1] >> 20) + 63), null, 3
    where minute_limit(b, limits, at) is not null and minute_room(b, limits, rank, at) <= 0 and b.sends <> '{}') w
  order by w.turn limit 1 $function$;
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
CREATE OR REPLACE FUNCTION public.change_login(wanted_id text, old_hash text, changes jsonb)
 RETURNS TABLE(is_changed boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with changed as (update logins l set (token_hash, stage, seen_at, ends_at, step_up_at) =
      (select r.token_hash, r.stage, r.seen_at, r.ends_at, r.step_up_at from jsonb_populate_record(l, changes) r)
    where l.id = wanted_id and l.token_hash = old_hash returning 1)
  select exists (select 1 from changed) $function$;
CREATE OR REPLACE FUNCTION public.change_member(wanted_id text, changes jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update members m set (password_hash, language, totp_secret, pending_totp_secret, totp_counter, recovery_hashes, used_at, disabled_at, preferences) =
    (select r.password_hash, r.language, r.totp_secret, r.pending_totp_secret, r.totp_counter, r.recovery_hashes, r.used_at, r.disabled_at, r.preferences from jsonb_populate_record(m, changes) r)
  where m.id = wanted_id $function$;
CREATE OR REPLACE FUNCTION public.changed_apps(since text)
 RETURNS TABLE(app jsonb)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select to_jsonb(a) - 'action_secret' || jsonb_build_object(
    'changed_xid', a.changed_xid::text,
    'suspended', t.suspended_at is not null or a.disabled_at is not null,
    'secrets', coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'slot', s.slot, 'sealed', s.sealed) order by s.kind, s.slot)
                         from app_secrets s where s.tenant_id = a.tenant_id and s.app_id = a.id), '[]'))
  from apps a join tenants t using (tenant_id) where a.changed_xid >= since::xid8 $function$;
CREATE OR REPLACE FUNCTION public.claim_chat_reads(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with due as (
    select d.tenant_id, d.id, d.app_id, d.due_at from chat_reads d
    where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
      and not exists (select 1 from chat_reads b where b.tenant_id = d.tenant_id and b.app_id = d.app_id and b.claim_id is not null and b.claimed_until >= now())
      and not exists (select 1 from chat_reads b where b.tenant_id = d.tenant_id and b.app_id = d.app_id and b.read_at > now() - interval '2 seconds')
      and not exists (select 1 from app_budgets l where l.tenant_id = d.tenant_id and l.app_id = d.app_id and l.blocked_until > now())
    order by d.due_at limit 1000),
  picked as (select distinct on (f.tenant_id, f.app_id) f.tenant_id, f.id, f.due_at from due f order by f.tenant_id, f.app_id, f.due_at),
  locked as (
    select r.tenant_id, r.id from chat_reads r join (select * from picked order by due_at limit max_count) p on p.tenant_id = r.tenant_id and p.id = r.id
    where r.due_at <= now() and (r.claimed_until is null or r.claimed_until < now()) for update of r skip locked)
  update chat_reads u set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from locked where u.tenant_id = locked.tenant_id and u.id = locked.id
  returning u.tenant_id, u.id, u.app_id $function$;
CREATE OR REPLACE FUNCTION public.claim_conversations(max_count integer, lease_seconds integer, new_claim_id text, busy jsonb DEFAULT '{}'::jsonb)
 RETURNS TABLE(tenant_id text, id text, app_id text, crash_count smallint, health text, warn_percent integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
end $function$;
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
CREATE OR REPLACE FUNCTION public.claim_grants(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update grants g set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from grants d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where g.tenant_id = due.tenant_id and g.id = due.id
  returning g.tenant_id, g.id, g.app_id $function$;
CREATE OR REPLACE FUNCTION public.claim_jobs(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update jobs j set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from jobs d join tenants t on t.tenant_id = d.tenant_id
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now()) and t.suspended_at is null
        order by d.due_at limit max_count for update of d skip locked) due
  where j.tenant_id = due.tenant_id and j.id = due.id
  returning j.tenant_id, j.id, j.app_id $function$;
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
CREATE OR REPLACE FUNCTION public.claim_mails(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(id text, content text, attempt_count integer)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update outgoing_mails o set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds), attempt_count = o.attempt_count + 1
  from (select w.id from outgoing_mails w where w.next_at <= now() and (w.claimed_until is null or w.claimed_until < now())
        order by w.next_at limit max_count for update skip locked) due
  where o.id = due.id returning o.id, o.content, o.attempt_count $function$;
CREATE OR REPLACE FUNCTION public.claim_new_visits(max_visits integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(id bigint, visits text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update new_visits n set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select w.id from new_visits w join (
          select f.id, sum(f.visit_count) over (order by f.id) as visits_so_far, row_number() over (order by f.id) as turn
          from (select o.id, o.visit_count from new_visits o where o.claimed_until is null or o.claimed_until < now()
                order by o.id limit max_visits) f) p on p.id = w.id
        where (p.visits_so_far <= max_visits or p.turn = 1) and (w.claimed_until is null or w.claimed_until < now())
        for update of w skip locked) due
  where n.id = due.id
  returning n.id, n.visits $function$;
CREATE OR REPLACE FUNCTION public.claim_subscriptions(max_count integer, lease_seconds integer, new_claim_id text)
 RETURNS TABLE(tenant_id text, id text, app_id text)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update subscriptions s set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from subscriptions d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where s.tenant_id = due.tenant_id and s.id = due.id
  returning s.tenant_id, s.id, s.app_id $function$;
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
CREATE OR REPLACE FUNCTION public.day_limit(b app_budgets, limits jsonb, at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select least((limits->>'divar_per_day')::integer, case when b.learnt_day_until > at then b.learnt_per_day end) $function$;
CREATE OR REPLACE FUNCTION public.day_room(b app_budgets, limits jsonb, rank integer, at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select greatest(1, ceil(day_limit(b, limits, at) * (1 - 0.1 * rank * extract(epoch from tehran_midnight(at) - at) / 86400)))::integer
    - sent_today(b, at) $function$;
CREATE OR REPLACE FUNCTION public.delivery_figures()
 RETURNS TABLE(pending_count bigint, due_count bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select count(*), count(*) filter (where d.due_at <= now()) from deliveries d where d.state = 'pending' $function$;
CREATE OR REPLACE FUNCTION public.disable_unused_members(max_rows integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with disabled as (update members set disabled_at = now()
    where id in (select m.id from members m where m.disabled_at is null and m.used_at < now() - interval '6 months' limit max_rows) returning 1)
  select count(*) from disabled $function$;
CREATE OR REPLACE FUNCTION public.end_logins(wanted_member_id text, only_id text, except_id text)
 RETURNS TABLE(ended_count bigint)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with ended as (delete from logins l where l.member_id = wanted_member_id and (only_id is null or l.id = only_id)
    and (except_id is null or l.id <> except_id) returning 1)
  select count(*) from ended $function$;
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
      select o.tenant_id, o.id from apps a cross join lateral (
        select m.tenant_id, m.id from messages m where m.tenant_id = a.tenant_id and m.app_id = a.id
          and m.content is not null and m.final_at < now() - make_interval(hours => a.retention_hours) limit max_count) o
      limit max_count) old
    where m.tenant_id = old.tenant_id and m.id = old.id returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.find_api_key(wanted_hash text)
 RETURNS TABLE(tenant_id text, app_id text, id text, scopes text[])
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select k.tenant_id, k.app_id, k.id, k.scopes from api_keys k
  where k.key_hash = wanted_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) $function$;
CREATE OR REPLACE FUNCTION public.find_app_tenant(wanted_id text)
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select a.tenant_id from apps a where a.id = wanted_id $function$;
CREATE OR REPLACE FUNCTION public.find_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone)
 RETURNS TABLE(facts text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select k.facts from email_tokens k where k.token_hash = wanted_hash and k.kind = wanted_kind and k.expires_at > at_time $function$;
CREATE OR REPLACE FUNCTION public.find_invitation(wanted_hash text, at_time timestamp with time zone)
 RETURNS TABLE(tenant_id text, id text, tenant_name text, role text, email text, email_index text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select i.tenant_id, i.id, t.name, i.role, i.email, i.email_index from invitations i join tenants t on t.tenant_id = i.tenant_id
  where i.token_hash = wanted_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > at_time $function$;
CREATE OR REPLACE FUNCTION public.find_login(wanted_hash text, at_time timestamp with time zone, idle_seconds integer, prolongs boolean)
 RETURNS TABLE(login jsonb)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with live as (
    select l.* from logins l where l.token_hash = wanted_hash and l.ends_at > at_time and l.seen_at > at_time - make_interval(secs => idle_seconds)),
  seen as (update logins u set seen_at = at_time from live l where prolongs and u.id = l.id and u.seen_at < at_time returning u.seen_at)
  select to_jsonb(l) - 'token_hash' || jsonb_build_object(
    'seen_at', coalesce((select s.seen_at from seen s), l.seen_at), 'email', m.email, 'email_index', m.email_index, 'language', m.language,
    'has_second_factor', m.totp_secret is not null, 'recovery_code_count', cardinality(m.recovery_hashes),
    'preferences', m.preferences, 'passkey_count', (select count(*) from passkeys k where k.member_id = m.id),
    'memberships', coalesce((select jsonb_agg(jsonb_build_object('tenant_id', t.tenant_id, 'name', t.name, 'role', p.role,
        'suspended', t.suspended_at is not null) order by p.created_at, t.tenant_id)
      from memberships p join tenants t on t.tenant_id = p.tenant_id where p.member_id = m.id), '[]'))
  from live l join members m on m.id = l.member_id where m.disabled_at is null $function$;
CREATE OR REPLACE FUNCTION public.find_member(wanted_id text, wanted_index text)
 RETURNS SETOF members
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select m.* from members m where m.id = wanted_id or m.email_index = wanted_index $function$;
CREATE OR REPLACE FUNCTION public.find_passkey(wanted_id text)
 RETURNS SETOF passkeys
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select p.* from passkeys p where p.id = wanted_id $function$;
CREATE OR REPLACE FUNCTION public.find_tenant(wanted_external_id text)
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select t.tenant_id from tenants t where t.external_id = wanted_external_id $function$;
CREATE OR REPLACE FUNCTION public.forget_attempts(spent_bucket text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  delete from throttles t where t.bucket = spent_bucket $function$;
CREATE OR REPLACE FUNCTION public.forget_new_visits(old_claim_id text)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from new_visits n where n.claim_id = old_claim_id returning 1) select count(*) from gone $function$;
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
CREATE OR REPLACE FUNCTION public.id_floor(prefix text, made_at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select prefix || '_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((((ms / 8) >> (5 * place)) % 32)::integer + 1), 1), '' order by place desc)
  from (select floor(extract(epoch from made_at) * 1000)::bigint as ms) instant, generate_series(0, 8) as place $function$;
CREATE OR REPLACE FUNCTION public.insert_login(new jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into logins select r.* from jsonb_populate_record(null::logins, new) r $function$;
CREATE OR REPLACE FUNCTION public.insert_member(new jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into members (id, email, email_index, password_hash, language, created_at, used_at)
  select r.id, r.email, r.email_index, r.password_hash, r.language, r.created_at, r.created_at from jsonb_populate_record(null::members, new) r $function$;
CREATE OR REPLACE FUNCTION public.insert_passkey(new jsonb, max_count integer)
 RETURNS TABLE(is_inserted boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with added as (
    insert into passkeys select r.* from jsonb_populate_record(null::passkeys, new) r
    where (select count(*) from passkeys p where p.member_id = r.member_id) < max_count
    on conflict (id) do nothing returning 1)
  select exists (select 1 from added) $function$;
CREATE OR REPLACE FUNCTION public.intake_sessions(rows json)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with added as (
    insert into sessions (tenant_id, id, app_id, generation, entry, simulated, facts, created_at, launch_expires_at, expires_at)
    select r.tenant_id, r.id, r.app_id, r.generation, r.entry, r.simulated, r.facts,
      to_timestamp(r.created_at / 1000), to_timestamp(r.launch_expires_at / 1000), to_timestamp(r.expires_at / 1000)
    from json_to_recordset(rows) as r(tenant_id text, id text, app_id text, generation text, entry text, simulated boolean, facts text,
      created_at float8, launch_expires_at float8, expires_at float8)
    returning sessions.tenant_id, sessions.id)
  insert into new_visits (visits, visit_count) select string_agg(a.tenant_id || ' ' || a.id, ','), count(*) from added a having count(*) > 0 $function$;
CREATE OR REPLACE FUNCTION public.keep_told(rows json)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into event_inbox (tenant_id, app_id, id, body, received_at)
  select r.tenant_id, r.app_id, r.id, r.body, to_timestamp(r.received_at / 1000)
  from json_to_recordset(rows) as r(tenant_id text, app_id text, id text, body text, received_at float8) $function$;
CREATE OR REPLACE FUNCTION public.knows_subscription_key(wanted_app_id text, wanted_digest text)
 RETURNS TABLE(is_known boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select exists (select 1 from subscriptions s where s.app_id = wanted_app_id and s.notify_key_digest = wanted_digest) $function$;
CREATE OR REPLACE FUNCTION public.list_logins(wanted_member_id text, at_time timestamp with time zone, idle_seconds integer)
 RETURNS TABLE(id text, stage text, created_at timestamp with time zone, seen_at timestamp with time zone, device text, address text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select l.id, l.stage, l.created_at, l.seen_at, l.device, l.address from logins l
  where l.member_id = wanted_member_id and l.ends_at > at_time and l.seen_at > at_time - make_interval(secs => idle_seconds)
  order by l.seen_at desc, l.id $function$;
CREATE OR REPLACE FUNCTION public.list_passkeys(wanted_member_id text)
 RETURNS SETOF passkeys
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select p.* from passkeys p where p.member_id = wanted_member_id order by p.created_at, p.id $function$;
CREATE OR REPLACE FUNCTION public.list_stale_member_seals(current_key_id text, max_rows integer)
 RETURNS TABLE(place text, id text, sealed text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select s.place, s.id, s.sealed from (
    select 'members|email', m.id, m.email from members m
    union all select 'members|totp_secret', m.id, m.totp_secret from members m
    union all select 'members|pending_totp_secret', m.id, m.pending_totp_secret from members m
    union all select 'email_tokens|facts', k.token_hash, k.facts from email_tokens k
    union all select 'outgoing_mails|content', o.id, o.content from outgoing_mails o) s(place, id, sealed)
  where s.sealed is not null and not starts_with(s.sealed, current_key_id || '.') limit max_rows $function$;
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
CREATE OR REPLACE FUNCTION public.memberships_of(wanted_member_id text)
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select p.tenant_id from memberships p where p.member_id = wanted_member_id order by p.created_at, p.tenant_id $function$;
CREATE OR REPLACE FUNCTION public.minute_limit(b app_budgets, limits jsonb, at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select least((limits->>'divar_per_minute')::integer, case when b.learnt_minute_until > at then b.learnt_per_minute end) $function$;
CREATE OR REPLACE FUNCTION public.minute_room(b app_budgets, limits jsonb, rank integer, at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select greatest(1, ceil(minute_limit(b, limits, at) * (1 - 0.1 * rank)))::integer - sent_last_minute(b.sends, at) $function$;
CREATE OR REPLACE FUNCTION public.note_alive_minutes(minutes bigint[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into alive_minutes select to_timestamp(m * 60) from unnest(minutes) m order by m on conflict do nothing $function$;
CREATE OR REPLACE FUNCTION public.note_arrivals(rows jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into app_arrivals as a (tenant_id, app_id, kind, first_at, first_address, last_at, last_address)
  select distinct on (r.tenant_id, r.app_id, r.kind) r.tenant_id, r.app_id, r.kind, r.at, r.address, r.at, r.address
  from jsonb_to_recordset(rows) r(tenant_id text, app_id text, kind text, at timestamptz, address text)
  order by r.tenant_id, r.app_id, r.kind, r.at
  on conflict (tenant_id, app_id, kind) do update set last_at = excluded.last_at, last_address = excluded.last_address
  where a.last_at < excluded.last_at $function$;
CREATE OR REPLACE FUNCTION public.note_login_failure(wanted_member_id text, from_address text, at_time timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  insert into login_failures (tenant_id, member_id, at, address)
  select coalesce(p.tenant_id, 'none'), wanted_member_id, at_time, from_address
  from (select 1) once left join memberships p on p.member_id = wanted_member_id $function$;
CREATE OR REPLACE FUNCTION public.open_budget()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin insert into app_budgets (tenant_id, app_id) values (new.tenant_id, new.id); return null; end $function$;
CREATE OR REPLACE FUNCTION public.overdue_conversations(max_count integer)
 RETURNS TABLE(tenant_id text, id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select distinct o.tenant_id, o.conversation_id from (
    select m.tenant_id, m.conversation_id from messages m where m.expires_at <= now() and m.state in ('queued', 'held')
    order by m.expires_at limit max_count) o $function$;
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
CREATE OR REPLACE FUNCTION public.queue_figures()
 RETURNS TABLE(lane text, open_count bigint, oldest_seconds double precision)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select l.lane, coalesce(m.count, 0), coalesce(extract(epoch from now() - c.oldest_at), 0)::double precision
  from (values ('reply', 0), ('transactional', 1), ('bulk', 2)) l(lane, rank)
  left join (select lane_rank, count(*) from messages where final_at is null group by 1) m on m.lane_rank = l.rank
  left join (select lane_rank, min(due_at) as oldest_at from conversations where due_at <= now() group by 1) c on c.lane_rank = l.rank $function$;
CREATE OR REPLACE FUNCTION public.remove_passkey(wanted_member_id text, wanted_id text)
 RETURNS TABLE(is_removed boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with removed as (delete from passkeys p where p.member_id = wanted_member_id and p.id = wanted_id returning 1)
  select exists (select 1 from removed) $function$;
CREATE OR REPLACE FUNCTION public.remove_system_key(wanted_id text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  delete from system_keys where id = wanted_id and kind = 'signing' $function$;
CREATE OR REPLACE FUNCTION public.reseal_member_text(wanted_place text, wanted_id text, old_sealed text, new_sealed text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update members m set email = new_sealed where wanted_place = 'members|email' and m.id = wanted_id and m.email = old_sealed;
  update members m set totp_secret = new_sealed where wanted_place = 'members|totp_secret' and m.id = wanted_id and m.totp_secret = old_sealed;
  update members m set pending_totp_secret = new_sealed where wanted_place = 'members|pending_totp_secret' and m.id = wanted_id and m.pending_totp_secret = old_sealed;
  update email_tokens k set facts = new_sealed where wanted_place = 'email_tokens|facts' and k.token_hash = wanted_id and k.facts = old_sealed;
  update outgoing_mails o set content = new_sealed where wanted_place = 'outgoing_mails|content' and o.id = wanted_id and o.content = old_sealed $function$;
CREATE OR REPLACE FUNCTION public.reseal_system_key(wanted_id text, new_sealed text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update system_keys set sealed = new_sealed where id = wanted_id $function$;
CREATE OR REPLACE FUNCTION public.retire_secrets(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from app_secrets s using (
      select o.tenant_id, o.app_id, o.kind, o.slot from app_secrets o where o.retire_at <= now() and o.slot = 2 limit max_count) old
    where s.tenant_id = old.tenant_id and s.app_id = old.app_id and s.kind = old.kind and s.slot = old.slot returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sent_last_minute(sends bigint[], at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(sum(e & 1048575), 0)::integer from unnest(sends) e where e >> 20 > floor(extract(epoch from at))::bigint - 63 $function$;
CREATE OR REPLACE FUNCTION public.sent_today(b app_budgets, at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select case when b.day = tehran_day(at) then b.day_count else 0 end $function$;
CREATE OR REPLACE FUNCTION public.settle_mail(wanted_id text, held_claim_id text, is_done boolean, retry_seconds integer)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  delete from outgoing_mails o where o.id = wanted_id and o.claim_id = held_claim_id and is_done;
  update outgoing_mails o set claim_id = null, claimed_until = null, next_at = now() + make_interval(secs => retry_seconds)
  where o.id = wanted_id and o.claim_id = held_claim_id $function$;
CREATE OR REPLACE FUNCTION public.spend_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone)
 RETURNS TABLE(is_spent boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with spent as (delete from email_tokens k where k.token_hash = wanted_hash and k.kind = wanted_kind and k.expires_at > at_time returning 1)
  select exists (select 1 from spent) $function$;
CREATE OR REPLACE FUNCTION public.spend_passkey_challenge(given_challenge text, given_purpose text, given_holder text, at_time timestamp with time zone)
 RETURNS TABLE(is_spent boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with spent as (delete from passkey_challenges c
    where c.challenge = given_challenge and c.purpose = given_purpose and c.holder = given_holder and c.expires_at > at_time returning 1)
  select exists (select 1 from spent) $function$;
CREATE OR REPLACE FUNCTION public.spend_recovery_code(wanted_id text, spent_hash text)
 RETURNS TABLE(is_accepted boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with taken as (update members m set recovery_hashes = array_remove(m.recovery_hashes, spent_hash)
    where m.id = wanted_id and spent_hash = any(m.recovery_hashes) returning 1)
  select exists (select 1 from taken) $function$;
CREATE OR REPLACE FUNCTION public.sweep_audit_entries(max_rows integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with old as (select e.tenant_id, e.position, e.hash from audit_entries e where e.at < now() - interval '12 months' order by e.at limit max_rows),
    last as (select distinct on (o.tenant_id) o.tenant_id, o.position, o.hash from old o order by o.tenant_id, o.position desc),
    moved as (update audit_chains c set swept_position = l.position, swept_hash = l.hash from last l where c.tenant_id = l.tenant_id),
    gone as (delete from audit_entries e using last l where e.tenant_id = l.tenant_id and e.position <= l.position returning 1)
  select count(*) from gone $function$;
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
CREATE OR REPLACE FUNCTION public.sweep_echoes(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from echoes e using (
      select o.tenant_id, o.app_id, o.divar_key from echoes o where o.seen_at < now() - interval '7 days' limit max_count) old
    where e.tenant_id = old.tenant_id and e.app_id = old.app_id and e.divar_key = old.divar_key returning 1)
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
CREATE OR REPLACE FUNCTION public.sweep_health(max_rows integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with counts as (delete from init_minutes where (tenant_id, app_id, minute) in
      (select m.tenant_id, m.app_id, m.minute from init_minutes m where m.minute < now() - interval '14 days' limit max_rows) returning 1),
    signs as (delete from alive_minutes where minute in
      (select a.minute from alive_minutes a where a.minute < now() - interval '14 days' limit max_rows) returning 1)
  select (select count(*) from counts) + (select count(*) from signs) $function$;
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
CREATE OR REPLACE FUNCTION public.sweep_member_remains(max_rows integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with tokens as (delete from email_tokens where token_hash in (select k.token_hash from email_tokens k where k.expires_at < now() limit max_rows) returning 1),
    ended as (delete from logins where id in (select l.id from logins l where l.ends_at < now() limit max_rows) returning 1),
    buckets as (delete from throttles where bucket in (select t.bucket from throttles t where t.ends_at < now() limit max_rows) returning 1),
    failures as (delete from login_failures where (tenant_id, id) in (select f.tenant_id, f.id from login_failures f where f.tenant_id = 'none' limit max_rows) returning 1)
  select (select count(*) from tokens) + (select count(*) from ended) + (select count(*) from buckets) + (select count(*) from failures) $function$;
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
CREATE OR REPLACE FUNCTION public.sweep_passkey_challenges(max_rows integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from passkey_challenges where challenge in
    (select c.challenge from passkey_challenges c where c.expires_at < now() limit max_rows) returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_refusals(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from refusals r using (
      select o.tenant_id, o.app_id, o.kind, o.code, o.hour from refusals o where o.hour < now() - interval '30 days' limit max_count) old
    where r.tenant_id = old.tenant_id and r.app_id = old.app_id and r.kind = old.kind and r.code = old.code and r.hour = old.hour returning 1)
  select count(*) from gone $function$;
CREATE OR REPLACE FUNCTION public.sweep_sessions(max_count integer)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with gone as (delete from sessions s using (
      select o.tenant_id, o.id from tenants t cross join lateral (
        select v.tenant_id, v.id from sessions v
        where v.tenant_id = t.tenant_id and v.id < id_floor('ses', now() - interval '90 days') and v.expires_at < now() - interval '89 days'
        order by v.id limit 100) o
      limit max_count) old
    where s.tenant_id = old.tenant_id and s.id = old.id returning 1)
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
CREATE OR REPLACE FUNCTION public.take_attempts(buckets text[], max_counts integer[], window_seconds integer[], at_time timestamp with time zone)
 RETURNS TABLE(wait_seconds integer)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with taken as (
    insert into throttles as t (bucket, attempt_count, ends_at)
    select a.b, 1, at_time + make_interval(secs => a.w) from unnest(buckets, window_seconds) as a(b, w) order by a.b
    on conflict (bucket) do update set
      attempt_count = case when t.ends_at <= at_time then 1 else t.attempt_count + 1 end,
      ends_at = case when t.ends_at <= at_time then excluded.ends_at else t.ends_at end
    returning t.bucket, t.attempt_count, t.ends_at)
  select coalesce(max(ceil(extract(epoch from k.ends_at - at_time))), 0)::integer
  from taken k join unnest(buckets, max_counts) as a(b, c) on a.b = k.bucket where k.attempt_count > a.c $function$;
CREATE OR REPLACE FUNCTION public.tehran_day(at timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 STABLE
AS $function$ select (at at time zone 'Asia/Tehran')::date $function$;
CREATE OR REPLACE FUNCTION public.tehran_midnight(at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select ((at at time zone 'Asia/Tehran')::date + 1)::timestamp at time zone 'Asia/Tehran' $function$;
CREATE OR REPLACE FUNCTION public.tenant_members()
 RETURNS TABLE(id text, email text, role text, joined_at timestamp with time zone, used_at timestamp with time zone, has_second_factor boolean, is_disabled boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select m.id, m.email, p.role, p.created_at, m.used_at, m.totp_secret is not null, m.disabled_at is not null
  from memberships p join members m on m.id = p.member_id where p.tenant_id = current_tenant() order by p.created_at, m.id $function$;
CREATE OR REPLACE FUNCTION public.tenants_with_login_failures(max_count integer)
 RETURNS TABLE(tenant_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select distinct f.tenant_id from login_failures f where f.tenant_id <> 'none' limit max_count $function$;
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
CREATE OR REPLACE FUNCTION public.use_passkey(wanted_id text, new_counter bigint, at_time timestamp with time zone)
 RETURNS TABLE(is_accepted boolean)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with used as (update passkeys p set counter = new_counter, used_at = at_time
    where p.id = wanted_id and (p.counter < new_counter or (p.counter = 0 and new_counter = 0)) returning 1)
  select exists (select 1 from used) $function$;
CREATE OR REPLACE FUNCTION public.watch_intake(gap_seconds integer, spread_seconds integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  last timestamptz;
  woken bigint := 0;
begin
  insert into intake_watch default values on conflict do nothing;
  select seen_at into last from intake_watch for update skip locked;
  if last is null then return 0; end if;
  update intake_watch set seen_at = now();
  if last < now() - make_interval(secs => gap_seconds) then
    update chat_reads set due_at = now() + random() * make_interval(secs => spread_seconds)
    where active_at is not null and (due_at is null or due_at > now() + make_interval(secs => spread_seconds))
      and active_at > last - interval '3 days';
    get diagnostics woken = row_count;
  end if;
  return woken;
end $function$;

-- tables

create table alive_minutes (
  minute timestamp with time zone not null
);
create table api_keys (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  name text not null,
  prefix text not null,
  key_hash text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null default now(),
  revoked_at timestamp with time zone,
  expires_at timestamp with time zone,
  created_by text
);
create table app_arrivals (
  tenant_id text not null,
  app_id text not null,
  kind text not null,
  first_at timestamp with time zone not null,
  first_address text,
  last_at timestamp with time zone not null,
  last_address text
);
create table app_budgets (
  tenant_id text not null,
  app_id text not null,
  sends bigint[] not null default '{}'::bigint[],
  day date,
  day_count integer not null default 0,
  warned_percent smallint not null default 0,
  learnt_per_minute integer,
  learnt_minute_until timestamp with time zone,
  learnt_per_day integer,
  learnt_day_until timestamp with time zone,
  blocked_until timestamp with time zone,
  blocked_at timestamp with time zone,
  blocked_by text,
  block_count integer not null default 0,
  trouble_count integer not null default 0
);
create table app_secrets (
  tenant_id text not null,
  app_id text not null,
  kind text not null,
  slot smallint not null,
  sealed text not null,
  created_at timestamp with time zone not null default now(),
  retire_at timestamp with time zone
);
create table app_setups (
  tenant_id text not null,
  app_id text not null,
  kenar jsonb,
  privacy jsonb,
  test_post text,
  steps jsonb not null default '{}'::jsonb
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
  changed_xid xid8 not null default pg_current_xact_id(),
  retention_hours integer not null default 72,
  disabled_at timestamp with time zone
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
  created_at timestamp with time zone not null,
  echo_key text
);
create table audit_chains (
  tenant_id text not null,
  "position" bigint not null default 0,
  hash text not null default ''::text,
  swept_position bigint not null default 0,
  swept_hash text not null default ''::text
);
create table audit_entries (
  tenant_id text not null,
  "position" bigint not null,
  id text not null,
  at timestamp with time zone not null,
  actor_id text,
  action text not null,
  target text,
  details text not null,
  address text,
  previous_hash text not null,
  hash text not null
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
create table chat_reads (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  told_from timestamp with time zone not null,
  active_at timestamp with time zone,
  read_at timestamp with time zone,
  due_at timestamp with time zone,
  failure_count integer not null default 0,
  claim_id text,
  claimed_until timestamp with time zone
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
  created_at timestamp with time zone not null,
  lane_rank smallint not null default 0,
  crash_count smallint not null default 0
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
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  signature text,
  timings jsonb
);
create table echoes (
  tenant_id text not null,
  app_id text not null,
  divar_key text not null,
  echo_key text not null,
  sent_at timestamp with time zone not null,
  seen_at timestamp with time zone not null default clock_timestamp()
);
create table email_tokens (
  token_hash text not null,
  kind text not null,
  facts text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null
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
  last_success_at timestamp with time zone,
  secret_made_at timestamp with time zone
);
create table event_inbox (
  tenant_id text not null,
  app_id text not null,
  "position" bigint not null,
  id text not null,
  body text not null,
  received_at timestamp with time zone not null,
  due_at timestamp with time zone not null default now(),
  failure_count integer not null default 0
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
  created_at timestamp with time zone not null,
  divar_key text
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
  created_at timestamp with time zone not null,
  refreshable boolean not null default false,
  refreshed_at timestamp with time zone,
  refresh_try_count integer not null default 0,
  refresh_lost_count integer not null default 0,
  refresh_last_sent_at timestamp with time zone,
  refresh_unanswered boolean not null default false,
  refused_version integer,
  is_kept boolean not null default false,
  reason text,
  is_ending boolean not null default false,
  told_days smallint,
  due_at timestamp with time zone,
  claim_id text,
  claimed_until timestamp with time zone
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
create table init_minutes (
  tenant_id text not null,
  app_id text not null,
  minute timestamp with time zone not null,
  call_count integer not null,
  ours_count integer not null,
  key_count integer not null,
  request_count integer not null,
  slots integer[] not null
);
create table intake_watch (
  one boolean not null default true,
  seen_at timestamp with time zone not null default now()
);
create table invitations (
  tenant_id text not null,
  id text not null,
  email text not null,
  email_index text not null,
  role text not null,
  token_hash text not null,
  invited_by text not null,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  revoked_at timestamp with time zone
);
create table jobs (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  type text not null,
  state text not null default 'planned'::text,
  request jsonb not null,
  plan jsonb not null,
  total integer not null,
  skipped integer not null default 0,
  done integer not null default 0,
  failed integer not null default 0,
  "position" bigint not null,
  last_position bigint not null,
  due_at timestamp with time zone,
  claim_id text,
  claimed_until timestamp with time zone,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  final_at timestamp with time zone
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
create table login_failures (
  tenant_id text not null,
  id bigint not null,
  member_id text,
  at timestamp with time zone not null,
  address text not null
);
create table logins (
  id text not null,
  token_hash text not null,
  member_id text not null,
  stage text not null,
  created_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  step_up_at timestamp with time zone,
  device text not null,
  address text not null,
  first_factor text
);
create table media (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  kind text not null,
  format text not null,
  size_bytes integer not null,
  token text not null,
  created_at timestamp with time zone not null
);
create table members (
  id text not null,
  email text not null,
  email_index text not null,
  password_hash text not null,
  language text not null,
  totp_secret text,
  pending_totp_secret text,
  totp_counter bigint,
  recovery_hashes text[] not null default '{}'::text[],
  created_at timestamp with time zone not null,
  used_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  preferences jsonb not null default '{}'::jsonb
);
create table memberships (
  tenant_id text not null,
  member_id text not null,
  role text not null,
  created_at timestamp with time zone not null
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
  final_at timestamp with time zone,
  lane_rank smallint not null default 
CASE lane
    WHEN 'reply'::text THEN 0
    WHEN 'transactional'::text THEN 1
    ELSE 2
END,
  failure_count integer not null default 0,
  confirmed_by text
);
create table new_visits (
  id bigint not null,
  visits text not null,
  visit_count integer not null,
  claim_id text,
  claimed_until timestamp with time zone
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
create table outgoing_mails (
  id text not null,
  content text not null,
  created_at timestamp with time zone not null default now(),
  next_at timestamp with time zone not null default now(),
  attempt_count integer not null default 0,
  claim_id text,
  claimed_until timestamp with time zone
);
create table passkey_challenges (
  challenge text not null,
  purpose text not null,
  holder text not null,
  expires_at timestamp with time zone not null
);
create table passkeys (
  id text not null,
  member_id text not null,
  name text not null,
  public_key text not null,
  counter bigint not null,
  transports text[] not null,
  created_at timestamp with time zone not null,
  used_at timestamp with time zone
);
create table refusals (
  tenant_id text not null,
  app_id text not null,
  kind text not null,
  code text not null,
  hour timestamp with time zone not null,
  call_count bigint not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null
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
create table setup_checks (
  tenant_id text not null,
  app_id text not null,
  name text not null,
  state text not null,
  cause text,
  exchanges jsonb not null default '[]'::jsonb,
  began_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  run_id text not null
);
create table subscriptions (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  grant_id text not null,
  event_type text not null,
  subject_key text not null,
  facts text not null,
  notify_key text,
  notify_key_digest text,
  state text not null,
  grant_version integer,
  lost_since timestamp with time zone,
  reason text,
  try_count integer not null default 0,
  renewing_since timestamp with time zone,
  due_at timestamp with time zone,
  claim_id text,
  claimed_until timestamp with time zone,
  created_at timestamp with time zone not null
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
  created_at timestamp with time zone not null default now(),
  weight smallint not null default 1
);
create table throttles (
  bucket text not null,
  attempt_count integer not null,
  ends_at timestamp with time zone not null
);
create table trouble_marks (
  tenant_id text not null,
  app_id text not null,
  fingerprint text not null,
  state text not null,
  member_id text not null,
  marked_at timestamp with time zone not null
);

-- other relations

-- kind S: event_inbox_position_seq;
-- kind S: login_failures_id_seq;
-- kind S: new_visits_id_seq;

-- constraints

alter table alive_minutes add constraint alive_minutes_pkey PRIMARY KEY (minute);
alter table api_keys add constraint api_keys_pkey PRIMARY KEY (tenant_id, id);
alter table app_arrivals add constraint app_arrivals_kind_check CHECK ((kind = ANY (ARRAY['init'::text, 'events'::text, 'action'::text, 'fallback'::text, 'redirect'::text])));
alter table app_arrivals add constraint app_arrivals_pkey PRIMARY KEY (tenant_id, app_id, kind);
alter table app_budgets add constraint app_budgets_blocked_by_check CHECK ((blocked_by = ANY (ARRAY['minute'::text, 'day'::text, 'divar'::text])));
alter table app_budgets add constraint app_budgets_pkey PRIMARY KEY (tenant_id, app_id);
alter table app_secrets add constraint app_secrets_kind_check CHECK ((kind = ANY (ARRAY['identification_key'::text, 'api_key'::text, 'client_secret'::text])));
alter table app_secrets add constraint app_secrets_pkey PRIMARY KEY (tenant_id, app_id, kind, slot);
alter table app_secrets add constraint app_secrets_slot_check CHECK ((slot = ANY (ARRAY[1, 2])));
alter table app_setups add constraint app_setups_pkey PRIMARY KEY (tenant_id, app_id);
alter table apps add constraint apps_environment_check CHECK ((environment = ANY (ARRAY['live'::text, 'sandbox'::text])));
alter table apps add constraint apps_generation_check CHECK ((generation = ANY (ARRAY['v1'::text, 'v2'::text])));
alter table apps add constraint apps_pkey PRIMARY KEY (tenant_id, id);
alter table apps add constraint apps_retention_hours_check CHECK (((retention_hours >= 0) AND (retention_hours <= 720)));
alter table apps add constraint apps_tenant_id_external_id_key UNIQUE (tenant_id, external_id);
alter table attempts add constraint attempts_pkey PRIMARY KEY (tenant_id, id);
alter table attempts add constraint attempts_stage_check CHECK ((stage = ANY (ARRAY['before_send'::text, 'ambiguous'::text, 'answered'::text])));
alter table attempts add constraint attempts_tenant_id_message_id_number_key UNIQUE (tenant_id, message_id, number);
alter table audit_chains add constraint audit_chains_pkey PRIMARY KEY (tenant_id);
alter table audit_entries add constraint audit_entries_pkey PRIMARY KEY (tenant_id, "position");
alter table button_references add constraint button_references_pkey PRIMARY KEY (tenant_id, reference_hash);
alter table chat_reads add constraint chat_reads_pkey PRIMARY KEY (tenant_id, id);
alter table conversations add constraint conversations_pkey PRIMARY KEY (tenant_id, id);
alter table conversations add constraint conversations_tenant_id_app_id_conversation_key_key UNIQUE (tenant_id, app_id, conversation_key);
alter table conversations add constraint conversations_type_check CHECK ((type = ANY (ARRAY['post'::text, 'bot'::text])));
alter table deliveries add constraint deliveries_pkey PRIMARY KEY (tenant_id, id);
alter table deliveries add constraint deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text, 'cancelled'::text])));
alter table delivery_attempts add constraint delivery_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'failed'::text, 'dead'::text])));
alter table delivery_attempts add constraint delivery_attempts_pkey PRIMARY KEY (tenant_id, id);
alter table delivery_attempts add constraint delivery_attempts_stage_check CHECK ((stage = ANY (ARRAY['before_send'::text, 'ambiguous'::text, 'answered'::text])));
alter table delivery_attempts add constraint delivery_attempts_tenant_id_delivery_id_number_key UNIQUE (tenant_id, delivery_id, number);
alter table echoes add constraint echoes_pkey PRIMARY KEY (tenant_id, app_id, divar_key);
alter table email_tokens add constraint email_tokens_kind_check CHECK ((kind = ANY (ARRAY['sign_up'::text, 'reset'::text])));
alter table email_tokens add constraint email_tokens_pkey PRIMARY KEY (token_hash);
alter table endpoints add constraint endpoints_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['failing'::text, 'gone'::text, 'request'::text])));
alter table endpoints add constraint endpoints_pkey PRIMARY KEY (tenant_id, id);
alter table endpoints add constraint endpoints_tenant_id_app_id_url_key UNIQUE (tenant_id, app_id, url);
alter table event_inbox add constraint event_inbox_pkey PRIMARY KEY (tenant_id, app_id, "position");
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
alter table init_minutes add constraint init_minutes_pkey PRIMARY KEY (tenant_id, app_id, minute);
alter table intake_watch add constraint intake_watch_one_check CHECK (one);
alter table intake_watch add constraint intake_watch_pkey PRIMARY KEY (one);
alter table invitations add constraint invitations_pkey PRIMARY KEY (tenant_id, id);
alter table invitations add constraint invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'developer'::text, 'support'::text, 'viewer'::text])));
alter table invitations add constraint invitations_token_hash_key UNIQUE (token_hash);
alter table jobs add constraint jobs_pkey PRIMARY KEY (tenant_id, id);
alter table jobs add constraint jobs_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text])));
alter table jobs add constraint jobs_type_check CHECK ((type = 'replay'::text));
alter table landing_codes add constraint landing_codes_pkey PRIMARY KEY (tenant_id, code_hash);
alter table landing_health add constraint landing_health_pkey PRIMARY KEY (tenant_id, app_id);
alter table login_failures add constraint login_failures_pkey PRIMARY KEY (tenant_id, id);
alter table logins add constraint logins_first_factor_check CHECK ((first_factor = ANY (ARRAY['password'::text, 'passkey'::text])));
alter table logins add constraint logins_pkey PRIMARY KEY (id);
alter table logins add constraint logins_stage_check CHECK ((stage = ANY (ARRAY['second_factor'::text, 'member'::text])));
alter table logins add constraint logins_token_hash_key UNIQUE (token_hash);
alter table media add constraint media_kind_check CHECK ((kind = ANY (ARRAY['image'::text, 'file'::text, 'voice'::text, 'video'::text])));
alter table media add constraint media_pkey PRIMARY KEY (tenant_id, id);
alter table members add constraint members_email_index_key UNIQUE (email_index);
alter table members add constraint members_language_check CHECK ((language = ANY (ARRAY['fa'::text, 'en'::text])));
alter table members add constraint members_pkey PRIMARY KEY (id);
alter table memberships add constraint memberships_pkey PRIMARY KEY (tenant_id, member_id);
alter table memberships add constraint memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'developer'::text, 'support'::text, 'viewer'::text])));
alter table messages add constraint messages_confirmed_by_check CHECK ((confirmed_by = ANY (ARRAY['answer'::text, 'echo'::text, 'read'::text, 'request'::text])));
alter table messages add constraint messages_lane_check CHECK ((lane = ANY (ARRAY['reply'::text, 'transactional'::text, 'bulk'::text])));
alter table messages add constraint messages_on_missing_consent_check CHECK ((on_missing_consent = ANY (ARRAY['fail'::text, 'hold'::text])));
alter table messages add constraint messages_on_unknown_check CHECK ((on_unknown = ANY (ARRAY['hold'::text, 'retry'::text, 'fail'::text])));
alter table messages add constraint messages_pkey PRIMARY KEY (tenant_id, id);
alter table messages add constraint messages_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'unknown'::text, 'held'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])));
alter table messages add constraint messages_tenant_id_conversation_id_position_key UNIQUE (tenant_id, conversation_id, "position");
alter table new_visits add constraint new_visits_pkey PRIMARY KEY (id);
alter table oauth_states add constraint oauth_states_pkey PRIMARY KEY (tenant_id, state_hash);
alter table outgoing_mails add constraint outgoing_mails_pkey PRIMARY KEY (id);
alter table passkey_challenges add constraint passkey_challenges_pkey PRIMARY KEY (challenge);
alter table passkeys add constraint passkeys_pkey PRIMARY KEY (id);
alter table refusals add constraint refusals_kind_check CHECK ((kind = ANY (ARRAY['init'::text, 'event'::text, 'action'::text])));
alter table refusals add constraint refusals_pkey PRIMARY KEY (tenant_id, app_id, kind, code, hour);
alter table sessions add constraint sessions_consent_check CHECK ((consent = ANY (ARRAY['none'::text, 'granted'::text, 'denied'::text, 'failed'::text])));
alter table sessions add constraint sessions_entry_check CHECK ((entry = ANY (ARRAY['init'::text, 'button'::text, 'direct_link'::text])));
alter table sessions add constraint sessions_generation_check CHECK ((generation = ANY (ARRAY['v1'::text, 'v2'::text])));
alter table sessions add constraint sessions_identity_check CHECK ((identity = ANY (ARRAY['verified'::text, 'unverified'::text])));
alter table sessions add constraint sessions_pkey PRIMARY KEY (tenant_id, id);
alter table sessions add constraint sessions_state_check CHECK ((state = ANY (ARRAY['created'::text, 'opened'::text, 'consenting'::text, 'landed'::text, 'completed'::text])));
alter table setup_checks add constraint setup_checks_pkey PRIMARY KEY (tenant_id, app_id, name);
alter table setup_checks add constraint setup_checks_state_check CHECK ((state = ANY (ARRAY['running'::text, 'passed'::text, 'warning'::text, 'failed'::text, 'skipped'::text])));
alter table subscriptions add constraint subscriptions_event_type_check CHECK ((event_type = ANY (ARRAY['NEW_MESSAGE_ON_POST'::text, 'POST_UPDATE'::text])));
alter table subscriptions add constraint subscriptions_pkey PRIMARY KEY (tenant_id, id);
alter table subscriptions add constraint subscriptions_state_check CHECK ((state = ANY (ARRAY['renewing'::text, 'live'::text, 'lost'::text])));
alter table subscriptions add constraint subscriptions_tenant_id_grant_id_subject_key_key UNIQUE (tenant_id, grant_id, subject_key);
alter table system_keys add constraint system_keys_kind_check CHECK ((kind = ANY (ARRAY['blind_index'::text, 'signing'::text])));
alter table system_keys add constraint system_keys_pkey PRIMARY KEY (id);
alter table tenants add constraint tenants_external_id_key UNIQUE (external_id);
alter table tenants add constraint tenants_pkey PRIMARY KEY (tenant_id);
alter table tenants add constraint tenants_weight_check CHECK (((weight >= 1) AND (weight <= 100)));
alter table throttles add constraint throttles_pkey PRIMARY KEY (bucket);
alter table trouble_marks add constraint trouble_marks_pkey PRIMARY KEY (tenant_id, app_id, fingerprint);
alter table trouble_marks add constraint trouble_marks_state_check CHECK ((state = ANY (ARRAY['muted'::text, 'resolved'::text])));
alter table api_keys add constraint api_keys_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table app_budgets add constraint app_budgets_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table app_secrets add constraint app_secrets_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table app_setups add constraint app_setups_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table apps add constraint apps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table attempts add constraint attempts_tenant_id_message_id_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES messages(tenant_id, id) ON DELETE CASCADE;
alter table audit_chains add constraint audit_chains_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table audit_entries add constraint audit_entries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table button_references add constraint button_references_tenant_id_message_id_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES messages(tenant_id, id) ON DELETE CASCADE;
alter table chat_reads add constraint chat_reads_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table chat_reads add constraint chat_reads_tenant_id_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE;
alter table conversations add constraint conversations_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table deliveries add constraint deliveries_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table deliveries add constraint deliveries_tenant_id_event_id_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES events(tenant_id, id) ON DELETE CASCADE;
alter table delivery_attempts add constraint delivery_attempts_tenant_id_delivery_id_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries(tenant_id, id) ON DELETE CASCADE;
alter table echoes add constraint echoes_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table endpoints add constraint endpoints_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table event_inbox add constraint event_inbox_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table event_keys add constraint event_keys_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table event_logs add constraint event_logs_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table event_sequences add constraint event_sequences_tenant_id_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE;
alter table events add constraint events_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table events add constraint events_tenant_id_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE;
alter table grants add constraint grants_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table idempotency_keys add constraint idempotency_keys_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table init_minutes add constraint init_minutes_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table invitations add constraint invitations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table jobs add constraint jobs_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table landing_codes add constraint landing_codes_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions(tenant_id, id) ON DELETE CASCADE;
alter table landing_health add constraint landing_health_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table logins add constraint logins_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id);
alter table media add constraint media_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table memberships add constraint memberships_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table messages add constraint messages_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table messages add constraint messages_tenant_id_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id);
alter table oauth_states add constraint oauth_states_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions(tenant_id, id) ON DELETE CASCADE;
alter table passkeys add constraint passkeys_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id);
alter table refusals add constraint refusals_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table sessions add constraint sessions_tenant_id_grant_id_fkey FOREIGN KEY (tenant_id, grant_id) REFERENCES grants(tenant_id, id);
alter table setup_checks add constraint setup_checks_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;
alter table subscriptions add constraint subscriptions_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id);
alter table subscriptions add constraint subscriptions_tenant_id_grant_id_fkey FOREIGN KEY (tenant_id, grant_id) REFERENCES grants(tenant_id, id);
alter table trouble_marks add constraint trouble_marks_tenant_id_app_id_fkey FOREIGN KEY (tenant_id, app_id) REFERENCES apps(tenant_id, id) ON DELETE CASCADE;

-- indexes

CREATE INDEX api_keys_hash ON public.api_keys USING btree (key_hash);
CREATE UNIQUE INDEX api_keys_name ON public.api_keys USING btree (tenant_id, app_id, name) WHERE (revoked_at IS NULL);
CREATE INDEX app_secrets_retiring ON public.app_secrets USING btree (retire_at) WHERE (retire_at IS NOT NULL);
CREATE INDEX apps_changed ON public.apps USING btree (changed_xid);
CREATE INDEX attempts_by_echo ON public.attempts USING btree (tenant_id, echo_key, created_at) WHERE (echo_key IS NOT NULL);
CREATE INDEX audit_entries_age ON public.audit_entries USING btree (at);
CREATE INDEX button_references_old ON public.button_references USING btree (expires_at);
CREATE INDEX chat_reads_claimed ON public.chat_reads USING btree (tenant_id, app_id) WHERE (claim_id IS NOT NULL);
CREATE INDEX chat_reads_due ON public.chat_reads USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX chat_reads_read ON public.chat_reads USING btree (tenant_id, app_id, read_at);
CREATE INDEX conversations_by_app ON public.conversations USING btree (tenant_id, app_id, id);
CREATE INDEX conversations_line ON public.conversations USING btree (tenant_id, app_id, lane_rank, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX deliveries_by_app ON public.deliveries USING btree (tenant_id, app_id, id);
CREATE INDEX deliveries_by_event ON public.deliveries USING btree (tenant_id, event_id);
CREATE INDEX deliveries_claimed ON public.deliveries USING btree (tenant_id, endpoint_id) WHERE (claim_id IS NOT NULL);
CREATE INDEX deliveries_dead ON public.deliveries USING btree (tenant_id, app_id, id) WHERE (state = 'dead'::text);
CREATE INDEX deliveries_due ON public.deliveries USING btree (tenant_id, endpoint_id, due_at) WHERE ((state = 'pending'::text) AND (due_at IS NOT NULL));
CREATE INDEX deliveries_lane ON public.deliveries USING btree (tenant_id, endpoint_id, lane, "position") WHERE (state = 'pending'::text);
CREATE INDEX deliveries_of_job ON public.deliveries USING btree (tenant_id, replay_of, state) WHERE (replay_of IS NOT NULL);
CREATE INDEX deliveries_waiting ON public.deliveries USING btree (tenant_id, endpoint_id, lane, "position") WHERE ((state = 'pending'::text) AND (due_at IS NULL));
CREATE INDEX delivery_attempts_to_erase ON public.delivery_attempts USING btree (created_at) WHERE (answer IS NOT NULL);
CREATE INDEX echoes_by_key ON public.echoes USING btree (tenant_id, echo_key, sent_at);
CREATE INDEX echoes_old ON public.echoes USING btree (seen_at);
CREATE INDEX email_tokens_end ON public.email_tokens USING btree (expires_at);
CREATE INDEX endpoints_by_app ON public.endpoints USING btree (tenant_id, app_id, id);
CREATE INDEX event_keys_old ON public.event_keys USING btree (created_at);
CREATE INDEX events_by_conversation ON public.events USING btree (tenant_id, conversation_id, "position") WHERE (conversation_id IS NOT NULL);
CREATE INDEX events_by_divar_key ON public.events USING btree (tenant_id, app_id, divar_key) WHERE (divar_key IS NOT NULL);
CREATE INDEX events_by_type ON public.events USING btree (tenant_id, app_id, type, "position");
CREATE INDEX events_to_erase ON public.events USING btree (created_at) WHERE (payload IS NOT NULL);
CREATE INDEX grants_broken ON public.grants USING btree (tenant_id, app_id, id) WHERE (state = 'broken'::text);
CREATE INDEX grants_by_app ON public.grants USING btree (tenant_id, app_id, id);
CREATE INDEX grants_by_conversation ON public.grants USING btree (tenant_id, app_id, conversation_key) WHERE (conversation_key IS NOT NULL);
CREATE INDEX grants_by_user ON public.grants USING btree (tenant_id, app_id, user_key) WHERE (user_key IS NOT NULL);
CREATE INDEX grants_due ON public.grants USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX grants_unverified ON public.grants USING btree (created_at) WHERE (verified_at IS NULL);
CREATE INDEX idempotency_keys_old ON public.idempotency_keys USING btree (created_at);
CREATE INDEX init_minutes_age ON public.init_minutes USING btree (minute);
CREATE UNIQUE INDEX invitations_open ON public.invitations USING btree (tenant_id, email_index) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX jobs_by_app ON public.jobs USING btree (tenant_id, app_id, id);
CREATE INDEX jobs_due ON public.jobs USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX landing_codes_old ON public.landing_codes USING btree (expires_at);
CREATE INDEX landing_health_due ON public.landing_health USING btree (due_at);
CREATE INDEX logins_end ON public.logins USING btree (ends_at);
CREATE INDEX logins_member ON public.logins USING btree (member_id);
CREATE INDEX memberships_member ON public.memberships USING btree (member_id);
CREATE INDEX messages_by_app ON public.messages USING btree (tenant_id, app_id, id);
CREATE INDEX messages_by_grant ON public.messages USING btree (tenant_id, grant_id, conversation_id) WHERE ((grant_id IS NOT NULL) AND (final_at IS NULL));
CREATE INDEX messages_expiring ON public.messages USING btree (tenant_id, conversation_id, expires_at) WHERE ((expires_at IS NOT NULL) AND (state = ANY (ARRAY['queued'::text, 'held'::text])));
CREATE INDEX messages_in_trouble ON public.messages USING btree (tenant_id, app_id, id) WHERE (state = ANY (ARRAY['failed'::text, 'unknown'::text]));
CREATE INDEX messages_lanes ON public.messages USING btree (tenant_id, conversation_id, lane_rank) WHERE (final_at IS NULL);
CREATE INDEX messages_open ON public.messages USING btree (tenant_id, conversation_id, "position") WHERE (final_at IS NULL);
CREATE INDEX messages_overdue ON public.messages USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (state = ANY (ARRAY['queued'::text, 'held'::text])));
CREATE INDEX messages_to_erase ON public.messages USING btree (tenant_id, app_id, final_at) WHERE ((content IS NOT NULL) AND (final_at IS NOT NULL));
CREATE INDEX new_visits_claimed ON public.new_visits USING btree (claim_id) WHERE (claim_id IS NOT NULL);
CREATE INDEX oauth_states_old ON public.oauth_states USING btree (expires_at);
CREATE INDEX outgoing_mails_due ON public.outgoing_mails USING btree (next_at);
CREATE INDEX passkey_challenges_end ON public.passkey_challenges USING btree (expires_at);
CREATE INDEX passkeys_member ON public.passkeys USING btree (member_id);
CREATE INDEX refusals_old ON public.refusals USING btree (hour);
CREATE INDEX sessions_by_app ON public.sessions USING btree (tenant_id, app_id, id);
CREATE INDEX sessions_by_grant ON public.sessions USING btree (tenant_id, grant_id) WHERE (grant_id IS NOT NULL);
CREATE INDEX sessions_without_consent ON public.sessions USING btree (tenant_id, app_id, id) WHERE (consent = ANY (ARRAY['denied'::text, 'failed'::text]));
CREATE INDEX subscriptions_by_app ON public.subscriptions USING btree (tenant_id, app_id, id);
CREATE INDEX subscriptions_by_key ON public.subscriptions USING btree (app_id, notify_key_digest) WHERE (notify_key_digest IS NOT NULL);
CREATE INDEX subscriptions_due ON public.subscriptions USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX throttles_end ON public.throttles USING btree (ends_at);

-- triggers

CREATE TRIGGER touch_apps AFTER INSERT OR DELETE OR UPDATE ON public.app_secrets FOR EACH ROW EXECUTE FUNCTION touch_apps_of();
CREATE TRIGGER budget AFTER INSERT ON public.apps FOR EACH ROW EXECUTE FUNCTION open_budget();
CREATE TRIGGER touch BEFORE UPDATE ON public.apps FOR EACH ROW EXECUTE FUNCTION touch_app();
CREATE CONSTRAINT TRIGGER place AFTER INSERT ON public.events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION place_event();
CREATE TRIGGER touch_apps AFTER UPDATE ON public.tenants FOR EACH ROW EXECUTE FUNCTION touch_apps_of();

-- row-level security

alter table alive_minutes enable row level security, force row level security;
alter table api_keys enable row level security, force row level security;
alter table app_arrivals enable row level security, force row level security;
alter table app_budgets enable row level security, force row level security;
alter table app_secrets enable row level security, force row level security;
alter table app_setups enable row level security, force row level security;
alter table apps enable row level security, force row level security;
alter table attempts enable row level security, force row level security;
alter table audit_chains enable row level security, force row level security;
alter table audit_entries enable row level security, force row level security;
alter table button_references enable row level security, force row level security;
alter table chat_reads enable row level security, force row level security;
alter table conversations enable row level security, force row level security;
alter table deliveries enable row level security, force row level security;
alter table delivery_attempts enable row level security, force row level security;
alter table echoes enable row level security, force row level security;
alter table email_tokens enable row level security, force row level security;
alter table endpoints enable row level security, force row level security;
alter table event_inbox enable row level security, force row level security;
alter table event_keys enable row level security, force row level security;
alter table event_logs enable row level security, force row level security;
alter table event_sequences enable row level security, force row level security;
alter table events enable row level security, force row level security;
alter table grants enable row level security, force row level security;
alter table idempotency_keys enable row level security, force row level security;
alter table init_minutes enable row level security, force row level security;
alter table intake_watch enable row level security, force row level security;
alter table invitations enable row level security, force row level security;
alter table jobs enable row level security, force row level security;
alter table landing_codes enable row level security, force row level security;
alter table landing_health enable row level security, force row level security;
alter table login_failures enable row level security, force row level security;
alter table logins enable row level security, force row level security;
alter table media enable row level security, force row level security;
alter table members enable row level security, force row level security;
alter table memberships enable row level security, force row level security;
alter table messages enable row level security, force row level security;
alter table new_visits enable row level security, force row level security;
alter table oauth_states enable row level security, force row level security;
alter table outgoing_mails enable row level security, force row level security;
alter table passkey_challenges enable row level security, force row level security;
alter table passkeys enable row level security, force row level security;
alter table refusals enable row level security, force row level security;
alter table sessions enable row level security, force row level security;
alter table setup_checks enable row level security, force row level security;
alter table subscriptions enable row level security, force row level security;
alter table system_keys enable row level security, force row level security;
alter table tenants enable row level security, force row level security;
alter table throttles enable row level security, force row level security;
alter table trouble_marks enable row level security, force row level security;

-- policies

create policy system on alive_minutes as permissive for all to peyvand_system using (true) with check (true);
create policy system on api_keys as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on api_keys as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on app_arrivals as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on app_arrivals as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on app_budgets as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on app_budgets as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on app_secrets as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on app_secrets as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on app_setups as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on app_setups as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on apps as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on apps as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on attempts as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on attempts as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on audit_chains as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on audit_chains as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on audit_entries as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on audit_entries as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on button_references as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on button_references as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on chat_reads as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on chat_reads as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on conversations as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on conversations as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on deliveries as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on deliveries as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on delivery_attempts as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on delivery_attempts as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on echoes as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on echoes as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on email_tokens as permissive for all to peyvand_system using (true) with check (true);
create policy system on endpoints as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on endpoints as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on event_inbox as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on event_inbox as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
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
create policy system on init_minutes as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on init_minutes as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on intake_watch as permissive for all to peyvand_system using (true) with check (true);
create policy system on invitations as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on invitations as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on jobs as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on jobs as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on landing_codes as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on landing_codes as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on landing_health as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on landing_health as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on login_failures as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on login_failures as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on logins as permissive for all to peyvand_system using (true) with check (true);
create policy system on media as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on media as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on members as permissive for all to peyvand_system using (true) with check (true);
create policy system on memberships as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on memberships as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on messages as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on messages as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on new_visits as permissive for all to peyvand_system using (true) with check (true);
create policy system on oauth_states as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on oauth_states as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on outgoing_mails as permissive for all to peyvand_system using (true) with check (true);
create policy system on passkey_challenges as permissive for all to peyvand_system using (true) with check (true);
create policy system on passkeys as permissive for all to peyvand_system using (true) with check (true);
create policy system on refusals as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on refusals as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on sessions as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on sessions as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on setup_checks as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on setup_checks as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on subscriptions as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on subscriptions as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on system_keys as permissive for all to peyvand_system using (true) with check (true);
create policy system on tenants as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on tenants as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));
create policy system on throttles as permissive for all to peyvand_system using (true) with check (true);
create policy system on trouble_marks as permissive for all to peyvand_system using (true) with check (true);
create policy tenant on trouble_marks as permissive for all to peyvand_app using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()));

-- owners of functions

alter function accept_totp(wanted_id text, new_counter bigint) owner to peyvand_system;
alter function add_email_token(token jsonb, mail jsonb) owner to peyvand_system;
alter function add_init_minutes(rows json) owner to peyvand_system;
alter function add_mail(mail jsonb) owner to peyvand_system;
alter function add_passkey_challenge(new_challenge text, new_purpose text, new_holder text, ends_at timestamp with time zone) owner to peyvand_system;
alter function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) owner to peyvand_system;
alter function alive_minutes_between(from_at timestamp with time zone, to_at timestamp with time zone) owner to peyvand_system;
alter function applied_migrations() owner to peyvand_system;
alter function apps_with_told(max_count integer) owner to peyvand_system;
alter function budget_figures() owner to peyvand_system;
alter function bury_deliveries(max_count integer) owner to peyvand_system;
alter function change_login(wanted_id text, old_hash text, changes jsonb) owner to peyvand_system;
alter function change_member(wanted_id text, changes jsonb) owner to peyvand_system;
alter function changed_apps(since text) owner to peyvand_system;
alter function claim_chat_reads(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text, busy jsonb) owner to peyvand_system;
alter function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean) owner to peyvand_system;
alter function claim_grants(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_jobs(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_landing_probes(max_count integer, every_seconds integer) owner to peyvand_system;
alter function claim_mails(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_new_visits(max_visits integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_subscriptions(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text) owner to peyvand_system;
alter function delivery_figures() owner to peyvand_system;
alter function disable_unused_members(max_rows integer) owner to peyvand_system;
alter function end_logins(wanted_member_id text, only_id text, except_id text) owner to peyvand_system;
alter function erase_delivery_answers(max_count integer) owner to peyvand_system;
alter function erase_event_payloads(max_count integer) owner to peyvand_system;
alter function erase_message_contents(max_count integer) owner to peyvand_system;
alter function find_api_key(wanted_hash text) owner to peyvand_system;
alter function find_app_tenant(wanted_id text) owner to peyvand_system;
alter function find_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone) owner to peyvand_system;
alter function find_invitation(wanted_hash text, at_time timestamp with time zone) owner to peyvand_system;
alter function find_login(wanted_hash text, at_time timestamp with time zone, idle_seconds integer, prolongs boolean) owner to peyvand_system;
alter function find_member(wanted_id text, wanted_index text) owner to peyvand_system;
alter function find_passkey(wanted_id text) owner to peyvand_system;
alter function find_tenant(wanted_external_id text) owner to peyvand_system;
alter function forget_attempts(spent_bucket text) owner to peyvand_system;
alter function forget_new_visits(old_claim_id text) owner to peyvand_system;
alter function free_lanes(max_count integer) owner to peyvand_system;
alter function insert_login(new jsonb) owner to peyvand_system;
alter function insert_member(new jsonb) owner to peyvand_system;
alter function insert_passkey(new jsonb, max_count integer) owner to peyvand_system;
alter function intake_sessions(rows json) owner to peyvand_system;
alter function keep_told(rows json) owner to peyvand_system;
alter function knows_subscription_key(wanted_app_id text, wanted_digest text) owner to peyvand_system;
alter function list_logins(wanted_member_id text, at_time timestamp with time zone, idle_seconds integer) owner to peyvand_system;
alter function list_passkeys(wanted_member_id text) owner to peyvand_system;
alter function list_stale_member_seals(current_key_id text, max_rows integer) owner to peyvand_system;
alter function list_system_keys(wanted_kind text) owner to peyvand_system;
alter function list_tenants() owner to peyvand_system;
alter function memberships_of(wanted_member_id text) owner to peyvand_system;
alter function note_alive_minutes(minutes bigint[]) owner to peyvand_system;
alter function note_arrivals(rows jsonb) owner to peyvand_system;
alter function note_login_failure(wanted_member_id text, from_address text, at_time timestamp with time zone) owner to peyvand_system;
alter function overdue_conversations(max_count integer) owner to peyvand_system;
alter function queue_figures() owner to peyvand_system;
alter function remove_passkey(wanted_member_id text, wanted_id text) owner to peyvand_system;
alter function remove_system_key(wanted_id text) owner to peyvand_system;
alter function reseal_member_text(wanted_place text, wanted_id text, old_sealed text, new_sealed text) owner to peyvand_system;
alter function reseal_system_key(wanted_id text, new_sealed text) owner to peyvand_system;
alter function retire_secrets(max_count integer) owner to peyvand_system;
alter function settle_mail(wanted_id text, held_claim_id text, is_done boolean, retry_seconds integer) owner to peyvand_system;
alter function spend_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone) owner to peyvand_system;
alter function spend_passkey_challenge(given_challenge text, given_purpose text, given_holder text, at_time timestamp with time zone) owner to peyvand_system;
alter function spend_recovery_code(wanted_id text, spent_hash text) owner to peyvand_system;
alter function sweep_audit_entries(max_rows integer) owner to peyvand_system;
alter function sweep_button_references(max_count integer) owner to peyvand_system;
alter function sweep_echoes(max_count integer) owner to peyvand_system;
alter function sweep_event_keys(max_count integer) owner to peyvand_system;
alter function sweep_health(max_rows integer) owner to peyvand_system;
alter function sweep_idempotency_keys(max_count integer) owner to peyvand_system;
alter function sweep_landing_codes(max_count integer) owner to peyvand_system;
alter function sweep_member_remains(max_rows integer) owner to peyvand_system;
alter function sweep_oauth_states(max_count integer) owner to peyvand_system;
alter function sweep_passkey_challenges(max_rows integer) owner to peyvand_system;
alter function sweep_refusals(max_count integer) owner to peyvand_system;
alter function sweep_sessions(max_count integer) owner to peyvand_system;
alter function sweep_unverified_grants(max_count integer) owner to peyvand_system;
alter function take_attempts(buckets text[], max_counts integer[], window_seconds integer[], at_time timestamp with time zone) owner to peyvand_system;
alter function tenant_members() owner to peyvand_system;
alter function tenants_with_login_failures(max_count integer) owner to peyvand_system;
alter function use_passkey(wanted_id text, new_counter bigint, at_time timestamp with time zone) owner to peyvand_system;
alter function watch_intake(gap_seconds integer, spread_seconds integer) owner to peyvand_system;

-- callers of functions

grant execute on function accept_totp(wanted_id text, new_counter bigint) to peyvand_app;
grant execute on function add_email_token(token jsonb, mail jsonb) to peyvand_app;
grant execute on function add_init_minutes(rows json) to peyvand_app;
grant execute on function add_mail(mail jsonb) to peyvand_app;
grant execute on function add_passkey_challenge(new_challenge text, new_purpose text, new_holder text, ends_at timestamp with time zone) to peyvand_app;
grant execute on function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) to peyvand_app;
grant execute on function alive_minutes_between(from_at timestamp with time zone, to_at timestamp with time zone) to peyvand_app;
grant execute on function applied_migrations() to peyvand_app;
grant execute on function apps_with_told(max_count integer) to peyvand_app;
grant execute on function budget_figures() to peyvand_app;
grant execute on function bury_deliveries(max_count integer) to peyvand_app;
grant execute on function change_login(wanted_id text, old_hash text, changes jsonb) to peyvand_app;
grant execute on function change_member(wanted_id text, changes jsonb) to peyvand_app;
grant execute on function changed_apps(since text) to peyvand_app;
grant execute on function claim_chat_reads(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text, busy jsonb) to peyvand_app;
grant execute on function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean) to peyvand_app;
grant execute on function claim_grants(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_jobs(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_landing_probes(max_count integer, every_seconds integer) to peyvand_app;
grant execute on function claim_mails(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_new_visits(max_visits integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_subscriptions(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text) to peyvand_app;
grant execute on function delivery_figures() to peyvand_app;
grant execute on function disable_unused_members(max_rows integer) to peyvand_app;
grant execute on function end_logins(wanted_member_id text, only_id text, except_id text) to peyvand_app;
grant execute on function erase_delivery_answers(max_count integer) to peyvand_app;
grant execute on function erase_event_payloads(max_count integer) to peyvand_app;
grant execute on function erase_message_contents(max_count integer) to peyvand_app;
grant execute on function find_api_key(wanted_hash text) to peyvand_app;
grant execute on function find_app_tenant(wanted_id text) to peyvand_app;
grant execute on function find_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone) to peyvand_app;
grant execute on function find_invitation(wanted_hash text, at_time timestamp with time zone) to peyvand_app;
grant execute on function find_login(wanted_hash text, at_time timestamp with time zone, idle_seconds integer, prolongs boolean) to peyvand_app;
grant execute on function find_member(wanted_id text, wanted_index text) to peyvand_app;
grant execute on function find_passkey(wanted_id text) to peyvand_app;
grant execute on function find_tenant(wanted_external_id text) to peyvand_app;
grant execute on function forget_attempts(spent_bucket text) to peyvand_app;
grant execute on function forget_new_visits(old_claim_id text) to peyvand_app;
grant execute on function free_lanes(max_count integer) to peyvand_app;
grant execute on function insert_login(new jsonb) to peyvand_app;
grant execute on function insert_member(new jsonb) to peyvand_app;
grant execute on function insert_passkey(new jsonb, max_count integer) to peyvand_app;
grant execute on function intake_sessions(rows json) to peyvand_app;
grant execute on function keep_told(rows json) to peyvand_app;
grant execute on function knows_subscription_key(wanted_app_id text, wanted_digest text) to peyvand_app;
grant execute on function list_logins(wanted_member_id text, at_time timestamp with time zone, idle_seconds integer) to peyvand_app;
grant execute on function list_passkeys(wanted_member_id text) to peyvand_app;
grant execute on function list_stale_member_seals(current_key_id text, max_rows integer) to peyvand_app;
grant execute on function list_system_keys(wanted_kind text) to peyvand_app;
grant execute on function list_tenants() to peyvand_app;
grant execute on function memberships_of(wanted_member_id text) to peyvand_app;
grant execute on function note_alive_minutes(minutes bigint[]) to peyvand_app;
grant execute on function note_arrivals(rows jsonb) to peyvand_app;
grant execute on function note_login_failure(wanted_member_id text, from_address text, at_time timestamp with time zone) to peyvand_app;
grant execute on function overdue_conversations(max_count integer) to peyvand_app;
grant execute on function queue_figures() to peyvand_app;
grant execute on function remove_passkey(wanted_member_id text, wanted_id text) to peyvand_app;
grant execute on function remove_system_key(wanted_id text) to peyvand_app;
grant execute on function reseal_member_text(wanted_place text, wanted_id text, old_sealed text, new_sealed text) to peyvand_app;
grant execute on function reseal_system_key(wanted_id text, new_sealed text) to peyvand_app;
grant execute on function retire_secrets(max_count integer) to peyvand_app;
grant execute on function settle_mail(wanted_id text, held_claim_id text, is_done boolean, retry_seconds integer) to peyvand_app;
grant execute on function spend_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone) to peyvand_app;
grant execute on function spend_passkey_challenge(given_challenge text, given_purpose text, given_holder text, at_time timestamp with time zone) to peyvand_app;
grant execute on function spend_recovery_code(wanted_id text, spent_hash text) to peyvand_app;
grant execute on function sweep_audit_entries(max_rows integer) to peyvand_app;
grant execute on function sweep_button_references(max_count integer) to peyvand_app;
grant execute on function sweep_echoes(max_count integer) to peyvand_app;
grant execute on function sweep_event_keys(max_count integer) to peyvand_app;
grant execute on function sweep_health(max_rows integer) to peyvand_app;
grant execute on function sweep_idempotency_keys(max_count integer) to peyvand_app;
grant execute on function sweep_landing_codes(max_count integer) to peyvand_app;
grant execute on function sweep_member_remains(max_rows integer) to peyvand_app;
grant execute on function sweep_oauth_states(max_count integer) to peyvand_app;
grant execute on function sweep_passkey_challenges(max_rows integer) to peyvand_app;
grant execute on function sweep_refusals(max_count integer) to peyvand_app;
grant execute on function sweep_sessions(max_count integer) to peyvand_app;
grant execute on function sweep_unverified_grants(max_count integer) to peyvand_app;
grant execute on function take_attempts(buckets text[], max_counts integer[], window_seconds integer[], at_time timestamp with time zone) to peyvand_app;
grant execute on function tenant_members() to peyvand_app;
grant execute on function tenants_with_login_failures(max_count integer) to peyvand_app;
grant execute on function use_passkey(wanted_id text, new_counter bigint, at_time timestamp with time zone) to peyvand_app;
grant execute on function watch_intake(gap_seconds integer, spread_seconds integer) to peyvand_app;
revoke all on function accept_totp(wanted_id text, new_counter bigint) from public;
revoke all on function add_email_token(token jsonb, mail jsonb) from public;
revoke all on function add_init_minutes(rows json) from public;
revoke all on function add_mail(mail jsonb) from public;
revoke all on function add_passkey_challenge(new_challenge text, new_purpose text, new_holder text, ends_at timestamp with time zone) from public;
revoke all on function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) from public;
revoke all on function alive_minutes_between(from_at timestamp with time zone, to_at timestamp with time zone) from public;
revoke all on function applied_migrations() from public;
revoke all on function apps_with_told(max_count integer) from public;
revoke all on function budget_figures() from public;
revoke all on function bury_deliveries(max_count integer) from public;
revoke all on function change_login(wanted_id text, old_hash text, changes jsonb) from public;
revoke all on function change_member(wanted_id text, changes jsonb) from public;
revoke all on function changed_apps(since text) from public;
revoke all on function claim_chat_reads(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text, busy jsonb) from public;
revoke all on function claim_deliveries(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_deliveries_of(max_count integer, lease_seconds integer, new_claim_id text, per_endpoint integer, troubled boolean) from public;
revoke all on function claim_grants(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_jobs(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_landing_probes(max_count integer, every_seconds integer) from public;
revoke all on function claim_mails(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_new_visits(max_visits integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_subscriptions(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function claim_troubled_deliveries(max_count integer, lease_seconds integer, new_claim_id text) from public;
revoke all on function delivery_figures() from public;
revoke all on function disable_unused_members(max_rows integer) from public;
revoke all on function end_logins(wanted_member_id text, only_id text, except_id text) from public;
revoke all on function erase_delivery_answers(max_count integer) from public;
revoke all on function erase_event_payloads(max_count integer) from public;
revoke all on function erase_message_contents(max_count integer) from public;
revoke all on function find_api_key(wanted_hash text) from public;
revoke all on function find_app_tenant(wanted_id text) from public;
revoke all on function find_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone) from public;
revoke all on function find_invitation(wanted_hash text, at_time timestamp with time zone) from public;
revoke all on function find_login(wanted_hash text, at_time timestamp with time zone, idle_seconds integer, prolongs boolean) from public;
revoke all on function find_member(wanted_id text, wanted_index text) from public;
revoke all on function find_passkey(wanted_id text) from public;
revoke all on function find_tenant(wanted_external_id text) from public;
revoke all on function forget_attempts(spent_bucket text) from public;
revoke all on function forget_new_visits(old_claim_id text) from public;
revoke all on function free_lanes(max_count integer) from public;
revoke all on function insert_login(new jsonb) from public;
revoke all on function insert_member(new jsonb) from public;
revoke all on function insert_passkey(new jsonb, max_count integer) from public;
revoke all on function intake_sessions(rows json) from public;
revoke all on function keep_told(rows json) from public;
revoke all on function knows_subscription_key(wanted_app_id text, wanted_digest text) from public;
revoke all on function list_logins(wanted_member_id text, at_time timestamp with time zone, idle_seconds integer) from public;
revoke all on function list_passkeys(wanted_member_id text) from public;
revoke all on function list_stale_member_seals(current_key_id text, max_rows integer) from public;
revoke all on function list_system_keys(wanted_kind text) from public;
revoke all on function list_tenants() from public;
revoke all on function memberships_of(wanted_member_id text) from public;
revoke all on function note_alive_minutes(minutes bigint[]) from public;
revoke all on function note_arrivals(rows jsonb) from public;
revoke all on function note_login_failure(wanted_member_id text, from_address text, at_time timestamp with time zone) from public;
revoke all on function overdue_conversations(max_count integer) from public;
revoke all on function queue_figures() from public;
revoke all on function remove_passkey(wanted_member_id text, wanted_id text) from public;
revoke all on function remove_system_key(wanted_id text) from public;
revoke all on function reseal_member_text(wanted_place text, wanted_id text, old_sealed text, new_sealed text) from public;
revoke all on function reseal_system_key(wanted_id text, new_sealed text) from public;
revoke all on function retire_secrets(max_count integer) from public;
revoke all on function settle_mail(wanted_id text, held_claim_id text, is_done boolean, retry_seconds integer) from public;
revoke all on function spend_email_token(wanted_hash text, wanted_kind text, at_time timestamp with time zone) from public;
revoke all on function spend_passkey_challenge(given_challenge text, given_purpose text, given_holder text, at_time timestamp with time zone) from public;
revoke all on function spend_recovery_code(wanted_id text, spent_hash text) from public;
revoke all on function sweep_audit_entries(max_rows integer) from public;
revoke all on function sweep_button_references(max_count integer) from public;
revoke all on function sweep_echoes(max_count integer) from public;
revoke all on function sweep_event_keys(max_count integer) from public;
revoke all on function sweep_health(max_rows integer) from public;
revoke all on function sweep_idempotency_keys(max_count integer) from public;
revoke all on function sweep_landing_codes(max_count integer) from public;
revoke all on function sweep_member_remains(max_rows integer) from public;
revoke all on function sweep_oauth_states(max_count integer) from public;
revoke all on function sweep_passkey_challenges(max_rows integer) from public;
revoke all on function sweep_refusals(max_count integer) from public;
revoke all on function sweep_sessions(max_count integer) from public;
revoke all on function sweep_unverified_grants(max_count integer) from public;
revoke all on function take_attempts(buckets text[], max_counts integer[], window_seconds integer[], at_time timestamp with time zone) from public;
revoke all on function tenant_members() from public;
revoke all on function tenants_with_login_failures(max_count integer) from public;
revoke all on function use_passkey(wanted_id text, new_counter bigint, at_time timestamp with time zone) from public;
revoke all on function watch_intake(gap_seconds integer, spread_seconds integer) from public;

-- grants

grant delete, insert, select, update on alive_minutes to peyvand_system;
grant delete, insert, select, update on api_keys to peyvand_app;
grant delete, insert, select, update on api_keys to peyvand_system;
grant delete, insert, select, update on app_arrivals to peyvand_app;
grant delete, insert, select, update on app_arrivals to peyvand_system;
grant delete, insert, select, update on app_budgets to peyvand_app;
grant delete, insert, select, update on app_budgets to peyvand_system;
grant delete, insert, select, update on app_secrets to peyvand_app;
grant delete, insert, select, update on app_secrets to peyvand_system;
grant delete, insert, select, update on app_setups to peyvand_app;
grant delete, insert, select, update on app_setups to peyvand_system;
grant delete, insert, select, update on apps to peyvand_app;
grant delete, insert, select, update on apps to peyvand_system;
grant delete, insert, select, update on attempts to peyvand_app;
grant delete, insert, select, update on attempts to peyvand_system;
grant delete, insert, select, update on audit_chains to peyvand_app;
grant delete, insert, select, update on audit_chains to peyvand_system;
grant delete, insert, select, update on audit_entries to peyvand_app;
grant delete, insert, select, update on audit_entries to peyvand_system;
grant delete, insert, select, update on button_references to peyvand_app;
grant delete, insert, select, update on button_references to peyvand_system;
grant delete, insert, select, update on chat_reads to peyvand_app;
grant delete, insert, select, update on chat_reads to peyvand_system;
grant delete, insert, select, update on conversations to peyvand_app;
grant delete, insert, select, update on conversations to peyvand_system;
grant delete, insert, select, update on deliveries to peyvand_app;
grant delete, insert, select, update on deliveries to peyvand_system;
grant delete, insert, select, update on delivery_attempts to peyvand_app;
grant delete, insert, select, update on delivery_attempts to peyvand_system;
grant delete, insert, select, update on echoes to peyvand_app;
grant delete, insert, select, update on echoes to peyvand_system;
grant delete, insert, select, update on email_tokens to peyvand_system;
grant delete, insert, select, update on endpoints to peyvand_app;
grant delete, insert, select, update on endpoints to peyvand_system;
grant delete, insert, select, update on event_inbox to peyvand_app;
grant delete, insert, select, update on event_inbox to peyvand_system;
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
grant delete, insert, select, update on init_minutes to peyvand_app;
grant delete, insert, select, update on init_minutes to peyvand_system;
grant insert, select, update on intake_watch to peyvand_system;
grant delete, insert, select, update on invitations to peyvand_app;
grant delete, insert, select, update on invitations to peyvand_system;
grant delete, insert, select, update on jobs to peyvand_app;
grant delete, insert, select, update on jobs to peyvand_system;
grant select on knex_migrations to peyvand_system;
grant delete, insert, select, update on landing_codes to peyvand_app;
grant delete, insert, select, update on landing_codes to peyvand_system;
grant delete, insert, select, update on landing_health to peyvand_app;
grant delete, insert, select, update on landing_health to peyvand_system;
grant delete, insert, select, update on login_failures to peyvand_app;
grant delete, insert, select, update on login_failures to peyvand_system;
grant delete, insert, select, update on logins to peyvand_system;
grant delete, insert, select, update on media to peyvand_app;
grant delete, insert, select, update on media to peyvand_system;
grant delete, insert, select, update on members to peyvand_system;
grant delete, insert, select, update on memberships to peyvand_app;
grant delete, insert, select, update on memberships to peyvand_system;
grant delete, insert, select, update on messages to peyvand_app;
grant delete, insert, select, update on messages to peyvand_system;
grant delete, insert, select, update on new_visits to peyvand_system;
grant delete, insert, select, update on oauth_states to peyvand_app;
grant delete, insert, select, update on oauth_states to peyvand_system;
grant delete, insert, select, update on outgoing_mails to peyvand_system;
grant delete, insert, select, update on passkey_challenges to peyvand_system;
grant delete, insert, select, update on passkeys to peyvand_system;
grant delete, insert, select, update on refusals to peyvand_app;
grant delete, insert, select, update on refusals to peyvand_system;
grant delete, insert, select, update on sessions to peyvand_app;
grant delete, insert, select, update on sessions to peyvand_system;
grant delete, insert, select, update on setup_checks to peyvand_app;
grant delete, insert, select, update on setup_checks to peyvand_system;
grant delete, insert, select, update on subscriptions to peyvand_app;
grant delete, insert, select, update on subscriptions to peyvand_system;
grant delete, insert, select, update on system_keys to peyvand_system;
grant delete, insert, select, update on tenants to peyvand_app;
grant delete, insert, select, update on tenants to peyvand_system;
grant delete, insert, select, update on throttles to peyvand_system;
grant delete, insert, select, update on trouble_marks to peyvand_app;
grant delete, insert, select, update on trouble_marks to peyvand_system;

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
comment on column email_tokens.facts is 'sealed';
comment on column endpoints.secret is 'sealed';
comment on column endpoints.previous_secrets is 'sealed';
comment on column event_inbox.body is 'sealed';
comment on column events.payload is 'sealed';
comment on column grants.facts is 'sealed';
comment on column grants.tokens is 'sealed';
comment on column idempotency_keys.reply is 'sealed';
comment on column invitations.email is 'sealed';
comment on column media.token is 'sealed';
comment on column members.email is 'sealed';
comment on column members.totp_secret is 'sealed';
comment on column members.pending_totp_secret is 'sealed';
comment on column messages.content is 'sealed';
comment on column oauth_states.scopes is 'sealed';
comment on column outgoing_mails.content is 'sealed';
comment on column sessions.facts is 'sealed';
comment on column subscriptions.facts is 'sealed';
comment on column subscriptions.notify_key is 'sealed';
comment on column system_keys.sealed is 'sealed';
