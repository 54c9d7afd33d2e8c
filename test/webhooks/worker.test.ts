import { createHmac } from 'node:crypto';
import test from 'ava';
import { createWebhookPools } from '../../src/webhooks/pools.ts';
import { type EventRoom, openEventRoom } from '../helpers/event-room.ts';
import { type LoopbackFake, loopbackFake } from '../helpers/http.ts';

const idsOf = (fake: LoopbackFake) => fake.requests.map(({ headers }) => headers['webhook-id'] as string);
const stateOf = async (room: EventRoom, eventId: string) =>
  (
    await room.owner<{ state: string; attempt_count: number; code: string | null }>(
      'select state, attempt_count, code from deliveries where event_id = $1 order by id',
      [eventId],
    )
  )[0];

test.serial(
  'an event reaches the endpoints that want it, signed over the exact bytes, and only them',
  async (t) => {
    const wanting = await loopbackFake(t);
    const other = await loopbackFake(t);
    const room = await openEventRoom(t, {
      endpoints: [
        { url: `${wanting.url}/hooks?a=1`, events: ['message.*'] },
        { url: other.url, events: ['session.landed'] },
      ],
    });
    const conversationId = await room.openConversation();
    const id = await room.announceOne({ type: 'message.sent', conversationId, data: { text: 'سلام' } });
    await room.drain();

    t.deepEqual(idsOf(wanting), [id]);
    t.deepEqual(idsOf(other), []);
    const [request] = wanting.requests;
    t.is(request?.url, '/hooks?a=1');
    t.deepEqual(request?.json, (await room.ask('GET', `/v1/events/${id}`)).json);
    t.like(request?.headers, {
      'x-peyvand-attempt': '1',
      'x-peyvand-sequence': '1',
      'content-type': 'application/json',
    });
    // By hand, as the scheme says it: the secret without its prefix is the key, in Base64.
    const secret = Buffer.from(room.made.endpoints[0]!.secret!.slice('whsec_'.length), 'base64');
    const signed = `${id}.${request!.headers['webhook-timestamp']}.${request!.body}`;
    const expected = createHmac('sha256', secret).update(signed).digest('base64');
    t.is(request!.headers['webhook-signature'], `v1,${expected}`);
    t.true(Math.abs(Date.now() / 1000 - Number(request!.headers['webhook-timestamp'])) < 300);
    t.like(await stateOf(room, id), { state: 'delivered', attempt_count: 1, code: null });
  },
);

test.serial('what is rolled back is not delivered', async (t) => {
  const fake = await loopbackFake(t);
  const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
  await t.throwsAsync(
    room.inTenant(async (tx) => {
      await room.announce(tx, room.newEvent());
      throw new Error('planted');
    }),
  );
  await room.drain();
  t.is(fake.requests.length, 0);
  t.deepEqual(await room.owner('select * from deliveries'), []);
});

test.serial(
  'is tried again by the schedule with the same id, then dead, with every attempt on record',
  async (t) => {
    let status = 500;
    const fake = await loopbackFake(t, () => ({ status, body: 'planted answer' }));
    const room = await openEventRoom(t, { endpoints: [{ url: fake.url }], ladder: [5, 30] });
    const id = await room.announceOne();
    await room.drain();
    t.like(await stateOf(room, id), { state: 'pending', attempt_count: 1, code: 'bad_status' });
    await room.passTime(3);
    await room.drain();
    t.is(fake.requests.length, 1);
    for (const seconds of [3, 36]) {
      await room.passTime(seconds);
      await room.drain();
    }
    t.like(await stateOf(room, id), { state: 'dead', attempt_count: 3 });
    t.deepEqual(idsOf(fake), [id, id, id]);
    t.deepEqual(
      fake.requests.map(({ headers }) => headers['x-peyvand-attempt']),
      ['1', '2', '3'],
    );
    t.deepEqual(
      await room.owner('select number, stage, status, outcome, code from delivery_attempts order by number'),
      [
        { number: 1, stage: 'answered', status: 500, outcome: 'failed', code: 'bad_status' },
        { number: 2, stage: 'answered', status: 500, outcome: 'failed', code: 'bad_status' },
        { number: 3, stage: 'answered', status: 500, outcome: 'dead', code: 'bad_status' },
      ],
    );
    t.false(JSON.stringify(await room.owner('select * from delivery_attempts')).includes('planted'));
    status = 200;
  },
);

