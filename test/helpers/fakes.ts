/** What the product takes from outside, in the hand of a test. */
import { createHash } from 'node:crypto';
import { createNewId, systemRandom } from '../../src/platform/ids.ts';
import { createBlindIndex, createSeal } from '../../src/platform/seal.ts';
import type { BlindIndex, Clock, NewId, RandomBytes, Seal } from '../../src/ports.ts';

export const T0 = new Date('2026-11-24T08:00:00.000Z');

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
  set(instant: Date): void;
}

/** Stands still until it is moved. */
export function createTestClock(t0: Date = T0): TestClock {
  let at = t0.getTime();
  return {
    now: () => new Date(at),
    advance: (milliseconds) => {
      at += milliseconds;
    },
    set: (instant) => {
      at = instant.getTime();
    },
  };
}

/** The same bytes in the same order for the same seed. */
export function createTestRandom(seed = 'peyvand'): RandomBytes {
  let count = 0;
  return (byteCount) => {
    const blocks: Buffer[] = [];
    for (let size = 0; size < byteCount; size += 32) {
      count += 1;
      blocks.push(createHash('sha256').update(`${seed}:${count}`).digest());
    }
    return Buffer.concat(blocks).subarray(0, byteCount);
  };
}

export const testRandom: RandomBytes = systemRandom;

export function testNewId(clock: Clock = createTestClock()): NewId {
  return createNewId({ clock, random: systemRandom });
}

/** Keys made of their ids. `testSeal('new', 'old')` seals with `new` and opens both. */
export function testSeal(...ids: string[]): Seal {
  const keys = (ids.length > 0 ? ids : ['test']).map((id) => ({
    id,
    key: createHash('sha256').update(`seal ${id}`).digest(),
  }));
  return createSeal(keys, systemRandom);
}

export const testBlindIndex: BlindIndex = createBlindIndex(createHash('sha256').update('blind').digest());
