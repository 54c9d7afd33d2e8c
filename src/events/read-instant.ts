/** Divar's `sent_at`: RFC 3339, or whole seconds, milli-, micro- or nanoseconds, as a number or as text. @see PROTOCOL 5.3 */
import { textOf } from './fields.ts';

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;
/** Larger magnitudes are finer units. 10^11 seconds is the year 5138. */
const UNITS = [
  { below: 10n ** 11n, perSecond: 1n },
  { below: 10n ** 14n, perSecond: 1000n },
  { below: 10n ** 17n, perSecond: 1_000_000n },
  { below: 10n ** 21n, perSecond: 1_000_000_000n },
];

/** RFC 3339 in UTC, with as many digits as were given, at least milliseconds; null for what is no instant. */
export function readInstant(value: unknown): string | null {
  const text = textOf(value)?.trim();
  if (!text) return null;
  return /^\d{1,20}$/.test(text) ? fromNumber(BigInt(text)) : fromRfc3339(text);
}

function fromNumber(count: bigint): string | null {
  const unit = UNITS.find(({ below }) => count < below);
  if (!unit || count === 0n) return null;
  const nanoseconds = ((count % unit.perSecond) * 1_000_000_000n) / unit.perSecond;
  return format(Number(count / unit.perSecond), nanoseconds.toString().padStart(9, '0'));
}

function fromRfc3339(text: string): string | null {
  const [, date, time, fraction = '', offset] = RFC3339.exec(text) ?? [];
  if (date === undefined) return null;
  const milliseconds = Date.parse(`${date}T${time}${offset?.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? null : format(milliseconds / 1000, fraction.padEnd(9, '0'));
}

/** `nanoseconds`: nine digits. */
function format(seconds: number, nanoseconds: string): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
  const digits = [3, 6, 9].find((count) => /^0*$/.test(nanoseconds.slice(count))) ?? 9;
  return `${whole}.${nanoseconds.slice(0, digits)}Z`;
}
