import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import { createSimulator } from '../../src/simulator/simulator.ts';

/** The shared values of PROTOCOL.md section 8. */
export const SLUG = 'blue-otter-lamp';
export const POST = 'wZ_x9Qa7';
export const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
export const U = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
export const P = 'a1b2c3d4-1111-4222-8333-944455556666';
export const TRIPLE = Buffer.from(`${U}:${POST}:${P}`).toString('base64');
export const V2_USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
export const REDIRECT = 'https://addon.example/oauth/cb';
export const STATE = 'q7Zk1s9TtYw2';
export const SEND_SCOPE = `CONVERSATION_SEND_MESSAGE.${CONVERSATION}`;

const listen = async (t: ExecutionContext, listener: http.RequestListener): Promise<string> => {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

export interface SeenRequest {
  url: string;
  headers: http.IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
}

type Answer = (request: SeenRequest, response: http.ServerResponse) => void;

export const answerJson =
  (body: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** An add-on's server that remembers what Divar asked it. */
export const createAddon = async (t: ExecutionContext, answer: Answer) => {
  const seen: SeenRequest[] = [];
  const addon = { url: '', seen, answer };
  addon.url = await listen(t, async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { url = '', headers, rawHeaders } = req;
    const request = { url, headers, rawHeaders, body: Buffer.concat(chunks) };
    seen.push(request);
    addon.answer(request, res);
  });
  return addon;
};

export const PAGE = 'https://addon.example/s/7Jq2mXo0pVt4cW9r8k1LzQ';

export const setup = async (t: ExecutionContext, options: { stateFile?: string } = {}) => {
  const clock = { at: Date.parse('2026-03-01T08:30:15.250Z'), now: () => clock.at };
  // The simulator must know its own address, which is known only once it listens.
  const door: { listener: http.RequestListener } = { listener: (_req, res) => res.end() };
  const url = await listen(t, (req, res) => door.listener(req, res));
  const simulator = createSimulator({
    clock,
    random: randomBytes,
    publicUrl: url,
    fetch: globalThis.fetch,
    ...options,
  });
  door.listener = simulator.listener;
  t.teardown(() => simulator.close());

  const request = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      // biome-ignore lint/suspicious/noExplicitAny: tests look into replies of every shape
      json: (isJson ? JSON.parse(text) : null) as any,
    };
  };

  const register = async (given: Record<string, unknown> = {}, slug = SLUG) => {
    const reply = await request('PUT', `/__apps/${slug}`, {
      display: 'ارسال سریع',
      subtitle: 'پست و پیک',
      description: 'کالا را از خانه تحویل می‌گیریم.',
      generation: 'v2',
      init_url: 'http://127.0.0.1:1/i',
      identification_key: 'idk_9f3e77c1',
      api_keys: [{ key: 'apikey-1' }],
      client_secret: 's+1',
      redirect_uris: [REDIRECT],
      ...given,
    });
    t.true(reply.status < 300, reply.text);
  };

  const authorizeUrl = (given: Record<string, string> = {}, path = '/oauth2/auth'): string => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: SLUG,
      redirect_uri: REDIRECT,
      scope: `USER_ID offline_access ${SEND_SCOPE}`,
      state: STATE,
      ...given,
    });
    return `${url}${path}?${query}`;
  };

  const consent = async (authorize: string, given: Record<string, unknown> = {}) =>
    request('POST', '/__consent', { url: authorize, user: 'seller', decision: 'grant', ...given });

  const token = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    request(
      'POST',
      '/oauth2/token',
      new URLSearchParams({
        client_id: SLUG,
        client_secret: 's+1',
        redirect_uri: REDIRECT,
        ...fields,
      }).toString(),
      { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    );

  const codeFor = async (scope?: string, user = 'seller'): Promise<string> => {
    const reply = await consent(authorizeUrl(scope === undefined ? {} : { scope }), { user });
    const code = new URL(reply.json.location).searchParams.get('code');
    t.truthy(code, reply.text);
    return code as string;
  };

  const grant = async (scope?: string, user = 'seller') => {
    const reply = await token({ grant_type: 'authorization_code', code: await codeFor(scope, user) });
    t.is(reply.status, 200, reply.text);
    return reply.json as { access_token: string; refresh_token: string; expires_in: number; scope: string };
  };

  const advance = (ms: number) => request('POST', '/__clock', { advance_ms: ms });
  const api = (accessToken: string, key = 'apikey-1') => ({
    'x-api-key': key,
    authorization: `Bearer ${accessToken}`,
  });

  return {
    url,
    clock,
    request,
    register,
    authorizeUrl,
    consent,
    token,
    codeFor,
    grant,
    advance,
    api,
    simulator,
  };
};
export type Setup = Awaited<ReturnType<typeof setup>>;
