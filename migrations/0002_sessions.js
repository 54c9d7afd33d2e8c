/** Visits: sessions, the one-time codes of the landing, and what the probe knows of each landing page. */
export async function up(knex) {
  await knex.raw(`
create table sessions (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  generation text not null check (generation in ('v1', 'v2')),
  entry text not null check (entry in ('init', 'button', 'direct_link')),
  state text not null default 'created' check (state in ('created', 'opened', 'consenting', 'landed', 'completed')),
  consent text not null default 'none' check (consent in ('none', 'granted', 'denied', 'failed')),
  identity text not null default 'unverified' check (identity in ('verified', 'unverified')),
  simulated boolean not null,
  facts text not null,            -- sealed: what Divar told, normalised
  browser_hash text,              -- SHA-256 of the cookie of the one browser that may use the handle
  grant_id text,
  created_at timestamptz not null,
  opened_at timestamptz,
  landed_at timestamptz,
  completed_at timestamptz,
  launch_expires_at timestamptz not null,
  expires_at timestamptz not null,
  -- No reference to apps: an init has found its app in memory, an app is never deleted, and the look-up with its row lock
  -- is a third of what a visit costs here (62 us with it, 38 without, measured in batches of 25).
  primary key (tenant_id, id)
);
create index sessions_by_app on sessions (tenant_id, app_id, id);
select protect_tenant_table('sessions');

create table landing_codes (
  tenant_id text not null,
  code_hash text not null,        -- SHA-256, base64url
  app_id text not null,
  session_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  spent_at timestamptz,
  primary key (tenant_id, code_hash),
  foreign key (tenant_id, session_id) references sessions on delete cascade
);
create index landing_codes_old on landing_codes (expires_at);
select protect_tenant_table('landing_codes');

create table landing_health (
  tenant_id text not null,
  app_id text not null,
  failure_count integer not null default 0,
  down_since timestamptz,
  checked_at timestamptz,
  due_at timestamptz not null default now(),
  primary key (tenant_id, app_id),
  foreign key (tenant_id, app_id) references apps on delete cascade
);
create index landing_health_due on landing_health (due_at);
select protect_tenant_table('landing_health');

-- The init path: one statement for a batch of visits of any tenants. A visit that is already there stays as it is.
-- Instants are milliseconds since 1970: on both sides cheaper than their texts.
create function intake_sessions(rows json) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into sessions (tenant_id, id, app_id, generation, entry, simulated, facts, created_at, launch_expires_at, expires_at)
  select r.tenant_id, r.id, r.app_id, r.generation, r.entry, r.simulated, r.facts,
    to_timestamp(r.created_at / 1000), to_timestamp(r.launch_expires_at / 1000), to_timestamp(r.expires_at / 1000)
  from json_to_recordset(rows) as r(tenant_id text, id text, app_id text, generation text, entry text, simulated boolean, facts text,
    created_at float8, launch_expires_at float8, expires_at float8)
  on conflict (tenant_id, id) do nothing $$;

-- Due probes of landing pages; a claim moves the next look, so that two workers never probe the same page at once.
create function claim_landing_probes(max_count integer, every_seconds integer) returns table (tenant_id text, app_id text) language sql security definer set search_path = public, pg_temp as $$
  update landing_health h set due_at = now() + make_interval(secs => every_seconds)
  from (select d.tenant_id, d.app_id from landing_health d where d.due_at <= now() order by d.due_at limit max_count for update skip locked) due
  where h.tenant_id = due.tenant_id and h.app_id = due.app_id
  returning h.tenant_id, h.app_id $$;
create function sweep_landing_codes(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from landing_codes c using (
      select o.tenant_id, o.code_hash from landing_codes o where o.expires_at < now() - interval '1 day' limit max_count) old
    where c.tenant_id = old.tenant_id and c.code_hash = old.code_hash returning 1)
  select count(*) from gone $$;
select give_to_system(s) from unnest(array['intake_sessions(json)', 'claim_landing_probes(integer, integer)', 'sweep_landing_codes(integer)']) s;
comment on column sessions.facts is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
drop function sweep_landing_codes(integer), claim_landing_probes(integer, integer), intake_sessions(json);
drop table landing_health, landing_codes, sessions;
`);
}
