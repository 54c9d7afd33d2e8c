/** HTTP on loopback: what is tested, and the fakes that it talks to. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Teardown } from './database.ts';

export interface RunningServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  url: string;
  port: number;
  server: Server;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startServer(listener: RequestListener): Promise<RunningServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, server, close };

  function close(): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  }
}

export interface RecordedRequest {
  method: string;
  /** Path and query, as they came. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body, when it is JSON. */
  json: unknown;
}

export interface FakeReply {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: unknown;
}

export interface LoopbackFake extends RunningServer {
  requests: RecordedRequest[];
}

/** A foreign server that answers what `answer` says and remembers what it was asked. Closed at the end of the test. */
export async function loopbackFake(
  t: Teardown,
  answer: (request: RecordedRequest) => FakeReply | Promise<FakeReply> = () => ({}),
): Promise<LoopbackFake> {
  const requests: RecordedRequest[] = [];
  const running = await startServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const { method = '', url = '', headers } = request;
    const recorded = { method, url, headers, body, json: parseJson(body) };
    requests.push(recorded);
    const reply = await answer(recorded);
    const isText = typeof reply.body === 'string' || reply.body === undefined;
    if (!isText) response.setHeader('content-type', 'application/json');
    response.writeHead(reply.status ?? 200, reply.headers ?? {});
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  });
  t.teardown(() => running.close());
  return { ...running, requests };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
