import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { createJobRoutes } from '../../src/jobs/routes.ts';
import { createJobStore } from '../../src/jobs/store.ts';
import { createJobWorker, type JobWorkerDeps } from '../../src/jobs/worker.ts';
import { provision } from '../helpers/apps.ts';
import { openEventRoom } from '../helpers/event-room.ts';
import { loopbackFake } from '../helpers/http.ts';

interface Options {
  /** What each endpoint takes. */
  endpoints?: readonly (readonly string[])[];
  answer?: (eventId: string) => number;
}

async function setup(t: ExecutionContext, { endpoints = [['*']], answer = () => 200 }: Options = {}) {
  const fakes = await Promise.all(
    endpoints.map(() =>
      loopbackFake(t, ({ headers }) => ({ status: answer(headers['webhook-id'] as string) })),
    ),
  );
  const jobs = createJobStore();
  const room = await openEventRoom(t, {
    endpoints: endpoints.map((events, index) => ({ url: fakes[index]?.url ?? '', events })),
    ladder: [5],
    routes: (parts) =>
      createJobRoutes({
        ...parts,
        jobs,
        findConversation: async (tx, appId, id) => (await parts.conversations.find(tx, appId, id))?.id,
      }),
  });
  const workerOf = (given: Partial<JobWorkerDeps> = {}) =>
    createJobWorker({ ...room, jobs, leaseSeconds: 30, ...given });
  const worker = workerOf();
  /** As if every rest were over. */
  const step = async () => {
    await room.owner('update jobs set due_at = now() where due_at is not null');
    return await worker.tick();
  };
  const replay = async (request: object = {}) => (await room.ask('POST', '/v1/events/replay', request)).json;
  const jobOf = async (id: string) => (await room.ask('GET', `/v1/jobs/${id}`)).json;
  /** Steps and delivers until the job is over. */
  const finish = async (id: string) => {
    for (let round = 0; round < 50; round += 1) {
      await step();
      await room.drain();
      if ((await jobOf(id)).final_at !== null) break;
    }
    return await jobOf(id);
  };
  /** Tells some events, and lets them be delivered for the first time. */
  const tell = async (count: number, event: Parameters<typeof room.announceOne>[0] = {}) => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) ids.push(await room.announceOne(event));
    await room.drain();
    for (const fake of fakes) fake.requests.length = 0;
    return ids;
  };
  const received = (index = 0) => fakes[index]?.requests.map(({ headers }) => headers['webhook-id']) ?? [];
  return { ...room, fakes, step, workerOf, replay, jobOf, finish, tell, received };
}

test('is protected, counts first, and begins nothing by counting', async (t) => {
  const { ask, tell, owner, url } = await setup(t, { endpoints: [['*'], ['message.*']] });
  await tell(3);
  await tell(2, { type: 'message.sent' });
  for (const path of ['/v1/events/replay', '/v1/events/replay/count', '/v1/jobs/job_1/cancel'])
    t.is((await fetch(`${url}${path}`, { method: 'POST' })).status, 401);
  const { json } = await ask('POST', '/v1/events/replay/count', {});
  t.is(json.total, 7);
  t.true(json.oldest_at < json.newest_at);
  t.like((await ask('POST', '/v1/events/replay/count', { from: '2100-01-01T00:00:00Z' })).json, {
    total: 0,
    oldest_at: null,
    newest_at: null,
  });
  t.deepEqual(json.endpoints.map((one: { total: number }) => one.total).sort(), [2, 5]);
  t.is((await ask('POST', '/v1/events/replay/count', { types: ['message.*'] })).json.total, 4);
  t.deepEqual(await owner('select 1 from jobs'), []);
});

test('tells everything again in the order of the log, under the same ids, naming the job', async (t) => {
  const { replay, finish, tell, received, fakes, openConversation } = await setup(t);
  const conversationId = await openConversation();
  const ids = await tell(5, { conversationId, type: 'message.sent' });
  const job = await replay();
  t.like(job, { object: 'job', type: 'replay', state: 'planned', total: 5, done: 0, failed: 0, eta: null });
  t.like(await finish(job.id), { state: 'done', total: 5, done: 5, failed: 0 });
  t.deepEqual(received(), ids);
  for (const request of fakes[0]?.requests ?? [])
    t.like(request.json as object, { replay_of: job.id, type: 'message.sent' });
});

