/** Divar's token endpoint for refreshes, strict, on a clock of its own: rotates both tokens, takes the old pair for two minutes
 *  more, and counts what must never happen. @see PROTOCOL 3.6, TV-46, TV-47 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DivarHosts } from '../../src/tenants/tenants.ts';
import type { Teardown } from '../helpers/database.ts';

const GRACE_SECONDS = 120;

/** `lose`: rotated, and the answer never comes. The others rotate nothing but `answer`. */
export type Behaviour =
  | 'answer'
  | 'lose'
  | 'error'
  | 'throttle'
  | 'reset'
  | 'nonsense'
  | 'wrong_client'
  | 'invalid_grant';

interface Pair {
  /** Pairs of one consent. */
  chain: number;
  access: string;
  refresh: string;
  /** On the server's clock; undefined while it is the newest. */
  endsAt: number | undefined;
}

export interface TokenServer {
  hosts: DivarHosts;
  behave: (number: number) => Behaviour | Promise<Behaviour>;
  /** What the answer says besides, or instead. */
  extra: Record<string, unknown>;
  /** Forms that came, in order. */
  forms: URLSearchParams[];
  usersCalls: number;
  /** Uses of a refresh token later than its two minutes. */
  lateUseCount: number;
  /** The most refreshes with one token at one moment. */
  concurrentCount: number;
  rotationCount: number;
  /** Why a request was refused as not Divar's. */
  problems: string[];
  advance(seconds: number): void;
  issue(): { accessToken: string; refreshToken: string };
  /** The pair that Divar gave last. */
  newest(): { accessToken: string; refreshToken: string };
  lives(accessToken: string): boolean;
  revoke(): void;
}

export async function startTokenServer(t: Teardown): Promise<TokenServer> {
  let nowSeconds = 0;
  let count = 0;
  let pairs: Pair[] = [];
  const inFlight = new Map<string, number>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const isAlive = ({ endsAt }: Pair) => endsAt === undefined || endsAt > nowSeconds;
  const issuePair = (chain: number): Pair => {
    count += 1;
    const pair = { chain, access: `ory_at_${count}`, refresh: `ory_rt_${count}`, endsAt: undefined };
    pairs.push(pair);
    return pair;
  };
  const rotate = ({ chain }: Pair): Pair => {
    const endsAt = nowSeconds + GRACE_SECONDS;
    for (const pair of pairs)
      if (pair.chain === chain) pair.endsAt = Math.min(pair.endsAt ?? Number.POSITIVE_INFINITY, endsAt);
    fake.rotationCount += 1;
    return issuePair(chain);
  };

  const fake: TokenServer = {
    hosts: { apiUrl: url, oauthUrl: url, uploadUrl: url, completionUrl: url, v1ApiUrl: url, v1OauthUrl: url },
    behave: () => 'answer',
    extra: {},
    forms: [],
    usersCalls: 0,
    lateUseCount: 0,
    concurrentCount: 0,
    rotationCount: 0,
    problems: [],
    advance: (seconds) => {
      nowSeconds += seconds;
    },
    issue: () => {
      const { access, refresh } = issuePair(count);
      return { accessToken: access, refreshToken: refresh };
    },
    newest: () => {
      const pair = pairs.at(-1);
      return { accessToken: pair?.access ?? '', refreshToken: pair?.refresh ?? '' };
    },
    lives: (accessToken) => pairs.some((pair) => pair.access === accessToken && isAlive(pair)),
    revoke: () => {
      pairs = [];
    },
  };
  return fake;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const send = (status: number, reply: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    if (request.url === '/v1/open-platform/users') {
      fake.usersCalls += 1;
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      return void (fake.lives(token) ? send(200, { user_id: 'u1' }) : send(401, { code: 16 }));
    }
    const form = new URLSearchParams(body);
    fake.forms.push(form);
    const token = form.get('refresh_token') ?? '';
    const problem = problemOf(request, form);
    if (problem) {
      fake.problems.push(problem);
      return void send(400, { error: 'invalid_request' });
    }
    const flying = (inFlight.get(token) ?? 0) + 1;
    inFlight.set(token, flying);
    fake.concurrentCount = Math.max(fake.concurrentCount, flying);
    const behaviour = await fake.behave(fake.forms.length);
    inFlight.set(token, (inFlight.get(token) ?? 1) - 1);
    const known = pairs.find((pair) => pair.refresh === token);
    if (known && !isAlive(known)) fake.lateUseCount += 1;
    if (behaviour === 'reset') return void request.socket.destroy();
    if (behaviour === 'error') return void send(502, 'bad gateway');
    if (behaviour === 'throttle') return void send(429, { code: 8 });
    if (behaviour === 'wrong_client') return void send(401, { error: 'invalid_client' });
    if (behaviour === 'invalid_grant' || !known || !isAlive(known))
      return void send(400, { error: 'invalid_grant', error_description: 'expired', status_code: 400 });
    if (behaviour === 'nonsense') return void response.writeHead(200).end('<html>');
    const pair = rotate(known);
    if (behaviour === 'lose') return void request.socket.destroy();
    send(200, {
      access_token: pair.access,
      refresh_token: pair.refresh,
      expires_in: 3600,
      scope: 'USER_ID offline_access',
      token_type: 'bearer',
      ...fake.extra,
    });
  }
}

function problemOf(request: IncomingMessage, form: URLSearchParams): string | undefined {
  if (request.method !== 'POST' || request.url !== '/oauth2/token') return `${request.method} ${request.url}`;
  if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return 'not a form';
  const names = [...form.keys()].join(' ');
  if (names !== 'grant_type refresh_token client_id client_secret redirect_uri code') return names;
  if (form.get('grant_type') !== 'refresh_token') return 'grant_type';
  if (form.get('client_id') !== 'blue-otter-lamp' || form.get('client_secret') !== 's+1') return 'client';
  return /^http:\/\/localhost:3000\/oauth\/app_\w+\/callback$/.test(form.get('redirect_uri') ?? '')
    ? undefined
    : 'redirect_uri';
}
