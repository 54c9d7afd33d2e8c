/** What a process has used, from /proc: CPU time and memory. */
import { readdirSync, readFileSync } from 'node:fs';

/** The unit of /proc, the same on every Linux that Node runs on. */
const TICK_MS = 10;

/** CPU time of the process; with `children`, of those that live too (PostgreSQL works in them). */
export function cpuMsOf(pid: number, { children = false } = {}): number {
  const own = readStat(pid)?.cpuMs ?? 0;
  if (!children) return own;
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)));
  return stats.filter((stat) => stat?.parent === pid).reduce((sum, stat) => sum + (stat?.cpuMs ?? 0), own);
}

/** Resident memory, in MiB. */
export function memoryMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Fields of proc_pid_stat(5); undefined when the process is gone. */
function readStat(pid: number): { parent: number; cpuMs: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, goneUser = 0, goneSystem = 0] = [1, 11, 12, 13, 14].map(
      (at) => fields[at],
    );
    return { parent, cpuMs: (user + system + goneUser + goneSystem) * TICK_MS };
  } catch {
    return undefined;
  }
}
