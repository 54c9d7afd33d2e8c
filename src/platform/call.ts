/** One HTTP exchange with the outside: a deadline over all of it, a bound on what is read, an honest stage on failure. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { type Call, CallError, type CallReply, type CallRequest, type CallTimings } from '../ports.ts';
import { type AddressGuard, parseTarget, type Target } from './address-guard.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;
/** Of one try of one address; the deadline of the call stands above it. */
const CONNECT_TIMEOUT_MS = 5000;
/** Shorter than the servers' own (5 s and more): a connection that they close while we write makes a sure failure an
 *  ambiguous one. */
const KEEP_ALIVE_MS = 2000;

export interface ClosableCall extends Call {
  close(): Promise<void>;
}

/** `guard`: for addresses that tenants have given. Without it the address is believed, as those of our own settings. */
export function createCall({ guard }: { guard?: AddressGuard } = {}): ClosableCall {
  const connector = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const agent = new Agent({
    connect: guard ? guardedConnector(guard, connector) : connector,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The deadline of the call is the only one.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const call = guard
    ? (request: CallRequest) => exchangeTimed(agent, request)
    : (request: CallRequest) => exchange(agent, request);
  return Object.assign(call, { close: () => agent.destroy() });
}

/** A connection is opened in the context of the call that needs it; a call that finds one open writes nothing here. */
const opening = new AsyncLocalStorage<CallTimings>();

async function exchangeTimed(agent: Agent, request: CallRequest): Promise<CallReply> {
  const timings: CallTimings = { dns: null, connect: null, tls: null, firstByte: null };
  const reply = await opening.run(timings, () => exchange(agent, request, timings));
  return { ...reply, timings };
}

/** Resolves the name once, and connects to what was judged: nobody can answer differently a second time. */
function guardedConnector(
  guard: AddressGuard,
  connector: buildConnector.connector,
): buildConnector.connector {
  return (options, callback) => {
    connect(options).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };

  async function connect(options: buildConnector.Options) {
    const timings = opening.getStore();
    const startedAt = performance.now();
    const addresses = await guard.admit(targetOf(options));
    if (timings) timings.dns = msSince(startedAt);
    let lastError: unknown;
    for (const address of addresses) {
      try {
        const socket = await openSocket({ ...options, hostname: address }, timings);
        if (isSameAddress(socket.remoteAddress, address)) return socket;
        socket.destroy();
        throw new CallError('before_send', 'not_allowed');
      } catch (error) {
        lastError = error;
      }
    }
    throw lastError;
  }

  function openSocket(options: buildConnector.Options, timings: CallTimings | undefined) {
    const startedAt = performance.now();
    let connectedAt = startedAt;
    return new Promise<NonNullable<Parameters<buildConnector.Callback>[1]>>((resolve, reject) => {
      const opened: unknown = connector(options, (...[error, socket]) => {
        if (timings && socket && options.protocol === 'https:') timings.tls = msSince(connectedAt);
        if (socket) resolve(socket);
        else reject(error);
      });
      (opened as EventEmitter | undefined)?.once('connect', () => {
        connectedAt = performance.now();
        if (timings) timings.connect = Math.round(connectedAt - startedAt);
      });
    });
  }
}

function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

function targetOf({ protocol, hostname, port }: buildConnector.Options): Target {
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { protocol, hostname, port: port === '' ? defaultPort : Number(port) };
}

function isSameAddress(left: string | undefined, right: string): boolean {
  if (left === undefined || !ipaddr.isValid(left)) return false;
  return ipaddr.process(left).toNormalizedString() === ipaddr.process(right).toNormalizedString();
}

function exchange(agent: Agent, request: CallRequest, timings?: CallTimings): Promise<CallReply> {
  const target = parseTarget(request.url);
  if (!target) return Promise.reject(new CallError('before_send', 'not_allowed'));
  const url = new URL(request.url);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const reader = createReader(request.maxBytes ?? DEFAULT_MAX_BYTES, timings);
    const timer = setTimeout(() => reader.fail('timeout'), request.timeoutMs);
    reader.outcome
      .finally(() => clearTimeout(timer))
      .then((reply) => resolve({ ...reply, durationMs: Math.round(performance.now() - startedAt) }), reject);
    try {
      agent.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: { 'accept-encoding': 'identity', 'user-agent': 'Peyvand', ...lowerCase(request.headers) },
          body: request.body ?? null,
        },
        reader.handler,
      );
    } catch (cause) {
      reader.fail('not_allowed', cause);
    }
  });
}

/** Header names in one case, so that the caller's take the place of ours. */
function lowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Follows one exchange. undici says `onRequestStart` when a connection stands and nothing has been written yet. */
function createReader(maxBytes: number, timings?: CallTimings) {
  const { promise: outcome, resolve, reject } = withResolvers<Omit<CallReply, 'durationMs'>>();
  const chunks: Buffer[] = [];
  let size = 0;
  let sentAt = 0;
  let controller: Dispatcher.DispatchController | undefined;
  let isOver = false;
  let head: { status: number; headers: CallReply['headers'] } | undefined;

  function fail(code: string, cause?: unknown): void {
    if (isOver) return;
    isOver = true;
    const error =
      cause instanceof CallError
        ? cause
        : new CallError(controller ? 'ambiguous' : 'before_send', code, { cause });
    reject(error);
    controller?.abort(error);
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      // The deadline passed while we waited for the connection: nothing is written any more.
      if (isOver) started.abort(new CallError('before_send', 'timeout'));
      else controller = started;
      sentAt = performance.now();
    },
    onResponseStart(_, status, headers) {
      // Informational answers come first and are overwritten.
      head = { status, headers };
      if (timings) timings.firstByte = msSince(sentAt);
    },
    onResponseData(_, chunk) {
      size += chunk.length;
      if (size > maxBytes) fail('too_large');
      else chunks.push(chunk);
    },
    onResponseEnd() {
      if (isOver || !head) return;
      isOver = true;
      resolve({ ...head, body: Buffer.concat(chunks) });
    },
    onResponseError(_, error) {
      fail(controller ? codeAfterSend(error) : codeBeforeSend(error), error);
    },
  };
  return { outcome, handler, fail };
}

function codeBeforeSend(error: NodeJS.ErrnoException): string {
  const code = error.code ?? '';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'dns';
  if (/^(UND_ERR_CONNECT|ECONN|EHOST|ENET|ETIMEDOUT|EADDR|EACCES|EPERM|EPIPE)/.test(code)) return 'connect';
  if (/^UND_ERR_(INVALID_ARG|NOT_SUPPORTED)/.test(code)) return 'not_allowed';
  return 'tls';
}

function codeAfterSend(error: NodeJS.ErrnoException): string {
  return error.code === 'UND_ERR_HEADERS_OVERFLOW' ? 'too_large' : 'reset';
}

/** `Promise.withResolvers` of Node 22. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}
