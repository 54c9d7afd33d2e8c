/** From the line of a request to the row of its minute, on real PostgreSQL. */
import test, { type ExecutionContext } from 'ava';
import { slotOf } from '../../src/health/health.ts';
import { createHealthMeter } from '../../src/health/meter.ts';
import { createHealthStore } from '../../src/health/store.ts';
import { createHealthWorker } from '../../src/health/worker.ts';
import type { Log } from '../../src/ports.ts';
import type { App } from '../../src/tenants/tenants.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { createTestClock } from '../helpers/fakes.ts';

const NOON = new Date('2026-11-24T12:00:30Z');

function meterAt(now = NOON) {
  const clock = createTestClock(now);
  const meter = createHealthMeter({ clock });
  const lines: [string, object, string][] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, fields, message]);
  const log = meter.countingLog({
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  } as Log);
  const visit = (status: number, durationMs: number, appId: string | null = 'app_1') =>
    log.debug({ route: '/i/:app_id', status, app_id: appId, duration_ms: durationMs }, 'request');
  return { clock, meter, log, lines, visit };
}

test('counts visits by app and minute, with whose fault a failure was', (t) => {
  const { clock, meter, log, lines, visit } = meterAt();
  visit(200, 8);
  visit(503, 700);
  visit(401, 1);
  visit(400, 2);
  visit(200, 12, 'app_2');
  clock.advance(60_000);
  visit(200, 8);
  log.info({ route: '/v1/messages', status: 500, app_id: 'app_1', duration_ms: 9 }, 'request');
  log.warn({ route: '/i/:app_id', app_id: 'app_1' }, 'odd session body');
  visit(401, 1, null);
  const { counts } = meter.take();
  t.deepEqual(
    counts.map(({ appId, calls, ours, key, request }) => [appId, calls, ours, key, request]),
    [
      ['app_1', 4, 1, 1, 1],
      ['app_2', 1, 0, 0, 0],
      ['app_1', 1, 0, 0, 0],
    ],
  );
  // Refusals are quick, and say nothing about how fast visits are answered.
  t.is(
    counts[0]?.slots.reduce((sum, one) => sum + one, 0),
    2,
  );
  t.is(counts[0]?.slots[slotOf(700)], 1);
  t.is(lines.length, 9, 'every line is written');
  t.deepEqual(meter.take(), { counts: [], beats: [] });
});

async function setup(t: ExecutionContext) {
  const { db, ownerUrl } = await createTestDatabase(t);
  const one = await provision({ db });
  const other = await provision(
    { db },
    {
      tenant: { external_id: 'shop-2' },
      app: { external_id: 'shop-2-live' },
      divar: { slug: 'red-fox-chair' },
    },
  );
  const owners = new Map([
    [one.app.id, one.tenant.id],
    [other.app.id, other.tenant.id],
  ]);
  const store = createHealthStore();
  const metered = meterAt();
  const worker = createHealthWorker({
    db,
    store,
    meter: metered.meter,
    directory: {
      find: (id) => {
        const tenantId = owners.get(id);
        return tenantId === undefined ? undefined : ({ id, tenantId } as App);
      },
    },
  });
  return { ...metered, db, ownerUrl, store, worker, one, other };
}

test('minutes add up in the database, whatever process has counted them', async (t) => {
  const { db, worker, store, visit, one, other } = await setup(t);
  visit(200, 8, one.app.id);
  visit(503, 30, one.app.id);
  await worker.tick();
  visit(200, 8, one.app.id);
  visit(200, 1800, other.app.id);
  visit(200, 8, 'app_unknown');
  await worker.tick();
  const from = new Date('2026-11-24T12:00:00Z');
  const to = new Date('2026-11-24T13:00:00Z');
  const read = (tenantId: string, appId: string) =>
    db.tenant(tenantId, (tx) => store.buckets(tx, appId, { from, to, widthSeconds: 3600 }));
  const [bucket] = await read(one.tenant.id, one.app.id);
  t.is(bucket?.callCount, 3);
  t.is(bucket?.failedCount, 1);
  t.is(bucket?.slots[slotOf(8)], 2);
  t.is(bucket?.slots[slotOf(30)], 1);
  t.deepEqual(await read(one.tenant.id, other.app.id), [], "another tenant's minutes are not there");
  t.is((await read(other.tenant.id, other.app.id)).length, 1);
  const failed = await db.tenant(one.tenant.id, (tx) => store.failedMinutes(tx, one.app.id, from, to));
  t.deepEqual(failed, [{ at: from, callCount: 3, oursCount: 1, keyCount: 0, requestCount: 0 }]);
});

test('what could not be written waits, and is written with the next', async (t) => {
  const { clock, meter, visit } = meterAt();
  const written: { calls: number[]; beats: number }[] = [];
  let isAway = true;
  const worker = createHealthWorker({
    db: { call: async () => [] },
    meter,
    directory: { find: (id) => ({ id, tenantId: 'ten_1' }) as App },
    store: {
      add: async (_db, counts, beats) => {
        if (isAway) throw new Error('away');
        written.push({ calls: counts.map(({ calls }) => calls), beats: beats.length });
      },
    },
  });
  visit(200, 8);
  await t.throwsAsync(worker.tick(), { message: 'away' });
  visit(200, 8);
  clock.advance(60_000);
  visit(503, 8);
  await t.throwsAsync(worker.tick(), { message: 'away' });
  isAway = false;
  await worker.tick();
  t.deepEqual(written, [{ calls: [2, 1], beats: 2 }]);
});

test('spans without a sign of life are found, and the time before the first one is nobody’s', async (t) => {
  const { db, ownerUrl, store, worker, clock, one } = await setup(t);
  const from = new Date('2026-11-24T00:00:00Z');
  const to = new Date('2026-11-24T12:10:00Z');
  const read = () => db.tenant(one.tenant.id, (tx) => store.signsOfLife(tx, from, to));
  t.deepEqual(await read(), { since: undefined, gaps: [] });
  await worker.tick();
  clock.advance(60_000);
  await worker.tick();
  await worker.tick();
  clock.advance(4 * 60_000);
  await worker.tick();
  t.deepEqual(await read(), {
    since: new Date('2026-11-24T12:00:00Z'),
    gaps: [
      { at: new Date('2026-11-24T12:02:00Z'), minuteCount: 3 },
      { at: new Date('2026-11-24T12:06:00Z'), minuteCount: 4 },
    ],
  });
  await queryAsOwner(ownerUrl, `update alive_minutes set minute = minute - interval '15 days'`);
  await queryAsOwner(ownerUrl, `update init_minutes set minute = minute - interval '15 days'`);
  await db.call('sweep_health', [1000]);
  t.deepEqual(await read(), { since: undefined, gaps: [] });
});
