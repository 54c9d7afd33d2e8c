/** Where a measurement runs: one core for the server under test, the others for everything else. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { PROJECT_FOLDER } from './program.ts';

export interface Cores {
  server: string;
  /** Load generator and PostgreSQL. */
  others: string;
}

/** Undefined where there is no `taskset` or only one core: then nothing is pinned, and the figures say little. */
export function planCores(): Cores | undefined {
  if (spawnSync('taskset', ['--version']).status !== 0) return undefined;
  const [first, ...others] = allowedCores();
  return first === undefined || others.length === 0
    ? undefined
    : { server: String(first), others: others.join(',') };
}

/** This process with all its threads; whatever it starts from now on stands there too. */
export function moveSelfTo(cores: string): void {
  const moved = spawnSync('taskset', ['-acp', cores, String(process.pid)]);
  if (moved.status !== 0) throw new Error(`taskset: ${moved.stderr}`);
}

export function onCores(cores: string | undefined, command: readonly string[]): string[] {
  return cores === undefined ? [...command] : ['taskset', '-c', cores, ...command];
}

/** `0-3,8` of this process: a container may be allowed fewer cores than the machine has. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

export interface Surroundings {
  date: string;
  commit: string;
  machine: string;
  node: string;
  cores: string;
}

export function describeSurroundings(cores: Cores | undefined): Surroundings {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: PROJECT_FOLDER, encoding: 'utf8' }).stdout.trim();
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src', 'migrations') === '' ? '' : ' with changes'}`,
    machine: `${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    cores: cores
      ? `server on core ${cores.server}, load generator and PostgreSQL on core ${cores.others}`
      : 'not pinned',
  };
}