test.serial('within a conversation the next waits for the head, other conversations never', async (t) => {
  const failing = new Set<string>();
  const fake = await loopbackFake(t, ({ headers }) => ({
    status: failing.has(headers['webhook-id'] as string) ? 503 : 200,
  }));
  const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
  const [one, other] = [await room.openConversation('c1'), await room.openConversation('c2')];
  const head = await room.announceOne({ conversationId: one });
  failing.add(head);
  const next = await room.announceOne({ conversationId: one });
  const elsewhere = await room.announceOne({ conversationId: other });
  const alone = await room.announceOne();
  await room.drain();
  t.deepEqual(idsOf(fake).sort(), [head, elsewhere, alone].sort());
  const last = await room.announceOne({ conversationId: one });
  await room.drain();
  failing.clear();
  await room.passTime(6);
  await room.drain();
  t.deepEqual(idsOf(fake).slice(3), [head, next, last]);
});

test.serial('a head that fails lets the rest pass after ten minutes, and goes on being tried', async (t) => {
  const failing = new Set<string>();
  const fake = await loopbackFake(t, ({ headers }) => ({
    status: failing.has(headers['webhook-id'] as string) ? 503 : 200,
  }));
  const room = await openEventRoom(t, { endpoints: [{ url: fake.url }], ladder: [300, 3600, 3600] });
  const conversationId = await room.openConversation();
  const head = await room.announceOne({ conversationId });
  failing.add(head);
  const rest = [await room.announceOne({ conversationId }), await room.announceOne({ conversationId })];
  await room.drain();
  await room.passTime(400);
  await room.drain();
  t.deepEqual(idsOf(fake), [head, head]);
  await room.passTime(201);
  await room.drain();
  t.deepEqual(idsOf(fake), [head, head, ...rest]);
  failing.clear();
  await room.passTime(4400);
  await room.drain();
  t.deepEqual(idsOf(fake), [head, head, ...rest, head]);
});

test.serial('a dead endpoint takes two slots of its own line and none of the others', async (t) => {
  const dead = await loopbackFake(t, () => ({ status: 500 }));
  const good = await loopbackFake(t);
  const room = await openEventRoom(t, {
    endpoints: [{ url: dead.url }, { url: good.url }],
    ladder: [0, 0, 0],
  });
  await room.announceOne();
  await room.drain();
  await room.owner(
    "update deliveries set due_at = now(), failure_count = 0, state = 'pending' where state <> 'delivered'",
  );
  await room.owner('update endpoints set failing_since = now() where url = $1', [dead.url]);
  for (let count = 0; count < 5; count += 1) await room.announceOne();
  const healthy = await room.worker.claim('healthy', 100);
  const troubled = await room.worker.claim('troubled', 100);
  t.is(healthy.length, 5);
  t.is(troubled.length, 2);
  t.is((await room.worker.claim('troubled', 100)).length, 0);
  await Promise.all(healthy.map(room.worker.run));
  t.is(good.requests.length, 6);
});

test.serial(
  'one endpoint has at most eight at once, and every endpoint comes before the second of any',
  async (t) => {
    const [one, other] = [await loopbackFake(t), await loopbackFake(t)];
    const room = await openEventRoom(t, {
      endpoints: [{ url: one.url }, { url: other.url, events: ['message.sent'] }],
    });
    for (let count = 0; count < 10; count += 1) await room.announceOne();
    await room.announceOne({ type: 'message.sent' });
    const first = await room.worker.claim('healthy', 2);
    const endpointIds = await room.owner<{ endpoint_id: string }>(
      'select distinct endpoint_id from deliveries where claim_id is not null',
    );
    t.is(first.length, 2);
    t.is(endpointIds.length, 2);
    t.is((await room.worker.claim('healthy', 100)).length, 7);
  },
);

