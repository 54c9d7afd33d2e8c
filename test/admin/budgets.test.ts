/** The panel as it is built: nobody on a slow line waits for what he does not look at. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { build } from 'vite';
import { isLazy, type Manifest, measureBuild } from '../../admin-ui/budgets.ts';

const PANEL = path.resolve(import.meta.dirname, '../../admin-ui');

test('every page of the panel stays within its budget, and charts come after the page', async (t) => {
  t.timeout(180_000);
  const outDir = await mkdtemp(path.join(tmpdir(), 'panel-build-'));
  t.teardown(() => rm(outDir, { recursive: true }));
  // Under ava's own value the libraries come in their larger builds for developers.
  process.env.NODE_ENV = 'production';
  await build({ root: PANEL, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const manifest = JSON.parse(await readFile(path.join(outDir, '.vite/manifest.json'), 'utf8')) as Manifest;
  const files = ((await readdir(outDir, { recursive: true })) as string[]).filter(
    (name) => !name.endsWith('.br') && !name.endsWith('.gz'),
  );
  const sizes = new Map<string, number>();
  for (const file of files.filter((name) => /\.(?:js|css|woff2)$/.test(name)))
    sizes.set(file, gzipSync(await readFile(path.join(outDir, file)), { level: 9 }).length);
  const measured = measureBuild(manifest, files, (file) => sizes.get(file) ?? 0);
  for (const { name, kB, maxKB } of measured) t.log(`${name}: ${kB.toFixed(1)} of ${maxKB} kB`);
  t.deepEqual(
    measured.filter(({ kB, maxKB }) => kB > maxKB),
    [],
  );
  t.true(isLazy(manifest, 'src/health/chart.tsx'));
  // A page that is not there to be measured is not within its budget.
  for (const page of ['src/tenant/team-page.tsx', 'src/usage/usage-page.tsx', 'src/account/account-page.tsx'])
    t.true(
      measured.some(({ name }) => name === page),
      page,
    );
});
