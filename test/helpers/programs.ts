/** The foreign programs that the tests need: found on the path, else installed from Debian's packages when root. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

interface Wanted {
  what: string;
  /** Names on the path, the first found wins. */
  names: string[];
  debianPackage: string;
}

const PROGRAMS = {
  redis: { what: 'Redis', names: ['redis-server'], debianPackage: 'redis-server' },
  chromium: {
    what: 'Chromium',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
  },
} satisfies Record<string, Wanted>;

export type Program = keyof typeof PROGRAMS;

/** Throws one line for people when something is missing and cannot be installed. */
export function findOrInstallPrograms(say: (line: string) => void): Record<Program, string> {
  const missing = Object.values<Wanted>(PROGRAMS).filter((program) => find(program) === undefined);
  if (missing.length > 0) install(missing, say);
  const lacking = missing.filter((program) => find(program) === undefined);
  if (lacking.length > 0) {
    const packages = lacking.map((program) => program.debianPackage).join(' ');
    const names = lacking.map((program) => `${program.what} (${program.names.join(' or ')})`).join(' and ');
    throw new Error(`missing on the path: ${names}; on Debian: sudo apt-get install ${packages}`);
  }
  return { redis: find(PROGRAMS.redis) ?? '', chromium: find(PROGRAMS.chromium) ?? '' };
}

export function findProgram(program: Program): string | undefined {
  return find(PROGRAMS[program]);
}

function find({ names }: Wanted): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function install(missing: Wanted[], say: (line: string) => void): void {
  if (process.getuid?.() !== 0 || !find({ what: '', names: ['apt-get'], debianPackage: '' })) return;
  const packages = missing.map((program) => program.debianPackage);
  say(`installing ${packages.join(', ')} from Debian's packages`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  aptGet('update', '-qq');
  aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
}
