/** Writes answers: the one place that knows which headers go out. */
import type { Problem } from '../errors.ts';
import { type HttpContext, isHungUp } from './exchange.ts';
import { createPageRenderer } from './pages.ts';
import { problemDocument, retryAfterSeconds } from './problem.ts';
import { rateHeaders } from './rate-limit.ts';
import { baseHeaders, JSON_POLICY, pagePolicy } from './security-headers.ts';

export type Answer = ReturnType<typeof createAnswer>;

/** nginx's number for a caller that hung up; only ever in the log. */
export const HUNG_UP_STATUS = 499;

export function createAnswer({ publicUrl, isDraining }: { publicUrl: string; isDraining(): boolean }) {
  const pages = createPageRenderer();
  const base = baseHeaders(publicUrl);
  const jsonHeaders = [...base, 'Content-Security-Policy', JSON_POLICY];
  const htmlHeaders = [
    ...base,
    'Cross-Origin-Opener-Policy',
    'same-origin',
    'Content-Security-Policy',
    pagePolicy(pages.styleHash),
  ];

  /** Past Koa's own answer, which would look at the type of the body and set every header by itself. */
  const write = (ctx: HttpContext, status: number, headers: string[], body: string | Buffer) => {
    const { state } = ctx;
    ctx.respond = false;
    if (isHungUp(ctx)) {
      state.status = HUNG_UP_STATUS;
      return;
    }
    state.status = status;
    const all =
      state.headers.length === 0 ? headers : [...withoutOverridden(headers, state.headers), ...state.headers];
    all.push('X-Request-Id', state.requestId);
    if (state.rate !== undefined) all.push(...rateHeaders(state.rate));
    if (isDraining()) all.push('Connection', 'close');
    if (status !== 204) all.push('Content-Length', String(Buffer.byteLength(body)));
    ctx.res.writeHead(status, all);
    ctx.res.end(body);
  };

  const json = (
    ctx: HttpContext,
    status: number,
    body: unknown,
    type = 'application/json; charset=utf-8',
  ) => {
    if (status === 204) write(ctx, status, [...jsonHeaders], '');
    else write(ctx, status, [...jsonHeaders, 'Content-Type', type], JSON.stringify(body));
  };

  const html = (ctx: HttpContext, status: number, text: string) => {
    write(ctx, status, [...htmlHeaders, 'Content-Type', 'text/html; charset=utf-8'], text);
  };

  const file = (
    ctx: HttpContext,
    status: number,
    { bytes, contentType }: { bytes: Buffer; contentType: string },
  ) => {
    write(ctx, status, [...htmlHeaders, 'Content-Type', contentType], bytes);
  };

  /** An answer of somebody else, handed on. A browser must neither run it nor guess what it is. */
  const bytes = (ctx: HttpContext, status: number, body: Buffer) => {
    write(ctx, status, [...jsonHeaders], body);
  };

  /** The head of an answer that goes on; proxies must not gather it. */
  const stream = (ctx: HttpContext) => {
    const { state, res } = ctx;
    ctx.respond = false;
    state.status = 200;
    const rate = state.rate === undefined ? [] : rateHeaders(state.rate);
    const type = ['Content-Type', 'text/event-stream; charset=utf-8', 'X-Accel-Buffering', 'no'];
    res.writeHead(200, [...jsonHeaders, ...type, ...state.headers, ...rate, 'X-Request-Id', state.requestId]);
    res.flushHeaders();
  };

  const empty = (ctx: HttpContext, status: number) => write(ctx, status, [...base], '');

  /** A redirect carries no opener policy: it would cut the window that Divar's web keeps a hand on. */
  const redirect = (ctx: HttpContext, location: string) =>
    write(ctx, 303, [...base, 'Location', location], '');

  /** A browser gets a page in Persian, everybody else the document. */
  const problem = (ctx: HttpContext, given: Problem) => {
    const { state } = ctx;
    state.problemCode = given.code;
    const wait = retryAfterSeconds(given);
    if (wait !== undefined) state.headers.push('Retry-After', String(wait));
    if (wantsPage(ctx)) html(ctx, given.status, pages.renderProblem(given.code, state.requestId));
    else {
      const document = problemDocument(given, { requestId: state.requestId, publicUrl });
      json(ctx, given.status, document, 'application/problem+json');
    }
  };

  return { json, html, file, bytes, stream, empty, redirect, problem };
}

/** Only pages ask for HTML; the API and Divar get JSON whatever they accept. */
function wantsPage({ req, path }: HttpContext): boolean {
  return (
    !path.startsWith('/v1/') && req.method !== 'POST' && (req.headers.accept ?? '').includes('text/html')
  );
}

/** A room may say something else than the kit: its header replaces ours. */
function withoutOverridden(headers: readonly string[], overrides: readonly string[]): string[] {
  const names = new Set(overrides.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  return headers.filter((_, index) => !names.has((headers[index - (index % 2)] as string).toLowerCase()));
}
