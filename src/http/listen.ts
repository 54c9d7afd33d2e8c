/** The listening socket: time-outs and sizes of what has not become a request yet, and the orderly end. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** CONTRACT section 7. Node measures both from the first byte of a request. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** How late a time-out may be noticed. */
const CHECK_INTERVAL_MS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than the usual 60 s of load balancers: they, not we, end an idle connection, so none is cut as it is used. */
const KEEP_ALIVE_MS = 65_000;
/** While closing: a connection that became idle is noticed this soon. */
const IDLE_SWEEP_MS = 100;

export interface ListenOptions {
  callback: (req: IncomingMessage, res: ServerResponse) => void;
  /** Called first when closing: readiness goes off. */
  drain(): void;
  port: number;
  host: string;
  headersTimeoutMs?: number;
  requestTimeoutMs?: number;
  checkIntervalMs?: number;
}

export interface Listener {
  /** Of use with port 0. */
  port: number;
  /** Not ready at once; no new connections; requests in flight get their answer; whoever takes longer is cut off. */
  close(deadlineMs: number): Promise<void>;
}

/** Rejects when the address is taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: options.checkIntervalMs ?? CHECK_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The kit refuses a missing Host itself, with a problem.
      requireHostHeader: false,
    },
    options.callback,
  );
  server.on('clientError', answerBrokenRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: (deadlineMs) => {
      options.drain();
      closing ??= closeServer(server, deadlineMs);
      return closing;
    },
  };
}

function closeServer(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close((error) => {
      clearInterval(sweep);
      clearTimeout(cut);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}

/** What never became a request: the parser gave up, or time ran out. Nothing of it is repeated in the answer. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  // Node's own mark of an answer that is half way out: nothing may be written into it.
  const isAnswering = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent;
  if (!socket.writable || error.code === 'ECONNRESET' || isAnswering) {
    socket.destroy();
    return;
  }
  const status = BROKEN_STATUS[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    code: 'invalid_request',
    retryable: false,
    errors: [],
  });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nX-Content-Type-Options: nosniff\r\n` +
      `Cache-Control: no-store\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const BROKEN_STATUS: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
