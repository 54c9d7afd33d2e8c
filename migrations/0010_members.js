/**
 * People: members, their logins and links by mail, which belong to no tenant and are reached through functions only; and
 * what belongs to a tenant: memberships, invitations, the audit log.
 */
const FUNCTIONS = [
  'find_member(text, text)',
  'insert_member(jsonb)',
  'change_member(text, jsonb)',
  'accept_totp(text, bigint)',
  'spend_recovery_code(text, text)',
  'memberships_of(text)',
  'tenant_members()',
  'insert_login(jsonb)',
  'find_login(text, timestamptz, integer, boolean)',
  'change_login(text, text, jsonb)',
  'list_logins(text, timestamptz, integer)',
  'end_logins(text, text, text)',
  'add_email_token(jsonb, jsonb)',
  'find_email_token(text, text, timestamptz)',
  'spend_email_token(text, text, timestamptz)',
  'find_invitation(text, timestamptz)',
  'add_mail(jsonb)',
  'claim_mails(integer, integer, text)',
  'settle_mail(text, text, boolean, integer)',
  'take_attempts(text[], integer[], integer[], timestamptz)',
  'forget_attempts(text)',
  'note_login_failure(text, text, timestamptz)',
  'tenants_with_login_failures(integer)',
  'sweep_member_remains(integer)',
  'disable_unused_members(integer)',
  'sweep_audit_entries(integer)',
  'list_stale_member_seals(text, integer)',
  'reseal_member_text(text, text, text, text)',
];

