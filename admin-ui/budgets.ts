/** What a visitor of the panel has to load, against what he should. Sizes are of gzip, in kB of 1000 bytes.
 *  @see ADMINUI 2.3 */

/** A line of Vite's manifest. */
export interface Chunk {
  file: string;
  imports?: readonly string[];
  dynamicImports?: readonly string[];
  css?: readonly string[];
  isDynamicEntry?: boolean;
}
export type Manifest = Readonly<Record<string, Chunk>>;

export interface Measured {
  name: string;
  kB: number;
  maxKB: number;
}

const ENTRY = 'index.html';
const FRAME = 'src/tenant/tenant-page.tsx';
const OVERVIEW = 'src/tenant/overview-page.tsx';
const CHART = 'src/health/chart.tsx';
const LANGUAGES = ['src/i18n/fa.ts', 'src/i18n/en.ts'];

const MAX_KB = { login: 230, css: 45, fonts: 75, overview: 300, chart: 130, route: 60, language: 35 };

/** A chunk and everything that must be there before it runs. */
function closureOf(manifest: Manifest, keys: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (key: string) => {
    if (found.has(key)) return;
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`the build has no ${key}`);
    found.add(key);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const key of keys) visit(key);
  return found;
}

/** @param files names within the build @param gzipBytes of one of them */
export function measureBuild(
  manifest: Manifest,
  files: readonly string[],
  gzipBytes: (file: string) => number,
): Measured[] {
  const sizeOf = (names: Iterable<string>) =>
    [...new Set(names)].reduce((total, name) => total + gzipBytes(name), 0) / 1000;
  const scripts = (keys: Iterable<string>) => sizeOf([...keys].map((key) => manifest[key]?.file ?? ''));
  const without = (keys: ReadonlySet<string>, base: ReadonlySet<string>) =>
    [...keys].filter((key) => !base.has(key));

  const languages = LANGUAGES.map((key) => ({ key, kB: scripts([key]) }));
  const languageKB = Math.max(...languages.map(({ kB }) => kB));
  const entry = closureOf(manifest, [ENTRY]);
  const frame = closureOf(manifest, [ENTRY, FRAME]);
  const overview = closureOf(manifest, [ENTRY, FRAME, OVERVIEW]);
  const chart = closureOf(manifest, [CHART]);
  const ofOwn = [FRAME, OVERVIEW, CHART, ...LANGUAGES];
  const routes = Object.keys(manifest).filter(
    (key) => manifest[key]?.isDynamicEntry && key.startsWith('src/') && !ofOwn.includes(key),
  );
  const ending = (text: string) => files.filter((file) => file.endsWith(text));

  return [
    { name: 'login', kB: scripts(entry) + languageKB, maxKB: MAX_KB.login },
    { name: 'css', kB: sizeOf(ending('.css')), maxKB: MAX_KB.css },
    { name: 'fonts', kB: sizeOf(ending('.woff2')), maxKB: MAX_KB.fonts },
    { name: 'overview without charts', kB: scripts(overview) + languageKB, maxKB: MAX_KB.overview },
    { name: 'chart', kB: scripts(without(chart, overview)), maxKB: MAX_KB.chart },
    ...languages.map(({ key, kB }) => ({ name: key, kB, maxKB: MAX_KB.language })),
    ...routes.map((key) => ({
      name: key,
      kB: scripts(without(closureOf(manifest, [key]), frame)),
      maxKB: MAX_KB.route,
    })),
  ];
}

/** What the first paint of anything loads must not hold the chart library. */
export function isLazy(manifest: Manifest, key: string): boolean {
  return !closureOf(manifest, [ENTRY, FRAME, OVERVIEW]).has(key);
}
