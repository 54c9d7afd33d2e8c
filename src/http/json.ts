/** JSON from strangers: bounded before it is parsed, an object, without keys that reach for a prototype. */
import { isUtf8 } from 'node:buffer';
import { Problem, type ProblemIssue } from '../errors.ts';
import { quoteInexactNumbers } from './exact-numbers.ts';

export interface JsonLimits {
  depth: number;
  keyCount: number;
}

export type JsonObject = Record<string, unknown>;

/** With the u flag, a surrogate matches only where its other half is missing. */
const UNSTORABLE = /[\0\uD800-\uDFFF]/u;

/**
 * The object in `bytes`. A byte order mark is fine; of a repeated key the last one counts.
 * `prototypeKeys`: Divar's unknown fields are kept, so `__proto__` is only left out; in a tenant's request it is a mistake.
 * `numbers`: `exact` gives those as strings that a number would round.
 * Throws `invalid_request`, never with a part of the text.
 */
export function parseJsonObject(
  bytes: Buffer,
  limits: JsonLimits,
  prototypeKeys: 'drop' | 'refuse',
  numbers: 'rounded' | 'exact' = 'rounded',
): JsonObject {
  if (!isUtf8(bytes)) throw invalidBody('invalid_utf8', 'The body is not valid UTF-8');
  const text = bytes.toString('utf8', hasByteOrderMark(bytes) ? 3 : 0);
  const excess = exceededLimit(text, limits);
  if (excess === 'depth') throw invalidBody('too_deep', `The body is nested deeper than ${limits.depth}`);
  if (excess === 'keyCount')
    throw invalidBody('too_many_keys', `The body has more than ${limits.keyCount} keys`);
  const value = numbers === 'exact' ? parseExactly(text) : parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidBody('invalid_type', 'The body must be a JSON object');
  }
  // Any letter of the key may be escaped; \u00 begins the escapes of all its letters.
  if (text.includes('__proto__') || text.includes('\\u00')) settlePrototypeKeys(value, prototypeKeys);
  return value as JsonObject;
}

/** The first limit that the JSON text breaks. One pass, no parsing; of a text that is not JSON it may say anything. */
export function exceededLimit(text: string, limits: JsonLimits): 'depth' | 'keyCount' | undefined {
  // A key needs at least four characters and a comma, a level one bracket: most bodies cannot break a limit at all.
  const mayHaveTooManyKeys = text.length > limits.keyCount * 4;
  if (
    !mayHaveTooManyKeys &&
    countUpTo(text, '{', limits.depth) + countUpTo(text, '[', limits.depth) <= limits.depth
  ) {
    return undefined;
  }
  let depth = 0;
  let keyCount = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x22: // "
        index = endOfString(text, index);
        break;
      case 0x3a: // : stands once for every key, and nowhere else outside strings
        keyCount += 1;
        if (keyCount > limits.keyCount) return 'keyCount';
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        if (depth > limits.depth) return 'depth';
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
    }
  }
  return undefined;
}

/** Every issue of strings that PostgreSQL or UTF-8 cannot hold: NUL and halves of a surrogate pair. */
export function unstorableTextIssues(value: unknown, path: string): ProblemIssue[] {
  if (typeof value === 'string') {
    if (!UNSTORABLE.test(value)) return [];
    return [
      {
        path: path.slice(0, 200),
        code: 'invalid_text',
        message: 'NUL and unpaired surrogates are not allowed',
      },
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    ...unstorableTextIssues(key, path),
    ...unstorableTextIssues(member, `${path}.${key}`),
  ]);
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: V8 quotes the text in its message.
    throw invalidBody('invalid_json', 'The body is not valid JSON');
  }
}

/** First as it is: quotes would make some texts valid that are not. */
function parseExactly(text: string): unknown {
  const value = parse(text);
  const exactText = quoteInexactNumbers(text);
  return exactText === text ? value : parse(exactText);
}

function countUpTo(text: string, character: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count <= most; at = text.indexOf(character, at + 1))
    count += 1;
  return count;
}

/** The index of the closing quote, or the end of the text. */
function endOfString(text: string, openingQuote: number): number {
  let quote = openingQuote;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
    let backslashCount = 0;
    while (text.charCodeAt(quote - 1 - backslashCount) === 0x5c) backslashCount += 1;
    if (backslashCount % 2 === 0) return quote;
  }
}

/** `constructor` and `prototype` stay: as own members they are ordinary data, and nothing here merges objects deeply. */
function settlePrototypeKeys(value: object, how: 'drop' | 'refuse', path = 'body'): void {
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') {
      if (how === 'refuse') {
        throw new Problem('invalid_request', {
          issues: [
            { path: `${path}.__proto__`, code: 'unrecognized_keys', message: 'This key is not allowed' },
          ],
        });
      }
      Reflect.deleteProperty(value, key);
    } else if (typeof member === 'object' && member !== null) {
      settlePrototypeKeys(member, how, `${path}.${key}`);
    }
  }
}

function invalidBody(code: string, message: string): Problem {
  return new Problem('invalid_request', { issues: [{ path: 'body', code, message }] });
}
