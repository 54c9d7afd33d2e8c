/** Reads the `Authorization` header of a tenant's call. */

export type Credential = { kind: 'api_key'; key: string } | { kind: 'session_token'; token: string };

const SCHEME = /^bearer /i;
/** `pvd_<environment>_<8>_<43>`, base62. @see CONTRACT section 5 */
const API_KEY = /^pvd_(?:live|test)_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Undefined for anything that cannot be one of ours: it costs no look-up. */
export function readBearer(authorization: string | undefined): Credential | undefined {
  if (authorization === undefined || !SCHEME.test(authorization)) return undefined;
  const token = authorization.slice('bearer '.length);
  if (API_KEY.test(token)) return { kind: 'api_key', key: token };
  return JWT.test(token) ? { kind: 'session_token', token } : undefined;
}
