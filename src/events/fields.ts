/** Reads members of Divar's bodies: missing, null and "" are all absent, whatever has the wrong type is absent too. */

export type JsonObject = { [key: string]: unknown };

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** Text, or a number or an id that is written as one. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The word of an enumeration in our spelling; an unknown one is kept. */
export function wordOf(value: unknown): string | null {
  return textOf(value)?.toLowerCase() ?? null;
}

/** A size, a length or a degree: a number, or the text of one. */
export function numberOf(value: unknown): number | null {
  const text = textOf(value)?.trim();
  const number = text ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** A whole number; one too large to be exact stays the text that it was. */
export function countOf(value: unknown): number | string | null {
  const number = numberOf(value);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? textOf(value) : number;
}

/** The first that is not absent. */
export function firstObject(...values: unknown[]): JsonObject | undefined {
  return values.map(objectOf).find((value) => value !== undefined);
}
