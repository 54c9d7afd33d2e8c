/** Overview, health and usage as the panel asks for them. */
import test, { type ExecutionContext } from 'ava';
import { createHealthRoutes } from '../../src/admin/health-routes.ts';
import { createUsageRoutes } from '../../src/admin/usage-routes.ts';
import { createHealthMeter } from '../../src/health/meter.ts';
import { createHealthStore } from '../../src/health/store.ts';
import { createHealthWorker } from '../../src/health/worker.ts';
import type { App } from '../../src/tenants/tenants.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { silentLog } from '../helpers/log.ts';
import { addMember, openBrowser, openRoom, signUp } from '../members/setup.ts';

const HOUR_MS = 3600_000;

async function setup(t: ExecutionContext) {
  const health = createHealthStore();
  const room = await openRoom(t, {
    simulatorUrl: 'http://localhost:3001',
    more: ({ tenants }) => [...createHealthRoutes({ tenants, health }), ...createUsageRoutes({ tenants })],
  });
  const owner = await signUp(room);
  const [app] = (await owner.browser.must('GET', `/tenants/${owner.tenant}/apps`)).body.data;
  const meter = createHealthMeter({ clock: room.clock });
  const worker = createHealthWorker({
    db: room.db,
    meter,
    store: health,
    directory: { find: () => ({ id: app.id, tenantId: owner.tenant }) as App },
  });
  const log = meter.countingLog(silentLog());
  const visit = (status: number, ms: number): void => {
    log.debug({ route: '/i/:app_id', status, app_id: app.id, duration_ms: ms }, 'request');
  };
  const path = `/tenants/${owner.tenant}/apps/${app.id}`;
  return { room, owner, app, path, visit, worker };
}

/** Messages of an app, as old as they are told to be; of a conversation that nobody looks at. */
async function addMessages(
  ownerUrl: string,
  {
    tenant,
    app,
    state,
    count,
    hoursAgo,
  }: { tenant: string; app: string; state: string; count: number; hoursAgo: number },
) {
  await queryAsOwner(
    ownerUrl,
    `set session_replication_role = replica;
     insert into messages (tenant_id, id, app_id, conversation_id, position, state, lane, on_unknown, on_missing_consent, code, created_at, final_at)
     select '${tenant}', id_floor('msg', now() - interval '${hoursAgo} hours') || lpad(n::text, 17, '0'), '${app}', 'cnv_x', n + ${hoursAgo} * 1000,
       '${state}', 'reply', 'hold', 'fail', case when '${state}' = 'failed' then 'blocked' end, now() - interval '${hoursAgo} hours', now()
     from generate_series(1, ${count}) n`,
  );
}

test('figures of a time stand beside those of the time before', async (t) => {
  const { room, owner, app, path } = await setup(t);
  const of = { tenant: owner.tenant, app: app.id };
  await addMessages(room.ownerUrl, { ...of, state: 'sent', count: 6, hoursAgo: 2 });
  await addMessages(room.ownerUrl, { ...of, state: 'failed', count: 1, hoursAgo: 3 });
  await addMessages(room.ownerUrl, { ...of, state: 'sent', count: 4, hoursAgo: 30 });
  const day = (await owner.browser.must('GET', `${path}/overview`)).body;
  t.like(day, { object: 'overview', range: '24h' });
  t.deepEqual(day.messages, { total: 7, before: 4, sent: 6, failed: 1 });
  t.is(day.trouble.failed_messages, 1);
  t.is(day.errors.length, 1);
  t.like(day.errors[0], { kind: 'message', state: 'failed', code: 'blocked' });
  t.is(day.series.length, 25, 'every hour is there, the one that has begun too');
  const sum = (series: { messages: number }[]) => series.reduce((total, { messages }) => total + messages, 0);
  t.is(sum(day.series), 7);
  const week = (await owner.browser.must('GET', `${path}/overview?range=7d`)).body;
  t.deepEqual(week.messages, { total: 11, before: 0, sent: 10, failed: 1 });
  t.is(week.series.length, 8);
  t.is(sum(week.series), 11);
  t.is((await owner.browser.must('GET', `${path}/overview?range=30d`)).body.series.length, 31);
  t.is((await owner.browser.call('GET', `${path}/overview?range=1y`)).status, 400);
  t.deepEqual(day.quota.limit, null);
});

