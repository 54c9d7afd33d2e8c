/** What takes part in a visit beside the gateway: the tenant's server, and the tester's hand on the simulator. */

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
type Json = any;

export interface ApiReply {
  status: number;
  body: Json;
  headers: Headers;
}

export type Api = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ApiReply>;

/** A tenant's server with one API key. */
export function createApi(url: string, key: string): Api {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? null : JSON.parse(text),
      headers: response.headers,
    };
  };
}

export type Control = (method: string, path: string, body?: unknown) => Promise<Json>;

/** The simulator's control API. @see docs/simulator.md */
export function createControl(simulatorUrl: string): Control {
  return async (method, path, body) => {
    const response = await fetch(simulatorUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return await response.json();
  };
}

/** A session POST of Divar, as it comes from outside. */
export async function postInit(
  { url, appId, key }: { url: string; appId: string; key: string },
  body: unknown,
  headers: Record<string, string> = { 'api-version': '2' },
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${url}/i/${appId}`, {
    method: 'POST',
    headers: { authorization: key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
