/** Calls of a tenant's server, in this order: who calls, what it says, then one transaction for all that it does. */
import { Problem, type ProblemIssue } from '../errors.ts';
import type { Db, Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { Answer } from './answer.ts';
import { readJsonBytes } from './body.ts';
import type { Caller } from './caller.ts';
import { type HttpContext, searchOf } from './exchange.ts';
import { type Idempotently, type KeptReply, readIdempotencyKey } from './idempotency.ts';
import { type JsonObject, parseJsonObject, unstorableTextIssues } from './json.ts';
import { createFileMemory, fileBytesOf, isMultipart, readFormFile } from './multipart.ts';
import type { TenantReply, TenantRoute } from './route.ts';
import { check, MAX_ISSUE_COUNT, readQuery } from './validate.ts';

const LIMIT_BYTES = 1024 * 1024;
const JSON_LIMITS = { depth: 64, keyCount: 10_000 };
/** What UTF-8 or PostgreSQL cannot hold can only stand in JSON as one of these escapes. */
const SUSPICIOUS_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

type AnyTenantRoute = TenantRoute<unknown, unknown, unknown>;

interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
  bodyText: string;
}

export interface TenantHandlerDeps {
  findCaller(ctx: HttpContext, route: AnyTenantRoute): Promise<Caller>;
  idempotently: Idempotently;
  db: Pick<Db, 'tenant'>;
  answer: Answer;
}

export function createTenantHandler({ findCaller, idempotently, db, answer }: TenantHandlerDeps) {
  const withFileMemory = createFileMemory();

  return (route: AnyTenantRoute) =>
    async (ctx: HttpContext): Promise<void> => {
      const { file } = route;
      if (file === undefined) await handle(route, ctx);
      else {
        const caller = await findCaller(ctx, route);
        await withFileMemory(fileBytesOf(ctx.req, file), () => handle(route, ctx, caller));
      }
    };

  async function handle(route: AnyTenantRoute, ctx: HttpContext, known?: Caller): Promise<void> {
    const { state, req } = ctx;
    state.route = route.path;
    const { app, keyId } = known ?? (await findCaller(ctx, route));
    const key = route.method === 'POST' ? readIdempotencyKey(headerOf(ctx, 'idempotency-key')) : undefined;
    const { params, query, body, bodyText } = await readInput(ctx, route, app);
    const { requestId, startedAt: now } = state;

    const request = { requestId, now, app, keyId, params, query, body };
    let prepared: unknown;
    const prepare =
      route.prepare &&
      (async () => {
        prepared = await route.prepare?.(request);
      });
    const work = async (tx: Tx) => checkReply(route, await route.handle({ ...request, tx, prepared }));
    if (key === undefined) await prepare?.();
    const { reply, isReplayed } =
      key === undefined
        ? { reply: await db.tenant(app.tenantId, work), isReplayed: false }
        : await idempotently(
            {
              tenantId: app.tenantId,
              appId: app.id,
              key,
              method: route.method,
              address: ctx.path + searchOf(req),
              body: bodyText,
              now,
            },
            work,
            prepare,
          );

    if (isReplayed) state.headers.push('Idempotent-Replayed', 'true');
    for (const [name, value] of Object.entries(reply.headers)) state.headers.push(name, value);
    answer.json(ctx, reply.status, reply.body);
  }
}

/** Everything that is wrong with the request at once. An address that names nothing is `not_found`, whatever else is wrong. */
async function readInput(ctx: HttpContext, route: AnyTenantRoute, app: App): Promise<Input> {
  const params = route.params?.safeParse(ctx.params) ?? { success: true, data: {} };
  if (!params.success || Object.values(ctx.params).some((value) => value.includes('\0')))
    throw new Problem('not_found');
  const given = readQuery(searchOf(ctx.req));
  const query = check('query', route.query, given.query);
  const body = route.method === 'GET' ? NO_BODY : await readBody(ctx, route, app);
  const issues = [...given.issues, ...query.issues, ...body.issues];
  if (issues.length > 0) throw new Problem('invalid_request', { issues: issues.slice(0, MAX_ISSUE_COUNT) });
  return { params: params.data, query: query.value, body: body.value, bodyText: body.text };
}

interface BodyInput {
  value: unknown;
  text: string;
  issues: readonly ProblemIssue[];
}

const NO_BODY: BodyInput = { value: {}, text: '', issues: [] };

/** No body at all means no fields. */
async function readBody({ req, state }: HttpContext, route: AnyTenantRoute, app: App): Promise<BodyInput> {
  if (route.file && isMultipart(req)) {
    const { file, digest } = await readFormFile(req, route.file);
    return { value: { [route.file.name]: file }, issues: [], text: `multipart ${digest}` };
  }
  const bytes = await readJsonBytes(req, LIMIT_BYTES);
  let object: JsonObject = {};
  if (bytes.length > 0) {
    try {
      object = parseJsonObject(bytes, JSON_LIMITS, 'refuse');
    } catch (error) {
      if (error instanceof Problem && error.issues.length > 0) return { ...NO_BODY, issues: error.issues };
      throw error;
    }
  }
  const text = bytes.toString('utf8');
  const unstorable = SUSPICIOUS_ESCAPE.test(text) ? unstorableTextIssues(object, 'body') : [];
  const { value, issues } = check('body', route.body, object);
  const ofApp = issues.length > 0 ? (route.lint?.(object, { app, now: state.startedAt }) ?? []) : [];
  return { value, text, issues: [...unstorable, ...issues, ...ofApp] };
}

/** Inside the transaction: a reply that is not what we promised must not leave anything behind. */
function checkReply(route: AnyTenantRoute, { status, body, headers = {} }: TenantReply): KeptReply {
  const promised = route.replies[status];
  const place = `${route.method} ${route.path} ${status}`;
  if (promised === undefined) throw new Problem('internal', { cause: new Error(`${place} is not declared`) });
  if (status === 204) return { status, body: null, headers };
  const result = promised.schema.safeParse(body);
  if (result.success) return { status, body: result.data, headers };
  const issues = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ');
  throw new Problem('internal', { cause: new Error(`${place} does not fit its schema: ${issues}`) });
}

function headerOf({ req }: HttpContext, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
