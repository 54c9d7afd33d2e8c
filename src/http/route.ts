/** Routes as data. Auth is part of the kind of route, so that none can forget it; one schema gives type, check and OpenAPI. */
import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { ProblemIssue } from '../errors.ts';
import type { Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { MemberRoute } from './member-route.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Resources of CONTRACT section 5; a key's scopes are `*` or `<resource>:read|write`, write includes read. */
export type ApiResource =
  | 'app'
  | 'sessions'
  | 'messages'
  | 'media'
  | 'conversations'
  | 'grants'
  | 'subscriptions'
  | 'events'
  | 'endpoints'
  | 'deliveries'
  | 'jobs'
  | 'divar';
export type ApiScope = `${ApiResource}:${'read' | 'write'}`;

export interface TenantRequest<Params, Query, Body> {
  requestId: string;
  now: Date;
  app: App;
  /** The API key that called; undefined when a session token did. */
  keyId: string | undefined;
  /** The request's one transaction: what the handler writes and the Idempotency-Key commit together. */
  tx: Tx;
  params: Params;
  query: Query;
  body: Body;
  /** What the route's `prepare` has made. */
  prepared: unknown;
}

/** What a route knows before its transaction begins. */
export type PreparedRequest<Params, Query, Body> = Omit<
  TenantRequest<Params, Query, Body>,
  'tx' | 'prepared'
>;

/** A file that a route takes. */
export interface FilePart {
  name: string;
  limitBytes: number;
}

/** A file that came: held in memory, and nowhere else. */
export interface UploadedFile {
  filename: string;
  bytes: Buffer;
}

export interface TenantReply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A call of a tenant's server: `Authorization: Bearer pvd_...`. Kit: limits, auth, scope, rate, validation, idempotency, reply check. */
export interface TenantRoute<Params = unknown, Query = unknown, Body = unknown> {
  kind: 'tenant';
  method: Method;
  /** `/v1/sessions/:id` */
  path: string;
  scope: ApiScope;
  /** Also opened by the session token whose `sub` is `params.id` (fragment mode), with CORS for the landing's origin. */
  sessionToken?: boolean;
  /** The reply holds a secret: never logged. */
  summary: string;
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** What of a body depends on the app. Asked when the schema has something to say, so that one answer tells everything;
   *  a body that fits the schema is judged by the handler, after a kept reply was looked for. Takes any object. */
  lint?(body: Record<string, unknown>, context: { app: App; now: Date }): ProblemIssue[];
  /** By status. What the handler returns is parsed by it: unknown members are dropped, a wrong one is our 500. */
  replies: Record<number, { description: string; schema: z.ZodType }>;
  /** Also takes `multipart/form-data` with one file, which then stands in the body under its name; `body` is for JSON. */
  file?: FilePart;
  /** Calls that take their time: before the transaction, so that they hold no connection. Not done when the reply to the
   *  Idempotency-Key is kept already; may be done twice when two processes get the same key at once. */
  prepare?(request: PreparedRequest<Params, Query, Body>): Promise<unknown>;
  handle(request: TenantRequest<Params, Query, Body>): Promise<TenantReply>;
}

export interface PageRequest {
  requestId: string;
  now: Date;
  /** HEAD arrives as HEAD: it must not change anything. */
  method: Method | 'HEAD';
  params: Record<string, string>;
  query: URLSearchParams;
  cookies: ReadonlyMap<string, string>;
  headers: IncomingHttpHeaders;
}

export interface PageReply {
  status: number;
  /** A whole document; the kit adds CSP, no-store, no-referrer, nosniff. */
  html?: string;
  /** An address for 303. */
  location?: string;
  cookies?: { name: string; value: string; maxAgeSeconds: number }[];
  /** JSON documents that anyone may read (jwks, openapi). */
  json?: unknown;
  /** Any other document as it lies on the disk. `headers` wins over what the kit adds (CSP, cache). */
  file?: { bytes: Buffer; contentType: string };
  headers?: Record<string, string>;
}

/** What a browser or anyone else opens; it proves itself by what it carries (handle, state, nothing). */
export interface PageRoute {
  kind: 'page';
  method: Method;
  path: string;
  summary: string;
  handle(request: PageRequest): Promise<PageReply>;
}

export interface DivarRequest {
  requestId: string;
  now: Date;
  app: App;
  headers: IncomingHttpHeaders;
  /** The parsed JSON object: limits checked, prototype keys harmless. */
  body: Record<string, unknown>;
  /** The body as it came, after inflation, as long as the route asks for it. */
  rawText: string;
}

/** A POST of Divar: the app's identification key is checked before the body is read. */
export interface DivarRoute {
  kind: 'divar';
  method: 'POST';
  /** Has `:app_id`. */
  path: string;
  summary: string;
  /** Numbers that would be rounded arrive as strings, and `rawText` is the body as it came. */
  keepsRaw?: boolean;
  /** Whether it is another key of this app than its own. Asked only when the app's own keys do not fit. */
  knowsKey?: (appId: string, presented: string) => Promise<boolean>;
  /** A refused address gets the answer of a wrong key. Asked after the key, so that only Divar's calls are judged. */
  admitsAddress?: (address: string, app: App) => boolean;
  handle(request: DivarRequest): Promise<{ status: number; body: unknown }>;
}

export interface StreamRequest<Query> {
  requestId: string;
  app: App;
  query: Query;
  /** `Last-Event-ID`: what the reader has seen of an earlier stream. */
  lastEventId: string | undefined;
  /** Aborted when the reader has gone, or this process is about to. */
  signal: AbortSignal;
}

/** An endless answer (server-sent events) for a tenant's server. Kit: auth, scope, rate, query, number of streams. */
export interface StreamRoute<Query = unknown> {
  kind: 'stream';
  method: 'GET';
  path: string;
  scope: ApiScope;
  summary: string;
  query?: z.ZodType<Query>;
  /** Throws its `Problem` before the stream begins; what it returns is written as it comes, and ends with the signal. */
  open(request: StreamRequest<Query>): Promise<AsyncIterable<string>>;
}

export interface ProxyRequest {
  requestId: string;
  now: Date;
  app: App;
  /** The grant (`grt_`) or session (`ses_`) that the caller speaks for. */
  onBehalfOf: string | undefined;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** What follows the prefix, to the letter: nothing is decoded. */
  rawPath: string;
  /** Empty, or begins with `?`. */
  search: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface ProxyReply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A foreign API through us. Kit: auth (`X-API-Key` too), scope, rate, at most 1 MiB of body; nothing is a transaction. */
export interface ProxyRoute {
  kind: 'proxy';
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Ends in `/*path`. */
  path: string;
  prefix: string;
  scope: ApiScope;
  summary: string;
  handle(request: ProxyRequest): Promise<ProxyReply>;
}

export type Route =
  | TenantRoute<never, never, never>
  | PageRoute
  | DivarRoute
  | StreamRoute<never>
  | MemberRoute
  | ProxyRoute;

/** Keeps the types of a route's schemas for its handler, and forgets them for the list. */
export function tenantRoute<Params, Query, Body>(
  route: Omit<TenantRoute<Params, Query, Body>, 'kind'>,
): TenantRoute<never, never, never> {
  return { kind: 'tenant', ...route } as unknown as TenantRoute<never, never, never>;
}
