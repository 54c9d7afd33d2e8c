/** The governor: what an app may send, what it learns, and when all of it waits. */
import test from 'ava';
import fc from 'fast-check';
import { type Budget, foretellEnd, planCircuit, planThrottle, readNews } from '../../src/messages/budget.ts';
import { createMessageWorker } from '../../src/messages/worker.ts';
import { createTestDatabase, withClient } from '../helpers/database.ts';
import { T0 } from '../helpers/fakes.ts';
import { openApi, openRoom, type Room } from './setup.ts';

const other = (n: number) => ({ visit: { conversationId: `conversation-${n}` } });
const daily = '{"code":8,"message":"quota","details":[{"@type":"type.googleapis.com/x.Y","limit":"daily"}]}';

async function queue(room: Room, count: number, body: object = {}) {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const session = await room.visit(other(n));
    ids.push((await room.accept({ session_id: session.id, text: `${n}`, ...body })).id);
  }
  return ids;
}

test('only what Divar or the network did says something about the app', (t) => {
  t.is(readNews({ stage: 'answered', code: 'throttled' }), 'throttled');
  t.is(readNews({ stage: 'answered', code: 'unavailable' }), 'trouble');
  t.is(readNews({ stage: 'before_send', code: 'connect' }), 'trouble');
  t.is(readNews({ stage: 'ambiguous', code: 'divar_error' }), 'trouble');
  t.is(readNews({ stage: 'answered', code: 'forbidden' }), 'fine');
  t.is(readNews({ stage: 'before_send', code: 'not_renderable' }), 'not_tried');
});

const budget: Budget = {
  blockCount: 0,
  troubleCount: 0,
  isBlocked: false,
  sentLastMinute: 61,
  sentToday: 1001,
  learntPerMinute: null,
  learntPerDay: null,
};

test('a throttled app waits as long as it is told, else the minute, else until the day is over', (t) => {
  const plan = (
    limit: 'minute' | 'day' | null,
    retryAfterSeconds: number | null,
    change: Partial<Budget> = {},
  ) =>
    planThrottle(
      { ...budget, ...change },
      { limit, retryAfterSeconds },
      change.blockCount ? 'probe' : 'good',
    );
  t.like(plan('day', 30), { by: 'day', seconds: 30, learntPerDay: 1000 });
  t.like(plan('minute', null), { by: 'minute', seconds: 60, learntPerMinute: 60 });
  t.like(plan('day', null), { by: 'day', seconds: null, learntPerDay: 1000 });
  t.like(plan(null, null), { by: 'minute', seconds: 60 });
  t.is(plan(null, 1e9).seconds, 86_400);
  t.deepEqual(plan(null, null, { blockCount: 2 }), { by: 'minute', seconds: 240, learntPerMinute: null });
});

test('each further refusal of the same moment takes one more off what was learnt', (t) => {
  const plan = (learntPerMinute: number) =>
    planThrottle(
      { ...budget, isBlocked: true, learntPerMinute },
      { limit: 'minute', retryAfterSeconds: null },
      'good',
    );
  t.is(plan(60).learntPerMinute, 59);
  t.is(plan(1).learntPerMinute, 1);
});

test('the circuit opens at the fifth failure in a row, and probes ever more seldom', (t) => {
  t.is(planCircuit({ ...budget, troubleCount: 3 }, 'troubled', 0), undefined);
  t.deepEqual(planCircuit({ ...budget, troubleCount: 4 }, 'troubled', 0), { by: 'divar', seconds: 5 });
  const waits = [1, 2, 3, 4, 40].map(
    (blockCount) => planCircuit({ ...budget, blockCount }, 'probe', 0)?.seconds,
  );
  t.deepEqual(waits, [10, 20, 40, 60, 60]);
});

test('foretells when the day runs out', (t) => {
  const startedAt = new Date(T0.getTime() - 6 * 3_600_000);
  const day = { limitCount: 1000, startedAt, endsAt: new Date(startedAt.getTime() + 86_400_000), now: T0 };
  t.is(foretellEnd({ ...day, usedCount: 500 })?.getTime(), T0.getTime() + 6 * 3_600_000);
  t.is(foretellEnd({ ...day, usedCount: 100 }), null);
});

