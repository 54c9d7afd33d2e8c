import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { createDatabase } from '../src/platform/database.ts';
import { checkSchema, migrate } from '../src/platform/migrate.ts';
import { createEmptyDatabase, createTestDatabase, queryAsOwner, withClient } from './helpers/database.ts';
import { silentLog } from './helpers/log.ts';
import { startOwnPostgres } from './helpers/postgres.ts';
import { until } from './helpers/redis.ts';
import { dumpSchema } from './helpers/schema.ts';

/** The only ways across tenants. Whoever adds one proves in its room's tests that it shows no more than it must. */
const SECURITY_DEFINERS = [
  'accept_totp',
  'add_email_token',
  'add_init_minutes',
  'add_mail',
  'add_passkey_challenge',
  'add_system_key',
  'alive_minutes_between',
  'applied_migrations',
  'apps_with_told',
  'budget_figures',
  'bury_deliveries',
  'change_login',
  'change_member',
  'changed_apps',
  'claim_chat_reads',
  'claim_conversations',
  'claim_deliveries',
  'claim_deliveries_of',
  'claim_grants',
  'claim_jobs',
  'claim_landing_probes',
  'claim_mails',
  'claim_new_visits',
  'claim_subscriptions',
  'claim_troubled_deliveries',
  'delivery_figures',
  'disable_unused_members',
  'end_logins',
  'erase_delivery_answers',
  'erase_event_payloads',
  'erase_message_contents',
  'find_api_key',
  'find_app_tenant',
  'find_email_token',
  'find_invitation',
  'find_login',
  'find_member',
  'find_passkey',
  'find_tenant',
  'forget_attempts',
  'forget_new_visits',
  'free_lanes',
  'insert_login',
  'insert_member',
  'insert_passkey',
  'intake_sessions',
  'keep_told',
  'knows_subscription_key',
  'list_logins',
  'list_passkeys',
  'list_stale_member_seals',
  'list_system_keys',
  'list_tenants',
  'memberships_of',
  'note_alive_minutes',
  'note_arrivals',
  'note_login_failure',
  'overdue_conversations',
  'queue_figures',
  'remove_passkey',
  'remove_system_key',
  'reseal_member_text',
  'reseal_system_key',
  'retire_secrets',
  'settle_mail',
  'spend_email_token',
  'spend_passkey_challenge',
  'spend_recovery_code',
  'sweep_audit_entries',
  'sweep_button_references',
  'sweep_echoes',
  'sweep_event_keys',
  'sweep_health',
  'sweep_idempotency_keys',
  'sweep_landing_codes',
  'sweep_member_remains',
  'sweep_oauth_states',
  'sweep_passkey_challenges',
  'sweep_refusals',
  'sweep_sessions',
  'sweep_unverified_grants',
  'take_attempts',
  'tenant_members',
  'tenants_with_login_failures',
  'use_passkey',
  'watch_intake',
];

const dump = (ownerUrl: string) => withClient(ownerUrl, dumpSchema);

function connect(t: ExecutionContext, url: string) {
  const db = createDatabase({ url, log: silentLog() });
  t.teardown(() => db.close());
  return db;
}

test('up, down and up again gives the same schema, and down leaves nothing', async (t) => {
  const { ownerUrl } = await createEmptyDatabase(t);
  const empty = await dump(ownerUrl);
  const names = await migrate(ownerUrl);
  t.regex(names[0] ?? '', /^0001_\w+\.js$/);
  const first = await dump(ownerUrl);
  t.deepEqual(await migrate(ownerUrl, { direction: 'down' }), names.toReversed());
  t.is(await dump(ownerUrl), empty);
  t.deepEqual(await migrate(ownerUrl), names);
  t.is(await dump(ownerUrl), first);
  t.deepEqual(await migrate(ownerUrl), []);
});

test('the committed schema is the migrated one (npm run schema writes it)', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const committed = await readFile(new URL('../migrations/schema.sql', import.meta.url), 'utf8');
  t.deepEqual((await dump(ownerUrl)).split('\n'), committed.split('\n'));
});

test('of two runners at once one migrates and the other waits for it', async (t) => {
  const { ownerUrl } = await createEmptyDatabase(t);
  const [one, other] = await Promise.all([migrate(ownerUrl), migrate(ownerUrl)]);
  t.deepEqual([one.length > 0, other.length > 0].sort(), [false, true]);
  await t.notThrowsAsync(() => checkSchema(connect(t, ownerUrl)));
});

test('a runner that was killed leaves neither half a schema nor a lock', async (t) => {
  const { ownerUrl } = await createEmptyDatabase(t);
  const ended = withClient(ownerUrl, async (client) => {
    client.on('error', () => undefined);
    await client.query('begin; select pg_advisory_xact_lock(7316001); create table half (id text)');
    const second = migrate(ownerUrl);
    const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;
    await until(
      async () => (await queryAsOwner(ownerUrl, waits)).length > 0,
      'the second runner at the lock',
    );
    const own = await client.query('select pg_backend_pid() as pid');
    await queryAsOwner(ownerUrl, 'select pg_terminate_backend($1)', [own.rows[0].pid]);
    return await second;
  });
  t.true((await ended).length > 0);
  t.deepEqual(await queryAsOwner(ownerUrl, `select 1 from pg_class where relname = 'half'`), []);
});

