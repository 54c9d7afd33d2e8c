/** Breaks one thing at a time, at random, until it is told to stop; and mends it again. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Dice } from './dice.ts';
import type { World } from './world.ts';

export type Mischief =
  | 'kill worker'
  | 'kill web'
  | 'stop PostgreSQL'
  | 'crash PostgreSQL'
  | 'stop Redis'
  | 'flush Redis';

const MISCHIEFS: readonly Mischief[] = [
  'kill worker',
  'kill worker',
  'kill worker',
  'kill web',
  'kill web',
  'stop PostgreSQL',
  'crash PostgreSQL',
  'stop Redis',
  'flush Redis',
];

export interface Monkey {
  done: Record<Mischief, number>;
  /** Resolves when everything runs again. */
  stop(): Promise<void>;
}

export function startMonkey(
  world: World,
  dice: Dice,
  pauseMs: readonly [least: number, most: number],
): Monkey {
  const done: Monkey['done'] = {
    'kill worker': 0,
    'kill web': 0,
    'stop PostgreSQL': 0,
    'crash PostgreSQL': 0,
    'stop Redis': 0,
    'flush Redis': 0,
  };
  let isOver = false;

  const killOne = async (program: 'web' | 'worker') => {
    const role = dice.pick(world.roles.filter((one) => one.program === program));
    await role.kill9();
    await delay(dice.between(0, 500));
    await role.start();
  };
  const acts: Record<Mischief, () => Promise<unknown>> = {
    'kill worker': () => killOne('worker'),
    'kill web': () => killOne('web'),
    'stop PostgreSQL': async () => {
      await world.postgres.stop();
      await delay(dice.between(200, 2000));
      await world.postgres.start();
    },
    // Started again by whoever watches over it.
    'crash PostgreSQL': async () => {
      const file = path.join(world.postgres.dataDir, 'postgres', 'postmaster.pid');
      process.kill(Number((await readFile(file, 'utf8')).split('\n')[0]), 'SIGQUIT');
      await delay(500);
      await world.query('select 1');
    },
    'stop Redis': async () => {
      await world.redis.kill();
      await delay(dice.between(200, 2000));
      await world.redis.start();
    },
    'flush Redis': async () => {
      const redis = new Redis(world.redis.url);
      await redis.flushall();
      redis.disconnect();
    },
  };

  // The first round does each of them once, in an order of its own.
  const first = [...new Set(MISCHIEFS)].sort(() => dice.throw() - 0.5);
  const romp = async () => {
    while (!isOver) {
      await delay(dice.between(...pauseMs));
      if (isOver) return;
      const mischief = first.pop() ?? dice.pick(MISCHIEFS);
      await acts[mischief]();
      done[mischief] += 1;
    }
  };
  const romping = romp();
  return {
    done,
    stop: async () => {
      isOver = true;
      await romping;
    },
  };
}
