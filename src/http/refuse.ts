/** Requests that two servers could read in two ways are refused before anybody looks at them. Node answers 200 to two Host
 *  headers and to `Transfer-Encoding: xchunked`, and keeps the first of two Authorization headers silently.
 *  @see RFC 9112 section 3.2 and 6.1 */
import type { IncomingMessage } from 'node:http';
import { Problem } from '../errors.ts';

/** Throws `invalid_request`. */
export function refuseAmbiguousHeaders({
  rawHeaders,
  httpVersion,
}: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>): void {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const bit = bitOf(name);
    if (bit === 0) continue;
    if ((seen & bit) !== 0) throw refusal(name, 'repeated_header', 'This header may stand only once');
    seen |= bit;
    if (bit === TRANSFER_ENCODING && (rawHeaders[index + 1] as string).toLowerCase() !== 'chunked') {
      throw refusal(name, 'invalid_header', 'Only chunked is understood');
    }
  }
  if ((seen & HOST) === 0 && httpVersion === '1.1')
    throw refusal('host', 'missing_header', 'This header is required');
}

const HOST = 1;
const TRANSFER_ENCODING = 1 << 2;

/** The headers that may stand only once, each with a bit; told apart by length first, because this runs on every request. */
function bitOf(name: string): number {
  switch (name.length) {
    case 4:
      return name.toLowerCase() === 'host' ? HOST : 0;
    case 12:
      return name.toLowerCase() === 'content-type' ? 1 << 1 : 0;
    case 17:
      return name.toLowerCase() === 'transfer-encoding' ? TRANSFER_ENCODING : 0;
    case 13:
      return name.toLowerCase() === 'authorization' ? 1 << 3 : 0;
    case 15:
      return name.toLowerCase() === 'idempotency-key' ? 1 << 4 : 0;
    case 16:
      return name.toLowerCase() === 'content-encoding' ? 1 << 5 : 0;
    default:
      return 0;
  }
}

function refusal(name: string, code: string, message: string): Problem {
  return new Problem('invalid_request', {
    issues: [{ path: `header.${name.toLowerCase()}`, code, message }],
  });
}
