/** Chance that can be had again: the same seed throws the same numbers. */

export interface Dice {
  /** At least 0, less than 1. */
  throw(): number;
  /** A whole number, at least `least`, at most `most`. */
  between(least: number, most: number): number;
  pick<T>(values: readonly T[]): T;
}

/** mulberry32: small, even enough for this, the same on every machine. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    throw: next,
    between,
    pick: (values) => values[between(0, values.length - 1)] as (typeof values)[number],
  };
}