test.serial(
  'a claim of a dead process ends with its lease, and its late result changes nothing',
  async (t) => {
    const fake = await loopbackFake(t);
    const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
    const id = await room.announceOne();
    const [lost] = await room.worker.claim('healthy', 1);
    t.is((await room.worker.claim('healthy', 1)).length, 0);
    await room.passTime(31);
    const [taken] = await room.worker.claim('healthy', 1);
    await room.worker.run(lost!);
    t.is(fake.requests.length, 0);
    await room.worker.run(taken!);
    t.deepEqual(idsOf(fake), [id]);
    t.like(await stateOf(room, id), { state: 'delivered', attempt_count: 1 });
  },
);

test.serial('a result that comes after another process took over changes nothing', async (t) => {
  let takeOver: () => Promise<unknown> = async () => undefined;
  const fake = await loopbackFake(t, async () => {
    await takeOver();
    return {};
  });
  const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
  const id = await room.announceOne();
  takeOver = async () => {
    await room.passTime(31);
    takeOver = async () => undefined;
    await room.worker.claim('healthy', 1);
  };
  await room.worker.tick();
  t.like(await stateOf(room, id), { state: 'pending', attempt_count: 0 });
  t.deepEqual(await room.owner('select * from delivery_attempts'), []);
  t.true(room.log.lines.some(({ level, message }) => level === 'warn' && message.includes('too late')));
});

test.serial(
  'in motion: what is announced is delivered without anybody asking, and a stop ends it',
  async (t) => {
    const arrived: string[] = [];
    let ring: () => void = () => undefined;
    const fake = await loopbackFake(t, ({ headers }) => {
      arrived.push(headers['webhook-id'] as string);
      ring();
      return {};
    });
    const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
    const pools = createWebhookPools(room);
    const hasArrived = () =>
      new Promise<void>((resolve) => {
        ring = resolve;
      });
    pools.start();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const next = hasArrived();
      ids.push(await room.announceOne());
      await next;
    }
    await pools.stop();
    t.deepEqual(arrived, ids);
    t.deepEqual(await room.owner("select id from deliveries where state <> 'delivered'"), []);
  },
);

test.serial(
  'a redirect is not followed, a refusal waits for the slow rungs, and Retry-After is believed',
  async (t) => {
    const elsewhere = await loopbackFake(t);
    let reply: { status: number; headers?: Record<string, string> } = {
      status: 302,
      headers: { location: elsewhere.url },
    };
    const fake = await loopbackFake(t, () => reply);
    const room = await openEventRoom(t, { endpoints: [{ url: fake.url }], ladder: [5, 30, 3600, 7200] });
    const waits = async () => {
      const id = await room.announceOne();
      await room.drain();
      const [row] = await room.owner<{ wait: string; code: string }>(
        'select code, extract(epoch from due_at - now())::int as wait from deliveries where event_id = $1',
        [id],
      );
      return row!;
    };
    const redirected = await waits();
    t.is(redirected.code, 'redirect');
    t.true(Number(redirected.wait) <= 6);
    t.is(elsewhere.requests.length, 0);
    reply = { status: 404 };
    t.true(Number((await waits()).wait) > 2800);
    reply = { status: 429, headers: { 'retry-after': '120' } };
    t.true(Math.abs(Number((await waits()).wait) - 120) <= 5);
  },
);

