/**
 * A Divar in a bad mood: strict about tokens, and answering as networks and servers do. What it stores it remembers, so that
 * afterwards the truth is known. @see PROTOCOL 3.5, 3.6, 4.2, 4.4, 4.8
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Teardown } from '../helpers/database.ts';
import { startServer } from '../helpers/http.ts';
import type { Dice } from './dice.ts';

/** A send that stands in a chat. */
export interface Stored {
  apiKey: string;
  conversation: string;
  text: string;
}

export interface FakeDivar {
  url: string;
  /** In the order in which they were stored. */
  stored: readonly Stored[];
  /** Uses of a refresh token that a careful client does not make. */
  sins: { late: number; concurrent: number; unknownToken: number };
  counts: { sends: number; refreshes: number; faults: number; unauthorized: number };
  /** From now on it answers as it should. */
  calmDown(): void;
}

type Mood = 'good' | 'error' | 'reset' | 'hang' | 'trickle' | 'busy' | 'throttle';

/** How often a send meets what. The four that leave the outcome open have stored the message in half of the cases. */
const MOODS: readonly (readonly [Mood, number])[] = [
  ['error', 0.015],
  ['reset', 0.015],
  ['hang', 0.005],
  ['trickle', 0.005],
  ['busy', 0.02],
  ['throttle', 0.003],
];
/** A refresh that never comes back, before or after the pair was changed. */
const LOST_REFRESHES = 0.06;

const GRACE_MS = 120_000;
/** After this the old pair is no longer sent by who wants to keep the grant. SECURITY 2.5 */
const LATE_MS = 100_000;

interface Pair {
  grant: string;
  access: string;
  refresh: string;
  firstUsedAt: number | undefined;
  /** Since when another pair stands in its place. */
  replacedAt: number | undefined;
}

export async function startFakeDivar(
  t: Teardown,
  { dice, accessSeconds }: { dice: Dice; accessSeconds: number },
): Promise<FakeDivar> {
  const stored: Stored[] = [];
  const pairs: Pair[] = [];
  const refreshing = new Set<string>();
  const sins = { late: 0, concurrent: 0, unknownToken: 0 };
  const counts = { sends: 0, refreshes: 0, faults: 0, unauthorized: 0 };
  let isCalm = false;

  const moodOf = (): Mood => {
    let rest = isCalm ? 1 : dice.throw();
    for (const [mood, share] of MOODS) {
      if (rest < share) return mood;
      rest -= share;
    }
    return 'good';
  };

  const issue = (grant: string): Pair => {
    const number = pairs.length + 1;
    const pair = {
      grant,
      access: `ory_at_${number}`,
      refresh: `ory_rt_${number}`,
      firstUsedAt: undefined,
      replacedAt: undefined,
    };
    pairs.push(pair);
    return pair;
  };
  const tokenReply = ({ access, refresh }: Pair) => ({
    access_token: access,
    refresh_token: refresh,
    expires_in: accessSeconds,
    token_type: 'bearer',
    scope: 'USER_ID offline_access CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND',
  });
  const isLive = ({ replacedAt }: Pair) => replacedAt === undefined || Date.now() - replacedAt < GRACE_MS;

  const refresh = (token: string, response: ServerResponse) => {
    counts.refreshes += 1;
    const pair = pairs.find((one) => one.refresh === token);
    if (pair === undefined) {
      sins.unknownToken += 1;
      return json(response, 400, { error: 'invalid_grant' });
    }
    if (refreshing.has(pair.grant)) sins.concurrent += 1;
    pair.firstUsedAt ??= Date.now();
    if (Date.now() - pair.firstUsedAt > LATE_MS) sins.late += 1;
    if (!isLive(pair)) return json(response, 400, { error: 'invalid_grant' });
    refreshing.add(pair.grant);
    response.once('close', () => refreshing.delete(pair.grant));
    const chance = isCalm ? 1 : dice.throw();
    if (chance < LOST_REFRESHES / 2) return response.destroy();
    pair.replacedAt ??= Date.now();
    const reply = tokenReply(issue(pair.grant));
    // As long as this one is answered another of the same grant would be one too many.
    return setTimeout(() => {
      if (chance < LOST_REFRESHES) response.destroy();
      else json(response, 200, reply);
    }, 20);
  };

  const token = (form: URLSearchParams, response: ServerResponse) => {
    if (form.get('grant_type') === 'refresh_token') return refresh(form.get('refresh_token') ?? '', response);
    return json(response, 200, tokenReply(issue(form.get('code') ?? '')));
  };

  const store = (request: IncomingMessage, send: Omit<Stored, 'apiKey'>) =>
    stored.push({ apiKey: String(request.headers['x-api-key']), ...send });

  const send = (
    request: IncomingMessage,
    response: ServerResponse,
    message: Omit<Stored, 'apiKey'>,
    success: object,
  ) => {
    counts.sends += 1;
    const mood = moodOf();
    if (mood !== 'good') counts.faults += 1;
    if (mood === 'busy') return json(response, 503, {});
    if (mood === 'throttle')
      return json(response, 429, { code: 8, message: 'per minute' }, { 'retry-after': '1' });
    if (mood === 'good' || dice.throw() < 0.5) store(request, message);
    if (mood === 'error') return json(response, dice.pick([500, 502, 504]), {});
    if (mood === 'reset') return response.destroy();
    if (mood === 'hang') return undefined;
    if (mood === 'trickle') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      return response.write('{"stat');
    }
    return json(response, 200, success);
  };

  const isAuthorized = (request: IncomingMessage) => {
    const bearer = request.headers.authorization?.slice('Bearer '.length);
    const pair = pairs.find(({ access }) => access === bearer);
    return pair !== undefined && isLive(pair);
  };

  const answer = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const path = new URL(request.url ?? '', 'http://divar').pathname;
    if (path === '/oauth2/token') return token(new URLSearchParams(body), response);
    const bot = /^\/v1\/open-platform\/chat\/bot\/conversations\/([^/]+)\/messages$/.exec(path);
    if (bot) {
      const conversation = decodeURIComponent(bot[1] ?? '');
      const { text_message: text } = JSON.parse(body);
      return send(request, response, { conversation, text }, { conversation_id: conversation });
    }
    if (!isAuthorized(request)) {
      counts.unauthorized += 1;
      return json(response, 401, { code: 16, message: 'unauthenticated' });
    }
    if (path === '/v1/open-platform/users') return json(response, 200, { user_id: userOf(request) });
    const chat = /^\/v2\/open-platform\/conversations\/([^/]+)\/messages$/.exec(path);
    if (!chat) return json(response, 404, {});
    const { message: text } = JSON.parse(body);
    return send(
      request,
      response,
      { conversation: decodeURIComponent(chat[1] ?? ''), text },
      { status: 200, message: 'success' },
    );
  };

  /** The code of a consent names its user. */
  const userOf = (request: IncomingMessage) =>
    pairs.find(({ access }) => `Bearer ${access}` === request.headers.authorization)?.grant;

  const server = await startServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  t.teardown(() => server.close());
  return {
    url: server.url,
    stored,
    sins,
    counts,
    calmDown: () => {
      isCalm = true;
    },
  };
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
