/** Calls of the panel, in this order: from our own page, who calls, may he, what it says, then the handler. */
import type { IncomingMessage } from 'node:http';
import { Problem, type ProblemIssue } from '../errors.ts';
import type { Login, Role } from '../members/members.ts';
import type { Db } from '../ports.ts';
import type { Answer } from './answer.ts';
import { readJsonBytes } from './body.ts';
import { type ClientAddress, networkOf } from './client-address.ts';
import { sha256Base64url } from './digest.ts';
import { type HttpContext, searchOf } from './exchange.ts';
import { parseJsonObject, unstorableTextIssues } from './json.ts';
import type { MemberReply, MemberRoute } from './member-route.ts';
import { createCookies } from './page-route.ts';
import { type RateLimit, rateProblem } from './rate-limit.ts';
import type { RunStream } from './streams.ts';
import { check, MAX_ISSUE_COUNT, readQuery } from './validate.ts';

const COOKIE_NAME = 'pvd_login';
const COOKIE_VALUE = /^[A-Za-z0-9_-]{43}$/;
const LIMIT_BYTES = 64 * 1024;
const JSON_LIMITS = { depth: 32, keyCount: 1000 };
/** A person with a live page stays far below; a stolen cookie must not become a crawl. */
const LOGIN_REQUESTS_PER_MINUTE = 600;
/** A whole office behind one address, or somebody who makes up cookies. */
const NETWORK_REQUESTS_PER_MINUTE = 6000;
const STEP_UP_MS = 5 * 60_000;

export interface MemberDeps {
  /** The login of a token as long as it lives; `prolongs` begins its idle time anew. */
  findLogin(tokenHash: string, now: Date, prolongs: boolean): Promise<Login | undefined>;
  /** The origin of the panel: the only one that may change anything. */
  adminUrl: string;
}

export interface MemberHandlerDeps extends MemberDeps {
  db: Pick<Db, 'tenant'>;
  answer: Pick<Answer, 'json'>;
  rateLimit: RateLimit;
  clientAddress: ClientAddress;
  /** Streams of one login. */
  runStream: RunStream;
}

export function createMemberHandler(deps: MemberHandlerDeps) {
  const { db, answer, rateLimit, clientAddress, adminUrl } = deps;
  const cookies = createCookies(adminUrl);

  const count = async (bucket: string, limitCount: number) => {
    const rate = await rateLimit.take(bucket, limitCount);
    if (rate.isExceeded) throw rateProblem(rate);
  };

  const admit = async ({ req, state }: HttpContext, route: MemberRoute): Promise<Login | undefined> => {
    if (route.method !== 'GET') requireOwnOrigin(req, adminUrl);
    const token = cookies.read(req.headers.cookie).get(COOKIE_NAME) ?? '';
    await count(`panel/${networkOf(clientAddress(req))}`, NETWORK_REQUESTS_PER_MINUTE);
    if (route.auth === 'public') return undefined;
    const prolongs = route.prolongs ?? route.method !== 'GET';
    const login = COOKIE_VALUE.test(token)
      ? await deps.findLogin(sha256Base64url(token), state.startedAt, prolongs)
      : undefined;
    if (login === undefined) throw new Problem('unauthorized', { detail: 'Sign in' });
    await count(`login/${login.id}`, LOGIN_REQUESTS_PER_MINUTE);
    if (route.auth === 'member' && login.stage !== 'member') throw new Problem('second_factor_required');
    return login;
  };

  const send = (ctx: HttpContext, route: MemberRoute, given: MemberReply) => {
    const { cookie, headers = {} } = given;
    if (cookie !== undefined) {
      const written = cookie === null ? { value: '', maxAgeSeconds: 0 } : cookie;
      ctx.state.headers.push('Set-Cookie', cookies.write({ name: COOKIE_NAME, ...written }));
    }
    for (const [name, value] of Object.entries(headers)) ctx.state.headers.push(name, value);
    answer.json(ctx, given.status, checkReply(route, given));
  };

  /** In a transaction where there is a tenant, whose member the caller is then. */
  const handle = async (route: MemberRoute, request: { role: Role | undefined }, tenantId = '') => {
    if (request.role === undefined) return await route.handle(request as never);
    const prepared = await route.prepare?.(request as never);
    return await db.tenant(tenantId, (tx) => route.handle({ ...request, tx, prepared } as never));
  };

  return (route: MemberRoute) => {
    if (route.path.includes('/:tenant') !== (route.roles !== undefined))
      throw new Error(`${route.method} ${route.path} has a tenant without roles, or roles without a tenant`);
    return async (ctx: HttpContext): Promise<void> => {
      const { state, req } = ctx;
      state.route = route.path;
      const login = await admit(ctx, route);
      const role = login && route.roles ? requireRole(login, ctx.params.tenant, route.roles) : undefined;
      if (login && route.stepUp) requireStepUp(login, state.startedAt);
      const input = await readInput(ctx, route);
      const address = clientAddress(req);
      const request = {
        ...input,
        ...{ login, role },
        requestId: state.requestId,
        now: state.startedAt,
        client: { address, network: networkOf(address), userAgent: req.headers['user-agent'] ?? '' },
      };
      const reply = await handle(route, request, ctx.params.tenant);
      if (reply.stream === undefined || login === undefined) send(ctx, route, reply);
      else await deps.runStream(ctx, login.id, async (signal) => reply.stream?.(signal) ?? []);
    };
  };
}

