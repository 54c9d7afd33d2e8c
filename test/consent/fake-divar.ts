/** A strict Divar for the tests of OAuth: takes exactly what PROTOCOL section 3 says, in both generations, and gives it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DivarHosts } from '../../src/tenants/tenants.ts';
import type { Teardown } from '../helpers/database.ts';

export const V2_USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

interface IssuedCode {
  scope: string;
  redirectUri: string;
  isUsed: boolean;
}

/** How one of the endpoints answers instead of truly. */
export type Fault = (response: ServerResponse) => void;

export const FAULTS = {
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>down</html>'),
  error500: (response) => response.writeHead(500).end('{"error":"server_error"}'),
  empty: (response) => response.writeHead(200).end(),
  huge: (response) => response.writeHead(200).end(`{"access_token":"${'x'.repeat(300_000)}"}`),
  hang: () => undefined,
  reset: (response) => void response.destroy(),
  redirect: (response) => response.writeHead(302, { location: 'https://evil.example/' }).end(),
  wrong_shape: (response) => response.writeHead(200).end('{"access_token":{"a":1},"expires_in":"soon"}'),
} satisfies Record<string, Fault>;

export interface FakeDivar {
  url: string;
  hosts: DivarHosts;
  seen: SeenRequest[];
  /** What the users call tells. */
  user: Record<string, unknown>;
  tokenFault: Fault | undefined;
  usersFault: Fault | undefined;
  /** What the token reply says was granted; undefined: what was asked. */
  grantedScope: string | undefined;
  /** Members that the token reply has besides, or instead. */
  tokenExtra: Record<string, unknown>;
  /** Checks the consent address as Divar would and gives the address the browser goes to next. */
  answer(authorizeUrl: string, decision?: 'grant' | 'deny' | 'deny_error' | 'server_error'): string;
}

const SLUG = 'blue-otter-lamp';
const CLIENT_SECRET = 's+1';
const API_KEY = 'divar-api-key-1';

export async function startFakeDivar(t: Teardown): Promise<FakeDivar> {
  const codes = new Map<string, IssuedCode>();
  const tokens = new Set<string>();
  let count = 0;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const seen = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
    divar.seen.push(seen);
    const answer = { ...ROUTES }[`${method} ${url}`];
    if (answer) answer(seen, response);
    else send(response, 404, { error: 'not_found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const exchange = (
    response: ServerResponse,
    code: string | null,
    redirectUri: string | null | undefined,
  ) => {
    const issued = codes.get(code ?? '');
    if (!issued || issued.isUsed || (redirectUri !== undefined && redirectUri !== issued.redirectUri))
      return send(response, 400, { error: 'invalid_grant', error_description: `code ${code}` });
    issued.isUsed = true;
    count += 1;
    const accessToken = `ory_at_${count}`;
    tokens.add(accessToken);
    return { accessToken, issued };
  };

  const ROUTES: Record<string, (seen: SeenRequest, response: ServerResponse) => void> = {
    'POST /oauth2/token': ({ headers, body }, response) => {
      if (divar.tokenFault) return divar.tokenFault(response);
      if (headers['content-type'] !== 'application/x-www-form-urlencoded')
        return send(response, 400, { error: 'invalid_request' });
      const form = new URLSearchParams(body);
      if (form.get('client_id') !== SLUG || form.get('client_secret') !== CLIENT_SECRET)
        return send(response, 401, { error: 'invalid_client' });
      const made = exchange(response, form.get('code'), form.get('redirect_uri'));
      if (!made) return;
      const scope = divar.grantedScope ?? made.issued.scope;
      send(response, 200, {
        access_token: made.accessToken,
        expires_in: 3600,
        scope,
        token_type: 'bearer',
        ...(scope.includes('offline_access') ? { refresh_token: `ory_rt_${count}` } : {}),
        ...divar.tokenExtra,
      });
    },
    'POST /v1/open-platform/oauth/access_token': ({ headers, body }, response) => {
      if (divar.tokenFault) return divar.tokenFault(response);
      const form = JSON.parse(body) as Record<string, string>;
      if (headers['content-type'] !== 'application/json' || form.grant_type !== 'authorization_code')
        return send(response, 400, { error: 'invalid_request' });
      if (form.client_id !== SLUG || form.client_secret !== API_KEY)
        return send(response, 401, { error: 'invalid_client' });
      const made = exchange(response, form.code ?? null, undefined);
      if (made)
        send(response, 200, { access_token: made.accessToken, expires: '2000000000', ...divar.tokenExtra });
    },
    'GET /v1/open-platform/users': ({ headers }, response) => {
      if (divar.usersFault) return divar.usersFault(response);
      const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
      if (headers['x-api-key'] !== API_KEY || !tokens.has(token)) return send(response, 403, { code: 7 });
      send(response, 200, divar.user);
    },
    'POST /v1/open-platform/users': ({ headers }, response) => {
      if (divar.usersFault) return divar.usersFault(response);
      if (headers['x-api-key'] !== API_KEY || !tokens.has(String(headers['x-access-token'])))
        return send(response, 403, { code: 7 });
      send(response, 200, divar.user);
    },
  };

  const divar: FakeDivar = {
    url,
    hosts: {
      apiUrl: url,
      oauthUrl: url,
      uploadUrl: url,
      completionUrl: `${url}/completion`,
      v1ApiUrl: url,
      v1OauthUrl: url,
    },
    seen: [],
    user: { user_id: V2_USER, phone_number: '09990000001' },
    tokenFault: undefined,
    usersFault: undefined,
    grantedScope: undefined,
    tokenExtra: {},
    answer: (authorizeUrl, decision = 'grant') => {
      const { origin, pathname, searchParams } = new URL(authorizeUrl);
      const redirectUri = searchParams.get('redirect_uri') ?? '';
      const state = searchParams.get('state') ?? '';
      const scope = searchParams.get('scope') ?? '';
      const isGood =
        origin === url &&
        ['/oauth2/auth', '/oauth'].includes(pathname) &&
        searchParams.get('response_type') === 'code' &&
        searchParams.get('client_id') === SLUG &&
        URL.canParse(redirectUri) &&
        !redirectUri.includes('?') &&
        state.length >= 22 &&
        scope !== '' &&
        !authorizeUrl.includes('%2B');
      if (!isGood) throw new Error(`Divar refuses ${authorizeUrl}`);
      const back = new URL(redirectUri);
      back.searchParams.set('state', state);
      if (decision === 'deny') return back.href;
      if (decision !== 'grant') {
        back.searchParams.set('error', decision === 'deny_error' ? 'access_denied' : 'server_error');
        back.searchParams.set('error_description', 'd');
        return back.href;
      }
      const code = `ory_ac_${codes.size + 1}`;
      codes.set(code, { scope, redirectUri, isUsed: false });
      back.searchParams.set('code', code);
      back.searchParams.set('scope', scope);
      return back.href;
    },
  };
  return divar;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
