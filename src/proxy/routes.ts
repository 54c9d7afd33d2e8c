/** Divar's own REST API through us: what its SDKs call, with our key and a grant in the place of its key and token.
 *  @see CONTRACT section 4 */

import type { RefuseGrant } from '../consent/refuse.ts';
import { readReply } from '../divar/chat-replies.ts';
import { Problem } from '../errors.ts';
import type { ProxyReply, ProxyRequest, ProxyRoute, Route } from '../http/route.ts';
import type { Govern } from '../messages/govern.ts';
import type { SpendBudget } from '../messages/spend.ts';
import { type Call, CallError, type CallReply, type Tx } from '../ports.ts';
import type { AppDirectory, HostsOf } from '../tenants/tenants.ts';
import { replyHeaders, requestHeaders } from './headers.ts';
import { consentRequired } from './lend.ts';
import { findOperation, type Operation, type ProxyMethod } from './operations.ts';
import { createProxySend, type ProxySendDeps } from './send.ts';

export interface ProxyRoutesDeps extends ProxySendDeps {
  directory: Pick<AppDirectory, 'openSecret'>;
  hostsOf: HostsOf;
  /** The grant's token; word that it is being renewed; undefined when it has none any more. */
  tokens: { lend(tx: Tx, grantId: string): Promise<{ accessToken: string } | 'renewing' | undefined> };
  refuseGrant: RefuseGrant;
  spendBudget: SpendBudget;
  govern: Pick<Govern, 'note'>;
  call: Call;
}

export const PROXY_PREFIX = '/v1/divar';
const METHODS: readonly ProxyMethod[] = ['GET', 'POST', 'PUT', 'DELETE'];
/** Lists of categories and models are the largest answers. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;
const RENEWAL_SECONDS = 2;

interface Prepared {
  operation: Operation;
  grantId: string | undefined;
  accessToken: string | undefined;
}

export function createProxyRoutes(deps: ProxyRoutesDeps): Route[] {
  const send = createProxySend(deps);
  const pass = createPass(deps);

  const handle = async (request: ProxyRequest): Promise<ProxyReply> => {
    if (request.app.generation !== 'v2')
      throw new Problem('conflict', { detail: 'Only apps of the current generation have this API' });
    const operation = findOperation(request.method, request.rawPath);
    if (!('path' in operation)) throw refusePath(operation.methods);
    return operation.send === undefined
      ? await pass(request, operation)
      : await send(request, { ...operation, send: operation.send });
  };

  return METHODS.map(
    (method): ProxyRoute => ({
      kind: 'proxy',
      method,
      path: `${PROXY_PREFIX}/*path`,
      prefix: PROXY_PREFIX,
      scope: method === 'GET' ? 'divar:read' : 'divar:write',
      summary: `Divar's REST API through the gateway (${method})`,
      handle,
    }),
  );
}

function refusePath(methods: readonly string[]): Problem {
  return methods.length === 0
    ? new Problem('not_found', { detail: "Divar's API has no such path" })
    : new Problem('method_not_allowed', { detail: `This path takes ${methods.join(', ')}` });
}

/** What is no message: one call, its answer handed back as it is. */
function createPass(deps: ProxyRoutesDeps) {
  const { db } = deps;

  const prepare = async (tx: Tx, request: ProxyRequest, operation: Operation): Promise<Prepared> => {
    const { app, onBehalfOf, now } = request;
    const grant = await deps.findGrant(tx, { app, onBehalfOf, operation, now });
    if (!grant && operation.scopes.length > 0) throw consentRequired(operation);
    const token = grant && (await deps.tokens.lend(tx, grant.id));
    if (token === 'renewing')
      throw new Problem('unavailable', {
        detail: 'The tokens of the grant are being renewed',
        retryAfterSeconds: RENEWAL_SECONDS,
      });
    if (grant && token === undefined) throw consentRequired(operation);
    await deps.spendBudget(tx, app.id);
    return { operation, grantId: grant?.id, accessToken: token?.accessToken };
  };

  const openApiKey = (request: ProxyRequest): string => {
    try {
      return deps.directory.openSecret(request.app, 'api_key');
    } catch (cause) {
      throw new Problem('conflict', { detail: 'The app has no API key of Divar', cause });
    }
  };

  const exchange = async (
    request: ProxyRequest,
    { operation, accessToken }: Prepared,
  ): Promise<CallReply> => {
    const { app, headers, body, search } = request;
    try {
      return await deps.call({
        method: operation.method,
        url: `${deps.hostsOf(app).apiUrl}${operation.path}${search}`,
        headers: requestHeaders(headers, { apiKey: openApiKey(request), accessToken }),
        ...(body.length === 0 ? {} : { body }),
        timeoutMs: deps.timeoutMs,
        maxBytes: MAX_REPLY_BYTES,
      });
    } catch (cause) {
      throw cause instanceof CallError ? callProblem(cause, operation.method) : cause;
    }
  };

  /** What the answer says about the whole app, and about the grant. */
  const learn = async (
    { app, now }: ProxyRequest,
    { grantId }: Prepared,
    reply: CallReply,
  ): Promise<void> => {
    if (reply.status !== 429 && !(reply.status === 401 && grantId !== undefined)) return;
    await db.tenant(app.tenantId, async (tx) => {
      if (grantId !== undefined && reply.status === 401) await deps.refuseGrant(tx, grantId, now);
      if (reply.status === 429) {
        const result = readReply(reply, () => false);
        await deps.govern.note(tx, { appId: app.id, health: 'good', result });
      }
    });
  };

  return async (request: ProxyRequest, operation: Operation): Promise<ProxyReply> => {
    const prepared = await db.tenant(request.app.tenantId, (tx) => prepare(tx, request, operation));
    const reply = await exchange(request, prepared);
    await learn(request, prepared, reply);
    return { status: reply.status, headers: replyHeaders(reply.headers), body: reply.body };
  };
}

/** What was certainly not done may be asked again; of a read it does not matter. */
function callProblem(cause: CallError, method: ProxyMethod): Problem {
  if (cause.stage === 'before_send' || method === 'GET')
    return new Problem('unavailable', { detail: `Divar did not answer: ${cause.code}`, cause });
  return new Problem('outcome_unknown', {
    detail: 'Divar may have done it: its answer was lost',
    cause,
  });
}
