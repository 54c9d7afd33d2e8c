/**
 * POSTs of Divar. This is the path that must be cheap: no schema, no promise, no copy that is not needed.
 * Measured beside a bare Koa + router + zod route in `bench/`.
 */
import { Problem } from '../errors.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import type { Answer } from './answer.ts';
import { readJsonBytes } from './body.ts';
import type { ClientAddress } from './client-address.ts';
import type { HttpContext } from './exchange.ts';
import { parseJsonObject } from './json.ts';
import type { DivarRoute } from './route.ts';

/** CONTRACT section 7. */
const LIMIT_BYTES = 256 * 1024;
const JSON_LIMITS = { depth: 64, keyCount: 10_000 };

export interface DivarHandlerDeps {
  directory: AppDirectory;
  answer: Answer;
  clientAddress: ClientAddress;
}

/** Away from the usual path: the key may be one that was made for some of the app's events only. */
async function findByOtherKey(
  directory: AppDirectory,
  { knowsKey }: Pick<DivarRoute, 'knowsKey'>,
  appId: string,
  presented: string | undefined,
) {
  if (!knowsKey || presented === undefined || !(await knowsKey(appId, presented))) return undefined;
  const app = directory.find(appId);
  return app?.suspended ? undefined : app;
}

export function createDivarHandler({ directory, answer, clientAddress }: DivarHandlerDeps) {
  return (route: DivarRoute) =>
    async (ctx: HttpContext): Promise<void> => {
      const { state, req } = ctx;
      state.route = route.path;
      // Before the body is read: a stranger costs one digest and no memory.
      const appId = ctx.params.app_id ?? '';
      const presented = req.headers.authorization;
      const app =
        directory.authenticate(appId, presented) ??
        (await findByOtherKey(directory, route, appId, presented));
      if (app === undefined) throw new Problem('unauthorized');
      if (route.admitsAddress && !route.admitsAddress(clientAddress(req), app))
        throw new Problem('unauthorized');
      state.appId = app.id;
      const bytes = await readJsonBytes(req, LIMIT_BYTES);
      const body = parseJsonObject(bytes, JSON_LIMITS, 'drop', route.keepsRaw ? 'exact' : 'rounded');
      const rawText = route.keepsRaw ? bytes.toString('utf8') : '';
      const { requestId, startedAt: now } = state;
      const reply = await route.handle({ requestId, now, app, headers: req.headers, body, rawText });
      answer.json(ctx, reply.status, reply.body);
    };
}
