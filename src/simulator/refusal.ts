import type { Reply } from './route.ts';

/** Divar's answer to a request it does not accept, thrown to the route that sends it. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply, message: string) {
    super(message);
    this.reply = reply;
  }
}

/** gRPC codes Divar puts in REST error bodies (PROTOCOL.md 4.8). The HTTP status is not the canonical mapping. */
const REST = {
  invalid: { status: 400, code: 3 },
  not_found: { status: 404, code: 5 },
  forbidden: { status: 403, code: 7 },
  throttled: { status: 429, code: 8 },
  restricted: { status: 412, code: 9 },
  unauthenticated: { status: 401, code: 16 },
} as const;

export const refuseRest = (kind: keyof typeof REST, message: string, details?: unknown[]): Refusal => {
  const { status, code } = REST[kind];
  return new Refusal({ status, body: details ? { code, message, details } : { code, message } }, message);
};

/** An OAuth error as RFC 6749 section 5.2 words it, with the status in the body as Ory adds it. */
export const refuseOauth = (error: string, description: string, status = 400): Refusal =>
  new Refusal(
    {
      status,
      body: { error, error_description: description, status_code: status },
      headers: { 'cache-control': 'no-store' },
    },
    description,
  );
