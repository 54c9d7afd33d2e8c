/** OpenAPI 3.1 out of the routes: the schemas that check requests and replies are the ones that are printed.
 *  @see https://spec.openapis.org/oas/v3.1.1 */
import { z } from 'zod';
import { PROBLEMS } from '../errors.ts';
import type { ProxyRoute, Route, TenantRoute } from './route.ts';

type AnyTenantRoute = TenantRoute<unknown, unknown, unknown>;
type JsonSchema = Record<string, unknown>;

const Problem = z
  .object({
    type: z.string().meta({ format: 'uri' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [string, ...string[]]),
    detail: z.string(),
    request_id: z.string(),
    retryable: z.boolean().meta({ description: 'The same request may succeed later' }),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
  })
  .meta({ id: 'Problem' });

const header = (description: string, type: 'string' | 'integer') => ({ description, schema: { type } });
const HEADERS = {
  'X-Request-Id': header('Names this request; the same as request_id of a problem', 'string'),
  'RateLimit-Limit': header('Requests a minute', 'integer'),
  'RateLimit-Remaining': header('Requests left in this minute', 'integer'),
  'RateLimit-Reset': header('Seconds until the minute ends', 'integer'),
};
const REPLY_HEADERS = Object.fromEntries(
  Object.keys(HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Kept for 7 days, per app. The same request again gets the first reply and `Idempotent-Replayed: true`; another one 422; while the first is being worked on 409.',
  schema: { type: 'string', pattern: '^[\\x20-\\x7E]{1,255}$' },
};

const SECURITY_SCHEMES = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `pvd_live_...` or `pvd_test_...`' },
  divarKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'The same key, where the SDKs of Divar put theirs',
  },
  sessionToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A session token, for the session that it names alone',
  },
};

export function createOpenApi({
  routes,
  publicUrl,
  version,
}: {
  routes: readonly Route[];
  publicUrl: string;
  version: string;
}) {
  const components = createComponents();
  components.print(Problem, 'output');
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    if (!route.path.startsWith('/v1/')) continue;
    const path = route.path.replace(/[:*](\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] =
      route.kind === 'tenant'
        ? tenantOperation(route as unknown as AnyTenantRoute, components.print)
        : {
            operationId: operationId(route),
            summary: route.summary,
            ...(route.kind === 'page' ? { security: [] } : {}),
            ...(route.kind === 'proxy' ? proxyParts(route) : {}),
            responses: openResponses(),
          };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Peyvand',
      version,
      description: 'The gateway between add-ons of businesses and the chat of Divar.',
    },
    servers: [{ url: publicUrl }],
    security: [{ apiKey: [] }],
    paths,
    components: { schemas: components.schemas, headers: HEADERS, securitySchemes: SECURITY_SCHEMES },
  };
}

/** @see https://spec.openapis.org/oas/v3.1.1#considerations-for-file-uploads */
function formContent({ file }: Pick<AnyTenantRoute, 'file'>) {
  if (!file) return {};
  const properties = { [file.name]: { type: 'string', contentMediaType: 'application/octet-stream' } };
  const schema = { type: 'object', properties, required: [file.name] };
  return { 'multipart/form-data': { schema } };
}

function proxyParts({ path, scope }: ProxyRoute) {
  return {
    description: `Scope \`${scope}\`. The key stands in \`X-API-Key\`, and \`Authorization: Bearer grt_...\` (or \`ses_...\`) names whose token is used; answers are Divar's.`,
    tags: ['divar'],
    security: [{ divarKey: [] }, { apiKey: [] }],
    parameters: pathParameters(path),
  };
}

type Print = (schema: z.ZodType, io: 'input' | 'output') => JsonSchema;

function tenantOperation(route: AnyTenantRoute, print: Print): Record<string, unknown> {
  const body = route.body && print(route.body, 'input');
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: `Scope \`${route.scope}\`.`,
    tags: [route.path.split('/')[2]],
    security: route.sessionToken ? [{ apiKey: [] }, { sessionToken: [] }] : [{ apiKey: [] }],
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query && print(route.query, 'input')),
      ...(route.method === 'POST' ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body && {
      requestBody: {
        required: hasRequired(body),
        content: { 'application/json': { schema: body }, ...formContent(route) },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.replies).map(([status, { description, schema }]) => [
          status,
          {
            description,
            headers: REPLY_HEADERS,
            ...(status !== '204' && { content: { 'application/json': { schema: print(schema, 'output') } } }),
          },
        ]),
      ),
      default: problemResponse(),
    },
  };
}

function pathParameters(path: string) {
  return [...path.matchAll(/[:*](\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(schema: JsonSchema | undefined) {
  const required = (schema?.required ?? []) as string[];
  return Object.entries((schema?.properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, parameter]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema: parameter,
    }),
  );
}

/** No body at all is taken as no fields. */
function hasRequired(schema: JsonSchema): boolean {
  return schema.type !== 'object' || ((schema.required ?? []) as string[]).length > 0;
}

function problemResponse() {
  return {
    description: 'A problem (RFC 9457)',
    headers: { ...REPLY_HEADERS, 'Retry-After': header('Seconds; with 429 and 503', 'integer') },
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function openResponses() {
  return {
    200: { description: 'The document', content: { 'application/json': { schema: { type: 'object' } } } },
    default: problemResponse(),
  };
}

/** `get_v1_sessions_id` */
function operationId({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, '');
}

/** Prints schemas; those with an id of their own move to `components` and are referred to. */
function createComponents() {
  const schemas: Record<string, JsonSchema> = {};

  const keep = (id: string, schema: JsonSchema, io: 'input' | 'output'): string => {
    const text = JSON.stringify(schema);
    for (const name of [id, `${id}${io === 'input' ? 'Input' : 'Output'}`]) {
      schemas[name] ??= schema;
      if (JSON.stringify(schemas[name]) === text) return name;
    }
    throw new Error(`two different schemas are called ${id}`);
  };

  return {
    schemas,
    print: (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
      const { $schema: _, $defs = {}, ...root } = printJsonSchema(schema, io);
      const names = new Map<string, string>();
      // Definitions may refer to each other: they are compared by the names they have here, which both sides share.
      for (const [id, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
        names.set(id, keep(id, renameRefs(definition, new Map()), io));
      }
      return renameRefs(root, names);
    },
  };
}

function printJsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  return z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    // Replies grow: a reader that refuses what it does not know would break with every new member.
    override: ({ zodSchema: { _zod }, jsonSchema }) => {
      const isOpen = _zod.def.type === 'object' && _zod.def.catchall === undefined;
      if (io === 'output' && isOpen) delete jsonSchema.additionalProperties;
    },
  });
}

function renameRefs(schema: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key !== '$ref' || typeof value !== 'string') return value;
    const id = value.replace('#/$defs/', '');
    return `#/components/schemas/${names.get(id) ?? id}`;
  }) as JsonSchema;
}
