/** Streams of a tenant's server (`text/event-stream`): the answer has no end of its own, so nothing of it is a transaction.
 *  @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { once } from 'node:events';
import { Problem } from '../errors.ts';
import type { Answer } from './answer.ts';
import type { Caller } from './caller.ts';
import { type HttpContext, searchOf } from './exchange.ts';
import type { StreamRoute } from './route.ts';
import { check, readQuery } from './validate.ts';

/** Of one app in one process: a stream is a connection that stays. */
const MAX_STREAMS_PER_APP = 20;

export interface StreamHandlerDeps {
  findCaller(ctx: HttpContext, route: StreamRoute): Promise<Caller>;
  answer: Pick<Answer, 'stream'>;
}

export function createStreamHandler({ findCaller, answer }: StreamHandlerDeps) {
  const open = new Map<string, Set<AbortController>>();

  const enter = (appId: string): AbortController => {
    const ofApp = open.get(appId) ?? new Set();
    if (ofApp.size >= MAX_STREAMS_PER_APP)
      throw new Problem('rate_limited', {
        detail: `At most ${MAX_STREAMS_PER_APP} streams of an app at once`,
        retryAfterSeconds: 10,
      });
    const stopping = new AbortController();
    open.set(appId, ofApp.add(stopping));
    return stopping;
  };

  const leave = (appId: string, stopping: AbortController) => {
    const ofApp = open.get(appId);
    ofApp?.delete(stopping);
    if (ofApp?.size === 0) open.delete(appId);
  };

  return {
    handle:
      (route: StreamRoute) =>
      async (ctx: HttpContext): Promise<void> => {
        const { state, req, res } = ctx;
        state.route = route.path;
        const { app } = await findCaller(ctx, route);
        const given = readQuery(searchOf(req));
        const query = check('query', route.query, given.query);
        const issues = [...given.issues, ...query.issues];
        if (issues.length > 0) throw new Problem('invalid_request', { issues });
        const stopping = enter(app.id);
        const stop = () => stopping.abort();
        res.once('close', stop);
        try {
          const lastEventId = req.headers['last-event-id'];
          const chunks = await route.open({
            requestId: state.requestId,
            app,
            query: query.value as never,
            lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
            signal: stopping.signal,
          });
          answer.stream(ctx);
          await pump(ctx, chunks, stopping.signal);
        } finally {
          stopping.abort();
          leave(app.id, stopping);
        }
      },

    /** Ends every stream: whoever listened comes again, to a process that stays. */
    drain: () => {
      for (const ofApp of open.values()) for (const stopping of ofApp) stopping.abort();
    },
  };
}

/** A reader that is slower than the events stops the reading of events. */
async function pump({ res }: HttpContext, chunks: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (signal.aborted) break;
      if (!res.write(chunk)) await once(res, 'drain', { signal });
    }
  } catch {
    // Half of an answer is out: it cannot become a problem any more, and the reader comes again where it was.
  }
  res.end();
}
