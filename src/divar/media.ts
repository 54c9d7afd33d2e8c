/** Divar's upload: a token from the REST host, the bytes to the upload host, which never sees the API key. v2 only.
 *  @see PROTOCOL 4.5, TV-64 */
import { type Call, CallError, type CallReply, type CallRequest } from '../ports.ts';
import type { App, AppDirectory, HostsOf } from '../tenants/tenants.ts';
import { memberOf, readRetryAfter } from './chat-replies.ts';

/** `refused`: the file, or the app's key. `away`: perhaps later. Nothing was stored for anybody in either case. */
export type UploadResult =
  | { outcome: 'uploaded'; token: string }
  | { outcome: 'refused'; code: 'file' | 'api_key' }
  | { outcome: 'away'; code: string; retryAfterSeconds: number | null };

export type UploadClient = ReturnType<typeof createUploadClient>;

const MAX_REPLY_BYTES = 64 * 1024;
/** For a file's way to Divar, beside the time of any call: one megabit a second. */
const MS_PER_BYTE = 0.008;

export function createUploadClient(deps: {
  call: Call;
  hostsOf: HostsOf;
  directory: Pick<AppDirectory, 'openSecret'>;
  /** Of a call that carries no file. */
  timeoutMs: number;
}) {
  const ask = async (
    request: Omit<CallRequest, 'method' | 'maxBytes'>,
  ): Promise<CallReply | UploadResult> => {
    try {
      return await deps.call({ ...request, method: 'POST', maxBytes: MAX_REPLY_BYTES });
    } catch (cause) {
      if (!(cause instanceof CallError)) throw cause;
      return { outcome: 'away', code: cause.code, retryAfterSeconds: null };
    }
  };

  const askToken = async (app: App): Promise<string | UploadResult> => {
    const reply = await ask({
      url: `${deps.hostsOf(app).apiUrl}/experimental/open-platform/chat/upload`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-api-key': deps.directory.openSecret(app, 'api_key'),
      },
      body: '{}',
      timeoutMs: deps.timeoutMs,
    });
    if ('outcome' in reply) return reply;
    return readText(reply, 'token') ?? judge(reply, 'api_key');
  };

  return {
    upload: async (
      app: App,
      { kind, filename, bytes }: { kind: string; filename: string; bytes: Buffer },
    ): Promise<UploadResult> => {
      const token = await askToken(app);
      if (typeof token !== 'string') return token;
      const form = await encode(filename, bytes);
      const reply = await ask({
        url: `${deps.hostsOf(app).uploadUrl}/upload/${kind}`,
        headers: { 'content-type': form.contentType, accept: '*/*', authorization: `Bearer ${token}` },
        body: form.body,
        timeoutMs: deps.timeoutMs + Math.ceil(bytes.length * MS_PER_BYTE),
      });
      if ('outcome' in reply) return reply;
      const id = readText(reply, 'id');
      return id === undefined ? judge(reply, 'file') : { outcome: 'uploaded', token: id };
    },
  };
}

async function encode(filename: string, bytes: Buffer): Promise<{ contentType: string; body: Buffer }> {
  const form = new FormData();
  form.append('file', new File([new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)], filename));
  const encoded = new Response(form);
  return {
    contentType: encoded.headers.get('content-type') ?? '',
    body: Buffer.from(await encoded.arrayBuffer()),
  };
}

function readText(reply: CallReply, name: string): string | undefined {
  if (reply.status !== 200) return undefined;
  try {
    const value = memberOf(JSON.parse(reply.body.toString('utf8')), name);
    return typeof value === 'string' && value !== '' && value.length <= 4096 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What Divar will say again, and what it may not. PROTOCOL 4.8 */
function judge(reply: CallReply, about: 'file' | 'api_key'): UploadResult {
  const { status } = reply;
  if (status === 400 || status === 413 || status === 415 || status === 422)
    return { outcome: 'refused', code: about };
  // A fresh token that the upload host does not take is its own trouble.
  if (about === 'api_key' && (status === 401 || status === 403))
    return { outcome: 'refused', code: 'api_key' };
  return { outcome: 'away', code: `status_${status}`, retryAfterSeconds: readRetryAfter(reply) };
}
