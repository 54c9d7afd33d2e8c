/** One line per request. Never the address, a header, the query or a body: secrets and people stand in them. */
import type { Problem } from '../errors.ts';
import type { Clock, Log } from '../ports.ts';
import { HUNG_UP_STATUS } from './answer.ts';
import type { HttpContext } from './exchange.ts';

export type LogRequest = (ctx: HttpContext, problem: Problem | undefined) => void;

/** Lines that nobody reads at their number: probes, and Divar's calls that went well (at 10,000 a second their lines cost
 *  more than their answers). They stand at level debug. */
export function createLogRequest({
  log,
  clock,
  quietRoutes,
}: {
  log: Log;
  clock: Clock;
  quietRoutes: ReadonlySet<string>;
}): LogRequest {
  return (ctx, problem) => {
    const { state, req } = ctx;
    const isServerFault = state.status >= 500;
    log[levelOf(state, problem?.cause !== undefined, quietRoutes)](
      {
        request_id: state.requestId,
        method: req.method,
        route: state.route ?? null,
        status: state.status,
        duration_ms: clock.now().getTime() - state.startedAt.getTime(),
        app_id: state.appId,
        code: state.status === HUNG_UP_STATUS ? undefined : state.problemCode,
        ...(isServerFault && problem?.cause !== undefined ? { error: describeError(problem.cause) } : {}),
      },
      'request',
    );
  };
}

/** `error` wakes somebody up: only what has a cause that we know of. A page about Divar's trouble, or "not ready", is an
 *  outcome. */
function levelOf(
  { status, route }: HttpContext['state'],
  hasCause: boolean,
  quietRoutes: ReadonlySet<string>,
): 'error' | 'warn' | 'info' | 'debug' {
  if (status === 500 || (status > 500 && hasCause)) return 'error';
  if (status > 500) return 'warn';
  return status < 400 && quietRoutes.has(route ?? '') ? 'debug' : 'info';
}

interface ErrorDescription {
  type: string;
  code?: string;
  message?: string;
  stack?: string[];
  cause?: ErrorDescription;
}

/** Enough to find the fault. The texts of PostgreSQL and of JSON.parse quote what they choke on, so they are left out. */
export function describeError(error: unknown, depth = 3): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  const quotesValues = error instanceof SyntaxError || severity !== undefined;
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(quotesValues ? {} : { message: error.message }),
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 12)
      .map((line) => line.trim()),
    ...(error.cause !== undefined && depth > 1 ? { cause: describeError(error.cause, depth - 1) } : {}),
  };
}