test('never more than the limit in any minute, and never idle while it allows', async (t) => {
  const { ownerUrl } = await createTestDatabase(t);
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 30_000 }),
    rank: fc.integer({ min: 0, max: 2 }),
    demand: fc.integer({ min: 1, max: 40 }),
  });
  await withClient(ownerUrl, async (client) => {
    await client.query(`create temp table one as select * from app_budgets`);
    await client.query(`insert into app_budgets (tenant_id, app_id) select 'ten', 'app' where false`);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        async (limit, steps) => {
          let at = T0.getTime();
          let sends = '{}';
          const log: { at: number; count: number; rank: number }[] = [];
          for (const { afterMs, rank, demand } of steps) {
            at += afterMs;
            const { rows } = await client.query<{ room: number; sends: string }>(
              `with b as (select jsonb_populate_record(null::app_budgets, jsonb_build_object('sends', $1::bigint[], 'block_count', 0, 'trouble_count', 0)) as b),
               r as (select budget_room(b.b, $2, $3, $4) as room from b)
             select room, add_sends($1, $4, least(room, $5::int))::text as sends from r`,
              [sends, { divar_per_minute: limit }, rank, new Date(at).toISOString(), demand],
            );
            const room = rows[0]?.room ?? -1;
            sends = rows[0]?.sends ?? '{}';
            const within = (ms: number) =>
              log.filter((one) => one.at > at - ms).reduce((sum, one) => sum + one.count, 0);
            const share = Math.max(1, Math.ceil(limit * (1 - 0.1 * rank)));
            if (within(64_000) < share) t.true(room > 0, 'idle although the limit allows');
            log.push({ at, count: Math.min(room, demand), rank });
            t.true(within(60_000) <= limit, `${within(60_000)} of ${limit}`);
            if (log.at(-1)?.count && rank === 2)
              t.true(within(60_000) <= share, 'bulk leaves the rest to replies');
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('a 429 stops the whole app and no other, and afterwards one probe goes first', async (t) => {
  const room = await openRoom(t);
  const ids = await queue(room, 6);
  room.divar.behave = ({ number }) => (number === 1 ? { status: 429 } : 'deliver');
  const [first] = await room.worker.claim(1);
  if (first) await room.worker.run(first);
  await room.drain();
  t.is(room.divar.requests.length, 1, 'nobody else asks');
  const states = await Promise.all(ids.map(room.find));
  t.true(states.every(({ state }) => state === 'queued'));

  await room.passTime(61);
  room.divar.behave = () => ({ status: 429 });
  await room.drain();
  t.is(room.divar.requests.length, 2, 'a probe alone');
  await room.passTime(121);
  room.divar.behave = () => 'deliver';
  await room.drain();
  t.true((await Promise.all(ids.map(room.find))).every(({ state }) => state === 'sent'));
});

test("a daily quota stops until Tehran's midnight, is told, and is seen as the reason", async (t) => {
  const room = await openRoom(t);
  const api = await openApi(t, room);
  const [id = '', second = ''] = await queue(room, 2);
  room.divar.behave = () => ({ status: 429, body: daily });
  const [held] = await room.worker.claim(1);
  if (held) await room.worker.run(held);
  await room.drain();
  const { body } = await api('GET', `/v1/messages/${second}`);
  t.regex(body.reason, /^daily budget, until 20\d\d-\d\d-\d\dT20:30:00.000Z$/);
  const conversation = await api('GET', `/v1/conversations/${body.conversation_id}`);
  t.is(conversation.body.head.reason, 'budget');
  t.like(room.told.find(({ type }) => type === 'quota.warning')?.data, {
    limit: 'divar_per_day',
    used_percent: 100,
  });
  await room.passTime(90_000);
  room.divar.behave = () => 'deliver';
  await room.drain();
  t.deepEqual(await Promise.all([id, second].map(async (one) => (await room.find(one)).state)), [
    'sent',
    'sent',
  ]);
});

test('a limit of the day is warned of at 50, 80 and 95 %, once each, and then holds', async (t) => {
  const room = await openRoom(t, { app: { limits: { requests_per_minute: 6000, divar_per_day: 10 } } });
  await queue(room, 12);
  await room.drain();
  t.is(room.divar.delivered.length, 10);
  const warnings = room.told
    .filter(({ type }) => type === 'quota.warning')
    .map(({ data }) => data.used_percent);
  t.is(new Set(warnings).size, warnings.length, 'once each');
  t.is(Math.max(...(warnings as number[])), 95);
});

test('a configured limit of the minute holds, and bulk leaves room for a reply that comes later', async (t) => {
  const room = await openRoom(t, { app: { limits: { requests_per_minute: 6000, divar_per_minute: 10 } } });
  await queue(room, 12, { lane: 'bulk' });
  await room.drain();
  t.is(room.divar.delivered.length, 8);
  const session = await room.visit(other(99));
  const { id } = await room.accept({ session_id: session.id, text: 'reply' });
  await room.drain();
  t.is((await room.find(id)).state, 'sent');
  await room.passTime(70);
  await room.drain();
  t.is(room.divar.delivered.length, 13);
});

test('a reply pulls the bulk message before it along', async (t) => {
  const room = await openRoom(t);
  await queue(room, 3, { lane: 'bulk' });
  const session = await room.visit(other(2));
  await room.accept({ session_id: session.id, text: 'reply' });
  const [held] = await room.worker.claim(1);
  if (held) await room.worker.run(held);
  t.deepEqual(
    room.divar.delivered.map(({ to, text }) => `${to} ${text}`),
    ['conversation-2 2'],
  );
});

test('a Divar that takes nothing is left alone but for probes, and nobody fails by it', async (t) => {
  const room = await openRoom(t, { ladder: [1, 1, 1, 1, 1, 1, 1, 1] });
  const ids = await queue(room, 20);
  room.divar.behave = () => ({ status: 503 });
  await room.drain();
  const openedAfter = room.divar.requests.length;
  t.true(openedAfter <= 20);
  for (let n = 0; n < 3; n += 1) {
    await room.passTime(73);
    await room.drain();
  }
  t.is(room.divar.requests.length, openedAfter + 3, 'one probe each time');
  room.divar.behave = () => 'deliver';
  await room.passTime(73);
  await room.drain();
  t.true((await Promise.all(ids.map(room.find))).every(({ state }) => state === 'sent'));
});

test('what was claimed and not sent has used up nothing', async (t) => {
  const room = await openRoom(t, { app: { limits: { requests_per_minute: 6000, divar_per_minute: 5 } } });
  const session = await room.visit({ ...other(50), granted: false });
  for (let n = 0; n < 4; n += 1) {
    await room.accept({ session_id: session.id, text: 'x', on_missing_consent: 'hold' });
    await room.owner(
      `update messages set due_at = now() - interval '1 s'; update conversations set due_at = now()`,
    );
    await room.drain();
  }
  await queue(room, 5);
  await room.drain();
  t.is(room.divar.delivered.length, 5);
});

test('what expires is told as failed at once, while its app may send nothing', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام', expires_at });
  await room.owner(
    `update app_budgets set blocked_until = now() + interval '1 day', blocked_by = 'day', block_count = 1`,
  );
  await room.owner(`update messages set expires_at = now()`);
  await room.drain();
  t.is((await room.find(id)).state, 'expired');
  t.deepEqual(
    room.told.map(({ type }) => type),
    ['message.failed'],
  );
  t.like(room.told[0]?.data.message as object, { id, state: 'expired', code: 'expired' });
});

test('a message over which three processes have died before it began is set aside, and its neighbours go on', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const poison = await room.accept({ session_id: session.id, text: 'poison' });
  const behind = await room.accept({ session_id: session.id, text: 'behind' });
  for (let death = 1; death <= 3; death += 1) {
    t.is((await room.worker.claim(9)).length, 1);
    t.is((await room.find(poison.id)).state, 'queued', `after ${death - 1} deaths`);
    await room.passTime(31);
  }
  await room.drain();
  t.like(await room.find(poison.id), { state: 'failed', code: 'poisoned' });
  t.is((await room.find(behind.id)).state, 'sent');
});

test('a message over which three processes have died while it was sent is not sent a fourth time', async (t) => {
  const room = await openRoom(t, { ladder: [1, 1, 1, 1, 1, 1] });
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'x', on_unknown: 'retry' });
  let tryCount = 0;
  const never = new Promise<never>(() => undefined);
  room.divar.behave = () => {
    tryCount += 1;
    return never;
  };
  for (let death = 1; death <= 3; death += 1) {
    void createMessageWorker(room.workerDeps).tick();
    while (tryCount < death) await new Promise((resolve) => setImmediate(resolve));
    await room.passTime(40);
    const [next] = await room.worker.claim(1);
    if (next) await room.worker.run(next);
    await room.passTime(40);
  }
  t.like(await room.find(id), { state: 'failed', code: 'poisoned', attemptCount: 3 });
});
