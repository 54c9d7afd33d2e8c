/**
 * The map of the house, as a table that the code must agree with. A room may import the brains of the rooms named here;
 * another room's store, client and worker arrive through deps and are named by `import type`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const ARROWS: Record<string, readonly string[]> = {
  // what starts: the only files that open the outside world
  main: ['app', 'platform', 'config', 'demo', 'simulator-server', 'tenants'],
  cli: ['platform', 'config', 'doctor', 'tenants'],
  doctor: ['platform', 'config', 'tenants'],
  demo: ['platform', 'config', 'tenants', 'demo-tenants'],
  'demo-tenants': ['tenants'],
  'simulator-server': ['platform', 'config', 'simulator'],
  app: ['every room'],
  // kits: everybody may use them, they know no room
  http: [],
  queue: [],
  platform: ['config'],
  // rooms, in the order of the visit
  tenants: [],
  init: ['session', 'tenants'],
  session: ['tenants'],
  consent: ['session', 'tenants', 'divar'],
  subscriptions: ['tenants', 'consent'],
  landing: ['session', 'tenants', 'consent', 'messages'],
  messages: ['session', 'tenants', 'consent', 'divar'],
  divar: ['tenants'],
  events: ['session', 'tenants', 'messages'],
  chats: ['events', 'session', 'tenants', 'messages', 'consent', 'divar'],
  media: ['divar', 'tenants'],
  webhooks: ['events', 'session', 'tenants', 'messages'],
  jobs: ['events', 'tenants', 'webhooks'],
  proxy: ['consent', 'divar', 'events', 'media', 'messages', 'session', 'tenants'],
  members: ['tenants'],
  api: ['admin', 'events', 'messages', 'proxy', 'tenants'],
  health: ['tenants'],
  setup: ['tenants', 'events', 'webhooks'],
  admin: ['api', 'events', 'members', 'tenants', 'health', 'setup'],
  simulator: [],
};
const STARTERS = ['main', 'cli', 'doctor', 'demo', 'simulator-server'];
const FOR_EVERYBODY = ['ports', 'errors', 'http', 'queue'];
const FRAMEWORKS: Record<string, readonly string[]> = {
  koa: ['http', 'simulator'],
  '@koa/router': ['http', 'simulator'],
  knex: ['platform', 'ports'],
  pg: ['platform'],
  ioredis: ['platform', 'http'],
  undici: ['platform'],
  pino: ['platform'],
  'prom-client': ['platform'],
};

const sourceDir = path.resolve(import.meta.dirname, '../src');

interface Import {
  file: string;
  room: string;
  target: string;
  isType: boolean;
}

function roomOf(file: string): string {
  return file.split(path.sep)[0]?.replace(/\.ts$/, '') ?? '';
}

function readImports(): Import[] {
  const files = (readdirSync(sourceDir, { recursive: true }) as string[]).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(path.join(sourceDir, file), 'utf8');
    const found = text.matchAll(
      /^(?:import|export)\s+(type\s+)?[^;'"]*?from\s+'([^']+)'|^import\s+()'([^']+)'|\bimport\('([^']+)'\)/gm,
    );
    return [...found].map((match) => {
      const target = match[2] ?? match[4] ?? match[5] ?? '';
      const resolved = target.startsWith('.')
        ? path.relative(sourceDir, path.resolve(sourceDir, path.dirname(file), target))
        : target;
      return { file, room: roomOf(file), target: resolved, isType: match[1] !== undefined };
    });
  });
}

const imports = readImports();

test('every import between rooms is an arrow of the table', (t) => {
  const wrong = imports.filter(({ room, target, isType }) => {
    if (!target.endsWith('.ts') || target.startsWith('..') || isType) return false;
    const to = roomOf(target);
    const allowed = ARROWS[room];
    return !(
      to === room ||
      FOR_EVERYBODY.includes(to) ||
      allowed?.includes('every room') ||
      allowed?.includes(to)
    );
  });
  t.deepEqual(wrong, []);
});

test("another room's store, client and worker are only named by their types", (t) => {
  const wrong = imports.filter(
    ({ room, target, isType }) =>
      !isType &&
      room !== 'app' &&
      !STARTERS.includes(room) &&
      /\/(store|client|worker)\.ts$/.test(target) &&
      roomOf(target) !== room,
  );
  t.deepEqual(wrong, []);
});

test('frameworks stay in the rooms that own them', (t) => {
  const wrong = imports.filter(
    ({ room, target, isType }) => !isType && FRAMEWORKS[target]?.includes(room) === false,
  );
  t.deepEqual(wrong, []);
});

test('only what starts a process opens the outside world', (t) => {
  const wrong = imports.filter(
    ({ room, target, isType }) =>
      !isType && /^(platform\/|config\.ts)/.test(target) && !['platform', ...STARTERS].includes(room),
  );
  t.deepEqual(wrong, []);
});

test('there is no clock and no randomness outside the platform', (t) => {
  const files = [...new Set(imports.map(({ file }) => file))].filter(
    (file) => !['platform', ...STARTERS].includes(roomOf(file)),
  );
  const wrong = files.filter((file) =>
    /\bDate\.now\(|\bnew Date\(\)|Math\.random\(|\brandomBytes\(|\brandomUUID\(/.test(
      readFileSync(path.join(sourceDir, file), 'utf8'),
    ),
  );
  t.deepEqual(wrong, []);
});

test('every room of the table exists, and every room is in the table', (t) => {
  const rooms = new Set(
    (readdirSync(sourceDir, { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts'))
      .map(roomOf),
  );
  t.deepEqual(
    [...rooms].filter((room) => !FOR_EVERYBODY.includes(room) && room !== 'config' && !(room in ARROWS)),
    [],
  );
  t.deepEqual(
    Object.keys(ARROWS).filter((room) => !rooms.has(room)),
    [],
  );
});
