/** `npm run smoke` on the code as it stands. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';

const ROOT = path.resolve(import.meta.dirname, '..');

/** In a folder for temporary files of its own, where whatever it leaves behind shows. */
async function setup(t: ExecutionContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'peyvand-test-smoke-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return { folder };
}

function smoke(folder: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', 'bench/smoke.ts', '--source'];
    const child = execFile(
      process.execPath,
      args,
      { cwd: ROOT, env: { ...process.env, TMPDIR: folder } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

/** Processes that run in the folder, or were told of it. Where there is no /proc, none is found. */
async function findProcesses(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const told = await Promise.all(
    pids.map(async (pid) => {
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return `${place} ${await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')}`;
    }),
  );
  return pids.filter((_, at) => told[at]?.includes(folder));
}

test('walks one visit of each generation, and leaves neither a process nor a file behind', async (t) => {
  t.timeout(180_000);
  const { folder } = await setup(t);
  const { code, output } = await smoke(folder);
  t.is(code, 0, output);
  for (const generation of ['v1', 'v2']) {
    const hops = output.split('\n').filter((line) => line.startsWith(generation));
    for (const hop of ['tap, init', 'user agrees', 'tenant exchanges', 'tenant sends', 'return', 'message'])
      t.true(
        hops.some((line) => line.includes(`  ${hop} `)),
        `${generation}: ${hop}\n${output}`,
      );
  }
  const left = await readdir(folder);
  t.deepEqual(
    left.filter((name) => name.startsWith('peyvand')),
    [],
  );
  t.deepEqual(await findProcesses(folder), []);
});
