/** Reads a form with one file, within its limits. @see RFC 7578 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { Problem } from '../errors.ts';
import { HangUp } from './body.ts';
import type { FilePart, UploadedFile } from './route.ts';

/** What a form has around its file. */
const FORM_BYTES = 64 * 1024;
/** Of all files that one process takes in at once: five videos, or fifty pictures. Each is held twice for a moment, when it
 *  goes on to where it is stored. */
const MEMORY_BYTES = 256 * 1024 * 1024;
const RETRY_SECONDS = 5;

export interface FormFile {
  file: UploadedFile;
  /** Stands for the bytes where the request is compared with an earlier one. */
  digest: string;
}

export function isMultipart({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** Reserves memory for files, and gives it back when `run` has ended. Throws `unavailable` when there is none left. */
export function createFileMemory(totalBytes = MEMORY_BYTES) {
  let freeBytes = totalBytes;
  return async <T>(wantedBytes: number, run: () => Promise<T>): Promise<T> => {
    if (wantedBytes > freeBytes)
      throw new Problem('unavailable', {
        detail: 'Too many files are being taken in',
        retryAfterSeconds: RETRY_SECONDS,
      });
    freeBytes -= wantedBytes;
    try {
      return await run();
    } finally {
      freeBytes += wantedBytes;
    }
  };
}

/** How much memory the request may need: what it announces, else the most it may be. A JSON body may name a file that has
 *  to be fetched. */
export function fileBytesOf(req: Pick<IncomingMessage, 'headers'>, part: FilePart): number {
  if (!isMultipart(req)) return part.limitBytes;
  const { headers } = req;
  const length = Number(headers['content-length'] ?? Number.NaN);
  const limitBytes = part.limitBytes + FORM_BYTES;
  if (length > limitBytes) throw tooLarge(part);
  return Number.isFinite(length) ? length : limitBytes;
}

/** Throws `invalid_request`, `body_too_large`, `unsupported_media_type`, or `HangUp`. */
export async function readFormFile(req: IncomingMessage, part: FilePart): Promise<FormFile> {
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new Problem('unsupported_media_type', { detail: 'A form with a file is not encoded' });
  const form = openForm(req, part);
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let found: { filename: string } | undefined;
  return await new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      req.unpipe(form);
      // The rest is read and thrown away, within the server's time for a request.
      req.resume();
      reject(error);
    };
    form.on('file', (name, stream, info) => {
      // An absent name is undefined, whatever the types say.
      const filename = (info.filename as string | undefined) ?? '';
      if (name !== part.name || found) {
        stream.resume();
        fail(invalid(`body.${name}`, 'unknown_field', `The form has one file, ${part.name}`));
        return;
      }
      found = { filename };
      hash.update(`${filename}\0`);
      stream.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        chunks.push(chunk);
      });
      stream.on('limit', () => fail(tooLarge(part)));
    });
    form.on('field', (name) => fail(invalid(`body.${name}`, 'unknown_field', 'The form has no fields')));
    form.on('error', (cause) => fail(invalid('body', 'invalid_multipart', 'Not a valid form', cause)));
    form.on('close', () => {
      if (!found) fail(invalid(`body.${part.name}`, 'required', 'A file is required'));
      else
        resolve({
          file: { filename: found.filename, bytes: Buffer.concat(chunks) },
          digest: hash.digest('base64url'),
        });
    });
    req.on('error', (cause) => reject(new HangUp({ cause })));
    req.on('close', () => {
      if (!req.complete) reject(new HangUp());
    });
    req.pipe(form);
  });
}

function openForm(req: IncomingMessage, part: FilePart) {
  try {
    return busboy({
      headers: req.headers,
      // Browsers and curl write names in UTF-8.
      defParamCharset: 'utf8',
      limits: { files: 2, fields: 1, fieldSize: FORM_BYTES, parts: 3, fileSize: part.limitBytes },
    });
  } catch (cause) {
    throw invalid('body', 'invalid_multipart', 'Not a valid form: the boundary is missing', cause);
  }
}

function tooLarge({ limitBytes }: FilePart): Problem {
  return new Problem('body_too_large', { detail: `A file has at most ${limitBytes} bytes` });
}

function invalid(path: string, code: string, message: string, cause?: unknown): Problem {
  return new Problem('invalid_request', { issues: [{ path, code, message }], cause });
}
