import { createHash, timingSafeEqual } from 'node:crypto';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const sameSecret = (given: string, wanted: string): boolean =>
  wanted !== '' &&
  timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(wanted).digest());

type Random = (bytes: number) => Buffer;

/** Ory's opaque tokens: a name, 43 characters, a dot, 43 characters. */
export const createOryToken = (kind: 'ac' | 'at' | 'rt', random: Random): string =>
  `ory_${kind}_${random(32).toString('base64url')}.${random(32).toString('base64url')}`;

/** v1 tokens carry no mark. */
export const createPlainToken = (random: Random): string => random(32).toString('base64url');
