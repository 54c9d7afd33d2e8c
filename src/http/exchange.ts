/** What the kit knows of one request while it is answered. Lives in `ctx.state`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateState } from './rate-limit.ts';

export interface Exchange {
  readonly requestId: string;
  readonly startedAt: Date;
  /** The pattern, never the address: handles, codes and tokens stand in addresses. */
  route: string | undefined;
  appId: string | undefined;
  /** Names and values in turn; they go out with every answer to this request, errors included. */
  readonly headers: string[];
  /** Under /v1: the limit that this request was counted against. */
  rate: RateState | undefined;
  /** What came out, for the log: set when the answer is written. */
  status: number;
  problemCode: string | undefined;
}

/** The part of a Koa context that the kit uses; `params` is the router's. */
export interface HttpContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly path: string;
  readonly params: Record<string, string>;
  readonly state: Exchange;
  respond?: boolean;
}

export function openExchange(requestId: string, startedAt: Date): Exchange {
  return {
    requestId,
    startedAt,
    route: undefined,
    appId: undefined,
    headers: [],
    rate: undefined,
    status: 0,
    problemCode: undefined,
  };
}

/** The query as it stands in the address: empty, or begins with `?`. */
export function searchOf(req: IncomingMessage): string {
  const url = req.url ?? '';
  const start = url.indexOf('?');
  if (start === -1) return '';
  const end = url.indexOf('#', start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** The caller is gone: nobody is left to answer. */
export function isHungUp({ req, res }: Pick<HttpContext, 'req' | 'res'>): boolean {
  return req.socket.destroyed || (res.destroyed && !res.writableFinished);
}
