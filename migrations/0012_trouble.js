/**
 * What the panel shows of trouble: calls of Divar that were refused (counted, because there is no row they could be read
 * from), what members have decided about a group of errors, and more of each attempt of a webhook.
 */
export async function up(knex) {
  await knex.raw(`
-- An hour of refused calls. No body, no address: only how many, and why.
create table refusals (
  tenant_id text not null,
  app_id text not null,
  kind text not null check (kind in ('init', 'event', 'action')),
  code text not null,             -- of the problem that was answered
  hour timestamptz not null,
  call_count bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (tenant_id, app_id, kind, code, hour),
  foreign key (tenant_id, app_id) references apps on delete cascade
) with (fillfactor = 50);
create index refusals_old on refusals (hour);
select protect_tenant_table('refusals');

-- A group of errors is made from what is there; only what somebody has decided about it is kept. Resolved: until it happens again.
create table trouble_marks (
  tenant_id text not null,
  app_id text not null,
  fingerprint text not null,
  state text not null check (state in ('muted', 'resolved')),
  member_id text not null,
  marked_at timestamptz not null,
  primary key (tenant_id, app_id, fingerprint),
  foreign key (tenant_id, app_id) references apps on delete cascade
);
select protect_tenant_table('trouble_marks');

-- What went wrong is a small part of each table, and the only part that is looked for.
create index messages_in_trouble on messages (tenant_id, app_id, id) where state in ('failed', 'unknown');
create index deliveries_dead on deliveries (tenant_id, app_id, id) where state = 'dead';
create index grants_broken on grants (tenant_id, app_id, id) where state = 'broken';
create index sessions_without_consent on sessions (tenant_id, app_id, id) where consent in ('denied', 'failed');

alter table endpoints add column secret_made_at timestamptz;  -- null: as old as the endpoint
alter table delivery_attempts
  add column sent_at timestamptz,  -- what was signed
  add column signature text,       -- as it was sent: it proves the body, and tells nothing of the secret
  add column timings jsonb;        -- milliseconds: dns, connect, tls (none of them on a connection that stood), first_byte

create function sweep_refusals(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from refusals r using (
      select o.tenant_id, o.app_id, o.kind, o.code, o.hour from refusals o where o.hour < now() - interval '30 days' limit max_count) old
    where r.tenant_id = old.tenant_id and r.app_id = old.app_id and r.kind = old.kind and r.code = old.code and r.hour = old.hour returning 1)
  select count(*) from gone $$;
select give_to_system('sweep_refusals(integer)');
`);
}

export async function down(knex) {
  await knex.raw(`
drop function sweep_refusals(integer);
alter table delivery_attempts drop column sent_at, drop column signature, drop column timings;
alter table endpoints drop column secret_made_at;
drop index sessions_without_consent, grants_broken, deliveries_dead, messages_in_trouble;
drop table trouble_marks, refusals;
`);
}
