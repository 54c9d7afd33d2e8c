/** Reads a chat of Divar's under the user's grant: texts only, the whole of it, in both generations. @see PROTOCOL 4.6 */
import { parseJsonObject } from '../http/json.ts';
import { type Call, CallError, type CallRequest } from '../ports.ts';
import type { App, AppDirectory, DivarHosts, HostsOf } from '../tenants/tenants.ts';
import { readRetryAfter } from './chat-replies.ts';

export type ReadTarget =
  | { kind: 'v1'; userId: string; postToken: string; peerId: string }
  | { kind: 'conversation'; conversationId: string };

/** `refused`: not under this grant. `away`: perhaps later. */
export type ReadResult =
  | { outcome: 'read'; messages: readonly Record<string, unknown>[] }
  | { outcome: 'refused'; code: string }
  | { outcome: 'away'; code: string; retryAfterSeconds: number | null };

export type ReadClient = ReturnType<typeof createReadClient>;

/** Divar has no paging here: some ten thousand texts. A longer chat cannot be read. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;
const LIMITS = { depth: 64, keyCount: 500_000 };

/** By HTTP status; what is not here is Divar's own trouble. PROTOCOL 4.8 */
const REFUSALS: Record<number, string> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'target_not_found',
  412: 'rejected',
};

export function createReadClient(deps: {
  call: Call;
  hostsOf: HostsOf;
  directory: Pick<AppDirectory, 'openSecret'>;
}) {
  const openApiKey = (app: App): string | undefined => {
    try {
      return deps.directory.openSecret(app, 'api_key');
    } catch {
      return undefined;
    }
  };

  return {
    /** `timeoutMs`: whole exchange, body included. */
    read: async ({
      app,
      target,
      accessToken,
      timeoutMs,
    }: {
      app: App;
      target: ReadTarget;
      accessToken: string;
      timeoutMs: number;
    }): Promise<ReadResult> => {
      const apiKey = openApiKey(app);
      if (apiKey === undefined) return { outcome: 'refused', code: 'no_api_key' };
      const request = spell(deps.hostsOf(app), { target, apiKey, accessToken });
      try {
        const reply = await deps.call({ ...request, method: 'GET', timeoutMs, maxBytes: MAX_REPLY_BYTES });
        if (reply.status === 200) return readMessages(reply.body);
        const refusal = REFUSALS[reply.status];
        if (refusal !== undefined) return { outcome: 'refused', code: refusal };
        const code = reply.status === 429 ? 'throttled' : 'divar_error';
        return { outcome: 'away', code, retryAfterSeconds: readRetryAfter(reply) };
      } catch (cause) {
        if (!(cause instanceof CallError)) throw cause;
        return { outcome: 'away', code: cause.code, retryAfterSeconds: null };
      }
    },
  };
}

function spell(
  hosts: DivarHosts,
  { target, apiKey, accessToken }: { target: ReadTarget; apiKey: string; accessToken: string },
): Pick<CallRequest, 'url' | 'headers'> {
  const common = { accept: 'application/json', 'x-api-key': apiKey };
  if (target.kind === 'conversation')
    return {
      url: `${hosts.apiUrl}/v1/open-platform/chat/conversations/${encodeURIComponent(target.conversationId)}`,
      headers: { ...common, authorization: `Bearer ${accessToken}` },
    };
  const query = new URLSearchParams({
    user_id: target.userId,
    peer_id: target.peerId,
    post_token: target.postToken,
  });
  return {
    url: `${hosts.v1ApiUrl}/v1/open-platform/chat/conversation-messages?${query}`,
    headers: { ...common, 'x-access-token': accessToken },
  };
}

/** Whole numbers beyond 2^53 stay as they are written. */
function readMessages(body: Buffer): ReadResult {
  try {
    const { messages } = parseJsonObject(body, LIMITS, 'drop', 'exact');
    // Nothing may be said to be absent because of an answer that is not whole.
    if (Array.isArray(messages)) return { outcome: 'read', messages: messages.filter(isObject) };
  } catch {
    // Bodies may be empty, HTML or cut short.
  }
  return { outcome: 'away', code: 'malformed_reply', retryAfterSeconds: null };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