/** A page of another site can send a form or a plain fetch with the cookie, but neither our Origin nor our content type. */
function requireOwnOrigin({ headers }: IncomingMessage, adminUrl: string): void {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== adminUrl || (site !== undefined && site !== 'same-origin'))
    throw new Problem('origin_not_allowed', {
      detail: `Changes are taken from ${adminUrl} only`,
      extra: { params: { origin: adminUrl } },
    });
}

function requireRole(login: Login, tenantId: string | undefined, roles: readonly Role[]): Role {
  const membership = login.memberships.find((one) => one.tenantId === tenantId);
  if (membership === undefined) throw new Problem('not_found');
  if (!roles.includes(membership.role))
    throw new Problem('forbidden', {
      detail: `Your role does not allow this: ask ${roles.join(' or ')}`,
      extra: { params: { role: membership.role, roles } },
    });
  return membership.role;
}

function requireStepUp({ stepUpAt }: Login, now: Date): void {
  if (stepUpAt === null || now.getTime() - stepUpAt.getTime() >= STEP_UP_MS)
    throw new Problem('step_up_required', { detail: 'Give a second factor, then repeat the call' });
}

async function readInput(ctx: HttpContext, route: MemberRoute) {
  const params = route.params?.safeParse(ctx.params) ?? { success: true, data: ctx.params };
  if (!params.success || Object.values(ctx.params).some((value) => value.includes('\0')))
    throw new Problem('not_found');
  const given = readQuery(searchOf(ctx.req));
  const query = check('query', route.query, given.query);
  const body = route.method === 'GET' ? { value: {}, issues: [] } : await readBody(ctx.req, route);
  const issues = [...given.issues, ...query.issues, ...body.issues];
  if (issues.length > 0) throw invalid(issues);
  return { params: params.data, query: query.value, body: body.value };
}

/** No body at all means no fields. A body says that it is JSON: what a foreign form can send does not. */
async function readBody(req: IncomingMessage, route: MemberRoute) {
  const bytes = await readJsonBytes(req, LIMIT_BYTES);
  if (bytes.length === 0) return check('body', route.body, {});
  if (req.headers['content-type'] === undefined)
    throw new Problem('unsupported_media_type', { detail: 'Send application/json' });
  const object = parseJsonObject(bytes, JSON_LIMITS, 'refuse');
  const { value, issues } = check('body', route.body, object);
  return { value, issues: [...unstorableTextIssues(object, 'body'), ...issues] };
}

/** The codes of the issues are what the panel translates; `params` says what stands in their sentences. */
function invalid(issues: readonly ProblemIssue[]): Problem {
  return new Problem('invalid_request', { issues: issues.slice(0, MAX_ISSUE_COUNT) });
}

function checkReply(route: MemberRoute, { status, body }: MemberReply): unknown {
  const promised = route.replies[status];
  const place = `${route.method} ${route.path} ${status}`;
  if (promised === undefined) throw new Problem('internal', { cause: new Error(`${place} is not declared`) });
  if (status === 204) return null;
  const result = promised.schema.safeParse(body);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ');
  throw new Problem('internal', { cause: new Error(`${place} does not fit its schema: ${issues}`) });
}
