/** Routes of the panel as data: who may call is a required part of each, and nothing is open by default. */
import type { z } from 'zod';
import type { Login, Role } from '../members/members.ts';
import type { Tx } from '../ports.ts';

export type MemberMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** `public`: anybody. `pending_second_factor`: the password has passed, at least. `member`: both factors have. */
export type MemberAuth = 'public' | 'pending_second_factor' | 'member';

export interface Client {
  address: string;
  /** One caller, one bucket: an IPv6 address counts as its /64. */
  network: string;
  userAgent: string;
}

/** What the members' room knows of a request. */
export interface PublicRequest<Params = unknown, Query = unknown, Body = unknown> {
  requestId: string;
  now: Date;
  client: Client;
  params: Params;
  query: Query;
  body: Body;
}
export interface LoginRequest<Params = unknown, Query = unknown, Body = unknown>
  extends PublicRequest<Params, Query, Body> {
  login: Login;
}
export interface RoleRequest<Params = unknown, Query = unknown, Body = unknown>
  extends LoginRequest<Params, Query, Body> {
  role: Role;
  /** The one transaction of the request, of the tenant in the address. */
  tx: Tx;
  /** What the route's `prepare` has made. */
  prepared: unknown;
}

export interface MemberReply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** Of the login; null takes it away. */
  cookie?: { value: string; maxAgeSeconds: number } | null;
  /** An endless answer (server-sent events) instead of the body: begins after the transaction, ends with the signal. */
  stream?: (signal: AbortSignal) => AsyncIterable<string>;
}

interface RouteFacts<Params, Query, Body> {
  method: MemberMethod;
  /** Under `/admin/api/v1`; whatever belongs to a tenant has `:tenant`. */
  path: string;
  summary: string;
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** By status. What the handler returns is parsed by it. */
  replies: Record<number, { description: string; schema: z.ZodType }>;
  /** Whether a call counts as input and begins the idle time anew. Default: every method but GET. Polls and streams are GETs,
   *  so that nothing a page does by itself keeps a login alive. */
  prolongs?: boolean;
  /** Needs a second factor that is younger than five minutes. */
  stepUp?: boolean;
}

export interface MemberRoute extends RouteFacts<unknown, unknown, unknown> {
  kind: 'member';
  auth: MemberAuth;
  /** Exactly where the path has `:tenant`. Anybody who is not in the tenant gets the 404 of an unknown one. */
  roles?: readonly Role[];
  prepare?(request: LoginRequest<never, never, never>): Promise<unknown>;
  handle(request: RoleRequest<never, never, never>): Promise<MemberReply>;
}

export function publicRoute<Params, Query, Body>(
  route: RouteFacts<Params, Query, Body> & {
    handle(request: PublicRequest<Params, Query, Body>): Promise<MemberReply>;
  },
): MemberRoute {
  return { kind: 'member', auth: 'public', ...route };
}

export function loginRoute<Params, Query, Body>(
  route: RouteFacts<Params, Query, Body> & {
    auth: 'pending_second_factor' | 'member';
    handle(request: LoginRequest<Params, Query, Body>): Promise<MemberReply>;
  },
): MemberRoute {
  return { kind: 'member', ...route };
}

export function roleRoute<Params, Query, Body>(
  route: RouteFacts<Params, Query, Body> & {
    roles: readonly Role[];
    /** Before the transaction: what needs a connection of its own must not wait for one while it holds another. */
    prepare?(request: LoginRequest<Params, Query, Body>): Promise<unknown>;
    handle(request: RoleRequest<Params, Query, Body>): Promise<MemberReply>;
  },
): MemberRoute {
  return { kind: 'member', auth: 'member', ...route };
}
