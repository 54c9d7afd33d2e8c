import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { Problem } from '../../src/errors.ts';
import { tenantRoute } from '../../src/http/route.ts';
import type { Db } from '../../src/ports.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import { openDirectory, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { testSeal } from '../helpers/fakes.ts';
import { bearer, sendRaw, startKit, statusOf } from './kit.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const Body = z.strictObject({ name: z.string(), fail: z.enum(['problem', 'crash']).optional() });

/** `POST /v1/endpoints` stands for every POST: it writes one row, and its reply holds a secret. */
async function setup(t: ExecutionContext) {
  const database = await createTestDatabase(t);
  const one = await provision(database);
  const two = await provision(database, {
    tenant: { external_id: 'shop-2' },
    app: { external_id: 'shop-2-live' },
  });
  const directory = await openDirectory(database.db);
  const store = createTenantStore({ seal: testSeal() });
  let runCount = 0;
  let transactionCount = 0;
  const gate: { wait?: Promise<void>; started?: () => void } = {};
  const create = (path: string) =>
    tenantRoute({
      method: 'POST',
      path,
      scope: 'endpoints:write',
      summary: 'Create',
      query: z.strictObject({ dry: z.string().optional() }),
      body: Body,
      replies: { 201: { description: 'Created', schema: z.object({ id: z.string(), secret: z.string() }) } },
      handle: async ({ tx, app, body }) => {
        runCount += 1;
        const id = `end_${runCount}`;
        gate.started?.();
        if (body.name === 'a') await gate.wait;
        await tx.sql('endpoints').insert({
          tenant_id: tx.tenantId,
          id,
          app_id: app.id,
          url: `https://${body.name}.example/${id}`,
          events: ['*'],
          secret: 'sealed',
        });
        if (body.fail === 'problem') throw new Problem('conflict');
        if (body.fail === 'crash') throw new Error('crash');
        return {
          status: 201,
          body: { id, secret: 'whsec_planted' },
          headers: { Location: `/v1/endpoints/${id}` },
        };
      },
    });
  const options = {
    routes: [create('/v1/endpoints'), create('/v1/others')],
    directory,
    db: {
      tenant: (tenantId: string, run: Parameters<typeof database.db.tenant>[1]) => {
        transactionCount += 1;
        return database.db.tenant(tenantId, run);
      },
    } as Pick<Db, 'tenant'>,
    authenticate: { findApiKey: (hash: string) => store.findApiKey(database.db, hash) },
  };
  // Two processes on one database.
  const kits = [await startKit(t, options), await startKit(t, options)] as const;
  const [kit] = kits;
  const post = (
    key: string | undefined,
    body: unknown,
    { path = '/v1/endpoints', apiKey = one.api_keys[0]?.key, to = 0 } = {},
  ) =>
    fetch((kits[to] ?? kit).url + path, {
      method: 'POST',
      headers: {
        ...bearer(apiKey),
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    });
  const endpointCount = async () => {
    const [row] = await queryAsOwner<{ count: number }>(
      database.ownerUrl,
      'select count(*)::int as count from endpoints',
    );
    return row?.count;
  };
  return {
    ...database,
    ...kit,
    post,
    endpointCount,
    runs: () => runCount,
    transactions: () => transactionCount,
    gate,
    otherKey: two.api_keys[0]?.key,
  };
}

test('the same request again gets the same reply and does nothing', async (t) => {
  const { post, endpointCount, runs } = await setup(t);
  const first = await post('order-17', { name: 'a' });
  const second = await post('order-17', { name: 'a' });
  t.is(first.status, 201);
  t.is(second.status, 201);
  t.is(first.headers.get('idempotent-replayed'), null);
  t.is(second.headers.get('idempotent-replayed'), 'true');
  t.is(second.headers.get('location'), '/v1/endpoints/end_1');
  t.deepEqual(await second.json(), await first.json());
  t.is(runs(), 1);
  t.is(await endpointCount(), 1);
});

test('without a key, and with another key, every request is fresh', async (t) => {
  const { post, endpointCount } = await setup(t);
  for (const key of [undefined, undefined, 'a', 'b']) t.is((await post(key, { name: 'a' })).status, 201);
  t.is(await endpointCount(), 4);
});

test('a key that belongs to another body, path or query is 422', async (t) => {
  const { post, endpointCount } = await setup(t);
  await post('k', { name: 'a' });
  const answers = [
    await post('k', { name: 'b' }),
    await post('k', { name: 'a' }, { path: '/v1/others' }),
    await post('k', { name: 'a' }, { path: '/v1/endpoints?dry=1' }),
  ];
  for (const answer of answers) {
    t.is(answer.status, 422);
    t.like(await answer.json(), { code: 'idempotency_mismatch', retryable: false });
  }
  t.is(await endpointCount(), 1);
});

// Alone, so that nobody else's connections make it wait.
test.serial('of fifty at once exactly one is fresh, the others are replays or in flight', async (t) => {
  const { post, endpointCount, runs } = await setup(t);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => post('at-once', { name: 'a' }, { to: index % 2 })),
  );
  const fresh = answers.filter(
    ({ status, headers }) => status === 201 && !headers.has('idempotent-replayed'),
  );
  const replayed = answers.filter(({ headers }) => headers.has('idempotent-replayed'));
  const inFlight = answers.filter(({ status }) => status === 409);
  t.is(fresh.length, 1);
  t.is(fresh.length + replayed.length + inFlight.length, 50);
  for (const answer of inFlight)
    t.like(await answer.json(), { code: 'idempotency_in_flight', retryable: true });
  t.is(runs(), 1);
  t.is(await endpointCount(), 1);
  t.is((await post('at-once', { name: 'a' })).headers.get('idempotent-replayed'), 'true');
});

