import test, { type ExecutionContext } from 'ava';
import { createAnnounceOnce } from '../../src/events/announce.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { createTellCreated } from '../../src/session/tell.ts';
import { createNewVisitsWorker } from '../../src/session/worker.ts';
import { createPlanDeliveries } from '../../src/webhooks/plan.ts';
import { provision } from '../helpers/apps.ts';
import { openEventRoom } from '../helpers/event-room.ts';
import { newSession } from '../helpers/sessions.ts';

const ENDPOINTS = [
  { url: 'https://shop.example/all' },
  { url: 'https://shop.example/visits', events: ['session.created'] },
  { url: 'https://shop.example/messages', events: ['message.*'] },
];

async function setup(t: ExecutionContext) {
  const room = await openEventRoom(t, { endpoints: ENDPOINTS });
  const { db, app, clock, random } = room;
  const sessions = createSessionStore({ seal: room.seal });
  const announceOnce = createAnnounceOnce({ ...room, planDeliveries: createPlanDeliveries(room) });
  const viewSessions: Parameters<typeof createTellCreated>[0]['viewSessions'] = async (_tx, shown) =>
    shown.map(({ id }) => ({ id, state: 'created' }) as never);
  const tellCreated = createTellCreated({ announceOnce, viewSessions });
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  const workerOf = (tell = tellCreated) =>
    createNewVisitsWorker({ db, sessions, tellCreated: tell, clock, random, pause });
  const visits = (count: number, given = { tenantId: app.tenantId, appId: app.id }) =>
    Array.from({ length: count }, () => newSession({ ...given, id: room.newId('ses') }));
  const journal = () => room.owner<{ visit_count: number }>('select visit_count from new_visits');
  return { ...room, sessions, tellCreated, workerOf, visits, pauses, journal };
}

test('a visit that nobody opens is told once, to every endpoint that wants it', async (t) => {
  const { db, sessions, workerOf, visits, listEvents, journal, owner } = await setup(t);
  const batch = visits(3).sort((a, b) => (a.id < b.id ? -1 : 1));
  await sessions.intake(db, batch);
  await t.throwsAsync(sessions.intake(db, batch));
  t.deepEqual(await journal(), [{ visit_count: 3 }]);
  t.is(await workerOf().tick(), 3);
  const told = await listEvents();
  t.deepEqual(
    told.map(({ id, type, created_at, data }) => ({ id, type, created_at, data })),
    batch.map(({ id, createdAt }) => ({
      id: id.replace('ses_', 'evt_'),
      type: 'session.created',
      created_at: createdAt.toISOString(),
      data: { session: { id, state: 'created' } },
    })),
  );
  t.deepEqual(await owner('select count(*)::int from deliveries'), [{ count: 6 }]);
  t.deepEqual(await journal(), []);
  t.is(await workerOf().tick(), 0);
});

test('what was told by whoever opened the visit is not told again', async (t) => {
  const { db, sessions, tellCreated, workerOf, visits, listEvents, inTenant, owner } = await setup(t);
  const [opened, other] = visits(2);
  if (!opened || !other) return t.fail();
  await sessions.intake(db, [opened, other]);
  await inTenant(async (tx) => tellCreated(tx, await sessions.findMany(tx, [opened.id])));
  t.is(await workerOf().tick(), 2);
  t.is((await listEvents()).length, 2);
  t.deepEqual(await owner('select count(*)::int from deliveries'), [{ count: 4 }]);
});

test('a worker that dies on the way leaves its visits to the next, and none is told twice', async (t) => {
  const { db, sessions, tellCreated, workerOf, visits, listEvents, owner } = await setup(t);
  await sessions.intake(db, visits(60));
  let chunks = 0;
  const dying: typeof tellCreated = async (tx, told) => {
    chunks += 1;
    if (chunks > 1) throw new Error('killed');
    await tellCreated(tx, told);
  };
  await t.throwsAsync(workerOf(dying).tick(), { message: 'killed' });
  t.is((await listEvents()).length, 50);
  t.is(await workerOf().tick(), 0);
  await owner(`update new_visits set claimed_until = now() - interval '1 second'`);
  t.is(await workerOf().tick(), 60);
  t.is((await listEvents()).length, 60);
  t.deepEqual(await owner('select count(*)::int from deliveries'), [{ count: 120 }]);
});

test('two workers at once share the batches, and rest as long as their rate asks for', async (t) => {
  const { db, sessions, workerOf, visits, listEvents, pauses } = await setup(t);
  for (let batch = 0; batch < 4; batch += 1) await sessions.intake(db, visits(20));
  const counts = await Promise.all([workerOf().tick(), workerOf().tick()]);
  t.is(
    counts.reduce((sum, count) => sum + count),
    80,
  );
  t.is((await listEvents()).length, 80);
  t.true(pauses.length > 0 && pauses.every((ms) => ms >= 0 && ms <= 1000));
});

test('a batch of several tenants is told to each its own, and an erased visit to nobody', async (t) => {
  const { db, sessions, workerOf, visits, listEvents, owner } = await setup(t);
  const other = await provision({ db }, { tenant: { external_id: 'shop-2' } });
  const foreign = visits(2, { tenantId: other.tenant.id, appId: other.app.id });
  const [own, erased] = visits(2);
  if (!own || !erased) return t.fail();
  await sessions.intake(
    db,
    [foreign[0], own, erased, foreign[1]].filter((one) => one !== undefined),
  );
  await owner('delete from sessions where id = $1', [erased.id]);
  t.is(await workerOf().tick(), 4);
  t.deepEqual(
    (await listEvents()).map(({ data }) => data),
    [{ session: { id: own.id, state: 'created' } }],
  );
  const told = await owner<{ tenant_id: string }>('select tenant_id from events where app_id = $1', [
    other.app.id,
  ]);
  t.deepEqual(told, [{ tenant_id: other.tenant.id }, { tenant_id: other.tenant.id }]);
});