test('a migration that fails leaves nothing of the others behind, and says why in one line', async (t) => {
  const { ownerUrl } = await createEmptyDatabase(t);
  await queryAsOwner(ownerUrl, 'create table messages (id text)');
  const error = await t.throwsAsync(() => migrate(ownerUrl));
  t.regex(error.message, /^the schema could not be migrated: .*"messages" already exists/);
  t.notRegex(error.message, /\n/);
  const tables = `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`;
  t.deepEqual(await queryAsOwner(ownerUrl, tables), [{ relname: 'messages' }]);
});

test('an owner who is no superuser can migrate, and run, and go back', async (t) => {
  const postgres = await startOwnPostgres(t, { migrated: false });
  await queryAsOwner(postgres.ownerUrl, 'drop role peyvand, peyvand_app');
  await queryAsOwner(postgres.ownerUrl, `create role plain login nosuperuser createrole password 'plain'`);
  await queryAsOwner(postgres.ownerUrl, 'create database plain owner plain');
  const url = postgres.ownerUrl.replace(/\/\/[^@]*@/, '//plain:plain@').replace(/\/peyvand$/, '/plain');
  await migrate(url);
  t.is(await dump(url), await readFile(new URL('../migrations/schema.sql', import.meta.url), 'utf8'));
  const db = connect(t, url);
  await checkSchema(db);
  await db.tenant('ten_a', (tx) => tx.sql('tenants').insert({ tenant_id: 'ten_a', name: 'A' }));
  t.deepEqual(await db.tenant('ten_b', (tx) => tx.sql('tenants').select()), []);
  t.deepEqual(await db.call('list_tenants', []), [{ tenant_id: 'ten_a' }]);
  t.true((await migrate(url, { direction: 'down' })).length > 0);
});

test('a process refuses a schema that is empty, older or newer than it', async (t) => {
  const empty = await createEmptyDatabase(t);
  await t.throwsAsync(() => checkSchema(connect(t, empty.ownerUrl)), { message: /older.*0001_/ });
  const { db, ownerUrl } = await createTestDatabase(t);
  await t.notThrowsAsync(() => checkSchema(db));
  const [last] = await queryAsOwner<{ name: string }>(
    ownerUrl,
    'delete from knex_migrations where id = (select max(id) from knex_migrations) returning name',
  );
  const missing = await t.throwsAsync(() => checkSchema(db), { message: /older/ });
  t.true(missing.message.includes(last?.name ?? '?'));
  await queryAsOwner(ownerUrl, `insert into knex_migrations (name) values ($1), ('9999_future.js')`, [
    last?.name,
  ]);
  await t.throwsAsync(() => checkSchema(db), { message: /newer.*9999_future/ });
});

const OUR_TABLES = `
  select relname as name, exists (select 1 from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) as is_tenants,
    relrowsecurity and relforcerowsecurity as is_forced
  from pg_class c where relkind in ('r', 'p', 'v', 'm') and relnamespace = 'public'::regnamespace order by relname`;
interface Table {
  name: string;
  is_tenants: boolean;
  is_forced: boolean;
}

test('row-level security is forced on every table of tenants, with a check for what is written', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const tables = (await queryAsOwner<Table>(ownerUrl, OUR_TABLES)).filter((table) => table.is_tenants);
  t.true(tables.length >= 10);
  for (const { name, is_forced } of tables) {
    t.true(is_forced, name);
    const policies = await queryAsOwner<{ roles: string; reads: string; writes: string }>(
      ownerUrl,
      `select array_to_string(roles, ',') as roles, qual as reads, with_check as writes from pg_policies where tablename = $1 order by 1`,
      [name],
    );
    const own = '(tenant_id = current_tenant())';
    t.deepEqual(
      policies,
      [
        { roles: 'peyvand_app', reads: own, writes: own },
        { roles: 'peyvand_system', reads: 'true', writes: 'true' },
      ],
      name,
    );
  }
});

