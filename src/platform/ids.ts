/** The wall clock, strong randomness, and the ids made of both. */
import { randomBytes } from 'node:crypto';
import type { Clock, NewId, RandomBytes } from '../ports.ts';

export const systemClock: Clock = { now: () => new Date() };

/** A system call costs 5 us whatever it brings, and an init asks four times: together one pool full is 0.3 us a time. */
const POOL_BYTES = 8192;
/** Above this the call is not what costs. */
const POOLED_BYTES_MAX = 64;

export const systemRandom: RandomBytes = createPooledRandom();

/** Bytes are given once, as copies, and leave no trace in the pool. */
function createPooledRandom(): RandomBytes {
  let pool = Buffer.alloc(0);
  let used = 0;
  return (byteCount) => {
    if (byteCount > POOLED_BYTES_MAX) return randomBytes(byteCount);
    if (used + byteCount > pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const given = Buffer.from(pool.subarray(used, used + byteCount));
    pool.fill(0, used, used + byteCount);
    used += byteCount;
    return given;
  };
}

/** Crockford's alphabet, lower case: no i, l, o, u. @see https://www.crockford.com/base32.html */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Ids sort by the millisecond they were made in; within one millisecond their order is random.
 * 48 bits of milliseconds and 82 random bits are exactly 26 characters of 5 bits; the tenth has bits of both.
 */
export function createNewId({ clock, random }: { clock: Clock; random: RandomBytes }): NewId {
  return (prefix) => {
    const milliseconds = clock.now().getTime();
    const chance = random(11);
    const shared = (milliseconds % 8) * 4 + (chance.readUInt8(0) % 4);
    return `${prefix}_${base32(Math.floor(milliseconds / 8), 9)}${ALPHABET[shared]}${base32(chance.readUIntBE(1, 5), 8)}${base32(chance.readUIntBE(6, 5), 8)}`;
  };
}

/** The lowest `5 * length` bits. In numbers, of which these are exact: BigInts take ten times as long. */
function base32(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let count = 0; count < length; count += 1) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
