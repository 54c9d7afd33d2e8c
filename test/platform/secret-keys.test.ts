import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseSecretKeys } from '../../src/platform/seal.ts';
import { readOrMakeSecretKeys } from '../../src/platform/secret-keys.ts';
import { testRandom } from '../helpers/fakes.ts';

async function setup(t: ExecutionContext) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'peyvand-keys-'));
  t.teardown(() => rm(dataDir, { recursive: true }));
  return { dataDir, file: path.join(dataDir, 'secret-keys') };
}

test('keys are made once, for nobody else to read, and stay', async (t) => {
  const { dataDir, file } = await setup(t);
  const made = await readOrMakeSecretKeys(dataDir, testRandom);
  t.is(parseSecretKeys(made).length, 1);
  t.is((await stat(file)).mode & 0o777, 0o600);
  t.is(await readOrMakeSecretKeys(dataDir, testRandom), made);
  t.deepEqual(await readdir(dataDir), ['secret-keys']);
});

test('starts at the same time agree on one set of keys', async (t) => {
  const { dataDir } = await setup(t);
  const made = await Promise.all(Array.from({ length: 8 }, () => readOrMakeSecretKeys(dataDir, testRandom)));
  t.is(new Set(made).size, 1);
});

test('what a person has put there is taken', async (t) => {
  const { dataDir, file } = await setup(t);
  const text = `b:${Buffer.alloc(32, 2).toString('base64')},a:${Buffer.alloc(32, 1).toString('base64')}`;
  await writeFile(file, `${text}\n`);
  t.is(await readOrMakeSecretKeys(dataDir, testRandom), text);
});

test('a file that cannot be read is an error, not a reason to make new keys', async (t) => {
  const { dataDir } = await setup(t);
  const file = path.join(dataDir, 'file');
  await writeFile(file, '');
  await t.throwsAsync(() => readOrMakeSecretKeys(file, testRandom), { code: 'ENOTDIR' });
});
