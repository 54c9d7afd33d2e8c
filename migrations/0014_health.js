/** How visits were answered, minute by minute, and in which minutes anybody was there to answer. Kept for two weeks. */
const FUNCTIONS = [
  'add_init_minutes(json)',
  'note_alive_minutes(bigint[])',
  'alive_minutes_between(timestamptz, timestamptz)',
  'sweep_health(integer)',
];

export async function up(knex) {
  await knex.raw(`
create table init_minutes (
  tenant_id text not null,
  app_id text not null,
  minute timestamptz not null,
  call_count integer not null,
  ours_count integer not null,    -- failed by our fault
  key_count integer not null,     -- came with another key than the app's
  request_count integer not null, -- could not be read, or did not wait
  slots integer[] not null,       -- how many took how long: the bounds stand in src/health/health.ts
  primary key (tenant_id, app_id, minute),
  foreign key (tenant_id, app_id) references apps on delete cascade
);
create index init_minutes_age on init_minutes (minute);
select protect_tenant_table('init_minutes');

-- Of no tenant: a process that answers visits was alive in this minute.
create table alive_minutes (minute timestamptz primary key);
alter table alive_minutes enable row level security;
alter table alive_minutes force row level security;
create policy system on alive_minutes to peyvand_system using (true) with check (true);
grant select, insert, update, delete on alive_minutes to peyvand_system;

-- Of all tenants at once, as they were counted. Several processes add to the same minute; in order, so that none waits for another.
create function add_init_minutes(rows json) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into init_minutes as m (tenant_id, app_id, minute, call_count, ours_count, key_count, request_count, slots)
  select r.tenant_id, r.app_id, to_timestamp(r.minute * 60), r.calls, r.ours, r.key, r.request, r.slots
  from json_to_recordset(rows) as r(tenant_id text, app_id text, minute bigint, calls integer, ours integer, key integer, request integer, slots integer[])
  join apps a on a.tenant_id = r.tenant_id and a.id = r.app_id
  order by r.tenant_id, r.app_id, r.minute
  on conflict (tenant_id, app_id, minute) do update set
    call_count = m.call_count + excluded.call_count, ours_count = m.ours_count + excluded.ours_count,
    key_count = m.key_count + excluded.key_count, request_count = m.request_count + excluded.request_count,
    slots = (select array_agg(coalesce(s.old, 0) + coalesce(s.new, 0) order by s.slot)
      from unnest(m.slots, excluded.slots) with ordinality as s(old, new, slot)) $$;
create function note_alive_minutes(minutes bigint[]) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into alive_minutes select to_timestamp(m * 60) from unnest(minutes) m order by m on conflict do nothing $$;

-- Since when there are signs of life, and the spans between from_at and to_at that have none. Names no tenant.
create function alive_minutes_between(from_at timestamptz, to_at timestamptz) returns table (since timestamptz, began_at timestamptz, minute_count bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with first as (select min(a.minute) as minute from alive_minutes a),
    dead as (
      select g.minute from first f,
        generate_series(date_trunc('minute', greatest(from_at, f.minute)), to_at - interval '1 minute', interval '1 minute') as g(minute)
      where f.minute is not null and not exists (select 1 from alive_minutes a where a.minute = g.minute)),
    spans as (
      select min(d.minute) as began_at, count(*) as minute_count
      from (select i.minute, i.minute - row_number() over (order by i.minute) * interval '1 minute' as island from dead i) d group by d.island)
  select f.minute, s.began_at, s.minute_count from first f left join spans s on true order by s.began_at $$;

create function sweep_health(max_rows integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with counts as (delete from init_minutes where (tenant_id, app_id, minute) in
      (select m.tenant_id, m.app_id, m.minute from init_minutes m where m.minute < now() - interval '14 days' limit max_rows) returning 1),
    signs as (delete from alive_minutes where minute in
      (select a.minute from alive_minutes a where a.minute < now() - interval '14 days' limit max_rows) returning 1)
  select (select count(*) from counts) + (select count(*) from signs) $$;

select give_to_system(s) from unnest(array['${FUNCTIONS.join("', '")}']) s;
`);
}

export async function down(knex) {
  await knex.raw(`drop function ${FUNCTIONS.join(', ')}; drop table alive_minutes, init_minutes;`);
}
