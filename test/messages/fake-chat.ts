/** A strict Divar for sends: takes exactly the requests of PROTOCOL section 4, keeps what it delivered, and loses answers
 *  or refuses on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DivarHosts } from '../../src/tenants/tenants.ts';
import type { Teardown } from '../helpers/database.ts';

export interface Delivered {
  /** The conversation id, the v1 triple, or `user:<id>`. */
  to: string;
  text: string;
  token: string | undefined;
  body: Record<string, unknown>;
}

export interface Incoming {
  text: string;
  to: string;
  /** Of requests with this text, from 1. */
  number: number;
}

/** `deliver` and an answer, or a fault. `lost`: the message stands in the chat, and the answer never comes. */
export type Behaviour =
  | 'deliver'
  | 'lost'
  | 'reset_unread'
  | { status: number; body?: string; headers?: Record<string, string>; isDelivered?: boolean };

export interface FakeChat {
  hosts: DivarHosts;
  /** In the order in which they came to stand in the chats. */
  delivered: Delivered[];
  /** Why a request was refused as not Divar's. */
  refusals: string[];
  /** Everything that came, as `to text`. */
  requests: string[];
  behave: (incoming: Incoming) => Behaviour | Promise<Behaviour>;
  /** What a reading of a chat gets; `to` as in `Delivered`. */
  read: (reading: { to: string; token: string }) => { status: number; body: string };
  close(): Promise<void>;
}

const API_KEY = 'divar-api-key-1';
const MEMBERS = {
  v1: ['user_id', 'post_token', 'peer_id', 'type', 'message', 'sender_btn', 'receiver_btn'],
  v2: ['type', 'message', 'media_token', 'sender_buttons', 'receiver_buttons'],
  bot: ['type', 'text_message', 'media_token', 'buttons'],
};

export async function startFakeChat(t: Teardown): Promise<FakeChat> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  t.teardown(close);

  const fake: FakeChat = {
    hosts: {
      apiUrl: url,
      v1ApiUrl: url,
      oauthUrl: url,
      v1OauthUrl: url,
      uploadUrl: url,
      completionUrl: `${url}/completion`,
    },
    delivered: [],
    refusals: [],
    requests: [],
    behave: () => 'deliver',
    read: () => ({ status: 404, body: '{"code":5}' }),
    close,
  };
  return fake;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      const reading = readReading(request);
      if (typeof reading === 'string') fake.refusals.push(reading);
      const { status, body } =
        typeof reading === 'string' ? { status: 400, body: '{"code":3}' } : fake.read(reading);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const read = readSend(request, Buffer.concat(chunks).toString('utf8'));
    if (typeof read === 'string') {
      fake.refusals.push(read);
      response.writeHead(400).end(JSON.stringify({ code: 3, message: read }));
      return;
    }
    const { message, success } = read;
    fake.requests.push(`${message.to} ${message.text}`);
    const number = (counts.get(message.text) ?? 0) + 1;
    counts.set(message.text, number);
    const behaviour = await fake.behave({ text: message.text, to: message.to, number });
    const isDelivered = typeof behaviour === 'object' ? behaviour.isDelivered : behaviour !== 'reset_unread';
    if (isDelivered) fake.delivered.push(message);
    if (behaviour === 'lost' || behaviour === 'reset_unread') request.socket.destroy();
    else if (behaviour === 'deliver') response.writeHead(200).end(JSON.stringify(success));
    else response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
  }
}

function readReading({ url = '', headers }: IncomingMessage): { to: string; token: string } | string {
  if (headers['x-api-key'] !== API_KEY) return 'wrong API key';
  const { pathname, searchParams } = new URL(url, 'http://divar');
  const chat = /^\/v1\/open-platform\/chat\/conversations\/([^/]+)$/.exec(pathname);
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  if (chat)
    return bearer && !headers['x-access-token']
      ? { to: decodeURIComponent(chat[1] ?? ''), token: bearer }
      : 'v2 reads take a bearer token alone';
  if (pathname !== '/v1/open-platform/chat/conversation-messages') return `no such path: ${pathname}`;
  const token = headers['x-access-token'];
  if (typeof token !== 'string' || headers.authorization) return 'v1 reads take x-access-token';
  const ids = ['user_id', 'post_token', 'peer_id'].map((name) => searchParams.get(name));
  if ([...searchParams.keys()].length !== 3 || ids.includes(null)) return 'v1 reads take three ids';
  return { to: ids.join(':'), token };
}

function readSend(request: IncomingMessage, text: string): { message: Delivered; success: object } | string {
  const { method, url = '', headers } = request;
  if (method !== 'POST') return 'not a POST';
  if (headers['x-api-key'] !== API_KEY) return 'wrong API key';
  if (headers['content-type'] !== 'application/json') return 'not JSON';
  const body = JSON.parse(text) as Record<string, unknown>;
  const chat = /^\/v2\/open-platform\/conversations\/([^/]+)\/messages$/.exec(url);
  const bot = /^\/v1\/open-platform\/chat\/bot\/(conversations|users)\/([^/]+)\/messages$/.exec(url);
  const sent = { status: 200, message: 'success' };
  if (url === '/v2/open-platform/chat/conversation') {
    const token = headers['x-access-token'];
    if (typeof token !== 'string' || headers.authorization) return 'v1 takes x-access-token';
    const to = `${body.user_id}:${body.post_token}:${body.peer_id}`;
    return checked('v1', body, { to, text: body.message, token, success: sent });
  }
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  if (headers['x-access-token']) return 'v2 takes no x-access-token';
  if (chat) {
    if (!token) return 'no bearer token';
    return checked('v2', body, {
      to: decodeURIComponent(chat[1] ?? ''),
      text: body.message,
      token,
      success: sent,
    });
  }
  if (!bot) return `no such path: ${url}`;
  const id = decodeURIComponent(bot[2] ?? '');
  if (bot[1] === 'users' && !token) return 'no bearer token';
  const to = bot[1] === 'users' ? `user:${id}` : id;
  const success = { conversation_id: bot[1] === 'users' ? 'c0ffee00-1234-4bcd-9e8f-001122334455' : id };
  return checked('bot', body, { to, text: body.text_message, token, success });
}

function checked(
  api: keyof typeof MEMBERS,
  body: Record<string, unknown>,
  facts: { to: string; text: unknown; token: string | undefined; success: object },
): { message: Delivered; success: object } | string {
  const foreign = Object.keys(body).find((name) => !MEMBERS[api].includes(name));
  if (foreign) return `${api} has no ${foreign}`;
  if (typeof facts.text !== 'string') return 'no text';
  if (body.media_token === undefined && (body.type !== 'TEXT' || facts.text === ''))
    return 'neither text nor media';
  const grids = api === 'v1' ? [] : [body.sender_buttons, body.receiver_buttons, body.buttons];
  const isWrong = grids.some((grid) => grid !== undefined && !isGrid(grid));
  if (isWrong) return 'buttons have the wrong shape';
  return { message: { to: facts.to, text: facts.text, token: facts.token, body }, success: facts.success };
}

function isGrid(value: unknown): boolean {
  const { rows } = value as { rows?: { buttons?: { action?: object; caption?: unknown }[] }[] };
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > 3) return false;
  return rows.every(({ buttons }) => {
    if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > 3) return false;
    return buttons.every(
      ({ action, caption }) => typeof caption === 'string' && Object.keys(action ?? {}).length === 1,
    );
  });
}
