/** Time-based codes (RFC 6238) and recovery codes, as decisions. */
import { Secret, TOTP } from 'otpauth';
import QRCode from 'qrcode';
import type { BlindIndex, RandomBytes } from '../ports.ts';

const ISSUER = 'Peyvand';
const PERIOD_SECONDS = 30;
/** Codes before and after the current one that are taken: a phone's clock may be half a minute off. */
const WINDOW_COUNT = 1;
/** 160 bits. @see RFC 4226 section 4, R6 */
const SECRET_BYTES = 20;
export const RECOVERY_CODE_COUNT = 10;
const RECOVERY_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 50 bits each, ten attempts a quarter of an hour. */
const RECOVERY_LENGTH = 10;

export function makeTotpSecret(random: RandomBytes): string {
  return new Secret({ buffer: Uint8Array.from(random(SECRET_BYTES)).buffer }).base32;
}

/** The counter of the code that fits; undefined when none does. A counter that was taken before must not be taken again. */
export function matchTotp(secret: string, code: string, now: Date): number | undefined {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), period: PERIOD_SECONDS });
  const delta = totp.validate({ token: code, timestamp: now.getTime(), window: WINDOW_COUNT });
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / PERIOD_SECONDS) + delta;
}

export interface Enrolment {
  secret: string;
  otpauth_url: string;
  /** A whole document, and the same as a path, so that a page needs no markup of ours. */
  qr_svg: string;
  qr: { size: number; path: string };
}

export async function describeEnrolment(secret: string, email: string): Promise<Enrolment> {
  const totp = new TOTP({ issuer: ISSUER, label: email, secret: Secret.fromBase32(secret) });
  const url = totp.toString();
  return {
    secret,
    otpauth_url: url,
    qr_svg: await QRCode.toString(url, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }),
    qr: drawPath(url),
  };
}

/** One square of 1 x 1 for every dark module. */
function drawPath(text: string): { size: number; path: string } {
  const { size, data } = QRCode.create(text, { errorCorrectionLevel: 'M' }).modules;
  let path = '';
  for (let index = 0; index < data.length; index += 1)
    if (data[index]) path += `M${index % size} ${Math.floor(index / size)}h1v1h-1z`;
  return { size, path };
}

/** `4f7kq-9x2mv`; shown once. */
export function makeRecoveryCodes(random: RandomBytes): string[] {
  return Array.from({ length: RECOVERY_CODE_COUNT }, () => {
    const text = [...random(RECOVERY_LENGTH)].map((byte) => RECOVERY_ALPHABET[byte % 32]).join('');
    return `${text.slice(0, 5)}-${text.slice(5)}`;
  });
}

/** As written on paper: no case, no dashes; o and i and l are read as what they look like. */
export function readRecoveryCode(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1');
}

/** Keyed: 50 bits are found in a dump, but not without the key. */
export function hashRecoveryCode(blindIndex: BlindIndex, memberId: string, code: string): string {
  return blindIndex(`recovery|${memberId}|${readRecoveryCode(code)}`);
}
