import test from 'ava';
import { z } from 'zod';
import { createApiRoutes } from '../../src/api/routes.ts';
import { ListQuery, pageOf } from '../../src/http/cursor.ts';
import { createOpenApi } from '../../src/http/openapi.ts';
import { type Route, tenantRoute } from '../../src/http/route.ts';
import { initRoute } from './kit.ts';

const Item: z.ZodType = z
  .object({
    id: z.string(),
    get parts() {
      return z.array(Item);
    },
  })
  .meta({ id: 'Item' });

function setup(more: Route[] = []) {
  const routes: Route[] = [
    initRoute().route,
    tenantRoute({
      method: 'GET',
      path: '/v1/items',
      scope: 'sessions:read',
      summary: 'List',
      query: ListQuery,
      replies: { 200: { description: 'A page', schema: pageOf(Item) } },
      handle: async () => ({ status: 200, body: {} }),
    }),
    tenantRoute({
      method: 'POST',
      path: '/v1/items/:id/cancel',
      scope: 'sessions:write',
      sessionToken: true,
      summary: 'Cancel',
      params: z.object({ id: z.string() }),
      body: z.strictObject({ why: z.string().max(10).optional(), sure: z.boolean().default(true) }),
      replies: {
        200: { description: 'It', schema: Item },
        204: { description: 'Nothing', schema: z.unknown() },
      },
      handle: async () => ({ status: 200, body: {} }),
    }),
    ...createApiRoutes({ publicUrl: 'https://gate.example', version: '1.2.3', allRoutes: () => routes }),
    ...more,
  ];
  return { routes, document: createOpenApi({ routes, publicUrl: 'https://gate.example', version: '1.2.3' }) };
}

// biome-ignore lint/suspicious/noExplicitAny: a document is walked as it is
const walk = (value: any, visit: (key: string, value: any) => void): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    visit(key, member);
    walk(member, visit);
  }
};

test('describes every route under /v1, by its own schemas, and no other', (t) => {
  const { routes, document } = setup();
  t.is(document.openapi, '3.1.1');
  t.like(document, {
    info: { title: 'Peyvand', version: '1.2.3' },
    servers: [{ url: 'https://gate.example' }],
  });
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const expected = routes
    .filter(({ path }) => path.startsWith('/v1/'))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  t.deepEqual(described.sort(), expected.sort());
});

test('every reference leads somewhere, every operation has a name of its own, and every parameter of a path is there', (t) => {
  const { document } = setup();
  const ids: string[] = [];
  let referenceCount = 0;
  walk(document, (key, value) => {
    if (key === 'operationId') ids.push(value);
    if (key !== '$ref') return;
    referenceCount += 1;
    const target = (value as string)
      .replace('#/', '')
      .split('/')
      .reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], document);
    t.truthy(target, value);
  });
  t.true(referenceCount > 10);
  t.is(new Set(ids).size, ids.length);
  t.like(document.paths['/v1/items/{id}/cancel']?.post, {
    operationId: 'post_v1_items_id_cancel',
    security: [{ apiKey: [] }, { sessionToken: [] }],
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'Idempotency-Key', in: 'header', required: false },
    ],
  });
});

test('requests are described as they are sent, replies as they come back', (t) => {
  const { document } = setup();
  t.like(document.paths['/v1/items/{id}/cancel']?.post, {
    requestBody: {
      required: false,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            additionalProperties: false,
            properties: { why: { type: 'string', maxLength: 10 }, sure: { type: 'boolean', default: true } },
          },
        },
      },
    },
    responses: {
      200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } } },
      204: { description: 'Nothing' },
      default: {
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  });
  t.false('additionalProperties' in (document.components.schemas.Item ?? {}), 'replies may grow');
  const list = document.paths['/v1/items']?.get as { parameters: unknown[] };
  t.like(list.parameters[0], {
    name: 'limit',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100 },
  });
  t.like(document.components.schemas, {
    Item: { properties: { parts: { items: { $ref: '#/components/schemas/Item' } } } },
  });
});

test('two different schemas of one name are a mistake of ours', (t) => {
  const route = (schema: z.ZodType, path: string) =>
    tenantRoute({
      method: 'GET',
      path,
      scope: 'app:read',
      summary: 'x',
      replies: { 200: { description: 'x', schema } },
      handle: async () => ({ status: 200, body: {} }),
    });
  const other = (shape: z.ZodRawShape) => z.object(shape).meta({ id: 'Twin' });
  t.throws(
    () =>
      setup([
        route(other({ a: z.string() }), '/v1/a'),
        route(other({ b: z.string() }), '/v1/b'),
        route(other({ c: z.string() }), '/v1/c'),
      ]),
    {
      message: /Twin/,
    },
  );
});