test.serial('an endpoint that says 410 is disabled, and the others are told', async (t) => {
  const gone = await loopbackFake(t, () => ({ status: 410 }));
  const other = await loopbackFake(t);
  const room = await openEventRoom(t, { endpoints: [{ url: gone.url }, { url: other.url }] });
  const id = await room.announceOne();
  await room.drain();
  const events = await room.listEvents();
  t.deepEqual(
    events.map(({ type }) => type),
    ['quota.warning', 'endpoint.disabled'],
  );
  t.like(events[1]?.data, { endpoint_id: room.made.endpoints[0]!.id, reason: 'gone', url: gone.url });
  t.deepEqual(idsOf(other), [id, events[1]!.id]);
  t.is(gone.requests.length, 1);
  await room.announceOne();
  await room.drain();
  t.is(gone.requests.length, 1);
  t.is(other.requests.length, 3);
});

test.serial(
  'an endpoint without a success in five days is disabled, what waits for it is dead, events are kept',
  async (t) => {
    const dead = await loopbackFake(t, () => ({ status: 500 }));
    const room = await openEventRoom(t, { endpoints: [{ url: dead.url }] });
    const conversationId = await room.openConversation();
    const first = await room.announceOne({ conversationId });
    const waiting = await room.announceOne({ conversationId });
    await room.drain();
    await room.owner("update endpoints set failing_since = now() - interval '6 days', failure_count = 8");
    await room.passTime(10);
    await room.drain();
    t.deepEqual(await room.owner('select disabled_reason from endpoints'), [{ disabled_reason: null }]);
    await room.passTime(50);
    await room.drain();
    t.deepEqual(await room.owner('select disabled_reason from endpoints'), [{ disabled_reason: 'failing' }]);
    t.is(await room.worker.sweep(), 2);
    for (const id of [first, waiting])
      t.like(await stateOf(room, id), { state: 'dead', code: 'endpoint_disabled' });
    t.is((await room.listEvents()).length, 3);
  },
);

test.serial('one success makes an endpoint healthy again', async (t) => {
  let status = 500;
  const fake = await loopbackFake(t, () => ({ status }));
  const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
  await room.announceOne();
  await room.drain();
  t.like((await room.owner('select * from endpoints'))[0] as object, { failure_count: 1 });
  status = 204;
  await room.passTime(10);
  await room.drain();
  t.like((await room.owner('select * from endpoints'))[0] as object, {
    failure_count: 0,
    failing_since: null,
  });
});

test.serial(
  'dead, endless and refused endpoints end as attempts that say no more than they should',
  async (t) => {
    const endless = await loopbackFake(t, () => ({ body: 'x'.repeat(100 * 1024) }));
    const slow = await loopbackFake(t, () => new Promise(() => undefined));
    const closed = await loopbackFake(t);
    await closed.close();
    const room = await openEventRoom(t, {
      endpoints: [{ url: endless.url }, { url: slow.url }, { url: closed.url }],
      worker: { timeoutMs: 300 },
    });
    await room.announceOne();
    await room.drain();
    const attempts = await room.owner<{ url: string; code: string; duration_ms: number | null }>(
      `select e.url, a.code, a.duration_ms from delivery_attempts a join deliveries d on d.id = a.delivery_id
     join endpoints e on e.id = d.endpoint_id`,
    );
    const of = (url: string) => attempts.find((attempt) => attempt.url === url);
    t.is(of(endless.url)?.code, 'too_large');
    t.is(of(slow.url)?.code, 'timeout');
    t.like(of(closed.url), { code: 'unreachable', duration_ms: null });
  },
);

test.serial('a lane whose head vanished is freed', async (t) => {
  const fake = await loopbackFake(t, () => ({ status: 500 }));
  const room = await openEventRoom(t, { endpoints: [{ url: fake.url }] });
  const conversationId = await room.openConversation();
  const head = await room.announceOne({ conversationId });
  const next = await room.announceOne({ conversationId });
  await room.owner('delete from events where id = $1', [head]);
  await room.drain();
  t.is(fake.requests.length, 0);
  t.is(await room.worker.sweep(), 1);
  await room.drain();
  t.deepEqual(idsOf(fake), [next]);
});
