/** Divar's body again, from the text that was kept. */
import { parseJsonObject } from '../http/json.ts';
import type { JsonObject } from './fields.ts';

/** It was within the limits of the door when it came. */
const LIMITS = { depth: 64, keyCount: 10_000 };

/** Numbers that would be rounded are strings, as they were when the event was read. */
export function parseRaw(text: string): JsonObject {
  return parseJsonObject(Buffer.from(text), LIMITS, 'drop', 'exact');
}
