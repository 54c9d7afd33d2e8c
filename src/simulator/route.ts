import type { IncomingMessage } from 'node:http';
import type { PersonKey } from './world.ts';

/** What a route answers. At most one of `body` (JSON), `html` and `text`. */
export interface Reply {
  status: number;
  body?: unknown;
  html?: string;
  text?: string;
  headers?: Record<string, string>;
}

/** What a route learns on the way and the log should show. */
interface Notes {
  app?: string | undefined;
  as?: PersonKey | 'anonymous' | undefined;
  conversation?: string | undefined;
  message?: string | undefined;
  problems: string[];
}

export interface Call {
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
  notes: Notes;
}

/** Who calls: an add-on's server (`in`), a person's browser (`browser`), or a tester (`control`, never logged). */
type Caller = 'in' | 'browser' | 'control';

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  caller: Caller;
  /** The word the log and the faults use for it. */
  kind: string | ((call: Call) => string);
  limitBytes?: number;
  /** The app that the address itself names. */
  appOf?(call: Call): string | undefined;
  answer(call: Call): Reply | Promise<Reply>;
}

export const headerOf = (call: Call, name: string): string => {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
};

export const mediaTypeOf = (call: Call): string =>
  (headerOf(call, 'content-type').split(';')[0] ?? '').trim().toLowerCase();

export const cookieOf = (call: Call, name: string): string | undefined => {
  for (const part of headerOf(call, 'cookie').split(';')) {
    const [key, ...rest] = part.trim().split('=');
    if (key === name) return decodeURIComponent(rest.join('='));
  }
  return undefined;
};

export const formOf = (call: Call): URLSearchParams => new URLSearchParams(call.body.toString('utf8'));

/** The body as a JSON object, or `undefined` if it is anything else. */
export const jsonOf = (call: Call): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(call.body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

export const json = (body: unknown, status = 200): Reply => ({ status, body });

export const redirect = (location: string, status = 303): Reply => ({ status, headers: { location } });
