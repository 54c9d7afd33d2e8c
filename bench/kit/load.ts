/**
 * The load: session POSTs of Divar in both generations, over connections that stay. By hand, because the usual tools take as long
 * for a request as the server does, on the core that PostgreSQL needs: autocannon 33 us, this 12.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';

export const CONNECTIONS = 50;

/** The chat of the second generation and a plain visit of the first, as Divar sends them. @see PROTOCOL 8.1 */
const BODIES = [
  {
    headers: 'api-version: 2\r\n',
    body: {
      completion_url: 'https://open-platform-redirect.divar.ir/completion',
      post_token: 'wZ_x9Qa7',
      conversation_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
      user_side: 'SUPPLY',
      source: 'CHAT',
      provider_data: {},
      user_id: '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=',
    },
  },
  {
    headers: '',
    body: {
      callback_url: 'https://open-platform-redirect.divar.ir/completion',
      post_token: 'wZ_x9Qa7',
      user_id: '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f',
      peer_id: 'a1b2c3d4-1111-4222-8333-944455556666',
      supplier: { id: '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f' },
      demand: { id: 'a1b2c3d4-1111-4222-8333-944455556666' },
    },
  },
];

export interface Target {
  id: string;
  identificationKey: string;
}

export interface LoadFigures {
  answeredCount: number;
  /** Anything but a 200. */
  failedCount: number;
  seconds: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  generatorCpuMs: number;
}

/** Taps on the add-ons of `targets` in turn, both generations of each, for `seconds`; a connection asks again as soon as
 *  it is answered. */
export async function tapFor(options: {
  port: number;
  targets: readonly Target[];
  seconds: number;
}): Promise<LoadFigures> {
  const requests = options.targets.flatMap((target) => BODIES.map((body) => formatRequest(target, body)));
  const microseconds = createHistogram();
  let failedCount = 0;
  let sentCount = 0;
  let isOver = false;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const ended = Array.from({ length: CONNECTIONS }, async () => {
    let sentAt = 0;
    const ask = () => {
      if (isOver) return socket.end();
      sentAt = performance.now();
      sentCount += 1;
      return socket.write(requests[sentCount % requests.length] ?? '');
    };
    const socket = openConnection(options.port, (status) => {
      if (status === '200') microseconds.record(Math.max(1, Math.round((performance.now() - sentAt) * 1000)));
      else failedCount += 1;
      ask();
    });
    socket.once('connect', ask);
    // An error ends the connection, and what it was waiting for.
    await once(socket, 'close').catch(() => {
      failedCount += 1;
    });
  });
  setTimeout(() => {
    isOver = true;
  }, options.seconds * 1000);
  await Promise.all(ended);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    answeredCount: microseconds.count,
    failedCount,
    seconds,
    requestsPerSecond: microseconds.count / seconds,
    p50Ms: microseconds.percentile(50) / 1000,
    p99Ms: microseconds.percentile(99) / 1000,
    generatorCpuMs: (cpu.user + cpu.system) / 1000,
  };
}

function formatRequest(
  { id, identificationKey }: Target,
  { headers, body }: (typeof BODIES)[number],
): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(
    `POST /i/${id} HTTP/1.1\r\nhost: localhost\r\n${headers}content-type: application/json\r\nauthorization: ${identificationKey}\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  );
}

/** Tells the status of each complete answer. Every server here sends `Content-Length`. */
function openConnection(port: number, onAnswer: (status: string) => void): Socket {
  let pending = '';
  const take = (byteCount: number, bytes: Uint8Array) => {
    pending += Buffer.from(bytes.buffer, bytes.byteOffset, byteCount).toString('latin1');
    const headEnd = pending.indexOf('\r\n\r\n');
    if (headEnd === -1) return true;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(pending)?.[1]);
    if (pending.length < headEnd + 4 + length) return true;
    const status = pending.slice(9, 12);
    pending = '';
    onAnswer(status);
    return true;
  };
  return connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(16_384), callback: take },
  });
}
