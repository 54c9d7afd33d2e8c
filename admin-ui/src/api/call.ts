/** The JSON of the panel. Never rejects: every failure is something a page can say. */

export interface Issue {
  /** `body.email` */
  path: string;
  code: string;
  message: string;
}

export interface Failure {
  /** `cancelled`: the person closed the question for a second factor. `device`: the device would not sign. */
  reason: 'offline' | 'timeout' | 'unreachable' | 'unreadable' | 'cancelled' | 'device' | 'problem';
  /** Of the gateway's problem document; empty for every other reason. */
  code: string;
  status: number;
  issues: readonly Issue[];
  params: Readonly<Record<string, unknown>>;
  requestId: string | undefined;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Whole exchange, body included: a sign-up waits for a password hash. */
const TIMEOUT_MS = 15_000;

const listeners = new Set<() => void>();

/** Told when the gateway no longer knows the login. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function failureOf(reason: Failure['reason']): Failure {
  return { reason, code: '', status: 0, issues: [], params: {}, requestId: undefined };
}

/** @param path as it stands after `/admin/api/v1` */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<Outcome<T>> {
  try {
    const reply = await fetch(`/admin/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await reply.text();
    if (!reply.ok) return { ok: false, failure: await refused(reply.status, text) };
    return { ok: true, value: (text === '' ? null : JSON.parse(text)) as T };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, failure: failureOf('unreadable') };
    if (!navigator.onLine) return { ok: false, failure: failureOf('offline') };
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { ok: false, failure: failureOf(isLate ? 'timeout' : 'unreachable') };
  }
}

async function refused(status: number, text: string): Promise<Failure> {
  const failure = readProblem(status, text);
  if (failure.code === 'unauthorized') for (const listener of listeners) listener();
  return failure;
}

/** What a proxy before the gateway answers has no code; its status is all there is to say. */
export function readProblem(status: number, text: string): Failure {
  let document: Record<string, unknown> = {};
  try {
    document = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {}
  const { code, request_id: requestId, errors, params } = document;
  return {
    reason: 'problem',
    status,
    code: typeof code === 'string' ? code : '',
    issues: Array.isArray(errors) ? errors.map(readIssue) : [],
    params: Object(params) as Record<string, unknown>,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}

function readIssue(value: unknown): Issue {
  const { path, code, message } = Object(value) as Record<string, unknown>;
  return { path: String(path ?? ''), code: String(code ?? ''), message: String(message ?? '') };
}