test('only what an endpoint has not taken is told again, where that is asked for', async (t) => {
  let isDown = true;
  const { replay, finish, ask, announceOne, drain, fakes, received } = await setup(t, {
    endpoints: [['*'], ['*']],
    answer: () => (isDown ? 500 : 200),
  });
  const missed = await announceOne();
  await drain();
  isDown = false;
  await announceOne();
  await drain();
  for (const fake of fakes) fake.requests.length = 0;
  t.is((await ask('POST', '/v1/events/replay/count', {})).json.total, 4);
  t.is((await ask('POST', '/v1/events/replay/count', { undelivered: true })).json.total, 2);
  const job = await replay({ undelivered: true });
  t.like(await finish(job.id), { state: 'done', total: 2, done: 2, failed: 0 });
  t.deepEqual([received(0), received(1)], [[missed], [missed]]);
  t.is((await ask('POST', '/v1/events/replay/count', { undelivered: true })).json.total, 0);
});

test('is narrowed by type, time, conversation and endpoint', async (t) => {
  const { replay, finish, tell, received, made, openConversation } = await setup(t, {
    endpoints: [['*'], ['*']],
  });
  const [one, other] = [await openConversation('c1'), await openConversation('c2')];
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 24, hour));
  const [early] = await tell(1, { type: 'message.sent', conversationId: one, now: at(1) });
  await tell(1, { type: 'message.sent', conversationId: one, now: at(3) });
  await tell(1, { type: 'message.failed', conversationId: one, now: at(1) });
  await tell(1, { type: 'message.sent', conversationId: other, now: at(1) });
  const job = await replay({
    endpoint_id: made.endpoints[1]?.id,
    types: ['message.sent'],
    conversation_id: one,
    from: at(1).toISOString(),
    to: at(3).toISOString(),
  });
  t.is(job.total, 1);
  await finish(job.id);
  t.deepEqual([received(0), received(1)], [[], [early]]);
});

test('refuses what names nothing, ends before it begins, or has nobody to tell', async (t) => {
  const { ask } = await setup(t, { endpoints: [['message.*']] });
  const refused = async (request: object) => {
    const { status, json } = await ask('POST', '/v1/events/replay', request);
    return [status, json.code, json.errors.map(({ path }: { path: string }) => path)];
  };
  const cases: [object, unknown[]][] = [
    [
      { endpoint_id: 'end_x', conversation_id: 'cnv_x' },
      [400, 'invalid_request', ['body.endpoint_id', 'body.conversation_id']],
    ],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, [400, 'invalid_request', ['body.to']]],
    [{ types: ['moon'] }, [400, 'invalid_request', ['body.types.0']]],
    [{ moon: 1 }, [400, 'invalid_request', ['body.moon']]],
    [{ types: ['session.created'] }, [409, 'conflict', []]],
  ];
  for (const [request, answer] of cases) t.deepEqual(await refused(request), answer);
});

test('an app has only so many open jobs at once', async (t) => {
  const { ask, replay, finish } = await setup(t);
  const jobs = [];
  for (let count = 0; count < 5; count += 1) jobs.push(await replay());
  t.is((await ask('POST', '/v1/events/replay', {})).status, 409);
  await finish(jobs[0].id);
  t.is((await ask('POST', '/v1/events/replay', {})).status, 202);
});

test('what is erased, or whose endpoint is gone, is counted as failed', async (t) => {
  const { replay, finish, tell, received, owner, made } = await setup(t, { endpoints: [['*'], ['*']] });
  const [erased, kept] = await tell(2);
  await owner('update events set payload = null where id = $1', [erased]);
  const job = await replay();
  await owner(`update endpoints set disabled_at = now(), disabled_reason = 'request' where id = $1`, [
    made.endpoints[1]?.id,
  ]);
  t.like(await finish(job.id), { state: 'done', total: 4, done: 1, failed: 3 });
  t.deepEqual(received(), [kept]);
});

test('a job of which nothing arrives has failed, with every attempt on record', async (t) => {
  const { replay, step, drain, passTime, tell, jobOf, owner } = await setup(t, { answer: () => 500 });
  await tell(1);
  await passTime(10);
  await drain();
  const job = await replay();
  await step();
  await drain();
  t.like(await jobOf(job.id), { state: 'running', done: 0, failed: 0 });
  await passTime(10);
  await drain();
  await step();
  t.like(await jobOf(job.id), { state: 'failed', total: 1, done: 0, failed: 1 });
  t.deepEqual(await owner(`select replay_of, attempt_count from deliveries where replay_of is not null`), [
    { replay_of: job.id, attempt_count: 2 },
  ]);
});

