/** Asks Divar to tell us of something: in v2 at our one address for events, in v1 with a key of its own. @see PROTOCOL 5.1, 5.2 */
import { type Call, CallError, type CallReply, type CallRequest } from '../ports.ts';
import type { App, AppDirectory, DivarHosts, Generation, HostsOf } from '../tenants/tenants.ts';

export interface SubscribeRequest {
  app: App;
  accessToken: string;
  eventType: string;
  /** A post token; null: whatever the scope reaches. */
  resourceId: string | null;
  /** Comes back with every event (v2). */
  subscriptionId: string;
  /** Where Divar tells us, and what it presents there (v1). */
  eventsUrl: string;
  notifyKey: string | null;
}

/** `refused`: asking again will not help. `unauthorized`: the token. `unavailable`: later. */
export type SubscribeOutcome = { kind: 'done' | 'refused' | 'unauthorized' | 'unavailable'; code: string };

type Dialect = (
  request: SubscribeRequest & { hosts: DivarHosts; apiKey: string },
) => Pick<CallRequest, 'url' | 'headers' | 'body'>;

const v1: Dialect = ({ hosts, apiKey, accessToken, resourceId, eventsUrl, notifyKey }) => ({
  url: `${hosts.v1ApiUrl}/v1/open-platform/notify/chat/post-conversations`,
  headers: { ...JSON_HEADERS, 'x-api-key': apiKey, 'x-access-token': accessToken },
  body: JSON.stringify({ post_token: resourceId, endpoint: eventsUrl, identification_key: notifyKey }),
});

const v2: Dialect = ({ hosts, apiKey, accessToken, eventType, resourceId, subscriptionId }) => ({
  url: `${hosts.apiUrl}/v1/open-platform/events/subscriptions`,
  headers: { ...JSON_HEADERS, 'x-api-key': apiKey, authorization: `Bearer ${accessToken}` },
  body: JSON.stringify({
    event_type: eventType,
    event_resource_id: resourceId ?? '',
    metadata: { subscription: subscriptionId },
  }),
});

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const DIALECTS: Record<Generation, Dialect> = { v1, v2 };
const MAX_REPLY_BYTES = 64 * 1024;

export function createSubscribe(deps: {
  call: Call;
  directory: Pick<AppDirectory, 'openSecret'>;
  hostsOf: HostsOf;
  /** Whole exchange, body included. */
  timeoutMs: number;
}) {
  /** One try; it may be made again, Divar only tells twice then. */
  return async (request: SubscribeRequest): Promise<SubscribeOutcome> => {
    const { app } = request;
    let apiKey: string;
    try {
      apiKey = deps.directory.openSecret(app, 'api_key');
    } catch {
      return { kind: 'unavailable', code: 'no_api_key' };
    }
    const spelled = DIALECTS[app.generation]({ ...request, hosts: deps.hostsOf(app), apiKey });
    try {
      const reply = await deps.call({
        method: 'POST',
        ...spelled,
        timeoutMs: deps.timeoutMs,
        maxBytes: MAX_REPLY_BYTES,
      });
      return readReply(reply);
    } catch (cause) {
      if (!(cause instanceof CallError)) throw cause;
      return { kind: 'unavailable', code: cause.code };
    }
  };
}

/** The body of a success is empty, or not documented. By status, as everything of Divar's. @see PROTOCOL 4.8 */
function readReply({ status }: CallReply): SubscribeOutcome {
  const code = String(status);
  if (status >= 200 && status < 300) return { kind: 'done', code };
  if (status === 401) return { kind: 'unauthorized', code };
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { kind: isFinal ? 'refused' : 'unavailable', code };
}
