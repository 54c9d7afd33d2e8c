/** Calls that are handed on as they are: who calls, may he, the bytes of the body, and bytes as the answer. */
import { Problem } from '../errors.ts';
import type { Answer } from './answer.ts';
import { type Credential, readBearer } from './bearer.ts';
import { readBytes } from './body.ts';
import type { Caller } from './caller.ts';
import { type HttpContext, searchOf } from './exchange.ts';
import type { ProxyRoute } from './route.ts';

const LIMIT_BYTES = 1024 * 1024;
/** A name of ours in the place of a token. */
const ON_BEHALF = /^bearer ((?:grt|ses)_[0-9a-z]{26})$/i;

export interface ProxyHandlerDeps {
  findCaller(ctx: HttpContext, route: ProxyRoute, credential?: Credential): Promise<Caller>;
  answer: Pick<Answer, 'bytes'>;
}

export function createProxyHandler({ findCaller, answer }: ProxyHandlerDeps) {
  return (route: ProxyRoute) =>
    async (ctx: HttpContext): Promise<void> => {
      const { state, req } = ctx;
      state.route = route.path;
      const { credential, onBehalfOf } = readCredentials(req.headers);
      const { app } = await findCaller(ctx, route, credential);
      const encoding = req.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity')
        throw new Problem('unsupported_media_type', { detail: 'Send the body without a content coding' });
      if (Number(req.headers['content-length'] ?? 0) > LIMIT_BYTES) throw tooLarge();
      const body = await readBytes(req, LIMIT_BYTES);
      const reply = await route.handle({
        requestId: state.requestId,
        now: state.startedAt,
        app,
        onBehalfOf,
        method: route.method,
        rawPath: ctx.path.slice(route.prefix.length),
        search: searchOf(req),
        headers: req.headers,
        body,
      });
      for (const [name, value] of Object.entries(reply.headers)) state.headers.push(name, value);
      answer.bytes(ctx, reply.status, reply.body);
    };
}

/** The key stands where the SDKs of Divar put theirs, or where ours stands elsewhere. */
function readCredentials({ 'x-api-key': apiKey, authorization }: HttpContext['req']['headers']): {
  credential: Credential | undefined;
  onBehalfOf: string | undefined;
} {
  const onBehalfOf = ON_BEHALF.exec(authorization ?? '')?.[1];
  const presented = typeof apiKey === 'string' ? `Bearer ${apiKey}` : authorization;
  const credential = readBearer(presented);
  if (authorization !== undefined && onBehalfOf === undefined && authorization !== presented)
    throw new Problem('unauthorized', {
      detail: 'Beside X-API-Key the Authorization header names a grant (grt_...) or a session (ses_...)',
    });
  return { credential: credential?.kind === 'api_key' ? credential : undefined, onBehalfOf };
}

function tooLarge(): Problem {
  return new Problem('body_too_large', { detail: `At most ${LIMIT_BYTES} bytes` });
}
