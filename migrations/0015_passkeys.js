/** What a member signs in with besides the password and the authenticator, and how he wants to be shown things. */
const FUNCTIONS = [
  'insert_passkey(jsonb, integer)',
  'find_passkey(text)',
  'list_passkeys(text)',
  'use_passkey(text, bigint, timestamptz)',
  'remove_passkey(text, text)',
  'add_passkey_challenge(text, text, text, timestamptz)',
  'spend_passkey_challenge(text, text, text, timestamptz)',
  'sweep_passkey_challenges(integer)',
];

const changeMember = (columns) => {
  const values = columns.map((name) => `r.${name}`).join(', ');
  return `
create or replace function change_member(wanted_id text, changes jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
  update members m set (${columns.join(', ')}) =
    (select ${values} from jsonb_populate_record(m, changes) r)
  where m.id = wanted_id $$;`;
};
const findLogin = (facts) => `
create or replace function find_login(wanted_hash text, at_time timestamptz, idle_seconds integer, prolongs boolean) returns table (login jsonb)
language sql security definer set search_path = public, pg_temp as $$
  with live as (
    select l.* from logins l where l.token_hash = wanted_hash and l.ends_at > at_time and l.seen_at > at_time - make_interval(secs => idle_seconds)),
  seen as (update logins u set seen_at = at_time from live l where prolongs and u.id = l.id and u.seen_at < at_time returning u.seen_at)
  select to_jsonb(l) - 'token_hash' || jsonb_build_object(
    'seen_at', coalesce((select s.seen_at from seen s), l.seen_at), 'email', m.email, 'email_index', m.email_index, 'language', m.language,
    'has_second_factor', m.totp_secret is not null, 'recovery_code_count', cardinality(m.recovery_hashes),${facts}
    'memberships', coalesce((select jsonb_agg(jsonb_build_object('tenant_id', t.tenant_id, 'name', t.name, 'role', p.role,
        'suspended', t.suspended_at is not null) order by p.created_at, t.tenant_id)
      from memberships p join tenants t on t.tenant_id = p.tenant_id where p.member_id = m.id), '[]'))
  from live l join members m on m.id = l.member_id where m.disabled_at is null $$;`;
const COLUMNS = [
  'password_hash',
  'language',
  'totp_secret',
  'pending_totp_secret',
  'totp_counter',
  'recovery_hashes',
  'used_at',
  'disabled_at',
];

export async function up(knex) {
  await knex.raw(`
alter table members add column preferences jsonb not null default '{}';
-- Null is a password: processes of before write nothing.
alter table logins add column first_factor text check (first_factor in ('password', 'passkey'));

create table passkeys (
  id text primary key,            -- of the credential, base64url
  member_id text not null references members,
  name text not null,
  public_key text not null,       -- COSE, base64url
  counter bigint not null,        -- of the last signature; stays at zero for passkeys that are on several devices
  transports text[] not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index passkeys_member on passkeys (member_id);
create table passkey_challenges (
  challenge text primary key,     -- what was to be signed; spent by its first answer
  purpose text not null,
  holder text not null,           -- the login that asked; empty on the login page
  expires_at timestamptz not null
);
create index passkey_challenges_end on passkey_challenges (expires_at);
do $$ declare name text; begin
  foreach name in array array['passkeys', 'passkey_challenges'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy system on %I to peyvand_system using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to peyvand_system', name);
  end loop; end $$;

create function insert_passkey(new jsonb, max_count integer) returns table (is_inserted boolean) language sql security definer set search_path = public, pg_temp as $$
  with added as (
    insert into passkeys select r.* from jsonb_populate_record(null::passkeys, new) r
    where (select count(*) from passkeys p where p.member_id = r.member_id) < max_count
    on conflict (id) do nothing returning 1)
  select exists (select 1 from added) $$;
create function find_passkey(wanted_id text) returns setof passkeys language sql stable security definer set search_path = public, pg_temp as $$
  select p.* from passkeys p where p.id = wanted_id $$;
create function list_passkeys(wanted_member_id text) returns setof passkeys language sql stable security definer set search_path = public, pg_temp as $$
  select p.* from passkeys p where p.member_id = wanted_member_id order by p.created_at, p.id $$;
-- A counter that does not rise is a copy of the key, or an answer that was used before.
create function use_passkey(wanted_id text, new_counter bigint, at_time timestamptz) returns table (is_accepted boolean) language sql security definer set search_path = public, pg_temp as $$
  with used as (update passkeys p set counter = new_counter, used_at = at_time
    where p.id = wanted_id and (p.counter < new_counter or (p.counter = 0 and new_counter = 0)) returning 1)
  select exists (select 1 from used) $$;
create function remove_passkey(wanted_member_id text, wanted_id text) returns table (is_removed boolean) language sql security definer set search_path = public, pg_temp as $$
  with removed as (delete from passkeys p where p.member_id = wanted_member_id and p.id = wanted_id returning 1)
  select exists (select 1 from removed) $$;
create function add_passkey_challenge(new_challenge text, new_purpose text, new_holder text, ends_at timestamptz) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into passkey_challenges values (new_challenge, new_purpose, new_holder, ends_at) $$;
create function spend_passkey_challenge(given_challenge text, given_purpose text, given_holder text, at_time timestamptz) returns table (is_spent boolean) language sql security definer set search_path = public, pg_temp as $$
  with spent as (delete from passkey_challenges c
    where c.challenge = given_challenge and c.purpose = given_purpose and c.holder = given_holder and c.expires_at > at_time returning 1)
  select exists (select 1 from spent) $$;
create function sweep_passkey_challenges(max_rows integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from passkey_challenges where challenge in
    (select c.challenge from passkey_challenges c where c.expires_at < now() limit max_rows) returning 1)
  select count(*) from gone $$;
${changeMember([...COLUMNS, 'preferences'])}
${findLogin(`
    'preferences', m.preferences, 'passkey_count', (select count(*) from passkeys k where k.member_id = m.id),`)}

select give_to_system(s) from unnest(array['${FUNCTIONS.join("', '")}']) s;
`);
}

export async function down(knex) {
  await knex.raw(`
drop function ${FUNCTIONS.join(', ')};
${changeMember(COLUMNS)}
${findLogin('')}
drop table passkey_challenges, passkeys;
alter table logins drop column first_factor;
alter table members drop column preferences;
`);
}
