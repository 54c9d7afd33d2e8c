/** Back to Divar and nowhere else. @see PROTOCOL 2.8 */
import type { App, DivarHosts } from '../tenants/tenants.ts';

const MAX_ADDRESS_LENGTH = 2048;

/** Control characters, every kind of white space, and the backslash that browsers read as a slash. */
const NEVER_IN_ADDRESS = /[\p{C}\s\\]/u;

/** The address, written anew, when it is Divar's own or of one of `alsoOrigins`; undefined for any other text. */
export function safeReturnUrl(text: string, alsoOrigins: readonly string[] = []): string | undefined {
  if (text.length > MAX_ADDRESS_LENGTH || NEVER_IN_ADDRESS.test(text) || !URL.canParse(text))
    return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  const isDivar =
    url.protocol === 'https:' &&
    url.port === '' &&
    (url.hostname === 'divar.ir' || url.hostname.endsWith('.divar.ir'));
  return isDivar || alsoOrigins.includes(url.origin) ? url.href : undefined;
}

/** Where a visit ends: the address that Divar gave if it is Divar's, else the fixed one. Nothing is appended. */
export function chooseReturnUrl(
  app: Pick<App, 'environment'>,
  hosts: Pick<DivarHosts, 'completionUrl'>,
  returnAddress: string | null,
): string {
  // The simulator is Divar for sandbox apps.
  const alsoOrigins = app.environment === 'sandbox' ? [new URL(hosts.completionUrl).origin] : [];
  return (returnAddress !== null && safeReturnUrl(returnAddress, alsoOrigins)) || hosts.completionUrl;
}
