/** The built panel, read once when the process starts: what is not in this map does not exist. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Encoding, Look } from './admin.ts';

export interface PanelFile {
  bytes: Buffer;
  contentType: string;
  /** The same bytes, compressed when the panel was built; the smallest first. */
  encoded: ReadonlyMap<Encoding, Buffer>;
}

export interface PanelFiles {
  /** `path` as it stands after `/admin/`. */
  find(path: string): PanelFile | undefined;
  /** The one document of the panel; undefined when the panel has not been built. */
  document(look: Look): PanelFile | undefined;
}

const DOCUMENT = 'index.html';
const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const ENCODINGS: readonly (readonly [Encoding, string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];

/** Vite's manifest and anything else of an unknown type stays on the disk. */
export function createPanelFiles(dir: string): PanelFiles {
  const paths = listFiles(dir);
  const files = new Map<string, PanelFile>();
  for (const path of paths) {
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType === undefined || path === DOCUMENT) continue;
    const encoded = ENCODINGS.filter(([, ending]) => paths.has(path + ending)).map(
      ([encoding, ending]) => [encoding, readFileSync(join(dir, path + ending))] as const,
    );
    files.set(path, { bytes: readFileSync(join(dir, path)), contentType, encoded: new Map(encoded) });
  }
  const documents = paths.has(DOCUMENT) ? readDocuments(join(dir, DOCUMENT)) : undefined;
  return {
    find: (path) => files.get(path),
    document: (look) => documents?.(look),
  };
}

function listFiles(dir: string): Set<string> {
  const isFile = (entry: Dirent) => entry.isFile();
  try {
    const entries = readdirSync(dir, { withFileTypes: true, recursive: true }).filter(isFile);
    return new Set(
      entries.map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll(sep, '/')),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}

/** Language, direction and theme stand in the document before the first paint, so that nothing turns around or flashes. */
function readDocuments(path: string): (look: Look) => PanelFile {
  const plain = readFileSync(path, 'utf8');
  const made = new Map<string, PanelFile>();
  return ({ language, theme }) => {
    const facts = [
      language === 'fa' ? 'lang="fa" dir="rtl"' : 'lang="en" dir="ltr"',
      ...(theme === 'system' ? [] : [`data-theme="${theme}"`]),
    ].join(' ');
    const found = made.get(facts) ?? {
      bytes: Buffer.from(plain.replace('<html lang="fa" dir="rtl">', `<html ${facts}>`)),
      contentType: 'text/html; charset=utf-8',
      encoded: new Map(),
    };
    made.set(facts, found);
    return found;
  };
}
