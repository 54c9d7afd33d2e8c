/** The schema of a database as text: the same for the same schema, whatever built it. The embedded PostgreSQL brings no
 *  pg_dump, and its versions would differ in what they print. */
import type { Client } from 'pg';

/** knex keeps its own books in these; their shape is knex's business. */
const NOT_OURS = `('knex_migrations', 'knex_migrations_lock')`;
const IN_PUBLIC = `relnamespace = 'public'::regnamespace and relname not in ${NOT_OURS}`;

const SIGNATURE = `format('%I(%s)', proname, pg_get_function_identity_arguments(p.oid))`;
const FUNCTIONS = `pg_proc p where pronamespace = 'public'::regnamespace`;

/** Each query gives the statements of one chapter in a stable order. */
const CHAPTERS = {
  functions: `
    select trim(trailing E'\n' from pg_get_functiondef(p.oid)) as line from ${FUNCTIONS} order by ${SIGNATURE}`,
  tables: `
    select format(E'create table %I (\n%s\n)', relname,
      (select string_agg(format('  %I %s%s%s', attname, format_type(atttypid, atttypmod),
          case when attnotnull then ' not null' else '' end, coalesce(' default ' || pg_get_expr(adbin, adrelid), '')), E',\n' order by attnum)
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = pg_class.oid and attnum > 0 and not attisdropped)) as line
    from pg_class where relkind in ('r', 'p') and ${IN_PUBLIC} order by relname`,
  'other relations': `
    select format('-- kind %s: %I', relkind, relname) as line from pg_class
    where relkind not in ('r', 'p', 'i') and ${IN_PUBLIC} and relname not like 'knex_migrations%' order by relname`,
  // Foreign keys after what they point at; `not null` stands with the columns.
  constraints: `
    select format('alter table %I add constraint %I %s', relname, conname, pg_get_constraintdef(n.oid)) as line
    from pg_constraint n join pg_class on pg_class.oid = conrelid
    where contype <> 'n' and ${IN_PUBLIC} order by contype = 'f', relname, conname`,
  indexes: `
    select pg_get_indexdef(indexrelid) as line from pg_index join pg_class on pg_class.oid = indrelid
    where ${IN_PUBLIC} and not exists (select 1 from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    order by relname, indexrelid::regclass::text`,
  triggers: `
    select pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class on pg_class.oid = tgrelid
    where not tgisinternal and ${IN_PUBLIC} order by relname, tgname`,
  'row-level security': `
    select format('alter table %I %s', relname, concat_ws(', ', case when relrowsecurity then 'enable row level security' end,
      case when relforcerowsecurity then 'force row level security' end)) as line
    from pg_class where (relrowsecurity or relforcerowsecurity) and ${IN_PUBLIC} order by relname`,
  policies: `
    select format('create policy %I on %I as %s for %s to %s using (%s) with check (%s)', policyname, tablename, lower(permissive),
      lower(cmd), array_to_string(roles, ', '), qual, with_check) as line
    from pg_policies where schemaname = 'public' order by tablename, policyname`,
  'owners of functions': `
    select format('alter function %s owner to %I', ${SIGNATURE}, pg_get_userbyid(proowner)) as line
    from ${FUNCTIONS} and pg_get_userbyid(proowner) like 'peyvand_%' order by ${SIGNATURE}`,
  'callers of functions': `
    select format('revoke all on function %s from public', ${SIGNATURE}) as line
    from ${FUNCTIONS} and proacl is not null and not exists (select 1 from aclexplode(proacl) where grantee = 0)
    union all select format('grant execute on function %s to %I', ${SIGNATURE}, pg_get_userbyid(grantee))
    from pg_proc p, aclexplode(proacl) where pronamespace = 'public'::regnamespace and pg_get_userbyid(grantee) like 'peyvand_%'
    and grantee <> proowner order by 1`,
  grants: `
    select format('grant %s on %I to %I', string_agg(lower(privilege_type), ', ' order by privilege_type), relname, pg_get_userbyid(grantee)) as line
    from pg_class, aclexplode(relacl) where relnamespace = 'public'::regnamespace and pg_get_userbyid(grantee) like 'peyvand_%'
    group by relname, grantee order by relname, pg_get_userbyid(grantee)`,
  'grants on the schema': `
    select format('grant %s on schema %I to %I', string_agg(lower(privilege_type), ', ' order by privilege_type), nspname, pg_get_userbyid(grantee)) as line
    from pg_namespace, aclexplode(nspacl) where nspname = 'public' and pg_get_userbyid(grantee) like 'peyvand_%'
    group by nspname, grantee order by pg_get_userbyid(grantee)`,
  'sealed columns': `
    select format('comment on column %I.%I is %L', relname, attname, col_description(attrelid, attnum)) as line
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where ${IN_PUBLIC} and attnum > 0 and col_description(attrelid, attnum) is not null order by relname, attnum`,
};

export async function dumpSchema(client: Client): Promise<string> {
  const chapters: string[] = [
    '-- The schema after all migrations. Made by `npm run schema`; compared by the tests.',
  ];
  for (const [title, sql] of Object.entries(CHAPTERS)) {
    const { rows } = await client.query<{ line: string }>(sql);
    if (rows.length > 0) chapters.push(`-- ${title}\n\n${rows.map((row) => `${row.line};`).join('\n')}`);
  }
  return `${chapters.join('\n\n')}\n`;
}
