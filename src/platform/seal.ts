/** Secrets at rest, and digests of personal values for look-ups. */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { BlindIndex, RandomBytes, Seal } from '../ports.ts';

export interface SealKey {
  /** Stands in front of what it sealed. */
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const KEY_BYTES = 32;
/** @see NIST SP 800-38D, 8.2.2: 96 random bits; fine for 2^32 texts a key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `id:base64(32 bytes)[,id:...]`: the first seals, all open. Throws with a text that holds no key. */
export function parseSecretKeys(text: string): SealKey[] {
  const keys = text.split(',').map((part) => {
    const [, id, encoded] = /^\s*([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]{43}=?)\s*$/.exec(part) ?? [];
    const key = Buffer.from(encoded ?? '', 'base64');
    if (id === undefined || key.length !== KEY_BYTES) throw new Error('must be id:base64(32 bytes)[,id:...]');
    return { id, key };
  });
  if (new Set(keys.map((key) => key.id)).size < keys.length) throw new Error('has two keys of the same id');
  return keys;
}

/** A sealed text is `<key id>.<base64url(nonce, ciphertext, tag)>`. */
export function createSeal(keys: readonly SealKey[], random: RandomBytes): Seal {
  const [current] = keys;
  if (!current) throw new Error('there is no key to seal with');
  const keysById = new Map(keys.map(({ id, key }) => [id, key]));

  return {
    seal(plain, associatedData) {
      const nonce = random(NONCE_BYTES);
      // Two of these are a sixth of an init. GCM makes tags of 16 bytes by itself and its final() is empty: without the option
      // and the second copy it takes a quarter less.
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce);
      cipher.setAAD(Buffer.from(associatedData));
      const ciphertext = cipher.update(plain, 'utf8');
      cipher.final();
      return `${current.id}.${Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(sealed, associatedData) {
      const dot = sealed.indexOf('.');
      const key = keysById.get(sealed.slice(0, dot));
      if (!key) throw new Error('sealed by a key that is not ours');
      const bytes = decodeExactly(sealed.slice(dot + 1));
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(associatedData));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const ciphertext = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
    },
    isCurrent: (sealed) => sealed.startsWith(`${current.id}.`),
  };
}

/** Node skips what is not base64url; here one sealed thing has one text. */
function decodeExactly(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) {
    throw new Error('not a sealed text');
  }
  return bytes;
}

export function createBlindIndex(key: Buffer): BlindIndex {
  return (value) => createHmac('sha256', key).update(value).digest('base64url');
}
