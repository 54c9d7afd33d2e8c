/** Phones as people and Divar write them, turned into the one spelling that we keep. */

/** Iranian mobile numbers as `09…`, whatever the prefix and the digits; null for anything else. */
export function normalizePhone(text: string): string | null {
  const digits = text
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, toAsciiDigit)
    .replace(/[\s()\u200c-]/g, '');
  const match = /^(?:\+98|0098|98|0)?(9\d{9})$/.exec(digits);
  return match ? `0${match[1]}` : null;
}

/** `09121234567` -> `0912•••4567`. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 4)}•••${phone.slice(-4)}`;
}

/** Persian (U+06F0) and Arabic (U+0660) digits. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  if (code >= 0x06f0 && code <= 0x06f9) return String(code - 0x06f0);
  return code >= 0x0660 && code <= 0x0669 ? String(code - 0x0660) : digit;
}
