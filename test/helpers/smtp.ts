/** A mail server on loopback that takes every letter and keeps it. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Teardown } from './database.ts';

export interface Letter {
  to: string;
  text: string;
}

export async function startMailServer(t: Teardown): Promise<{ url: string; letters: Letter[] }> {
  const letters: Letter[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    listen(socket, letters);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, letters };
}

function listen(socket: Socket, letters: Letter[]): void {
  let buffer = '';
  let to = '';
  let isData = false;
  const say = (line: string) => void socket.write(`${line}\r\n`);
  say('220 test');
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    buffer += chunk;
    for (;;) {
      const end = isData ? buffer.indexOf('\r\n.\r\n') : buffer.indexOf('\r\n');
      if (end < 0) return;
      const part = buffer.slice(0, end);
      buffer = buffer.slice(end + (isData ? 5 : 2));
      if (isData) {
        letters.push({ to, text: readText(part) });
        isData = false;
        say('250 taken');
        continue;
      }
      to = /^RCPT TO:<([^>]*)>/i.exec(part)?.[1] ?? to;
      isData = /^DATA$/i.test(part);
      if (/^QUIT$/i.test(part)) return void socket.end('221 bye\r\n');
      say(isData ? '354 go on' : '250 fine');
    }
  });
}

/** @see RFC 2045 section 6: the encodings that a text comes in */
function readText(letter: string): string {
  const [head = '', ...rest] = letter.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const encoding = /^content-transfer-encoding: *(\S+)/im.exec(head)?.[1]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