test('health tells what Divar measures, and whose fault each lost minute was', async (t) => {
  const { room, owner, path, visit, worker } = await setup(t);
  await queryAsOwner(room.ownerUrl, `update apps set created_at = now() - interval '30 days'`);
  const start = room.clock.now().getTime();
  room.clock.set(new Date(start - 2 * HOUR_MS));
  await worker.tick();
  for (let count = 0; count < 99; count += 1) visit(200, 20);
  visit(503, 700);
  await worker.tick();
  room.clock.advance(60_000);
  visit(401, 1);
  await worker.tick();
  // An hour and more without anybody.
  room.clock.set(new Date(start - HOUR_MS / 2));
  await worker.tick();
  room.clock.set(new Date(start));
  for (let ago = 29; ago > 0; ago -= 1) {
    room.clock.set(new Date(start - ago * 60_000));
    await worker.tick();
  }
  room.clock.set(new Date(start));
  const browser = owner.browser;
  const health = (await browser.must('GET', `${path}/health`)).body;
  t.is(health.p99.target_ms, 2000);
  t.is(health.p99.calls, 100);
  t.true(health.p99.ms > 0 && health.p99.ms < 2000);
  const [day, week] = health.windows;
  t.like(day, { name: 'day', target: 0.995, minutes: 120 });
  t.like(week, { name: 'week', target: 0.998, minutes: 120 });
  t.is(day.lost.ours, 0.01);
  t.is(day.lost.key, 1);
  t.is(day.lost.away, 88);
  t.true(day.availability < 0.5);
  t.deepEqual(
    health.lost_minutes.map(({ fault }: { fault: string }) => fault),
    ['away', 'key', 'ours'],
  );
  t.is(
    health.series.reduce((sum: number, { calls }: { calls: number }) => sum + calls, 0),
    101,
  );
});

test('nothing is lost before there was anything', async (t) => {
  const { owner, path } = await setup(t);
  const health = (await owner.browser.must('GET', `${path}/health?range=7d`)).body;
  t.is(health.p99.ms, null);
  t.deepEqual(
    health.windows.map(({ availability, minutes }: { availability: null; minutes: number }) => [
      availability,
      minutes,
    ]),
    [
      [null, 0],
      [null, 0],
    ],
  );
  t.deepEqual(health.lost_minutes, []);
});

test('usage counts every day of every app, those without anything too', async (t) => {
  const { room, owner, app } = await setup(t);
  await addMessages(room.ownerUrl, {
    tenant: owner.tenant,
    app: app.id,
    state: 'sent',
    count: 3,
    hoursAgo: 0,
  });
  const usage = (await owner.browser.must('GET', `/tenants/${owner.tenant}/usage?days=7`)).body;
  t.is(usage.days.length, 7);
  t.is(usage.apps.length, 1);
  t.like(usage.apps[0], {
    id: app.id,
    environment: 'sandbox',
    messages: [0, 0, 0, 0, 0, 0, 3],
    sent: [0, 0, 0, 0, 0, 0, 3],
  });
  t.deepEqual(usage.apps[0].sessions, [0, 0, 0, 0, 0, 0, 0]);
  t.is((await owner.browser.must('GET', `/tenants/${owner.tenant}/usage`)).body.days.length, 30);
  t.is((await owner.browser.call('GET', `/tenants/${owner.tenant}/usage?days=365`)).status, 400);
  t.deepEqual((await owner.browser.must('GET', `/tenants/${owner.tenant}/usage/storage`)).body, {
    object: 'storage',
    message_bytes: 0,
    event_bytes: 0,
  });
});

test('figures are for members, and another tenant’s app is an unknown one', async (t) => {
  const { room, owner, path } = await setup(t);
  const viewer = await addMember(room, owner, 'viewer');
  const other = await signUp(room, 'other@other.example', 'Other');
  const theirs = path.replace(owner.tenant, other.tenant);
  for (const page of ['overview', 'health']) {
    t.is((await viewer.browser.get(`${path}/${page}`)).status, 200, page);
    t.is((await other.browser.get(`${path}/${page}`)).status, 404, page);
    t.is((await other.browser.get(`${theirs}/${page}`)).status, 404, page);
    t.is((await openBrowser(room).get(`${path}/${page}`)).status, 401, page);
  }
  t.is((await other.browser.get(`/tenants/${owner.tenant}/usage`)).status, 404);
  t.is((await viewer.browser.get(`/tenants/${owner.tenant}/usage`)).status, 200);
});
