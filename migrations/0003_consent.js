/** The OAuth step: one-time states on the way to Divar, grants that come back. */
export async function up(knex) {
  await knex.raw(`
create table oauth_states (
  tenant_id text not null,
  state_hash text not null,       -- SHA-256, base64url
  app_id text not null,
  session_id text not null,
  browser_hash text not null,
  scopes text not null,           -- sealed: chat scopes name people
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, state_hash),
  foreign key (tenant_id, session_id) references sessions on delete cascade
);
create index oauth_states_old on oauth_states (expires_at);
select protect_tenant_table('oauth_states');

create table grants (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  generation text not null check (generation in ('v1', 'v2')),
  user_key text,                  -- blind index of the user; null when nobody is known
  conversation_key text,          -- blind index of conversation and side: finds it for a visit without a user
  facts text not null,            -- sealed: user id, phone, scopes, conversation
  tokens text,                    -- sealed: access and refresh token; null once destroyed
  state text not null check (state in ('live', 'refreshing', 'broken', 'revoked', 'expired')),
  version integer not null default 1,
  refresh_first_sent_at timestamptz,
  verified_at timestamptz,        -- null until Divar has told whose grant it is; not used before
  expires_at timestamptz not null,
  consent_until timestamptz not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, app_id) references apps
);
create index grants_by_app on grants (tenant_id, app_id, id);
create index grants_by_user on grants (tenant_id, app_id, user_key) where user_key is not null;
create index grants_by_conversation on grants (tenant_id, app_id, conversation_key) where conversation_key is not null;
select protect_tenant_table('grants');
alter table sessions add foreign key (tenant_id, grant_id) references grants;
create index sessions_by_grant on sessions (tenant_id, grant_id) where grant_id is not null;

create function sweep_oauth_states(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from oauth_states s using (
      select o.tenant_id, o.state_hash from oauth_states o where o.expires_at < now() - interval '1 day' limit max_count) old
    where s.tenant_id = old.tenant_id and s.state_hash = old.state_hash returning 1)
  select count(*) from gone $$;
-- A process that died between the exchange and the check of the user leaves a grant nobody may use.
create function sweep_unverified_grants(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from grants g using (
      select o.tenant_id, o.id from grants o where o.verified_at is null and o.created_at < now() - interval '10 minutes' limit max_count) old
    where g.tenant_id = old.tenant_id and g.id = old.id returning 1)
  select count(*) from gone $$;
create index grants_unverified on grants (created_at) where verified_at is null;
select give_to_system(s) from unnest(array['sweep_oauth_states(integer)', 'sweep_unverified_grants(integer)']) s;
comment on column oauth_states.scopes is 'sealed';
comment on column grants.facts is 'sealed';
comment on column grants.tokens is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
drop function sweep_unverified_grants(integer), sweep_oauth_states(integer);
drop index sessions_by_grant;
alter table sessions drop constraint sessions_tenant_id_grant_id_fkey;
drop table grants, oauth_states;
`);
}
