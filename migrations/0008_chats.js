/**
 * What comes back from Divar's chats: echoes of our own messages, texts that no event told, and media on their way there.
 *
 * A try that may have reached the chat carries the key of its echo, a blind index of the chat and of what was said; a bot's
 * message that is seen there, in an event or by reading, is kept under the same key. Which echo belongs to which try is
 * never stored: it follows from both, under the lock of the conversation.
 */
export async function up(knex) {
  await knex.raw(`
alter table attempts add column echo_key text;  -- null: its echo could not be told from anything else
create index attempts_by_echo on attempts (tenant_id, echo_key, created_at) where echo_key is not null;
alter table messages add column confirmed_by text check (confirmed_by in ('answer', 'echo', 'read', 'request'));

create table echoes (
  tenant_id text not null,
  app_id text not null,
  divar_key text not null,        -- blind index of Divar's id of the message
  echo_key text not null,
  sent_at timestamptz not null,   -- as Divar says
  seen_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, app_id, divar_key),
  foreign key (tenant_id, app_id) references apps
);
create index echoes_by_key on echoes (tenant_id, echo_key, sent_at);
create index echoes_old on echoes (seen_at);
select protect_tenant_table('echoes');

-- Divar's id of the message that an event tells: a text is told once, however it was learnt.
alter table events add column divar_key text;
create index events_by_divar_key on events (tenant_id, app_id, divar_key) where divar_key is not null;

-- One row for each chat that is read: because the outcome of a send is unknown, or because events may have been lost.
create table chat_reads (
  tenant_id text not null,
  id text not null,               -- of the conversation
  app_id text not null,
  told_from timestamptz not null, -- texts from then on are told when the log lacks them
  active_at timestamptz,          -- when Divar last told something of it; null: only read for the outcomes of sends
  read_at timestamptz,            -- when the last answer was asked for
  due_at timestamptz,             -- null: nothing to read for
  failure_count integer not null default 0,
  claim_id text,
  claimed_until timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, id) references conversations on delete cascade,
  foreign key (tenant_id, app_id) references apps
);
create index chat_reads_due on chat_reads (due_at) where due_at is not null;
create index chat_reads_read on chat_reads (tenant_id, app_id, read_at);
create index chat_reads_claimed on chat_reads (tenant_id, app_id) where claim_id is not null;
select protect_tenant_table('chat_reads');

-- One chat of an app at a time, one in two seconds, and none while the app has to wait: reading must not take what sending
-- needs.
create function claim_chat_reads(max_count integer, lease_seconds integer, new_claim_id text)
returns table (tenant_id text, id text, app_id text) language sql security definer set search_path = public, pg_temp as $$
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
  returning u.tenant_id, u.id, u.app_id $$;

-- Whether events can be taken in, by every process that takes them: what was told while nobody could is lost.
create table intake_watch (
  one boolean primary key default true check (one),
  seen_at timestamptz not null default now()
);
alter table intake_watch enable row level security;
alter table intake_watch force row level security;
create policy system on intake_watch to peyvand_system using (true) with check (true);
grant select, insert, update on intake_watch to peyvand_system;
-- Chats that are reread after an interruption of more than gap_seconds; each within spread_seconds.
create function watch_intake(gap_seconds integer, spread_seconds integer) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
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
end $$;

-- What was uploaded to Divar; the bytes never lie here.
create table media (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  kind text not null check (kind in ('image', 'file', 'voice', 'video')),
  format text not null,
  size_bytes integer not null,
  token text not null,            -- sealed: Divar's media token
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, app_id) references apps
);
select protect_tenant_table('media');
comment on column media.token is 'sealed';

create function sweep_echoes(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from echoes e using (
      select o.tenant_id, o.app_id, o.divar_key from echoes o where o.seen_at < now() - interval '7 days' limit max_count) old
    where e.tenant_id = old.tenant_id and e.app_id = old.app_id and e.divar_key = old.divar_key returning 1)
  select count(*) from gone $$;
select give_to_system(s) from unnest(array['claim_chat_reads(integer, integer, text)', 'watch_intake(integer, integer)', 'sweep_echoes(integer)']) s;
`);
}

export async function down(knex) {
  await knex.raw(`
drop function sweep_echoes(integer), watch_intake(integer, integer), claim_chat_reads(integer, integer, text);
drop table media, intake_watch, chat_reads, echoes;
drop index events_by_divar_key;
alter table events drop column divar_key;
alter table messages drop column confirmed_by;
drop index attempts_by_echo;
alter table attempts drop column echo_key;
`);
}