/** One row of `ten_a` in every table, whatever its columns are. Checks and references of this copy are dropped. */
async function fillAllTables(ownerUrl: string) {
  const tables = (await queryAsOwner<Table>(ownerUrl, OUR_TABLES)).filter(
    ({ name }) => !name.startsWith('knex_'),
  );
  const value = `case when attname = 'tenant_id' then '''ten_a''' when typcategory = 'N' then '1' when typcategory = 'B' then 'true'
    when typcategory = 'D' then 'now()' when typcategory = 'A' then '''{}''' when typname in ('json', 'jsonb') then '''{}''' else '''1''' end`;
  await withClient(ownerUrl, async (client) => {
    await client.query(
      `do $$ declare c record; begin
        for c in select conrelid::regclass as place, conname from pg_constraint where contype in ('c', 'f') and connamespace = 'public'::regnamespace
        loop execute format('alter table %s drop constraint %I', c.place, c.conname); end loop; end $$`,
    );
    // Triggers of ours would want their rows to make sense.
    await client.query('set session_replication_role = replica');
    for (const { name } of tables) {
      const columns = await client.query<{ names: string; texts: string }>(
        `select string_agg(quote_ident(attname), ',' order by attnum) as names, string_agg(${value}, ',' order by attnum) as texts
         from pg_attribute join pg_type on pg_type.oid = atttypid
         where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
        [name],
      );
      await client.query(
        `insert into ${name} (${columns.rows[0]?.names}) values (${columns.rows[0]?.texts})`,
      );
    }
  });
  return tables;
}

test('without a tenant the running role sees no row of any table, with one its own, with another none', async (t) => {
  const { url, ownerUrl } = await createTestDatabase(t);
  const tables = await fillAllTables(ownerUrl);
  const counts = tables
    .map(({ name }) => `select '${name}' as name, count(*) from ${name}`)
    .join(' union all ');
  t.deepEqual(await queryAsOwner(ownerUrl, `select name from (${counts}) c where count <> 1`), []);
  const everything = await queryAsOwner<Table>(ownerUrl, OUR_TABLES);
  await withClient(url, async (client) => {
    const count = (sql: string) =>
      client.query(sql).then(
        (reply) => reply.rowCount ?? 0,
        (error: { code: string }) => (error.code === '42501' ? 'denied' : error),
      );
    for (const role of ['peyvand', 'peyvand_app']) {
      await client.query(`set role ${role}`);
      for (const [tenant, seen] of [
        ['', 0],
        ['ten_a', 1],
        ['ten_b', 0],
      ] as const) {
        await client.query(`select set_config('app.tenant_id', $1, false)`, [tenant]);
        for (const { name, is_tenants } of everything) {
          const found = await count(`select 1 from ${name}`);
          if (is_tenants) t.is(found, seen, `${role} of '${tenant}' in ${name}`);
          else t.is(found, 'denied', `${role} in ${name}`);
          if (is_tenants && seen === 0) {
            t.is(await count(`update ${name} set tenant_id = tenant_id`), 0, name);
            t.is(await count(`delete from ${name}`), 0, name);
          }
        }
      }
    }
  });
});

test('the running login has no right beyond those of the running role', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const roles = await queryAsOwner(
    ownerUrl,
    `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin,
       (select count(*)::int from pg_class where relowner = r.oid) as owned,
       array(select pg_get_userbyid(roleid)::text from pg_auth_members where member = r.oid) as member_of
     from pg_roles r where rolname like 'peyvand%' order by rolname`,
  );
  const nothing = {
    rolsuper: false,
    rolbypassrls: false,
    rolcreaterole: false,
    rolcreatedb: false,
    owned: 0,
  };
  t.deepEqual(roles, [
    { rolname: 'peyvand', ...nothing, rolcanlogin: true, member_of: ['peyvand_app'] },
    { rolname: 'peyvand_app', ...nothing, rolcanlogin: false, member_of: [] },
    { rolname: 'peyvand_system', ...nothing, rolcanlogin: false, member_of: [] },
  ]);
});

test('only listed functions cross tenants: theirs is the system role, a fixed search path, and no public caller', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const found = await queryAsOwner<{ name: string; owner: string; settings: string[]; is_public: boolean }>(
    ownerUrl,
    `select proname as name, pg_get_userbyid(proowner) as owner, proconfig as settings,
       coalesce((select bool_or(grantee = 0) from aclexplode(proacl)), true) as is_public
     from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by proname`,
  );
  t.deepEqual(
    found.map(({ name }) => name),
    SECURITY_DEFINERS,
  );
  for (const { name, owner, settings, is_public } of found) {
    t.is(owner, 'peyvand_system', name);
    t.deepEqual(settings, ['search_path=public, pg_temp'], name);
    t.false(is_public, name);
  }
});

test('keys and references between tables of tenants carry the tenant', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const columnsOf = (numbers: string, table: string) =>
    `(select array_agg(attname::text order by place) from unnest(${numbers}) with ordinality as k(number, place) join pg_attribute on attrelid = ${table} and attnum = number)`;
  const keys = await queryAsOwner<{ name: string; kind: string; columns: string[]; target: string[] | null }>(
    ownerUrl,
    `select conrelid::regclass || '.' || conname as name, contype as kind, ${columnsOf('conkey', 'conrelid')} as columns, ${columnsOf('confkey', 'confrelid')} as target
     from pg_constraint where contype in ('p', 'f') and connamespace = 'public'::regnamespace
       and exists (select 1 from pg_attribute where attrelid = conrelid and attname = 'tenant_id')`,
  );
  t.true(keys.some((key) => key.kind === 'f') && keys.some((key) => key.kind === 'p'));
  for (const { name, columns, target } of keys) {
    t.is(columns[0], 'tenant_id', name);
    if (target) t.is(target[0], 'tenant_id', name);
  }
});
