/**
 * Grants that do not die, and the subscriptions that hang on them.
 *
 * A refresh is journalled: when the refresh token may first have reached Divar stands in the row, committed, before anything
 * is on the wire, and both that time and every decision about it are by the clock of the database. So whoever takes over from
 * a dead process knows whether the token may still be used.
 */
export async function up(knex) {
  await knex.raw(`
alter table grants
  add column refreshable boolean not null default false,       -- Divar gave a refresh token, and has not refused it
  add column refreshed_at timestamptz,                         -- since when these tokens are stored
  add column refresh_try_count integer not null default 0,     -- failures since the tokens were stored: the rung of the ladder
  add column refresh_lost_count integer not null default 0,    -- tries of this journal that are known to have failed
  add column refresh_last_sent_at timestamptz,                  -- any try may be the one that Divar heard
  add column refresh_unanswered boolean not null default false, -- a try of this journal has no answer that we know
  add column refused_version integer,                          -- whose access token Divar has refused
  add column is_kept boolean not null default false,           -- refreshed ahead of time: subscriptions live by its token
  add column reason text,                                      -- why it ended
  add column is_ending boolean not null default false,         -- what hung on it has still to be ended
  add column told_days smallint,                               -- the last warning before consent_until
  add column due_at timestamptz,                               -- when a worker should look at it; null: never
  add column claim_id text,
  add column claimed_until timestamptz;
update grants set refreshable = generation = 'v2', refreshed_at = created_at,
  due_at = case when state = 'live' and verified_at is not null then now() + random() * interval '10 minutes' end;
create index grants_due on grants (due_at) where due_at is not null;
create index messages_by_grant on messages (tenant_id, grant_id, conversation_id) where grant_id is not null and final_at is null;

create function claim_grants(max_count integer, lease_seconds integer, new_claim_id text) returns table (tenant_id text, id text, app_id text)
language sql security definer set search_path = public, pg_temp as $$
  update grants g set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from grants d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where g.tenant_id = due.tenant_id and g.id = due.id
  returning g.tenant_id, g.id, g.app_id $$;

-- What Divar was asked to tell, in the name of one grant. Divar forgets it with the token it was asked with.
create table subscriptions (
  tenant_id text not null,
  id text not null,
  app_id text not null,
  grant_id text not null,
  event_type text not null check (event_type in ('NEW_MESSAGE_ON_POST', 'POST_UPDATE')),
  subject_key text not null,      -- blind index of event type and resource: one subscription a grant for each
  facts text not null,            -- sealed: the resource
  notify_key text,                -- sealed: what Divar (v1) presents with its events
  notify_key_digest text,         -- blind index of it
  state text not null check (state in ('renewing', 'live', 'lost')),
  grant_version integer,          -- of the tokens it is registered with
  lost_since timestamptz,         -- since when events may be missing
  reason text,                    -- why it was lost
  try_count integer not null default 0,
  renewing_since timestamptz,
  due_at timestamptz,             -- when a worker should look at it; null: nothing to do
  claim_id text,
  claimed_until timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, grant_id, subject_key),
  foreign key (tenant_id, app_id) references apps,
  foreign key (tenant_id, grant_id) references grants
);
create index subscriptions_by_app on subscriptions (tenant_id, app_id, id);
create index subscriptions_due on subscriptions (due_at) where due_at is not null;
create index subscriptions_by_key on subscriptions (app_id, notify_key_digest) where notify_key_digest is not null;
select protect_tenant_table('subscriptions');

create function claim_subscriptions(max_count integer, lease_seconds integer, new_claim_id text) returns table (tenant_id text, id text, app_id text)
language sql security definer set search_path = public, pg_temp as $$
  update subscriptions s set claim_id = new_claim_id, claimed_until = now() + make_interval(secs => lease_seconds)
  from (select d.tenant_id, d.id from subscriptions d
        where d.due_at <= now() and (d.claimed_until is null or d.claimed_until < now())
        order by d.due_at limit max_count for update skip locked) due
  where s.tenant_id = due.tenant_id and s.id = due.id
  returning s.tenant_id, s.id, s.app_id $$;
-- Before a tenant is known: is this the key of a subscription of the app?
create function knows_subscription_key(wanted_app_id text, wanted_digest text) returns table (is_known boolean) language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from subscriptions s where s.app_id = wanted_app_id and s.notify_key_digest = wanted_digest) $$;
select give_to_system(s) from unnest(array['claim_grants(integer, integer, text)', 'claim_subscriptions(integer, integer, text)',
  'knows_subscription_key(text, text)']) s;
comment on column subscriptions.facts is 'sealed';
comment on column subscriptions.notify_key is 'sealed';
`);
}

export async function down(knex) {
  await knex.raw(`
drop function knows_subscription_key(text, text), claim_subscriptions(integer, integer, text), claim_grants(integer, integer, text);
drop table subscriptions;
drop index messages_by_grant, grants_due;
alter table grants drop column refreshable, drop column refreshed_at, drop column refresh_try_count, drop column refresh_lost_count,
  drop column refresh_last_sent_at, drop column refresh_unanswered, drop column refused_version, drop column is_kept, drop column reason, drop column is_ending, drop column told_days,
  drop column due_at, drop column claim_id, drop column claimed_until;
`);
}
