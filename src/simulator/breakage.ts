import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type Koa from 'koa';
import { type Fault, faultBody } from './faults.ts';
import type { Reply } from './route.ts';

/** Time between two bytes of an answer that trickles. */
const TRICKLE_MS = 100;

const faultReply = (fault: Fault, kind: string): Reply => {
  const headers = fault.headers ?? {};
  if (fault.mode === 'empty') return { status: fault.status ?? 200, text: '', headers };
  const status = fault.status ?? (fault.mode === 'html' ? 502 : 200);
  if (fault.mode === 'html') return { status, html: `<html>${status}</html>`, headers };
  if (typeof fault.body === 'string') return { status, text: fault.body, headers };
  return { status, body: fault.body ?? faultBody(kind, status), headers };
};

/** Whether a fault brings an answer of its own; one with only a delay or a broken delivery does not. */
const replaces = (fault: Fault): boolean =>
  fault.mode === 'empty' ||
  fault.mode === 'html' ||
  (fault.mode === undefined && (fault.status !== undefined || fault.body !== undefined));

interface Parts {
  ctx: Koa.Context;
  kind: string;
  fault: Fault | undefined;
  /** Does what was asked. */
  answer(): Promise<Reply>;
  send(reply: Reply): void;
}

/** Answers, or breaks the answer as a fault wants it. */
export const createBreakage = () => {
  const open = new Set<ServerResponse>();

  const abandon = (ctx: Koa.Context): void => {
    ctx.respond = false;
    open.add(ctx.res);
    ctx.res.once('close', () => open.delete(ctx.res));
  };

  const reset = (ctx: Koa.Context): void => {
    ctx.respond = false;
    ctx.req.socket.destroy();
  };

  const trickle = (ctx: Koa.Context, reply: Reply): void => {
    abandon(ctx);
    const bytes = Buffer.from(JSON.stringify(reply.body ?? {}));
    ctx.res.writeHead(reply.status, { 'content-type': 'application/json', 'content-length': bytes.length });
    let sent = 0;
    const timer = setInterval(() => {
      ctx.res.write(bytes.subarray(sent, sent + 1));
      sent += 1;
      if (sent < bytes.length) return;
      clearInterval(timer);
      ctx.res.end();
    }, TRICKLE_MS);
    ctx.res.once('close', () => clearInterval(timer));
  };

  /** How the modes that break the delivery, not the content, hand a reply over. */
  const handOver = (ctx: Koa.Context, mode: Fault['mode'], reply: Reply, send: Parts['send']) => {
    if (mode === 'reset_after_store') {
      reset(ctx);
      return undefined;
    }
    if (mode === 'trickle') trickle(ctx, reply);
    else send(reply);
    return reply;
  };

  return {
    /** The reply the other side gets to see, or `undefined` if it sees none. */
    async deliver({ ctx, kind, fault, answer, send }: Parts): Promise<Reply | undefined> {
      if (fault?.delay_ms) await sleep(fault.delay_ms);
      const mode = fault?.mode;
      if (mode === 'reset') return void reset(ctx);
      if (mode === 'hang') return void abandon(ctx);
      const reply = fault && replaces(fault) ? faultReply(fault, kind) : await answer();
      return handOver(ctx, mode, reply, send);
    },
    close(): void {
      for (const response of open) response.destroy();
    },
  };
};
