/** The part of the gateway's API that a tenant's page uses, on loopback, refusing whatever the real one would refuse. */
import type { ExecutionContext } from 'ava';
import { z } from 'zod';
import { loopbackFake, type RecordedRequest } from '../helpers/http.ts';

export const API_KEY = `pvd_test_aaaaaaaa_${'b'.repeat(43)}`;
export const RETURN_URL = 'https://peyvand.example/r/return-handle';
export const CONSENT_URL = 'https://peyvand.example/s/consent-handle';

const Button = z.strictObject({
  caption: z.string().min(1).max(30),
  icon: z.string().optional(),
  action: z.strictObject({
    open_session: z.strictObject({
      data: z.record(z.string(), z.unknown()),
      page: z.literal('track').optional(),
    }),
  }),
});
const Buttons = z.array(z.array(Button).max(3)).max(3);
const BODIES = {
  exchange: z.strictObject({ code: z.string().min(1) }),
  message: z.strictObject({
    session_id: z.string(),
    text: z.string().min(1),
    sender_buttons: Buttons,
    receiver_buttons: Buttons,
    metadata: z.record(z.string(), z.string()),
  }),
  complete: z.strictObject({}),
  consent: z.strictObject({ scopes: z.array(z.string()).min(1) }),
};

interface Reply {
  status: number;
  body: unknown;
}
type Call = {
  what: keyof typeof BODIES;
  body: Record<string, unknown>;
  key: string | undefined;
  session: string | undefined;
};

export interface FakeGateway {
  url: string;
  calls: Call[];
  /** Codes that still open a session. */
  codes: Map<string, Record<string, unknown>>;
  /** What the next calls of a kind answer instead. */
  faults: Map<keyof typeof BODIES, Reply[]>;
}

const problem = (status: number, code: string): Reply => ({
  status,
  body: { type: 'about:blank', title: code, status, code, request_id: 'req_1', retryable: false, errors: [] },
});

const ROUTES = [
  ['exchange', /^\/v1\/sessions\/exchange$/],
  ['message', /^\/v1\/messages$/],
  ['complete', /^\/v1\/sessions\/(ses_\w+)\/complete$/],
  ['consent', /^\/v1\/sessions\/(ses_\w+)\/consent$/],
] as const;

export async function startFakeGateway(t: ExecutionContext): Promise<FakeGateway> {
  const gateway: FakeGateway = { url: '', calls: [], codes: new Map(), faults: new Map() };
  const kept = new Map<string, string>();
  const answers: Record<keyof typeof BODIES, (call: Call) => Reply> = {
    exchange: ({ body }) => {
      const session = gateway.codes.get(String(body.code));
      gateway.codes.delete(String(body.code));
      return session === undefined
        ? problem(410, 'code_spent')
        : { status: 200, body: { session, session_token: 'a.b.c' } };
    },
    message: ({ body, key }) => {
      if (key === undefined) return problem(400, 'invalid_request');
      const text = JSON.stringify(body);
      if ((kept.get(key) ?? text) !== text) return problem(422, 'idempotency_mismatch');
      kept.set(key, text);
      return { status: 202, body: { id: 'msg_1', object: 'message', state: 'queued' } };
    },
    complete: () => ({ status: 200, body: { return_url: RETURN_URL, state: 'completed' } }),
    consent: () => ({ status: 200, body: { url: CONSENT_URL } }),
  };
  const answer = ({ method, url, headers, json }: RecordedRequest): Reply => {
    if (headers.authorization !== `Bearer ${API_KEY}`) return problem(401, 'unauthorized');
    if (headers['content-type'] !== 'application/json') return problem(415, 'unsupported_media_type');
    for (const [what, pattern] of ROUTES) {
      const match = pattern.exec(url);
      if (match === null || method !== 'POST') continue;
      const parsed = BODIES[what].safeParse(json);
      if (!parsed.success) return problem(400, 'invalid_request');
      const call = {
        what,
        body: parsed.data,
        key: headers['idempotency-key']?.toString(),
        session: match[1],
      };
      gateway.calls.push(call);
      return gateway.faults.get(what)?.shift() ?? answers[what](call);
    }
    return problem(404, 'not_found');
  };
  gateway.url = (await loopbackFake(t, answer)).url;
  return gateway;
}

export const CONSENT_REQUIRED = problem(409, 'consent_required');
export const UNAVAILABLE = problem(503, 'unavailable');

/** A session as the gateway shows it, of the seller in one chat. */
export const sessionOf = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'ses_01seller',
  object: 'session',
  state: 'landed',
  consent: 'granted',
  identity: 'verified',
  generation: 'v2',
  entry: 'init',
  source: 'CHAT',
  post_token: 'wZ_x9Qa7',
  conversation_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
  user: { id: 'seller', side: 'supply' },
  peer: { id: 'buyer' },
  data: null,
  location: null,
  grant_id: 'grt_1',
  scopes: [],
  return_url: RETURN_URL,
  simulated: true,
  ...changes,
});