export async function up(knex) {
  await knex.raw(`
create table members (
  id text primary key,
  email text not null,            -- sealed
  email_index text not null unique,
  password_hash text not null,    -- argon2id, with its salt and cost
  language text not null check (language in ('fa', 'en')),
  totp_secret text,               -- sealed; there once it was confirmed
  pending_totp_secret text,       -- sealed; shown, not confirmed
  totp_counter bigint,            -- of the last code that was taken: none serves twice
  recovery_hashes text[] not null default '{}',
  created_at timestamptz not null,
  used_at timestamptz not null,   -- last login with a second factor
  disabled_at timestamptz
);
create table logins (
  id text primary key,
  token_hash text not null unique,
  member_id text not null references members,
  stage text not null check (stage in ('second_factor', 'member')),
  created_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null,
  step_up_at timestamptz,
  device text not null,
  address text not null           -- masked
);
create index logins_member on logins (member_id);
create index logins_end on logins (ends_at);
create table email_tokens (
  token_hash text primary key,
  kind text not null check (kind in ('sign_up', 'reset')),
  facts text not null,            -- sealed
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index email_tokens_end on email_tokens (expires_at);
create table outgoing_mails (
  id text primary key,
  content text not null,          -- sealed
  created_at timestamptz not null default now(),
  next_at timestamptz not null default now(),
  attempt_count integer not null default 0,
  claim_id text,
  claimed_until timestamptz
);
create index outgoing_mails_due on outgoing_mails (next_at);
create table throttles (
  bucket text primary key,
  attempt_count integer not null,
  ends_at timestamptz not null
);
create index throttles_end on throttles (ends_at);
do $$ declare name text; begin
  foreach name in array array['members', 'logins', 'email_tokens', 'outgoing_mails', 'throttles'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy system on %I to peyvand_system using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to peyvand_system', name);
  end loop; end $$;

create table memberships (
  tenant_id text not null references tenants,
  member_id text not null,
  role text not null check (role in ('owner', 'admin', 'developer', 'support', 'viewer')),
  created_at timestamptz not null,
  primary key (tenant_id, member_id)
);
create index memberships_member on memberships (member_id);
select protect_tenant_table('memberships');

create table invitations (
  tenant_id text not null references tenants,
  id text not null,
  email text not null,            -- sealed
  email_index text not null,
  role text not null check (role in ('owner', 'admin', 'developer', 'support', 'viewer')),
  token_hash text not null unique,
  invited_by text not null,
  created_at timestamptz not null,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
-- One open invitation for a person of a tenant.
create unique index invitations_open on invitations (tenant_id, email_index) where accepted_at is null and revoked_at is null;
select protect_tenant_table('invitations');

-- Every entry holds the keyed digest of itself and of the one before it, so that none can be changed or taken out unseen.
create table audit_entries (
  tenant_id text not null references tenants,
  position bigint not null,
  id text not null,
  at timestamptz not null,
  actor_id text,
  action text not null,
  target text,
  details text not null,          -- JSON as it was digested
  address text,                   -- masked
  previous_hash text not null,
  hash text not null,
  primary key (tenant_id, position)
);
create index audit_entries_age on audit_entries (at);
select protect_tenant_table('audit_entries');
-- The last entry, and the last one that was swept: the chain can be followed from the one to the other.
create table audit_chains (
  tenant_id text primary key references tenants,
  position bigint not null default 0,
  hash text not null default '',
  swept_position bigint not null default 0,
  swept_hash text not null default ''
);
select protect_tenant_table('audit_chains');

-- Failed logins on their way into the audit log; 'none' where the address is nobody's, so that both take the same time.
create table login_failures (
  tenant_id text not null,
  id bigint generated by default as identity,
  member_id text,
  at timestamptz not null,
  address text not null,
  primary key (tenant_id, id)
);
select protect_tenant_table('login_failures');

-- The name of a revoked key is free again; a key may have an end.
alter table api_keys add column expires_at timestamptz, add column created_by text;
alter table api_keys drop constraint api_keys_tenant_id_app_id_name_key;
create unique index api_keys_name on api_keys (tenant_id, app_id, name) where revoked_at is null;
create or replace function find_api_key(wanted_hash text) returns table (tenant_id text, app_id text, id text, scopes text[]) language sql stable security definer set search_path = public, pg_temp as $$
  select k.tenant_id, k.app_id, k.id, k.scopes from api_keys k
  where k.key_hash = wanted_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) $$;

create function find_member(wanted_id text, wanted_index text) returns setof members language sql stable security definer set search_path = public, pg_temp as $$
  select m.* from members m where m.id = wanted_id or m.email_index = wanted_index $$;
create function insert_member(new jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into members (id, email, email_index, password_hash, language, created_at, used_at)
  select r.id, r.email, r.email_index, r.password_hash, r.language, r.created_at, r.created_at from jsonb_populate_record(null::members, new) r $$;
create function change_member(wanted_id text, changes jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  update members m set (password_hash, language, totp_secret, pending_totp_secret, totp_counter, recovery_hashes, used_at, disabled_at) =
    (select r.password_hash, r.language, r.totp_secret, r.pending_totp_secret, r.totp_counter, r.recovery_hashes, r.used_at, r.disabled_at
     from jsonb_populate_record(m, changes) r)
  where m.id = wanted_id $$;
create function accept_totp(wanted_id text, new_counter bigint) returns table (is_accepted boolean) language sql security definer set search_path = public, pg_temp as $$
  with taken as (update members m set totp_counter = new_counter
    where m.id = wanted_id and (m.totp_counter is null or m.totp_counter < new_counter) returning 1)
  select exists (select 1 from taken) $$;
create function spend_recovery_code(wanted_id text, spent_hash text) returns table (is_accepted boolean) language sql security definer set search_path = public, pg_temp as $$
  with taken as (update members m set recovery_hashes = array_remove(m.recovery_hashes, spent_hash)
    where m.id = wanted_id and spent_hash = any(m.recovery_hashes) returning 1)
  select exists (select 1 from taken) $$;
create function memberships_of(wanted_member_id text) returns table (tenant_id text) language sql stable security definer set search_path = public, pg_temp as $$
  select p.tenant_id from memberships p where p.member_id = wanted_member_id order by p.created_at, p.tenant_id $$;
create function tenant_members() returns table (id text, email text, role text, joined_at timestamptz, used_at timestamptz, has_second_factor boolean, is_disabled boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.id, m.email, p.role, p.created_at, m.used_at, m.totp_secret is not null, m.disabled_at is not null
  from memberships p join members m on m.id = p.member_id where p.tenant_id = current_tenant() order by p.created_at, m.id $$;

create function insert_login(new jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into logins select r.* from jsonb_populate_record(null::logins, new) r $$;
create function find_login(wanted_hash text, at_time timestamptz, idle_seconds integer, prolongs boolean) returns table (login jsonb)
language sql security definer set search_path = public, pg_temp as $$
  with live as (
    select l.* from logins l where l.token_hash = wanted_hash and l.ends_at > at_time and l.seen_at > at_time - make_interval(secs => idle_seconds)),
  seen as (update logins u set seen_at = at_time from live l where prolongs and u.id = l.id and u.seen_at < at_time returning u.seen_at)
  select to_jsonb(l) - 'token_hash' || jsonb_build_object(
    'seen_at', coalesce((select s.seen_at from seen s), l.seen_at), 'email', m.email, 'email_index', m.email_index, 'language', m.language,
    'has_second_factor', m.totp_secret is not null, 'recovery_code_count', cardinality(m.recovery_hashes),
    'memberships', coalesce((select jsonb_agg(jsonb_build_object('tenant_id', t.tenant_id, 'name', t.name, 'role', p.role,
        'suspended', t.suspended_at is not null) order by p.created_at, t.tenant_id)
      from memberships p join tenants t on t.tenant_id = p.tenant_id where p.member_id = m.id), '[]'))
  from live l join members m on m.id = l.member_id where m.disabled_at is null $$;
-- Only by whoever still holds the token: of two at once one wins.
create function change_login(wanted_id text, old_hash text, changes jsonb) returns table (is_changed boolean) language sql security definer set search_path = public, pg_temp as $$
  with changed as (update logins l set (token_hash, stage, seen_at, ends_at, step_up_at) =
      (select r.token_hash, r.stage, r.seen_at, r.ends_at, r.step_up_at from jsonb_populate_record(l, changes) r)
    where l.id = wanted_id and l.token_hash = old_hash returning 1)
  select exists (select 1 from changed) $$;
create function list_logins(wanted_member_id text, at_time timestamptz, idle_seconds integer)
returns table (id text, stage text, created_at timestamptz, seen_at timestamptz, device text, address text)
language sql stable security definer set search_path = public, pg_temp as $$
  select l.id, l.stage, l.created_at, l.seen_at, l.device, l.address from logins l
  where l.member_id = wanted_member_id and l.ends_at > at_time and l.seen_at > at_time - make_interval(secs => idle_seconds)
  order by l.seen_at desc, l.id $$;
-- All of a member, or one, or all but one.
create function end_logins(wanted_member_id text, only_id text, except_id text) returns table (ended_count bigint) language sql security definer set search_path = public, pg_temp as $$
  with ended as (delete from logins l where l.member_id = wanted_member_id and (only_id is null or l.id = only_id)
    and (except_id is null or l.id <> except_id) returning 1)
  select count(*) from ended $$;

create function add_mail(mail jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into outgoing_mails (id, content) values (mail ->> 'id', mail ->> 'content') $$;
create function add_email_token(token jsonb, mail jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into email_tokens select r.* from jsonb_populate_record(null::email_tokens, token) r;
  insert into outgoing_mails (id, content) values (mail ->> 'id', mail ->> 'content') $$;
create function find_email_token(wanted_hash text, wanted_kind text, at_time timestamptz) returns table (facts text) language sql stable security definer set search_path = public, pg_temp as $$
  select k.facts from email_tokens k where k.token_hash = wanted_hash and k.kind = wanted_kind and k.expires_at > at_time $$;
create function spend_email_token(wanted_hash text, wanted_kind text, at_time timestamptz) returns table (is_spent boolean) language sql security definer set search_path = public, pg_temp as $$
  with spent as (delete from email_tokens k where k.token_hash = wanted_hash and k.kind = wanted_kind and k.expires_at > at_time returning 1)
  select exists (select 1 from spent) $$;
create function find_invitation(wanted_hash text, at_time timestamptz) returns table (tenant_id text, id text, tenant_name text, role text, email text, email_index text)
language sql stable security definer set search_path = public, pg_temp as $$
  select i.tenant_id, i.id, t.name, i.role, i.email, i.email_index from invitations i join tenants t on t.tenant_id = i.tenant_id
  where i.token_hash = wanted_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > at_time $$;

create function claim_mails(max_count integer, lease_seconds integer, new_claim_id text) returns table (id text, content text, attempt_count integer)
language sql security definer set search_path = public, pg_temp as $$
  update outgoing_mails o set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds), attempt_count = o.attempt_count + 1
  from (select w.id from outgoing_mails w where w.next_at <= now() and (w.claimed_until is null or w.claimed_until < now())
        order by w.next_at limit max_count for update skip locked) due
  where o.id = due.id returning o.id, o.content, o.attempt_count $$;
create function settle_mail(wanted_id text, held_claim_id text, is_done boolean, retry_seconds integer) returns void language sql security definer set search_path = public, pg_temp as $$
  delete from outgoing_mails o where o.id = wanted_id and o.claim_id = held_claim_id and is_done;
  update outgoing_mails o set claim_id = null, claimed_until = null, next_at = now() + make_interval(secs => retry_seconds)
  where o.id = wanted_id and o.claim_id = held_claim_id $$;

-- Counts first, so that many at once cannot pass together; whoever is over waits until the window ends.
create function take_attempts(buckets text[], max_counts integer[], window_seconds integer[], at_time timestamptz) returns table (wait_seconds integer)
language sql security definer set search_path = public, pg_temp as $$
  with taken as (
    insert into throttles as t (bucket, attempt_count, ends_at)
    select a.b, 1, at_time + make_interval(secs => a.w) from unnest(buckets, window_seconds) as a(b, w) order by a.b
    on conflict (bucket) do update set
      attempt_count = case when t.ends_at <= at_time then 1 else t.attempt_count + 1 end,
      ends_at = case when t.ends_at <= at_time then excluded.ends_at else t.ends_at end
    returning t.bucket, t.attempt_count, t.ends_at)
  select coalesce(max(ceil(extract(epoch from k.ends_at - at_time))), 0)::integer
  from taken k join unnest(buckets, max_counts) as a(b, c) on a.b = k.bucket where k.attempt_count > a.c $$;
create function forget_attempts(spent_bucket text) returns void language sql security definer set search_path = public, pg_temp as $$
  delete from throttles t where t.bucket = spent_bucket $$;

create function note_login_failure(wanted_member_id text, from_address text, at_time timestamptz) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into login_failures (tenant_id, member_id, at, address)
  select coalesce(p.tenant_id, 'none'), wanted_member_id, at_time, from_address
  from (select 1) once left join memberships p on p.member_id = wanted_member_id $$;
create function tenants_with_login_failures(max_count integer) returns table (tenant_id text) language sql stable security definer set search_path = public, pg_temp as $$
  select distinct f.tenant_id from login_failures f where f.tenant_id <> 'none' limit max_count $$;

create function sweep_member_remains(max_rows integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with tokens as (delete from email_tokens where token_hash in (select k.token_hash from email_tokens k where k.expires_at < now() limit max_rows) returning 1),
    ended as (delete from logins where id in (select l.id from logins l where l.ends_at < now() limit max_rows) returning 1),
    buckets as (delete from throttles where bucket in (select t.bucket from throttles t where t.ends_at < now() limit max_rows) returning 1),
    failures as (delete from login_failures where (tenant_id, id) in (select f.tenant_id, f.id from login_failures f where f.tenant_id = 'none' limit max_rows) returning 1)
  select (select count(*) from tokens) + (select count(*) from ended) + (select count(*) from buckets) + (select count(*) from failures) $$;
create function disable_unused_members(max_rows integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with disabled as (update members set disabled_at = now()
    where id in (select m.id from members m where m.disabled_at is null and m.used_at < now() - interval '6 months' limit max_rows) returning 1)
  select count(*) from disabled $$;
create function sweep_audit_entries(max_rows integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with old as (select e.tenant_id, e.position, e.hash from audit_entries e where e.at < now() - interval '12 months' order by e.at limit max_rows),
    last as (select distinct on (o.tenant_id) o.tenant_id, o.position, o.hash from old o order by o.tenant_id, o.position desc),
    moved as (update audit_chains c set swept_position = l.position, swept_hash = l.hash from last l where c.tenant_id = l.tenant_id),
    gone as (delete from audit_entries e using last l where e.tenant_id = l.tenant_id and e.position <= l.position returning 1)
  select count(*) from gone $$;

create function list_stale_member_seals(current_key_id text, max_rows integer) returns table (place text, id text, sealed text)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.place, s.id, s.sealed from (
    select 'members|email', m.id, m.email from members m
    union all select 'members|totp_secret', m.id, m.totp_secret from members m
    union all select 'members|pending_totp_secret', m.id, m.pending_totp_secret from members m
    union all select 'email_tokens|facts', k.token_hash, k.facts from email_tokens k
    union all select 'outgoing_mails|content', o.id, o.content from outgoing_mails o) s(place, id, sealed)
  where s.sealed is not null and not starts_with(s.sealed, current_key_id || '.') limit max_rows $$;
create function reseal_member_text(wanted_place text, wanted_id text, old_sealed text, new_sealed text) returns void language sql security definer set search_path = public, pg_temp as $$
  update members m set email = new_sealed where wanted_place = 'members|email' and m.id = wanted_id and m.email = old_sealed;
  update members m set totp_secret = new_sealed where wanted_place = 'members|totp_secret' and m.id = wanted_id and m.totp_secret = old_sealed;
  update members m set pending_totp_secret = new_sealed where wanted_place = 'members|pending_totp_secret' and m.id = wanted_id and m.pending_totp_secret = old_sealed;
  update email_tokens k set facts = new_sealed where wanted_place = 'email_tokens|facts' and k.token_hash = wanted_id and k.facts = old_sealed;
  update outgoing_mails o set content = new_sealed where wanted_place = 'outgoing_mails|content' and o.id = wanted_id and o.content = old_sealed $$;

select give_to_system(s) from unnest(array['${FUNCTIONS.join("', '")}']) s;
comment on column members.email is 'sealed';
comment on column members.totp_secret is 'sealed';
comment on column members.pending_totp_secret is 'sealed';
comment on column email_tokens.facts is 'sealed';
comment on column outgoing_mails.content is 'sealed';
comment on column invitations.email is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
drop function ${FUNCTIONS.join(', ')};
drop table login_failures, audit_chains, audit_entries, invitations, memberships, throttles, outgoing_mails, email_tokens, logins, members;
create or replace function find_api_key(wanted_hash text) returns table (tenant_id text, app_id text, id text, scopes text[]) language sql stable security definer set search_path = public, pg_temp as $$
  select k.tenant_id, k.app_id, k.id, k.scopes from api_keys k where k.key_hash = wanted_hash and k.revoked_at is null $$;
drop index api_keys_name;
alter table api_keys add constraint api_keys_tenant_id_app_id_name_key unique (tenant_id, app_id, name);
alter table api_keys drop column expires_at, drop column created_by;
`);
}
