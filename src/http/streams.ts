/** Endless answers (`text/event-stream`): so many at once for whoever reads them, and all of them end with the process.
 *  @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { once } from 'node:events';
import { Problem } from '../errors.ts';
import type { Answer } from './answer.ts';
import type { HttpContext } from './exchange.ts';

type Chunks = AsyncIterable<string> | Iterable<string>;

/** `reader` is who is counted. `open` throws its `Problem` before the stream begins. */
export type RunStream = (
  ctx: HttpContext,
  reader: string,
  open: (signal: AbortSignal) => Promise<Chunks>,
) => Promise<void>;

export interface StreamsDeps {
  answer: Pick<Answer, 'stream'>;
  /** Whose streams are counted, in words. */
  of: string;
  /** In one process: a stream is a connection that stays. */
  maxCount: number;
}

export function createStreams({ answer, of, maxCount }: StreamsDeps) {
  const open = new Map<string, Set<AbortController>>();

  const enter = (reader: string): AbortController => {
    const ofReader = open.get(reader) ?? new Set();
    if (ofReader.size >= maxCount)
      throw new Problem('rate_limited', {
        detail: `At most ${maxCount} streams of ${of} at once`,
        retryAfterSeconds: 10,
      });
    const stopping = new AbortController();
    open.set(reader, ofReader.add(stopping));
    return stopping;
  };

  const leave = (reader: string, stopping: AbortController) => {
    const ofReader = open.get(reader);
    ofReader?.delete(stopping);
    if (ofReader?.size === 0) open.delete(reader);
  };

  const run: RunStream = async (ctx, reader, openChunks) => {
    const stopping = enter(reader);
    ctx.res.once('close', () => stopping.abort());
    try {
      const chunks = await openChunks(stopping.signal);
      answer.stream(ctx);
      await pump(ctx, chunks, stopping.signal);
    } finally {
      stopping.abort();
      leave(reader, stopping);
    }
  };

  return {
    run,
    /** Ends every stream: whoever listened comes again, to a process that stays. */
    drain: () => {
      for (const ofReader of open.values()) for (const stopping of ofReader) stopping.abort();
    },
  };
}

/** A reader that is slower than the events stops the reading of events. */
async function pump({ res }: HttpContext, chunks: Chunks, signal: AbortSignal): Promise<void> {
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
