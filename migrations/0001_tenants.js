/**
 * Tenants, their apps, secrets and keys; the roles and the rule of row-level security that every later table repeats.
 *
 * Three roles without login, which the process takes per transaction (`set local role`), so that it works behind a
 * transaction pooler and whatever the login of DATABASE_URL may do:
 *   peyvand_app     one tenant's rows, by `app.tenant_id`
 *   peyvand_system  owns the SECURITY DEFINER functions, the only way across tenants
 *   (the owner)     migrates, nothing else
 */
export async function up(knex) {
  await knex.raw(`
do $$ begin create role peyvand_app nologin; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role peyvand_system nologin; exception when duplicate_object or unique_violation then null; end $$;
-- A superuser may take any role. Another owner needs to be a member, and being the creator is not enough since
-- PostgreSQL 16; where an administrator made the roles, the membership was given too.
do $$ begin
  if not (select rolsuper from pg_roles where rolname = current_user) then execute format('grant peyvand_system, peyvand_app to %I', current_user); end if;
exception when insufficient_privilege then null; end $$;
grant usage on schema public to peyvand_app;
grant usage, create on schema public to peyvand_system;

create function current_tenant() returns text language sql stable as $$ select nullif(current_setting('app.tenant_id', true), '') $$;

-- Every table with a tenant_id: row-level security, forced, one policy for the tenant, one for our own functions.
create function protect_tenant_table(name text) returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('alter table %I force row level security', name);
  execute format('create policy tenant on %I to peyvand_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  execute format('create policy system on %I to peyvand_system using (true) with check (true)', name);
  execute format('grant select, insert, update, delete on %I to peyvand_app', name);
  execute format('grant select, insert, update, delete on %I to peyvand_system', name);
end $$;

create table tenants (
  tenant_id text primary key,
  external_id text unique,
  name text not null,
  suspended_at timestamptz,
  created_at timestamptz not null default now()
);
select protect_tenant_table('tenants');

create table apps (
  tenant_id text not null references tenants,
  id text not null,
  external_id text not null,
  name text not null,
  environment text not null check (environment in ('live', 'sandbox')),
  generation text not null check (generation in ('v1', 'v2')),
  slug text not null,
  consent jsonb not null,
  landing jsonb not null,
  test_users text,                -- sealed: Divar user ids and phones
  action_url text,
  action_fallback_text text,
  action_secret text not null,    -- sealed
  limits jsonb not null,
  created_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, id),
  unique (tenant_id, external_id)
);
create index apps_changed on apps (changed_xid);
select protect_tenant_table('apps');

create table app_secrets (
  tenant_id text not null,
  app_id text not null,
  kind text not null check (kind in ('identification_key', 'api_key', 'client_secret')),
  slot smallint not null check (slot in (1, 2)),   -- 1 is used by us, both are accepted from Divar
  sealed text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, app_id, kind, slot),
  foreign key (tenant_id, app_id) references apps
);
select protect_tenant_table('app_secrets');

create table api_keys (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  name text not null,
  prefix text not null,           -- pvd_live_<8>, what people see
  key_hash text not null,         -- SHA-256 of the whole key, base64url
  scopes text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, app_id, name),
  foreign key (tenant_id, app_id) references apps
);
create index api_keys_hash on api_keys (key_hash);
select protect_tenant_table('api_keys');

create table endpoints (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  url text not null,
  events text[] not null,
  secret text not null,           -- sealed
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, app_id, url),
  foreign key (tenant_id, app_id) references apps
);
select protect_tenant_table('endpoints');

create table idempotency_keys (
  tenant_id text not null,
  app_id text not null,
  key_hash text not null,
  request_hash text not null,
  status smallint not null,
  reply text not null,            -- sealed
  created_at timestamptz not null default now(),
  primary key (tenant_id, app_id, key_hash),
  foreign key (tenant_id, app_id) references apps
);
select protect_tenant_table('idempotency_keys');

-- Keys of the gateway itself: the blind index and the signing keys of session tokens. Reached through functions only.
create table system_keys (
  id text primary key,
  kind text not null check (kind in ('blind_index', 'signing')),
  public_jwk jsonb,
  sealed text not null,
  created_at timestamptz not null default now()
);
alter table system_keys enable row level security;
alter table system_keys force row level security;
create policy system on system_keys to peyvand_system using (true) with check (true);
grant select, insert, update, delete on system_keys to peyvand_system;

-- The in-process cache of apps reads what changed since its last look. A row carries the transaction that wrote it,
-- and a reader asks again from the oldest transaction that was still open then: a late commit is never missed.
create function touch_app() returns trigger language plpgsql as $$
begin new.changed_xid := pg_current_xact_id(); return new; end $$;
create trigger touch before update on apps for each row execute function touch_app();
create function touch_apps_of() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'tenants' then update apps set changed_xid = pg_current_xact_id() where tenant_id = new.tenant_id;
  elsif tg_op = 'DELETE' then update apps set changed_xid = pg_current_xact_id() where tenant_id = old.tenant_id and id = old.app_id;
  else update apps set changed_xid = pg_current_xact_id() where tenant_id = new.tenant_id and id = new.app_id; end if;
  return null;
end $$;
create trigger touch_apps after update on tenants for each row execute function touch_apps_of();
create trigger touch_apps after insert or update or delete on app_secrets for each row execute function touch_apps_of();

create function changed_apps(since text) returns table (app jsonb) language sql stable security definer set search_path = public, pg_temp as $$
  select to_jsonb(a) - 'action_secret' || jsonb_build_object(
    'changed_xid', a.changed_xid::text,
    'suspended', t.suspended_at is not null,
    'secrets', coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'slot', s.slot, 'sealed', s.sealed) order by s.kind, s.slot)
                         from app_secrets s where s.tenant_id = a.tenant_id and s.app_id = a.id), '[]'))
  from apps a join tenants t using (tenant_id) where a.changed_xid >= since::xid8 $$;
create function change_horizon() returns table (horizon text) language sql stable as $$ select pg_snapshot_xmin(pg_current_snapshot())::text $$;
create function find_tenant(wanted_external_id text) returns table (tenant_id text) language sql stable security definer set search_path = public, pg_temp as $$
  select t.tenant_id from tenants t where t.external_id = wanted_external_id $$;
create function list_tenants() returns table (tenant_id text) language sql stable security definer set search_path = public, pg_temp as $$
  select t.tenant_id from tenants t order by 1 $$;
create function find_api_key(wanted_hash text) returns table (tenant_id text, app_id text, id text, scopes text[]) language sql stable security definer set search_path = public, pg_temp as $$
  select k.tenant_id, k.app_id, k.id, k.scopes from api_keys k where k.key_hash = wanted_hash and k.revoked_at is null $$;
create function find_app_tenant(wanted_id text) returns table (tenant_id text) language sql stable security definer set search_path = public, pg_temp as $$
  select a.tenant_id from apps a where a.id = wanted_id $$;
create function list_system_keys(wanted_kind text) returns table (id text, public_jwk jsonb, sealed text, created_at timestamptz) language sql stable security definer set search_path = public, pg_temp as $$
  select k.id, k.public_jwk, k.sealed, k.created_at from system_keys k where k.kind = wanted_kind order by k.created_at, k.id $$;
create function add_system_key(new_id text, new_kind text, new_public_jwk jsonb, new_sealed text) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into system_keys (id, kind, public_jwk, sealed) values (new_id, new_kind, new_public_jwk, new_sealed) on conflict (id) do nothing $$;
create function reseal_system_key(wanted_id text, new_sealed text) returns void language sql security definer set search_path = public, pg_temp as $$
  update system_keys set sealed = new_sealed where id = wanted_id $$;
create function remove_system_key(wanted_id text) returns void language sql security definer set search_path = public, pg_temp as $$
  delete from system_keys where id = wanted_id and kind = 'signing' $$;
create function applied_migrations() returns table (name text) language plpgsql stable security definer set search_path = public, pg_temp as $$
begin return query select m.name::text from knex_migrations m order by m.id; end $$;

create function give_to_system(signature text) returns void language plpgsql as $$
begin
  execute format('alter function %s owner to peyvand_system', signature);
  execute format('revoke all on function %s from public', signature);
  execute format('grant execute on function %s to peyvand_app', signature);
end $$;
select give_to_system(s) from unnest(array[
  'changed_apps(text)', 'find_tenant(text)', 'list_tenants()', 'find_api_key(text)', 'find_app_tenant(text)', 'list_system_keys(text)',
  'add_system_key(text, text, jsonb, text)', 'reseal_system_key(text, text)', 'remove_system_key(text)', 'applied_migrations()']) s;
grant select on knex_migrations to peyvand_system;
comment on column apps.test_users is 'sealed';
comment on column apps.action_secret is 'sealed';
comment on column app_secrets.sealed is 'sealed';
comment on column endpoints.secret is 'sealed';
comment on column idempotency_keys.reply is 'sealed';
comment on column system_keys.sealed is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
revoke all on knex_migrations from peyvand_system;
drop function give_to_system(text), applied_migrations(), remove_system_key(text), reseal_system_key(text, text),
  add_system_key(text, text, jsonb, text), list_system_keys(text), find_app_tenant(text), find_api_key(text), list_tenants(),
  find_tenant(text), change_horizon(), changed_apps(text);
drop table system_keys, idempotency_keys, endpoints, api_keys, app_secrets, apps, tenants;
drop function touch_apps_of(), touch_app(), protect_tenant_table(text), current_tenant();
revoke all on schema public from peyvand_app, peyvand_system;
`);
}
