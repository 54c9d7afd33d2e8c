/** Streams of a tenant's server: the answer has no end of its own, so nothing of it is a transaction. */
import { Problem } from '../errors.ts';
import type { Answer } from './answer.ts';
import type { Caller } from './caller.ts';
import { type HttpContext, searchOf } from './exchange.ts';
import type { StreamRoute } from './route.ts';
import { createStreams } from './streams.ts';
import { check, readQuery } from './validate.ts';

const MAX_STREAMS_PER_APP = 20;

export interface StreamHandlerDeps {
  findCaller(ctx: HttpContext, route: StreamRoute): Promise<Caller>;
  answer: Pick<Answer, 'stream'>;
}

export function createStreamHandler({ findCaller, answer }: StreamHandlerDeps) {
  const streams = createStreams({ answer, of: 'an app', maxCount: MAX_STREAMS_PER_APP });
  return {
    handle:
      (route: StreamRoute) =>
      async (ctx: HttpContext): Promise<void> => {
        const { state, req } = ctx;
        state.route = route.path;
        const { app } = await findCaller(ctx, route);
        const given = readQuery(searchOf(req));
        const query = check('query', route.query, given.query);
        const issues = [...given.issues, ...query.issues];
        if (issues.length > 0) throw new Problem('invalid_request', { issues });
        const lastEventId = req.headers['last-event-id'];
        await streams.run(ctx, app.id, (signal) =>
          route.open({
            requestId: state.requestId,
            app,
            query: query.value as never,
            lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
            signal,
          }),
        );
      },
    drain: streams.drain,
  };
}
