/**
 * Divar's 64-bit numbers stand in JSON as numbers or as strings (PROTOCOL 7, row 36), and `JSON.parse` rounds the former.
 * A number that would not survive is put into quotes before the text is parsed: it arrives as the string that the other
 * spelling would have been.
 */

/** Only such a run can hold a number that is rounded (16 digits) or overflows (an exponent). */
const SUSPECT = /\d{16}|\d[eE]/;
/** A string, which is left as it is, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The same valid JSON text with every number in quotes that a double cannot hold to the last digit. */
export function quoteInexactNumbers(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text.replace(TOKEN, (token) => (token.startsWith('"') || isExact(token) ? token : `"${token}"`));
}

/** Fractions are measurements (coordinates, shares): a double is what they were made of. */
function isExact(token: string): boolean {
  const value = Number(token);
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
