/** One request as bytes: what no HTTP client would send. */
import { connect } from 'node:net';

export interface RawReply {
  status: number;
  /** As they came, without the ones that differ from reply to reply. */
  headers: string[];
  body: string;
  /** All of it. */
  text: string;
}

/** `headers` are lines; length and end are added unless they say otherwise themselves. */
export async function sendRaw(
  port: number,
  { start, headers, body = '' }: { start: string; headers: string[]; body?: string | Buffer },
): Promise<RawReply> {
  const bytes = Buffer.from(body);
  const isChunked = headers.some((line) => /^transfer-encoding:/i.test(line));
  const lines = [
    `${start} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    ...headers,
    ...(isChunked ? [] : [`Content-Length: ${bytes.length}`]),
  ];
  return parseReply(await talk(port, Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes])));
}

/** All that comes until the server closes. One that has answered early may close while we still write. */
function talk(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    socket.write(bytes);
  });
}

const VARYING = /^(date|x-request-id):/i;

function parseReply(text: string): RawReply {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...headers] = head.split('\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: headers.filter((line) => !VARYING.test(line)),
    body: rest.join('\r\n\r\n'),
    text,
  };
}
