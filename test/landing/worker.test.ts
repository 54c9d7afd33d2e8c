import test from 'ava';
import { createLandingStore } from '../../src/landing/store.ts';
import { createLandingProbeWorker } from '../../src/landing/worker.ts';
import { createCall } from '../../src/platform/call.ts';
import { openDirectory, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { createTestClock } from '../helpers/fakes.ts';
import type { FakeReply } from '../helpers/http.ts';
import { loopbackFake } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';

async function setup(t: Teardown, answer: () => FakeReply | Promise<FakeReply> = () => ({})) {
  const database = await createTestDatabase(t);
  const page = await loopbackFake(t, () => answer());
  const { app, tenant } = await provision(database, { landing: { url: `${page.url}/divar?x=1` } });
  const directory = await openDirectory(database.db);
  const call = createCall();
  t.teardown(() => call.close());
  const landing = createLandingStore();
  const clock = createTestClock();
  const { tick } = createLandingProbeWorker({
    db: database.db,
    directory,
    landing,
    call,
    clock,
    log: silentLog(),
  });
  const inTenant = <T>(run: (tx: Parameters<typeof landing.findHealth>[0]) => Promise<T>) =>
    database.db.tenant(tenant.id, run);
  await inTenant((tx) => landing.watchHealth(tx, app.id));
  return {
    ...database,
    page,
    directory,
    clock,
    tick,
    /** As 30 seconds later. */
    round: async () => {
      await queryAsOwner(database.ownerUrl, 'update landing_health set due_at = now()');
      return await tick();
    },
    health: () => inTenant((tx) => landing.findHealth(tx, app.id)),
  };
}

test.serial('a page is looked at once in 30 seconds, however many workers there are', async (t) => {
  const { tick, page } = await setup(t);
  const counts = await Promise.all([tick(), tick(), tick()]);
  t.deepEqual(counts.sort(), [0, 0, 1]);
  t.is(await tick(), 0);
  t.like(page.requests, { length: 1, 0: { method: 'GET', url: '/divar?x=1' } });
});

for (const [title, reply] of [
  ['errors of the server', { status: 503 }],
  ['a connection that breaks', undefined],
] as const) {
  test.serial(`three in a row of ${title} take the page down, one answer restores it`, async (t) => {
    let isDown = true;
    const { round, health, page, clock } = await setup(t, () => (isDown && reply ? reply : { status: 404 }));
    if (!reply) page.server.on('connection', (socket) => isDown && socket.destroy());
    await round();
    await round();
    t.deepEqual(await health(), { failureCount: 2, downSince: null });
    await round();
    t.deepEqual(await health(), { failureCount: 3, downSince: clock.now() });
    isDown = false;
    await round();
    t.deepEqual(await health(), { failureCount: 0, downSince: null });
  });
}

test.serial('redirects, refusals and huge pages are pages all the same', async (t) => {
  const replies: FakeReply[] = [
    { status: 302, headers: { location: '/' } },
    { status: 401 },
    { body: 'x'.repeat(3_000_000) },
  ];
  let round = 0;
  const world = await setup(t, () => replies[round++] ?? {});
  for (const _reply of replies) await world.round();
  t.deepEqual(await world.health(), { failureCount: 0, downSince: null });
  t.is(world.page.requests.length, 3);
});

test.serial('the page of a suspended app is left alone', async (t) => {
  const { ownerUrl, directory, round, page } = await setup(t);
  await queryAsOwner(ownerUrl, 'update tenants set suspended_at = now()');
  await directory.refresh();
  t.is(await round(), 1);
  t.is(page.requests.length, 0);
});
