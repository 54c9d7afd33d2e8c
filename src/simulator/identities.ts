import { createHash } from 'node:crypto';
import { PERSON_KEYS } from './cast.ts';
import type { Conversation, Generation, PersonKey, Side, World } from './world.ts';

/** Users are pseudonymous per app: one person has unrelated ids in two apps, and the same id in one app for
 *  ever. Derived, not stored, so that a reset or a restart changes nobody. */

/** PROTOCOL.md section 8 fixes these for its slug. */
const FIXED: Record<string, string> = {
  'blue-otter-lamp|v1|seller': '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f',
  'blue-otter-lamp|v1|buyer': 'a1b2c3d4-1111-4222-8333-944455556666',
  'blue-otter-lamp|v2|seller': '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=',
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** UUID text from 16 bytes, with the version and variant bits set. */
export const formatUuid = (bytes: Buffer, version: number): string => {
  const copy = Buffer.from(bytes.subarray(0, 16));
  copy[6] = ((copy[6] ?? 0) & 0x0f) | (version << 4);
  copy[8] = ((copy[8] ?? 0) & 0x3f) | 0x80;
  return copy.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** 44 characters of standard Base64 that surely contain `/`, `+` and `=`: the ones careless clients break. */
const opaqueId = (seed: string): string => {
  for (let round = 0; ; round += 1) {
    const id = digest(`${seed}|${round}`).toString('base64');
    if (id.includes('/') && id.includes('+')) return id;
  }
};

const cache = new Map<string, string>();

/** The id one app sees for one person; UUIDs until v2, opaque Base64 since. */
export const userIdOf = (app: string, generation: Generation, person: PersonKey): string => {
  const kind = generation === 'v2' ? 'v2' : 'v1';
  const name = `${app}|${kind}|${person}`;
  const known = FIXED[name] ?? cache.get(name);
  if (known) return known;
  const id = kind === 'v2' ? opaqueId(name) : formatUuid(digest(name), 4);
  cache.set(name, id);
  return id;
};

export const personOfUserId = (app: string, generation: Generation, id: string): PersonKey | undefined =>
  PERSON_KEYS.find((person) => userIdOf(app, generation, person) === id);

/** The side a person has in a conversation; a stranger has none. */
export const sideOf = (conversation: Conversation, person: PersonKey): Side | undefined => {
  if (conversation.type === 'BOT') return conversation.person === person ? 'buyer' : undefined;
  return person === 'stranger' ? undefined : person;
};

/** The seller of the cast owns every post. */
export const ownsPost = (world: World, person: PersonKey, post: string): boolean =>
  person === 'seller' && world.posts[post] !== undefined;

/** Gregorian ticks of 100 ns between 1582-10-15 and 1970-01-01 (RFC 9562 section 5.1). */
const UUID_EPOCH = 0x01b21dd213814000n;

/** Message ids are UUIDs of version 1 whose time is the time of sending. */
export const createMessageId = (now: number, random: (bytes: number) => Buffer): string => {
  const ticks = BigInt(now) * 10_000n + UUID_EPOCH + BigInt(random(2).readUInt16BE() % 10_000);
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(Number(ticks & 0xffffffffn), 0);
  bytes.writeUInt16BE(Number((ticks >> 32n) & 0xffffn), 4);
  bytes.writeUInt16BE(Number((ticks >> 48n) & 0x0fffn), 6);
  random(8).copy(bytes, 8);
  return formatUuid(bytes, 1);
};