test('while the first is being worked on the second is 409, even with another body, and other keys go on', async (t) => {
  const { post, gate, transactions } = await setup(t);
  let open = () => {};
  gate.wait = new Promise((resolve) => {
    open = resolve;
  });
  const started = new Promise<void>((resolve) => {
    gate.started = resolve;
  });
  const first = post('slow', { name: 'a' });
  await started;
  const count = transactions();
  t.is((await post('slow', { name: 'a' })).status, 409);
  t.is(
    transactions(),
    count,
    'the process itself knows that the first is under way, and opens no transaction',
  );
  for (const to of [0, 1]) {
    const second = await post('slow', { name: 'b' }, { to });
    t.is(second.status, 409);
    t.is(second.headers.get('retry-after'), '1');
    t.is((await post('fast', { name: 'c' }, { to, path: '/v1/others' })).status, 201);
  }
  open();
  t.is((await first).status, 201);
});

test('a request that failed leaves nothing behind, and its key is free again', async (t) => {
  const { post, endpointCount, ownerUrl } = await setup(t);
  t.is((await post('k', { name: 'a', fail: 'problem' })).status, 409);
  t.is((await post('k', { name: 'a', fail: 'crash' })).status, 500);
  t.is((await post('k', { name: 1 })).status, 400);
  t.is(await endpointCount(), 0);
  t.deepEqual(await queryAsOwner(ownerUrl, 'select * from idempotency_keys'), []);
  t.is((await post('k', { name: 'a' })).status, 201);
});

test('keys are per app: another tenant may use the same one', async (t) => {
  const { post, otherKey, endpointCount } = await setup(t);
  const mine = (await (await post('same', { name: 'a' })).json()) as { id: string };
  const answer = await post('same', { name: 'a' }, { apiKey: otherKey });
  t.is(answer.status, 201);
  t.is(answer.headers.get('idempotent-replayed'), null);
  t.not(((await answer.json()) as { id: string }).id, mine.id);
  t.is(await endpointCount(), 2);
});

test('after seven days a key is new', async (t) => {
  const { post, clock, runs } = await setup(t);
  await post('old', { name: 'a' });
  clock.advance(7 * DAY_MS - 1);
  t.is((await post('old', { name: 'a' })).headers.get('idempotent-replayed'), 'true');
  clock.advance(1);
  t.is((await post('old', { name: 'b' })).status, 201);
  t.is(runs(), 2);
  t.is((await post('old', { name: 'b' })).headers.get('idempotent-replayed'), 'true');
});

test('the kept reply and the key are unreadable in the database', async (t) => {
  const { post, ownerUrl } = await setup(t);
  await post('planted-key', { name: 'planted-name' });
  const rows = JSON.stringify(await queryAsOwner(ownerUrl, 'select * from idempotency_keys'));
  t.true(rows.length > 100);
  for (const planted of ['whsec_planted', 'planted-key', 'planted-name']) t.false(rows.includes(planted));
});

test('a key is 1 to 255 printable ASCII characters and stands once', async (t) => {
  const { post, port } = await setup(t);
  t.is((await post('x'.repeat(255), { name: 'a' })).status, 201);
  for (const key of ['', 'x'.repeat(256), 'a\tb', 'é']) {
    const answer = await post(key, { name: 'a' });
    t.is(answer.status, 400, key);
    t.like(await answer.json(), { code: 'invalid_request', errors: [{ path: 'header.idempotency-key' }] });
  }
  const head = [
    'POST /v1/endpoints HTTP/1.1',
    'Host: x',
    'Idempotency-Key: a',
    'Idempotency-Key: b',
    'Content-Length: 0',
    '',
    '',
  ];
  t.is(statusOf(await sendRaw(port, head.join('\r\n'))), 400);
});
