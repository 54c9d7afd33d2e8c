/** Mounts routes on Koa. What every request meets, in order: the headers are sane, the process knows its apps, the route. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import { Problem, type ProblemCode } from '../errors.ts';
import type { Clock, Db, Log, NewId, Seal } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import { type Answer, createAnswer, HUNG_UP_STATUS } from './answer.ts';
import { HangUp } from './body.ts';
import { type Authenticate, createFindCaller } from './caller.ts';
import { createClientAddress } from './client-address.ts';
import { type Cors, createCors } from './cors.ts';
import { createDivarLane } from './divar-lane.ts';
import { CHECK_HEADER, createDivarHandler, type NoteDivarCall } from './divar-route.ts';
import { type HttpContext, openExchange } from './exchange.ts';
import { createHealthRoutes, HEALTH_PATH, READY_PATH } from './health.ts';
import { createIdempotently } from './idempotency.ts';
import { createMemberHandler, type MemberDeps } from './member-handler.ts';
import { createNetworkLimit, type NetworkLimit } from './network-limit.ts';
import { createPageHandler } from './page-route.ts';
import { toProblem } from './problem.ts';
import { createProxyHandler } from './proxy-route.ts';
import { type RateLimit, rateProblem } from './rate-limit.ts';
import { refuseAmbiguousHeaders } from './refuse.ts';
import { createLogRequest, type LogRequest } from './request-log.ts';
import type { Route, StreamRoute, TenantRoute } from './route.ts';
import { createStreamHandler } from './stream-route.ts';
import { createStreams } from './streams.ts';
import { createTenantHandler } from './tenant-route.ts';

export interface HttpAppDeps {
  routes: readonly Route[];
  directory: AppDirectory;
  authenticate: Authenticate;
  db: Pick<Db, 'tenant'>;
  seal: Seal;
  clock: Clock;
  newId: NewId;
  log: Log;
  rateLimit: RateLimit;
  publicUrl: string;
  /** CIDRs whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  /** Who has signed in to the panel. Undefined: there is no route that asks. */
  members?: MemberDeps;
  /** Told of every call of Divar that is answered. */
  noteArrival?: NoteDivarCall;
  /** Told of every call of Divar that is refused. */
  noteRefusal?(refusal: Refusal): void;
  /** Can this process take work? Draining is looked after here. */
  isReady(): boolean;
}

export interface Refusal {
  route: string;
  appId: string;
  code: ProblemCode;
  at: Date;
}

export interface HttpApp {
  callback: (req: IncomingMessage, res: ServerResponse) => void;
  /** From now on not ready, and every answer closes its connection. */
  drain(): void;
}

type Handler = (ctx: HttpContext) => Promise<void>;

/** One a tab, and as many tabs as somebody looks at. */
const MAX_STREAMS_PER_LOGIN = 12;

export function createHttpApp(deps: HttpAppDeps): HttpApp {
  const { directory, clock, newId, log, publicUrl } = deps;
  let isDraining = false;
  const answer = createAnswer({ publicUrl, isDraining: () => isDraining });
  const clientAddress = createClientAddress(deps.trustedProxies);
  const networkLimit = createNetworkLimit({ rateLimit: deps.rateLimit, clientAddress, clock });
  const cors = createCors({ directory, clock });
  const findCaller = createFindCaller({ ...deps, networkLimit, cors });
  const idempotently = createIdempotently(deps);
  const divar = createDivarHandler({ directory, answer, clientAddress, noteArrival: deps.noteArrival });
  const tenant = createTenantHandler({ ...deps, findCaller, idempotently, answer });
  const streams = createStreamHandler({ findCaller, answer });
  const proxy = createProxyHandler({ findCaller, answer });
  const page = createPageHandler({ answer, networkLimit, publicUrl });
  const memberStreams = createStreams({ answer, of: 'a login', maxCount: MAX_STREAMS_PER_LOGIN });
  const member =
    deps.members &&
    createMemberHandler({
      ...{ ...deps, ...deps.members, answer, clientAddress },
      runStream: memberStreams.run,
    });
  const handlerOf = (route: Route): Handler => {
    if (route.kind === 'member') {
      if (member === undefined) throw new Error(`nobody knows the members of ${route.path}`);
      return member(route);
    }
    if (route.kind === 'divar') return divar(route);
    if (route.kind === 'proxy') return proxy(route);
    if (route.kind === 'stream') return streams.handle(route as unknown as StreamRoute);
    return route.kind === 'page' ? page(route) : tenant(route as unknown as TenantRoute);
  };

  const health = createHealthRoutes({ isReady: () => !isDraining && deps.isReady() });
  const routes = [...deps.routes, ...health];
  const quiet = routes.filter((route) => route.kind === 'divar').map((route) => route.path);
  const logRequest = createLogRequest({
    log,
    clock,
    quietRoutes: new Set([...quiet, HEALTH_PATH, READY_PATH]),
  });

  const open = () => openExchange(newId('req'), clock.now());
  const serve = createServe({ directory, networkLimit, answer, logRequest, noteRefusal: deps.noteRefusal });
  const koa = new Koa<HttpContext['state']>();
  // Told of callers that hang up during an answer; the line of the request says so already.
  koa.on('error', () => undefined);
  koa.use((koaContext, next) => {
    koaContext.state = open();
    return serve(koaContext as unknown as HttpContext, next);
  });
  koa.use(mount(routes, handlerOf, cors, answer.empty));
  koa.use((ctx) =>
    refuseAddress(ctx as unknown as HttpContext, (ctx as { matched?: Matched }).matched ?? []),
  );
  const callback = koa.callback();
  const findDivarCall = createDivarLane(
    routes.filter((route) => route.kind === 'divar'),
    divar,
    open,
  );

  return {
    callback: (req, res) => {
      const call = findDivarCall(req, res);
      if (call === undefined) void callback(req, res);
      else void serve(call.ctx, () => call.handle(call.ctx)).catch(() => res.destroy());
    },
    drain: () => {
      isDraining = true;
      streams.drain();
      memberStreams.drain();
    },
  };
}

