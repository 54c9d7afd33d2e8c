/** Reads a request's JSON body within its limits. @see CONTRACT section 7, Inbound limits */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Problem } from '../errors.ts';

const inflate = promisify(gunzip);
const EMPTY = Buffer.alloc(0);

/** The caller went away in the middle of its body: not an error of ours, and nobody is left to answer. */
export class HangUp extends Error {
  constructor(options?: { cause?: unknown }) {
    super('the caller hung up', options);
    this.name = 'HangUp';
  }
}

/**
 * The bytes of the body, inflated; `limitBytes` counts before and after inflation, so that a small bomb stays small.
 * No `Content-Type` means JSON. Throws `unsupported_media_type`, `body_too_large`, `invalid_request`, or `HangUp`.
 */
export async function readJsonBytes(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const { headers } = req;
  if (!isJson(headers['content-type']))
    throw new Problem('unsupported_media_type', { detail: 'Send application/json' });
  const encoding = headers['content-encoding'];
  const isGzip = encoding !== undefined && isGzipName(encoding);
  const length = headers['content-length'];
  if (length !== undefined && Number(length) > limitBytes) throw tooLarge(limitBytes);
  const bytes = await readBytes(req, limitBytes);
  return isGzip && bytes.length > 0 ? inflateWithin(bytes, limitBytes) : bytes;
}

function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === 'application/json') return true;
  const end = contentType.indexOf(';');
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return type === 'application/json' || (type === '' && end === -1);
}

function isGzipName(encoding: string): boolean {
  const name = encoding.trim().toLowerCase();
  if (name === 'gzip' || name === 'x-gzip') return true;
  if (name === 'identity' || name === '') return false;
  throw new Problem('unsupported_media_type', { detail: 'The only content coding understood is gzip' });
}

/** Most bodies come in one piece, which is then handed on as it is. */
export function readBytes(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let byteCount = 0;
    const onData = (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount > limitBytes) {
        // The rest is read and thrown away by Node once the answer is out, within the server's time for a request.
        req.off('data', onData);
        reject(tooLarge(limitBytes));
      } else if (first === undefined) first = chunk;
      else if (rest === undefined) rest = [first, chunk];
      else rest.push(chunk);
    };
    req.on('data', onData);
    req.on('end', () => resolve(rest === undefined ? (first ?? EMPTY) : Buffer.concat(rest, byteCount)));
    req.on('error', (cause) => reject(new HangUp({ cause })));
  });
}

async function inflateWithin(bytes: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: limitBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limitBytes);
    const issue = { path: 'body', code: 'invalid_gzip', message: 'The body is not valid gzip' };
    throw new Problem('invalid_request', { issues: [issue], cause });
  }
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('body_too_large', { detail: `At most ${limitBytes} bytes, counted after inflation` });
}
