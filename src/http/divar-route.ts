/**
 * POSTs of Divar. This is the path that must be cheap: no schema, no promise, no copy that is not needed.
 * Measured beside a bare Koa + router + zod route in `bench/`.
 */
import { Problem } from '../errors.ts';
import type { App, AppDirectory } from '../tenants/tenants.ts';
import type { Answer } from './answer.ts';
import { readJsonBytes } from './body.ts';
import type { ClientAddress } from './client-address.ts';
import type { HttpContext } from './exchange.ts';
import { type JsonObject, parseJsonObject } from './json.ts';
import type { DivarRoute } from './route.ts';

/** CONTRACT section 7. */
const LIMIT_BYTES = 256 * 1024;
const JSON_LIMITS = { depth: 64, keyCount: 10_000 };

/** On a call that we make to ourselves to see that the app is set up: it is no sign of Divar. */
export const CHECK_HEADER = 'x-peyvand-check';

export type NoteDivarCall = (path: string, app: App, now: Date, addressOf: () => string) => void;

export interface DivarHandlerDeps {
  directory: AppDirectory;
  answer: Answer;
  clientAddress: ClientAddress;
  /** Told of each call that was answered, but for our own checks. */
  noteArrival: NoteDivarCall | undefined;
}

/** `exact`: numbers that would be rounded are given as strings. Throws Problem `invalid_request`. */
export function parseDivarBody(bytes: Buffer, exact: boolean): JsonObject {
  return parseJsonObject(bytes, JSON_LIMITS, 'drop', exact ? 'exact' : 'rounded');
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

/** Whose visit it would have been: its minutes were lost, if nobody else comes with the right key. */
function findMeantApp(directory: AppDirectory, ctx: HttpContext): string | undefined {
  const meant = isCheck(ctx) ? undefined : directory.find(ctx.params.app_id ?? '');
  return meant?.suspended ? undefined : meant?.id;
}

async function readBody({ req }: HttpContext, keepsRaw: boolean) {
  const bytes = await readJsonBytes(req, LIMIT_BYTES);
  return { body: parseDivarBody(bytes, keepsRaw), rawText: keepsRaw ? bytes.toString('utf8') : '' };
}

const isCheck = ({ req }: HttpContext): boolean => req.headers[CHECK_HEADER] !== undefined;
const ignore: NoteDivarCall = () => undefined;

export function createDivarHandler(deps: DivarHandlerDeps) {
  const { directory, answer, clientAddress, noteArrival = ignore } = deps;
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
      if (app === undefined) {
        state.appId = findMeantApp(directory, ctx);
        throw new Problem('unauthorized');
      }
      if (route.admitsAddress && !route.admitsAddress(clientAddress(req), app))
        throw new Problem('unauthorized');
      state.appId = app.id;
      const { body, rawText } = await readBody(ctx, route.keepsRaw ?? false);
      const { requestId, startedAt: now } = state;
      const reply = await route.handle({ requestId, now, app, headers: req.headers, body, rawText });
      if (!isCheck(ctx)) noteArrival(route.path, app, now, () => clientAddress(req));
      answer.json(ctx, reply.status, reply.body);
    };
}
