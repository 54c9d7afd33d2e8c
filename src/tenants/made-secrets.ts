/** Secrets that we make: 256 random bits each, with a prefix that secret scanners can find. */
import type { RandomBytes } from '../ports.ts';
import type { Environment } from './tenants.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Uniform base62 text: bytes from 248 up are thrown away, since 256 is no multiple of 62. */
export function randomBase62(random: RandomBytes, length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random(length)) if (byte < 248 && text.length < length) text += BASE62[byte % 62];
  }
  return text;
}

/** `pvd_live_<8>_<43>`: the first part is shown to people, the whole is the secret. */
export function makeApiKey(random: RandomBytes, environment: Environment): { key: string; prefix: string } {
  const prefix = `pvd_${environment === 'live' ? 'live' : 'test'}_${randomBase62(random, 8)}`;
  return { key: `${prefix}_${randomBase62(random, 43)}`, prefix };
}

export function makeIdentificationKey(random: RandomBytes): string {
  return `idk_${randomBase62(random, 43)}`;
}

/** A secret of the Standard Webhooks scheme. */
export function makeWebhookSecret(random: RandomBytes): string {
  return `whsec_${random(32).toString('base64')}`;
}
