/** Strings that must not be found, and a look into every way in which they could be written. */
import { createHash, randomBytes } from 'node:crypto';

export interface Plant {
  name: string;
  value: string;
  /** Easily guessed: a bare digest of it would give it away. */
  isPersonal: boolean;
}

export interface Plants {
  /** A fresh value that nothing else contains. */
  make(name: string, given?: { prefix?: string; isPersonal?: boolean }): string;
  /** One that somebody else has made. */
  add(name: string, value: string | undefined, given?: { isPersonal?: boolean }): void;
  /** The names of those that stand in the text, in whatever writing. */
  find(text: string): string[];
}

/** Shorter runs are words. */
const ENCODED = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const HEX = /(?:[0-9a-fA-F]{2}){8,}/g;

export function createPlants(): Plants {
  const plants: Plant[] = [];
  const add: Plants['add'] = (name, value, { isPersonal = false } = {}) => {
    if (!value) throw new Error(`nothing to plant as ${name}`);
    plants.push({ name, value, isPersonal });
  };
  return {
    add,
    make: (name, { prefix = '', isPersonal = false } = {}) => {
      const value = `${prefix}${name.replaceAll(/\W/g, '')}${randomBytes(9).toString('hex')}`;
      add(name, value, { isPersonal });
      return value;
    },
    find: (text) => {
      const readings = [text, decodeEscapes(text), ...decodeRuns(text)].map((one) => one.toLowerCase());
      return plants
        .filter((plant) => spellings(plant).some((one) => readings.some((reading) => reading.includes(one))))
        .map(({ name }) => name);
    },
  };
}

function spellings({ value, isPersonal }: Plant): string[] {
  const spelled = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  const digest = createHash('sha256').update(value).digest();
  const digests = ['hex', 'base64', 'base64url'].map((encoding) => digest.toString(encoding as 'hex'));
  return [...spelled, ...(isPersonal ? digests : [])].map((one) => one.toLowerCase());
}

/** Of a run nobody knows where it began: all four ways to cut it are read. */
function decodeRuns(text: string): string[] {
  const encoded = text.match(ENCODED) ?? [];
  const decoded = encoded.flatMap((run) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64')),
  );
  const hex = text.match(HEX) ?? [];
  return [...decoded, ...hex.map((run) => Buffer.from(run, 'hex'))].map((bytes) => bytes.toString('utf8'));
}

function decodeEscapes(text: string): string {
  return text.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
