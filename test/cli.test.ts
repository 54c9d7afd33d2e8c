import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { createSeal, parseSecretKeys } from '../src/platform/seal.ts';
import { openDirectory, provisionRequest } from './helpers/apps.ts';
import { createEmptyDatabase, createTestDatabase, queryAsOwner, type Teardown } from './helpers/database.ts';
import { testRandom } from './helpers/fakes.ts';

const CLI = path.resolve(import.meta.dirname, '../src/cli.ts');
const OLD_KEY = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW_KEY = `new:${Buffer.alloc(32, 2).toString('base64')}`;

interface Run {
  code: number | null;
  out: string;
  err: string;
}

function runCli(
  databaseUrl: string,
  args: string[],
  { input = '', keys = OLD_KEY, env = {} } = {},
): Promise<Run> {
  const child = spawn(process.execPath, ['--import=tsx', CLI, ...args], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      SECRET_KEYS: keys,
      SIMULATOR_URL: 'http://localhost:9',
      ...env,
    },
  });
  child.stdin.end(input);
  return Promise.all([
    new Promise<number | null>((resolve) => child.once('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]).then(([code, out, err]) => ({ code, out, err }));
}

async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const made = await runCli(database.url, ['provision', '-'], { input: JSON.stringify(provisionRequest()) });
  return { ...database, made, reply: JSON.parse(made.out) };
}

test('provisions from standard input and prints JSON only', async (t) => {
  const { made, reply } = await setup(t);
  t.is(made.code, 0);
  t.is(made.err, '');
  t.regex(reply.app.id, /^app_/);
  t.regex(reply.api_keys[0].key, /^pvd_live_/);
});

test('names every fault of a broken request, prints nothing and exits 1', async (t) => {
  const { url, ownerUrl } = await createTestDatabase(t);
  const input = JSON.stringify(
    provisionRequest({ app: { environment: 'x' }, landing: { url: 'no address' } }),
  );
  const { code, out, err } = await runCli(url, ['provision', '-'], { input });
  t.is(code, 1);
  t.is(out, '');
  t.regex(err, /app\.environment/);
  t.regex(err, /app\.landing\.url/);
  t.deepEqual(await queryAsOwner(ownerUrl, 'select 1 from tenants'), []);
});

test('exits 2 with the usage when it is called wrongly', async (t) => {
  const { url } = await createTestDatabase(t);
  for (const args of [
    [],
    ['fly'],
    ['provision'],
    ['app', 'retire-key', 'app_1', 'slug'],
    ['tenant'],
    ['erase', '--app', 'app_1'],
    ['erase', '--all'],
  ]) {
    const { code, out, err } = await runCli(url, args);
    t.is(code, 2, args.join(' '));
    t.is(out, '');
    t.regex(err, /^usage: cli/);
  }
});

test('suspends and resumes a tenant, and says so when there is none', async (t) => {
  const { url, db, reply } = await setup(t);
  const seal = createSeal(parseSecretKeys(OLD_KEY), testRandom);
  t.is((await runCli(url, ['tenant', 'suspend', reply.tenant.id])).code, 0);
  t.true((await openDirectory(db, seal)).find(reply.app.id)?.suspended);
  t.is((await runCli(url, ['tenant', 'resume', reply.tenant.id])).code, 0);
  t.false((await openDirectory(db, seal)).find(reply.app.id)?.suspended);
  const unknown = await runCli(url, ['tenant', 'suspend', 'ten_0']);
  t.is(unknown.code, 1);
  t.is(unknown.err, 'there is no tenant ten_0\n');
});

test('retires the second key of an app', async (t) => {
  const { url, db, reply } = await setup(t);
  await runCli(url, ['provision', '-'], {
    input: JSON.stringify(provisionRequest({ divar: { identification_key: 'idk_second' } })),
  });
  const retire = ['app', 'retire-key', reply.app.id, 'identification_key'];
  t.true(JSON.parse((await runCli(url, retire)).out).retired);
  t.false(JSON.parse((await runCli(url, retire)).out).retired);
  const directory = await openDirectory(db, createSeal(parseSecretKeys(OLD_KEY), testRandom));
  t.is(directory.authenticate(reply.app.id, 'idk_9f3e77c1'), undefined);
  t.truthy(directory.authenticate(reply.app.id, 'idk_second'));
});

test('seals everything with a new key, after which the old one may go', async (t) => {
  const { url, db, reply } = await setup(t);
  const { code, out } = await runCli(url, ['keys', 'rewrap'], { keys: `${NEW_KEY},${OLD_KEY}` });
  t.is(code, 0);
  t.like(JSON.parse(out).rewrapped, { 'app_secrets.sealed': 3, 'apps.action_secret': 1 });
  t.truthy((await openDirectory(db, createSeal(parseSecretKeys(NEW_KEY), testRandom))).find(reply.app.id));
});

test('the doctor finds a healthy installation healthy, and names what is not', async (t) => {
  const { url } = await setup(t);
  const healthy = await runCli(url, ['doctor'], { env: { PUBLIC_URL: 'https://gateway.example' } });
  t.is(healthy.code, 0, healthy.out);
  const { url: emptyUrl } = await createEmptyDatabase(t);
  const empty = await runCli(emptyUrl, ['doctor']);
  t.is(empty.code, 1);
  const failed = JSON.parse(empty.out).checks.filter(({ ok }: { ok: boolean }) => !ok);
  t.deepEqual(
    failed.map(({ check }: { check: string }) => check),
    ['schema', 'secret_keys', 'public_url'],
  );
});

test('says what to do when the schema is older than the program', async (t) => {
  const { url } = await createEmptyDatabase(t);
  const { code, err } = await runCli(url, ['keys', 'rewrap']);
  t.is(code, 1);
  t.regex(err, /run the release command/);
});

test('refuses a sandbox app where there is no simulator', async (t) => {
  const { url } = await createTestDatabase(t);
  const input = JSON.stringify(provisionRequest({ app: { environment: 'sandbox' } }));
  const { code, err } = await runCli(url, ['provision', '-'], { input, env: { SIMULATOR_URL: '' } });
  t.is(code, 1);
  t.regex(err, /SIMULATOR_URL/);
});
