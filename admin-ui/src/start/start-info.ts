/** What the gateway tells about itself, checked before anything of it becomes a link. */
export interface StartInfo {
  version: string;
  isReady: boolean;
  publicUrl: string;
  simulatorUrl: string | null;
  demoUrl: string | null;
  docsUrl: string;
  mailboxUrl: string | null;
}

export type StartFailure =
  | { reason: 'offline' | 'timeout' | 'unreachable' | 'unreadable' }
  | { reason: 'refused'; status: number; requestId: string | undefined };

const webAddress = (value: unknown): string | undefined =>
  typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined;
const webAddressOrNull = (value: unknown): string | null | undefined =>
  value === null ? null : webAddress(value);

/** Undefined when it is not what we know. */
export function readStartInfo(reply: unknown): StartInfo | undefined {
  const fields: Record<string, unknown> = Object(reply);
  const { version, ready } = fields;
  const publicUrl = webAddress(fields.public_url);
  const simulatorUrl = webAddressOrNull(fields.simulator_url);
  const demoUrl = webAddressOrNull(fields.demo_url);
  const docsUrl = webAddress(fields.docs_url);
  const mailboxUrl = webAddressOrNull(fields.mailbox_url);
  if (typeof version !== 'string' || typeof ready !== 'boolean') return undefined;
  if (publicUrl === undefined || docsUrl === undefined) return undefined;
  if (simulatorUrl === undefined || demoUrl === undefined || mailboxUrl === undefined) return undefined;
  return { version, isReady: ready, publicUrl, simulatorUrl, demoUrl, docsUrl, mailboxUrl };
}

/** Whole exchange, body included. */
const TIMEOUT_MS = 8_000;

type Outcome = { info: StartInfo } | { failure: StartFailure };

/** Never rejects: every failure is something the page can say. */
export async function fetchStartInfo(fetchNow: typeof fetch, isOnline: () => boolean): Promise<Outcome> {
  try {
    const reply = await fetchNow('/admin/api/v1/start', {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await reply.json().catch(rethrowTimeout);
    if (!reply.ok) {
      const { request_id: requestId } = Object(body) as { request_id?: unknown };
      const known = typeof requestId === 'string' ? requestId : undefined;
      return { failure: { reason: 'refused', status: reply.status, requestId: known } };
    }
    const info = readStartInfo(body);
    return info === undefined ? { failure: { reason: 'unreadable' } } : { info };
  } catch (error) {
    if (!isOnline()) return { failure: { reason: 'offline' } };
    return { failure: { reason: isTimeout(error) ? 'timeout' : 'unreachable' } };
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** A body that is no JSON is an answer all the same. */
function rethrowTimeout(error: unknown): undefined {
  if (isTimeout(error)) throw error;
  return undefined;
}
