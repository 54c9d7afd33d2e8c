/** How long visits are kept: ninety days after their end, long enough for any question about an order that came of one. */
export async function up(knex) {
  await knex.raw(`
-- The least id that was made at that instant: ids begin with their milliseconds (src/platform/ids.ts), so that old rows are
-- found by the key they have anyway. 48 bits; the lowest three share a character with chance.
create function id_floor(prefix text, made_at timestamptz) returns text language sql stable set search_path = public, pg_temp as $$
  select prefix || '_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((((ms / 8) >> (5 * place)) % 32)::integer + 1), 1), '' order by place desc)
  from (select floor(extract(epoch from made_at) * 1000)::bigint as ms) instant, generate_series(0, 8) as place $$;

-- Tenant by tenant, along the primary key: an index on the time would cost every init. What has not ended yet, because its
-- life was set longer than all this, stays.
create function sweep_sessions(max_count integer) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from sessions s using (
      select o.tenant_id, o.id from tenants t cross join lateral (
        select v.tenant_id, v.id from sessions v
        where v.tenant_id = t.tenant_id and v.id < id_floor('ses', now() - interval '90 days') and v.expires_at < now() - interval '89 days'
        order by v.id limit 100) o
      limit max_count) old
    where s.tenant_id = old.tenant_id and s.id = old.id returning 1)
  select count(*) from gone $$;
select give_to_system('sweep_sessions(integer)');
`);
}

export async function down(knex) {
  await knex.raw('drop function sweep_sessions(integer), id_floor(text, timestamptz);');
}