test('live events do not wait behind a replay whose head fails, nor behind more than its window', async (t) => {
  let isDown = false;
  const { replay, step, drain, tell, received, owner, announceOne, openConversation } = await setup(t, {
    answer: (id) => (isDown && id === ids[0] ? 500 : 200),
  });
  const conversationId = await openConversation();
  const ids = await tell(120, { conversationId });
  isDown = true;
  await replay();
  await step();
  const waiting = await owner<{ count: number }>(
    `select count(*)::int from deliveries where state = 'pending'`,
  );
  t.is(waiting[0]?.count, 100);
  await drain();
  t.deepEqual(received(), [ids[0]]);
  const live = await announceOne({ conversationId });
  await drain();
  t.deepEqual(received(), [ids[0], live]);
});

test('a cancelled job tells nothing more, and stays cancelled', async (t) => {
  const { ask, replay, step, drain, tell, received, owner, jobOf } = await setup(t);
  await tell(3);
  const job = await replay();
  await step();
  t.like((await ask('POST', `/v1/jobs/${job.id}/cancel`)).json, { state: 'cancelled', eta: null });
  await drain();
  await step();
  t.deepEqual(received(), []);
  t.deepEqual(await owner('select distinct state from deliveries where replay_of is not null'), [
    { state: 'cancelled' },
  ]);
  t.is((await ask('POST', `/v1/jobs/${job.id}/cancel`)).status, 200);
  t.is((await jobOf(job.id)).state, 'cancelled');
});

test('a job whose process dies in any step goes on, and no event is told twice or left out', async (t) => {
  const { replay, step, workerOf, finish, tell, received, owner, deliveries } = await setup(t);
  const ids = await tell(130);
  const job = await replay();
  await step();
  const dying = workerOf({
    deliveries: {
      ...deliveries,
      insertReplays: async (...given) => {
        await deliveries.insertReplays(...given);
        throw new Error('killed');
      },
    },
  });
  await owner(`update deliveries set state = 'delivered', due_at = null where replay_of = $1`, [job.id]);
  await owner('update jobs set due_at = now()');
  t.is(await dying.tick(), 1);
  await owner('update jobs set claimed_until = now()');
  t.like(await finish(job.id), { state: 'done', total: 130, done: 130 });
  t.deepEqual([...received()].sort(), ids.slice(100).sort());
});

test('of two workers at once one takes the step', async (t) => {
  const { replay, workerOf, tell, owner } = await setup(t);
  await tell(10);
  await replay();
  const counts = await Promise.all([workerOf().tick(), workerOf().tick()]);
  t.deepEqual(counts.sort(), [0, 1]);
  t.deepEqual(await owner('select count(*)::int from deliveries where replay_of is not null'), [
    { count: 10 },
  ]);
});

test("another tenant's jobs are as unknown as none", async (t) => {
  const { replay, url, db, tell, directory } = await setup(t);
  await tell(1);
  const job = await replay();
  const other = await provision({ db }, { tenant: { external_id: 'shop-2' } });
  await directory.refresh();
  const headers = { authorization: `Bearer ${other.api_keys[0]?.key}` };
  t.is((await fetch(`${url}/v1/jobs/${job.id}`, { headers })).status, 404);
  t.is((await fetch(`${url}/v1/jobs/${job.id}/cancel`, { method: 'POST', headers })).status, 404);
  const list = await fetch(`${url}/v1/jobs`, { headers });
  t.deepEqual(((await list.json()) as { data: unknown[] }).data, []);
});

test('whatever is told meanwhile, a replay is complete and in the order of its conversation', async (t) => {
  const { replay, step, drain, announceOne, openConversation, fakes, tell, finish } = await setup(t);
  const [one, other] = [await openConversation('c1'), await openConversation('c2')];
  const sequencesOf = (jobId: string) =>
    (fakes[0]?.requests ?? [])
      .map(({ json }) => json as { replay_of: string | null; sequence: number })
      .filter((told) => told.replay_of === jobId)
      .map(({ sequence }) => sequence);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('tell', 'step', 'drain'), { maxLength: 12 }), async (moves) => {
      for (const conversationId of [one, other]) await tell(2, { conversationId });
      const job = await replay({ conversation_id: one });
      for (const move of moves) {
        if (move === 'tell') await announceOne({ conversationId: one });
        else await (move === 'step' ? step() : drain());
      }
      t.like(await finish(job.id), { state: 'done', done: job.total });
      t.deepEqual(
        sequencesOf(job.id),
        Array.from({ length: job.total }, (_, index) => index + 1),
      );
    }),
    { numRuns: 5 },
  );
});
