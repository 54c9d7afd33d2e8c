import Router from '@koa/router';
import Koa from 'koa';
import { createBreakage } from './breakage.ts';
import type { Fault, Faults } from './faults.ts';
import type { HopLog } from './hop-log.ts';
import { maskParams, maskTree, maskUrl } from './mask.ts';
import { Refusal } from './refusal.ts';
import { type Call, formOf, headerOf, jsonOf, mediaTypeOf, type Reply, type Route } from './route.ts';
import type { World } from './world.ts';

export interface ServeDeps {
  routes: Route[];
  log: HopLog;
  faults: Faults;
  world: World;
  /** Simulated time, for the log. */
  now(): number;
  /** Real time, for durations. */
  clock: { now(): number };
}

const DEFAULT_LIMIT_BYTES = 1024 * 1024;

/** Pages run only our own script and style, and nobody may frame them. `form-action` is left open: the consent
 *  form is answered with a redirect to the add-on, and browsers apply that directive to redirects too. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  // Our own forms show their origin, other sites learn nothing.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const readBody = async (ctx: Koa.Context, limit: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += (chunk as Buffer).length;
    if (size > limit)
      throw new Refusal({ status: 413, body: { code: 3, message: 'body too large' } }, 'body');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
};

/** Which app a request speaks for, before anything is checked: faults may be for one app only. */
const guessApp = (call: Call, world: World): string | undefined => {
  const key = headerOf(call, 'x-api-key');
  const byKey = key && Object.values(world.apps).find((app) => app.apiKeys.some((one) => one.key === key));
  if (byKey) return byKey.slug;
  const body =
    mediaTypeOf(call) === 'application/json' ? jsonOf(call)?.client_id : formOf(call).get('client_id');
  const slug = call.query.get('client_id') ?? body;
  return typeof slug === 'string' && world.apps[slug] ? slug : undefined;
};

const requestFacts = (call: Call): unknown => {
  const names = ['authorization', 'x-api-key', 'x-access-token', 'content-type'];
  const headers = Object.fromEntries(names.map((n) => [n, headerOf(call, n)]).filter(([, v]) => v !== ''));
  const type = mediaTypeOf(call);
  const body =
    type === 'application/x-www-form-urlencoded' ? Object.fromEntries(formOf(call)) : (jsonOf(call) ?? null);
  return { headers: maskTree(headers), query: maskParams(call.query), body: maskTree(body) };
};

const send = (ctx: Koa.Context, reply: Reply): void => {
  ctx.status = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) ctx.append(name, value);
  if (reply.html !== undefined) {
    ctx.set(PAGE_HEADERS);
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = reply.html;
  } else if (reply.text !== undefined) {
    ctx.body = reply.text;
  } else {
    ctx.type = 'application/json';
    ctx.body = reply.body === undefined ? '' : JSON.stringify(reply.body);
  }
};

const settle = async (route: Route, call: Call): Promise<Reply> => {
  try {
    return await route.answer(call);
  } catch (error) {
    if (error instanceof Refusal) {
      if (route.caller !== 'control') call.notes.problems.push(error.message);
      return error.reply;
    }
    throw error;
  }
};

const describeFault = (fault: Fault): string =>
  fault.mode ?? (fault.status ? `status ${fault.status}` : 'delay');

const describeReply = (reply: Reply | undefined): unknown => {
  const location = reply?.headers?.location;
  return location ? { location: maskUrl(location) } : maskTree(reply?.body ?? null);
};

const readCall = async (ctx: Koa.Context, route: Route): Promise<Call> => ({
  method: ctx.method,
  path: ctx.path,
  params: { ...(ctx.params as Record<string, string>) },
  query: new URLSearchParams(ctx.querystring),
  headers: ctx.headers,
  body: await readBody(ctx, route.limitBytes ?? DEFAULT_LIMIT_BYTES),
  notes: { problems: [] },
});

/** A path nobody serves answers as Divar's gateway does; retired paths end here too. */
const UNKNOWN: Route = {
  method: 'GET',
  path: '*',
  caller: 'in',
  kind: 'unknown',
  answer: () => ({ status: 404, body: { code: 5, message: 'Not Found' } }),
};

const answerRefusals: Koa.Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    send(ctx, error.reply);
  }
};

/** Mounts the routes; every call but those of testers becomes a hop, and may meet a fault. */
export const createListener = ({ routes, log, faults, world, now, clock }: ServeDeps) => {
  const breakage = createBreakage();

  const serve = async (route: Route, ctx: Koa.Context): Promise<void> => {
    const startedAt = now();
    const started = clock.now();
    const call = await readCall(ctx, route);
    if (route.caller === 'control') return send(ctx, await settle(route, call));
    const kind = typeof route.kind === 'function' ? route.kind(call) : route.kind;
    call.notes.app = route.appOf?.(call) ?? guessApp(call, world);
    const fault = faults.take(kind, call.notes.app);
    const reply = await breakage.deliver({
      ctx,
      kind,
      fault,
      answer: () => settle(route, call),
      send: (one) => send(ctx, one),
    });
    log.add({
      at: new Date(startedAt).toISOString(),
      ms: clock.now() - started,
      direction: route.caller,
      kind,
      method: call.method,
      path: call.path,
      status: reply?.status ?? 0,
      ...call.notes,
      fault: fault && describeFault(fault),
      request: requestFacts(call),
      reply: describeReply(reply),
    });
  };

  const router = new Router();
  for (const route of routes)
    router.register(route.path, [route.method], (ctx) => serve(route, ctx as Koa.Context));

  const app = new Koa();
  app.use(answerRefusals);
  app.use(router.routes());
  app.use((ctx) => serve(UNKNOWN, ctx));
  return { listener: app.callback(), close: breakage.close };
};
