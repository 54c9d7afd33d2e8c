import type { HopLog } from './hop-log.ts';
import { maskTree, maskUrl } from './mask.ts';
import type { SeenReply, Verdict } from './session-reply.ts';
import type { Outgoing } from './session-request.ts';
import type { App, Conversation, PersonKey } from './world.ts';

/** One request of Divar to an add-on, and how to judge its answer. */
export interface AddonCall {
  outgoing: Outgoing;
  kind: 'init' | 'action' | 'event';
  app: App;
  as: PersonKey | 'anonymous';
  conversation: Conversation | undefined;
  timeoutMs: number;
  judge(seen: SeenReply): Verdict;
}

export interface AddonAnswer extends Verdict {
  status: number;
  durationMs: number;
  /** What was sent, its key masked. */
  request: unknown;
}

interface AddonCallDeps {
  log: HopLog;
  /** Simulated time, for the log. */
  now(): number;
  clock: { now(): number };
  fetch: typeof globalThis.fetch;
}

const describeReply = ({ reply, url }: Verdict): unknown =>
  url === undefined ? maskTree(reply) : { ...(maskTree(reply) as object), url: maskUrl(url) };

/** Sends requests to add-ons, judges the answers and writes the hops down. */
export const createAddonCaller = ({ log, now, clock, fetch }: AddonCallDeps) => {
  const fetchReply = async (outgoing: Outgoing, timeoutMs: number): Promise<SeenReply> => {
    const response = await fetch(outgoing.url, {
      method: 'POST',
      headers: outgoing.headers,
      body: new Uint8Array(outgoing.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, contentType: response.headers.get('content-type') ?? '', text };
  };

  const attempt = async (call: AddonCall): Promise<Verdict & { status: number }> => {
    try {
      const seen = await fetchReply(call.outgoing, call.timeoutMs);
      return { status: seen.status, ...call.judge(seen) };
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError';
      const problem = late
        ? { code: 'too_slow', message: `no answer within ${call.timeoutMs} ms` }
        : { code: 'unreachable', message: 'the add-on cannot be reached' };
      return { status: 0, problems: [problem], reply: null };
    }
  };

  return async (call: AddonCall): Promise<AddonAnswer> => {
    const { outgoing, app, as, conversation, kind } = call;
    const startedAt = now();
    const started = clock.now();
    const answer = await attempt(call);
    const durationMs = clock.now() - started;
    const request = { url: outgoing.url, headers: maskTree(outgoing.headers), body: outgoing.fields };
    log.add({
      at: new Date(startedAt).toISOString(),
      ms: durationMs,
      direction: 'out',
      kind,
      method: 'POST',
      path: new URL(outgoing.url).pathname,
      status: answer.status,
      app: app.slug,
      as,
      conversation: conversation?.id,
      problems: answer.problems.map((one) => `${one.code}: ${one.message}`),
      request,
      reply: describeReply(answer),
    });
    return { ...answer, durationMs, request };
  };
};
export type CallAddon = ReturnType<typeof createAddonCaller>;