/** Answers whatever `run` throws, and writes the line of the request. */
function createServe(deps: {
  directory: AppDirectory;
  networkLimit: NetworkLimit;
  answer: Answer;
  logRequest: LogRequest;
  noteRefusal: HttpAppDeps['noteRefusal'];
}) {
  return async (ctx: HttpContext, run: () => Promise<void>): Promise<void> => {
    let problem: Problem | undefined;
    try {
      admit(ctx, deps.directory);
      await run();
    } catch (thrown) {
      if (thrown instanceof HangUp) leave(ctx);
      else {
        problem = await countStranger(ctx, toProblem(thrown), deps.networkLimit);
        deps.answer.problem(ctx, problem);
        const { route, startedAt: at } = ctx.state;
        const appId = ctx.params?.app_id;
        if (appId !== undefined && route && ctx.req.headers[CHECK_HEADER] === undefined)
          deps.noteRefusal?.({ route, appId, code: problem.code, at });
      }
    }
    deps.logRequest(ctx, problem);
  };
}

function admit(ctx: HttpContext, directory: AppDirectory): void {
  try {
    refuseAmbiguousHeaders(ctx.req);
  } catch (problem) {
    // Whoever sends such a request may have a second one hidden in the first.
    ctx.state.headers.push('Connection', 'close');
    throw problem;
  }
  if (!directory.isWarm() && ctx.path !== HEALTH_PATH && ctx.path !== READY_PATH)
    throw new Problem('unavailable');
}

function leave(ctx: HttpContext): void {
  ctx.respond = false;
  ctx.state.status = HUNG_UP_STATUS;
}

/** An error under /v1 that no app was counted for counts for the network it came from. */
async function countStranger(
  ctx: HttpContext,
  problem: Problem,
  networkLimit: NetworkLimit,
): Promise<Problem> {
  if (problem.code === 'unauthorized')
    ctx.state.headers.push('WWW-Authenticate', ctx.path.startsWith('/v1/') ? 'Bearer' : 'Key');
  if (!ctx.path.startsWith('/v1/') || ctx.state.rate !== undefined) return problem;
  ctx.state.rate = await networkLimit.count(ctx.req);
  return ctx.state.rate.isExceeded ? rateProblem(ctx.state.rate) : problem;
}

function mount(
  routes: readonly Route[],
  handlerOf: (route: Route) => Handler,
  cors: Cors,
  empty: (ctx: HttpContext, status: number) => void,
): Koa.Middleware {
  const router = new Router({ sensitive: true, strict: true });
  for (const route of routes) {
    const handle = handlerOf(route);
    router.register(route.path, [route.method], (ctx) => handle(ctx as unknown as HttpContext));
    if (route.kind !== 'tenant' || !route.sessionToken) continue;
    router.register(route.path, ['OPTIONS'], (koaContext) => {
      const ctx = koaContext as unknown as HttpContext;
      ctx.state.route = route.path;
      if (!cors.preflight(ctx)) throw methodNotAllowed(ctx, [route.method]);
      empty(ctx, 204);
    });
  }
  return router.routes() as unknown as Koa.Middleware;
}

type Matched = readonly { path: string | RegExp; methods: readonly string[] }[];

function refuseAddress(ctx: HttpContext, matched: Matched): never {
  if (matched.length === 0) throw new Problem('not_found');
  ctx.state.route = String(matched[0]?.path);
  throw methodNotAllowed(ctx, [...new Set(matched.flatMap((layer) => layer.methods))]);
}

function methodNotAllowed(ctx: HttpContext, methods: readonly string[]): Problem {
  ctx.state.headers.push('Allow', methods.join(', '));
  return new Problem('method_not_allowed');
}
