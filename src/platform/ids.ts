/** The wall clock, strong randomness, and the ids made of both. */
import { randomBytes } from 'node:crypto';
import type { Clock, NewId, RandomBytes } from '../ports.ts';

export const systemClock: Clock = { now: () => new Date() };
export const systemRandom: RandomBytes = (byteCount) => randomBytes(byteCount);

/** Crockford's alphabet, lower case: no i, l, o, u. @see https://www.crockford.com/base32.html */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 48 bits of milliseconds and 82 random bits are exactly 26 characters of 5 bits. */
const RANDOM_BITS = 82n;
const CHARACTER_COUNT = 26;

/** Ids sort by the millisecond they were made in; within one millisecond their order is random. */
export function createNewId({ clock, random }: { clock: Clock; random: RandomBytes }): NewId {
  return (prefix) => {
    const chance = BigInt(`0x${random(11).toString('hex')}`) & ((1n << RANDOM_BITS) - 1n);
    let rest = (BigInt(clock.now().getTime()) << RANDOM_BITS) | chance;
    let text = '';
    for (let index = 0; index < CHARACTER_COUNT; index += 1) {
      text = ALPHABET[Number(rest & 31n)] + text;
      rest >>= 5n;
    }
    return `${prefix}_${text}`;
  };
}
