/**
 * Chat messages. The unit of work is the conversation, not the message: a worker claims a conversation, sends its head,
 * settles, and gives it back. So messages of one conversation go out one after another whatever the number of workers,
 * and a conversation that waits blocks nobody else.
 */
export async function up(knex) {
  await knex.raw(`
create table conversations (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  conversation_key text not null, -- blind index: Divar's conversation id, or the v1 triple
  type text not null check (type in ('post', 'bot')),
  facts text not null,            -- sealed: divar_id, post_token, v1 user and peer
  last_position bigint not null default 0,
  held_at timestamptz,            -- the tenant has stopped it
  due_at timestamptz,             -- when a worker should look at it; null: nothing to do. Always made from its messages
  claim_id text,
  claimed_until timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, app_id, conversation_key),
  foreign key (tenant_id, app_id) references apps
);
create index conversations_due on conversations (due_at) where due_at is not null;
create index conversations_by_app on conversations (tenant_id, app_id, id);
select protect_tenant_table('conversations');

create table messages (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  conversation_id text not null,
  position bigint not null,       -- order of acceptance within the conversation
  session_id text,
  grant_id text,
  state text not null check (state in ('queued', 'sending', 'sent', 'unknown', 'held', 'failed', 'expired', 'cancelled')),
  lane text not null check (lane in ('reply', 'transactional', 'bulk')),
  on_unknown text not null check (on_unknown in ('hold', 'retry', 'fail')),
  on_missing_consent text not null check (on_missing_consent in ('fail', 'hold')),
  content text,                   -- sealed: text, buttons, metadata; null once erased
  code text,                      -- why it failed or waits, for people and programs
  attempt_count integer not null default 0,
  created_at timestamptz not null,
  state_at timestamptz not null default now(),  -- since when it is in this state
  due_at timestamptz not null default now(),    -- not to be tried before
  expires_at timestamptz,
  final_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, conversation_id, position),
  foreign key (tenant_id, conversation_id) references conversations,
  foreign key (tenant_id, app_id) references apps
);
create index messages_by_app on messages (tenant_id, app_id, id);
create index messages_open on messages (tenant_id, conversation_id, position) where final_at is null;
create index messages_expiring on messages (tenant_id, conversation_id, expires_at) where expires_at is not null and state in ('queued', 'held');
select protect_tenant_table('messages');

create table attempts (
  tenant_id text not null,
  id text not null,
  message_id text not null,
  number integer not null,
  stage text check (stage in ('before_send', 'ambiguous', 'answered')),  -- null: its process died before telling
  status smallint,
  outcome text,
  code text,
  duration_ms integer,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, message_id, number),
  foreign key (tenant_id, message_id) references messages on delete cascade
);
select protect_tenant_table('attempts');

-- What a tenant puts behind a button stays here; Divar carries only an opaque reference. @see PROTOCOL 2.10
create table button_references (
  tenant_id text not null,
  reference_hash text not null,   -- SHA-256, base64url
  app_id text not null,
  message_id text not null,
  content text not null,          -- sealed: data and page
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (tenant_id, reference_hash),
  foreign key (tenant_id, message_id) references messages on delete cascade
);
create index button_references_old on button_references (expires_at);
select protect_tenant_table('button_references');

create function claim_conversations(max_count integer, lease_seconds integer, new_claim_id text) returns table (tenant_id text, id text, app_id text)
language sql security definer set search_path = public, pg_temp as $$
  update conversations c set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from conversations d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where c.tenant_id = due.tenant_id and c.id = due.id
  returning c.tenant_id, c.id, c.app_id $$;
create function sweep_button_references(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from button_references b using (
      select o.tenant_id, o.reference_hash from button_references o where o.expires_at < now() limit max_count) old
    where b.tenant_id = old.tenant_id and b.reference_hash = old.reference_hash returning 1)
  select count(*) from gone $$;
create function sweep_idempotency_keys(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from idempotency_keys i using (
      select o.tenant_id, o.app_id, o.key_hash from idempotency_keys o where o.created_at < now() - interval '7 days' limit max_count) old
    where i.tenant_id = old.tenant_id and i.app_id = old.app_id and i.key_hash = old.key_hash returning 1)
  select count(*) from gone $$;
create index idempotency_keys_old on idempotency_keys (created_at);
-- Content of messages goes 72 hours after their final state.
create function erase_message_contents(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (update messages m set content = null from (
      select o.tenant_id, o.id from messages o where o.final_at < now() - interval '72 hours' and o.content is not null limit max_count) old
    where m.tenant_id = old.tenant_id and m.id = old.id returning 1)
  select count(*) from gone $$;
create index messages_to_erase on messages (final_at) where content is not null and final_at is not null;
select give_to_system(s) from unnest(array['claim_conversations(integer, integer, text)', 'sweep_button_references(integer)',
  'sweep_idempotency_keys(integer)', 'erase_message_contents(integer)']) s;
comment on column conversations.facts is 'sealed';
comment on column messages.content is 'sealed';
comment on column button_references.content is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
drop index idempotency_keys_old;
drop function erase_message_contents(integer), sweep_idempotency_keys(integer), sweep_button_references(integer), claim_conversations(integer, integer, text);
drop table button_references, attempts, messages, conversations;
`);
}
