/**
 * The short way in for Divar's POSTs, past Koa and its router, which together cost as much as the answer itself. Only the
 * plain spelling of an address is taken here; every other request, to the same routes too, goes the long way and is answered alike.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, HttpContext } from './exchange.ts';
import type { DivarRoute } from './route.ts';

type Handler = (ctx: HttpContext) => Promise<void>;

export interface DivarCall {
  ctx: HttpContext;
  handle: Handler;
}

const PLAIN_ADDRESS = /^(\/\w+\/)(\w+)$/;

/** Undefined: not one of Divar's plain calls. */
export function createDivarLane(
  routes: readonly DivarRoute[],
  handlerOf: (route: DivarRoute) => Handler,
  openExchange: () => Exchange,
) {
  const handlers = new Map(
    routes.map((route) => [route.path.slice(0, route.path.indexOf(':app_id')), handlerOf(route)]),
  );
  return (req: IncomingMessage, res: ServerResponse): DivarCall | undefined => {
    if (req.method !== 'POST') return undefined;
    const [path = '', start = '', appId = ''] = PLAIN_ADDRESS.exec(req.url ?? '') ?? [];
    const handle = handlers.get(start);
    return handle && { handle, ctx: { req, res, path, params: { app_id: appId }, state: openExchange() } };
  };
}
