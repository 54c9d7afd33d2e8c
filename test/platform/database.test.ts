import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Problem } from '../../src/errors.ts';
import { createDatabase, type DatabaseOptions } from '../../src/platform/database.ts';
import { createTestDatabase, queryAsOwner, withClient } from '../helpers/database.ts';
import { silentLog } from '../helpers/log.ts';
import { startOwnPostgres } from '../helpers/postgres.ts';
import { until } from '../helpers/redis.ts';

function connect(t: ExecutionContext, options: Partial<DatabaseOptions> & { url: string }) {
  const db = createDatabase({ log: silentLog(), ...options });
  t.teardown(() => db.close());
  return db;
}

/** Closed until it is opened. */
function gate() {
  const opened = new EventEmitter();
  return { promise: once(opened, 'open').then(() => undefined), open: () => void opened.emit('open') };
}

async function setup(t: ExecutionContext, options: Partial<DatabaseOptions> = {}) {
  const { url, ownerUrl } = await createTestDatabase(t);
  const db = connect(t, { url, ...options });
  await queryAsOwner(ownerUrl, `insert into tenants (tenant_id, name) values ('ten_a', 'A'), ('ten_b', 'B')`);
  const names = () => queryAsOwner<{ name: string }>(ownerUrl, 'select name from tenants order by tenant_id');
  return { db, url, ownerUrl, names };
}

test('a transaction sees the rows of its tenant and no other', async (t) => {
  const { db, names } = await setup(t);
  t.deepEqual(await db.tenant('ten_a', (tx) => tx.sql('tenants').select('name')), [{ name: 'A' }]);
  t.is(
    await db.tenant('ten_a', (tx) => tx.sql('tenants').where('tenant_id', 'ten_b').update({ name: 'X' })),
    0,
  );
  t.is(await db.tenant('ten_a', (tx) => tx.sql('tenants').where('tenant_id', 'ten_b').delete()), 0);
  t.deepEqual(await names(), [{ name: 'A' }, { name: 'B' }]);
});

test('a transaction cannot write a row of another tenant', async (t) => {
  const { db, names } = await setup(t);
  const insert = () =>
    db.tenant('ten_a', (tx) => tx.sql('tenants').insert({ tenant_id: 'ten_c', name: 'C' }));
  const move = () => db.tenant('ten_a', (tx) => tx.sql('tenants').update({ tenant_id: 'ten_c' }));
  for (const run of [insert, move]) t.like(await t.throwsAsync(run), { code: '42501' });
  t.is((await names()).length, 2);
});

test('runs as the role without rights of its own, under the tenant that was named, however it is spelt', async (t) => {
  const { db } = await setup(t);
  for (const tenantId of ['ten_a', `'; reset role; --`, `a\\'b"c`, 'تننت']) {
    const reply = await db.tenant(tenantId, (tx) =>
      tx.sql.raw(`select current_user as role, current_setting('app.tenant_id') as tenant`),
    );
    t.deepEqual(reply.rows, [{ role: 'peyvand_app', tenant: tenantId }]);
  }
});

test('role and tenant end with the transaction, also when it fails', async (t) => {
  const { db } = await setup(t, { poolSize: 1 });
  await db.tenant('ten_a', (tx) => tx.sql('tenants').select());
  await t.throwsAsync(() => db.tenant('ten_a', (tx) => tx.sql.raw('select 1/0')), {
    message: /division by zero/,
  });
  const [row] = await db.call<{ current_setting: string }>('current_setting', ['app.tenant_id', true]);
  t.is(row?.current_setting ?? '', '');
  const [role] = await db.call<{ current_setting: string }>('current_setting', ['role']);
  t.is(role?.current_setting, 'none');
});

test('also a login that may do everything sees one tenant only', async (t) => {
  const { ownerUrl } = await setup(t);
  const db = connect(t, { url: ownerUrl });
  t.deepEqual(await db.tenant('ten_a', (tx) => tx.sql('tenants').select('name')), [{ name: 'A' }]);
});

