/** Which headers pass, in both directions: only those named here. So credentials, cookies, hop-by-hop headers (RFC 9110
 *  section 7.6.1), whatever `Connection` names and whatever is invented next stay where they are. */
import type { IncomingHttpHeaders } from 'node:http';

const TO_DIVAR = ['accept', 'accept-language', 'content-type'] as const;
const FROM_DIVAR = ['content-type', 'content-encoding', 'content-language', 'retry-after'] as const;

/** What a header may be made of once more: bytes beyond ASCII and line ends never pass. */
const PROPER = /^[\x20-\x7e]{1,1000}$/;

export function requestHeaders(
  given: IncomingHttpHeaders,
  credentials: { apiKey: string; accessToken: string | undefined },
): Record<string, string> {
  const { apiKey, accessToken } = credentials;
  return {
    ...pick(given, TO_DIVAR),
    'x-api-key': apiKey,
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
}

export function replyHeaders(
  given: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  return pick(given, FROM_DIVAR);
}

function pick(
  given: Readonly<Record<string, string | string[] | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value === 'string' && PROPER.test(value)) found[name] = value;
  }
  return found;
}
