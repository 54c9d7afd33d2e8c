/**
 * Setting an app up in the panel: how far a business has come, what the connection checks found, and when Divar first called.
 * An app can be disabled by its tenant, and a secret that was replaced may have an end.
 */
export async function up(knex) {
  await knex.raw(`
create table app_setups (
  tenant_id text not null,
  app_id text not null,
  kenar jsonb,                    -- what the business notes of its panel at Divar
  privacy jsonb,                  -- what the page /privacy/{app_id} says of the business
  test_post text,                 -- token of the post that the checks ask for
  steps jsonb not null default '{}',  -- step -> done | skipped
  primary key (tenant_id, app_id),
  foreign key (tenant_id, app_id) references apps on delete cascade
);
select protect_tenant_table('app_setups');

-- The last run of each check. Never a secret, and nothing that somebody else answered but numbers.
create table setup_checks (
  tenant_id text not null,
  app_id text not null,
  name text not null,
  state text not null check (state in ('running', 'passed', 'warning', 'failed', 'skipped')),
  cause text,
  exchanges jsonb not null default '[]',
  began_at timestamptz not null,
  ended_at timestamptz,
  run_id text not null,           -- a late result of an earlier run is not taken
  primary key (tenant_id, app_id, name),
  foreign key (tenant_id, app_id) references apps on delete cascade
);
select protect_tenant_table('setup_checks');

-- When something came to an address of an app for the first time and lately. No reference to apps: what was noted in memory
-- must not fail because of a neighbour in the same statement.
create table app_arrivals (
  tenant_id text not null,
  app_id text not null,
  kind text not null check (kind in ('init', 'events', 'action', 'fallback', 'redirect')),
  first_at timestamptz not null,
  first_address text,             -- of Divar's servers; null where a user's browser came
  last_at timestamptz not null,
  last_address text,
  primary key (tenant_id, app_id, kind)
);
select protect_tenant_table('app_arrivals');
create function note_arrivals(rows jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into app_arrivals as a (tenant_id, app_id, kind, first_at, first_address, last_at, last_address)
  select distinct on (r.tenant_id, r.app_id, r.kind) r.tenant_id, r.app_id, r.kind, r.at, r.address, r.at, r.address
  from jsonb_to_recordset(rows) r(tenant_id text, app_id text, kind text, at timestamptz, address text)
  order by r.tenant_id, r.app_id, r.kind, r.at
  on conflict (tenant_id, app_id, kind) do update set last_at = excluded.last_at, last_address = excluded.last_address
  where a.last_at < excluded.last_at $$;

alter table apps add column disabled_at timestamptz;
alter table app_secrets add column retire_at timestamptz;  -- null: until somebody retires it
create index app_secrets_retiring on app_secrets (retire_at) where retire_at is not null;
create or replace function changed_apps(since text) returns table (app jsonb) language sql stable security definer set search_path = public, pg_temp as $$
  select to_jsonb(a) - 'action_secret' || jsonb_build_object(
    'changed_xid', a.changed_xid::text,
    'suspended', t.suspended_at is not null or a.disabled_at is not null,
    'secrets', coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'slot', s.slot, 'sealed', s.sealed) order by s.kind, s.slot)
                         from app_secrets s where s.tenant_id = a.tenant_id and s.app_id = a.id), '[]'))
  from apps a join tenants t using (tenant_id) where a.changed_xid >= since::xid8 $$;
-- The trigger on the table tells every process within a second.
create function retire_secrets(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from app_secrets s using (
      select o.tenant_id, o.app_id, o.kind, o.slot from app_secrets o where o.retire_at <= now() and o.slot = 2 limit max_count) old
    where s.tenant_id = old.tenant_id and s.app_id = old.app_id and s.kind = old.kind and s.slot = old.slot returning 1)
  select count(*) from gone $$;
select give_to_system(s) from unnest(array['note_arrivals(jsonb)', 'retire_secrets(integer)']) s;
`);
}

export async function down(knex) {
  await knex.raw(`
drop function retire_secrets(integer), note_arrivals(jsonb);
create or replace function changed_apps(since text) returns table (app jsonb) language sql stable security definer set search_path = public, pg_temp as $$
  select to_jsonb(a) - 'action_secret' || jsonb_build_object(
    'changed_xid', a.changed_xid::text,
    'suspended', t.suspended_at is not null,
    'secrets', coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'slot', s.slot, 'sealed', s.sealed) order by s.kind, s.slot)
                         from app_secrets s where s.tenant_id = a.tenant_id and s.app_id = a.id), '[]'))
  from apps a join tenants t using (tenant_id) where a.changed_xid >= since::xid8 $$;
alter table app_secrets drop column retire_at;
alter table apps drop column disabled_at;
drop table app_arrivals, setup_checks, app_setups;
`);
}