test('keeps what a transaction wrote, and nothing of one that throws', async (t) => {
  const { db, names } = await setup(t);
  await db.tenant('ten_a', (tx) => tx.sql('tenants').update({ name: 'A2' }));
  const refuse = db.tenant('ten_b', async (tx) => {
    await tx.sql('tenants').update({ name: 'B2' });
    throw new Problem('conflict');
  });
  t.like(await t.throwsAsync(() => refuse), { code: 'conflict' });
  t.deepEqual(await names(), [{ name: 'A2' }, { name: 'B' }]);
});

test('does not call a transaction done whose statement failed and was swallowed', async (t) => {
  const { db, names } = await setup(t);
  const run = () =>
    db.tenant('ten_a', async (tx) => {
      await tx.sql('tenants').update({ name: 'A2' });
      await tx.sql.raw('select 1/0').catch(() => undefined);
      return 'done';
    });
  await t.throwsAsync(run, { message: /swallowed/ });
  t.deepEqual(await names(), [{ name: 'A' }, { name: 'B' }]);
});

test('a savepoint gives back what failed inside it and keeps the rest', async (t) => {
  const { db, names } = await setup(t);
  await db.tenant('ten_a', async (tx) => {
    await tx.sql('tenants').update({ name: 'A2' });
    const inner = tx.sql.transaction(async (nested) => {
      await nested('tenants').update({ name: 'A3' });
      await nested.raw('select 1/0');
    });
    await t.throwsAsync(() => inner);
  });
  t.deepEqual(await names(), [{ name: 'A2' }, { name: 'B' }]);
});

test('gives instants as dates and counts as numbers', async (t) => {
  const { db } = await setup(t);
  const reply = await db.tenant('ten_a', (tx) =>
    tx.sql.raw(
      `select 5::bigint as small, 9007199254740993::bigint as large, timestamptz '2026-11-24 08:00Z' as at`,
    ),
  );
  t.deepEqual(reply.rows, [{ small: 5, large: '9007199254740993', at: new Date('2026-11-24T08:00:00Z') }]);
});

test('an error shows the statement without its values', async (t) => {
  const { db } = await setup(t);
  const error = await t.throwsAsync(() =>
    db.tenant('ten_a', (tx) => tx.sql('tenants').where('name', 'planted-value').select('nothing')),
  );
  t.regex(error.message, /\$1/);
  t.notRegex(error.message, /planted-value/);
});

test('calls functions across tenants, and nothing but functions', async (t) => {
  const { db } = await setup(t);
  t.deepEqual(await db.call('list_tenants', []), [{ tenant_id: 'ten_a' }, { tenant_id: 'ten_b' }]);
  t.deepEqual(await db.intake('find_tenant', ['none']), []);
  for (const name of ['list_tenants()', 'x; drop table tenants', 'pg_sleep(1) --', 'A']) {
    await t.throwsAsync(() => db.call(name, []), { instanceOf: TypeError });
  }
});

test('a statement that takes too long is cancelled and the answer is unavailable', async (t) => {
  const { db } = await setup(t, { statementTimeoutMs: 500 });
  const error = await t.throwsAsync(() => db.tenant('ten_a', (tx) => tx.sql.raw('select pg_sleep(60)')));
  t.like(error, { code: 'unavailable', retryAfterSeconds: 1 });
  t.like(error.cause, { code: '57014' });
  t.deepEqual(await db.tenant('ten_a', (tx) => tx.sql('tenants').pluck('name')), ['A']);
});

test('when all connections are busy a caller is told so, and the init path has its own', async (t) => {
  const { db } = await setup(t, { poolSize: 1, intakePoolSize: 1 });
  const { promise: held, open: release } = gate();
  const busy = db.tenant('ten_a', () => held);
  t.like(await t.throwsAsync(() => db.tenant('ten_b', (tx) => tx.sql('tenants'))), { code: 'unavailable' });
  t.is((await db.intake('list_tenants', [])).length, 2);
  await t.notThrowsAsync(() => db.ping());
  release();
  await busy;
});

test('a deadlock is unavailable, not broken', async (t) => {
  const { db } = await setup(t);
  await db.tenant('ten_a', (tx) =>
    tx.sql.raw(`
    insert into apps (tenant_id, id, external_id, name, environment, generation, slug, consent, landing, action_secret, limits)
    select 'ten_a', 'app_' || n, n, 'x', 'live', 'v2', 'x', '{}', '{}', 'x', '{}' from generate_series(1, 2) n`),
  );
  const bump = (tx: Parameters<Parameters<typeof db.tenant>[1]>[0], id: string) =>
    tx.sql('apps').where({ id }).update({ name: 'y' });
  const [first, second] = [gate(), gate()];
  const cross = (mine: string, other: string, ready: () => void) =>
    db.tenant('ten_a', async (tx) => {
      await bump(tx, mine);
      ready();
      await Promise.all([first.promise, second.promise]);
      await bump(tx, other);
    });
  const outcomes = await Promise.allSettled([
    cross('app_1', 'app_2', first.open),
    cross('app_2', 'app_1', second.open),
  ]);
  const lost = outcomes.find((outcome) => outcome.status === 'rejected');
  t.like(lost?.reason, { code: 'unavailable' });
  t.is(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
});

test('PostgreSQL goes away and comes back: callers get unavailable, then answers, without a restart of ours', async (t) => {
  const postgres = await startOwnPostgres(t);
  const db = connect(t, { url: postgres.url });
  const insert = (id: string) => db.tenant(id, (tx) => tx.sql('tenants').insert({ tenant_id: id, name: id }));
  await Promise.all([insert('ten_a'), insert('ten_b'), db.ping()]);

  const during = db.tenant('ten_a', async (tx) => {
    await tx.sql('tenants').update({ name: 'lost' });
    await postgres.stop();
    await tx.sql('tenants').update({ name: 'lost too' });
  });
  t.like(await t.throwsAsync(() => during), { name: 'Problem', code: 'unavailable', retryAfterSeconds: 1 });
  const away = { name: 'Problem', code: 'unavailable', retryAfterSeconds: 1 };
  t.like(await t.throwsAsync(() => insert('ten_c')), away);
  t.like(await t.throwsAsync(() => db.call('list_tenants', [])), away);
  t.like(await t.throwsAsync(() => db.intake('list_tenants', [])), away);
  t.like(await t.throwsAsync(() => db.ping()), away);

  await postgres.start();
  await t.notThrowsAsync(() => db.ping());
  await insert('ten_c');
  const rows = await queryAsOwner<{ name: string }>(postgres.ownerUrl, 'select name from tenants order by 1');
  t.deepEqual(
    rows.map((row) => row.name),
    ['ten_a', 'ten_b', 'ten_c'],
  );
});

test('connections that the server ends while they rest harm nobody', async (t) => {
  const { db, ownerUrl } = await setup(t);
  await Promise.all([db.ping(), db.call('list_tenants', [])]);
  await withClient(ownerUrl, async (client) => {
    const ended = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'peyvand' and datname = current_database() and pid <> pg_backend_pid()`,
    );
    t.true((ended.rowCount ?? 0) >= 2);
  });
  await until(async () => {
    await db.ping().catch(() => undefined);
    return (await db.call('list_tenants', []).catch(() => [])).length === 2;
  }, 'new connections');
  t.pass();
});

test('a transaction that loses its connection is unavailable, and its connection is not used again', async (t) => {
  const { db, ownerUrl, names } = await setup(t, { poolSize: 1 });
  const error = await t.throwsAsync(() =>
    db.tenant('ten_a', async (tx) => {
      await tx.sql('tenants').update({ name: 'lost' });
      const own = await tx.sql.raw('select pg_backend_pid() as pid');
      await queryAsOwner(ownerUrl, 'select pg_terminate_backend($1)', [own.rows[0].pid]);
      await tx.sql('tenants').update({ name: 'lost too' });
    }),
  );
  t.like(error, { code: 'unavailable' });
  t.deepEqual(await db.tenant('ten_a', (tx) => tx.sql('tenants').pluck('name')), ['A']);
  t.is((await names()).length, 2);
});

/** A place where connections are taken and nothing is ever said. */
async function silentServer(t: ExecutionContext) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `postgres://x:x@127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

test('a server that takes the connection and says nothing is unavailable, for a ping, too', async (t) => {
  const db = connect(t, { url: await silentServer(t) });
  const runs = [() => db.ping(), () => db.call('x', []), () => db.tenant('ten_a', async () => undefined)];
  const errors = await Promise.all(runs.map((run) => t.throwsAsync(run)));
  for (const error of errors) t.like(error, { code: 'unavailable' });
});
