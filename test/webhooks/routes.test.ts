import { createHmac } from 'node:crypto';
import test from 'ava';
import { EVENT_TYPES } from '../../src/events/events.ts';
import { createDeliveryRoutes } from '../../src/webhooks/delivery-routes.ts';
import { createEndpointRoutes } from '../../src/webhooks/endpoint-routes.ts';
import { provision } from '../helpers/apps.ts';
import type { Teardown } from '../helpers/database.ts';
import { type EventRoom, openEventRoom, type Wanted } from '../helpers/event-room.ts';
import { type LoopbackFake, loopbackFake, type RecordedRequest } from '../helpers/http.ts';

interface EndpointReply {
  id: string;
  secret: string;
  url: string;
  state: string;
}

/** As the room's worker has it, if nothing else is said. */
const LADDER = [5, 30, 120];

const setup = (t: Teardown, wanted: Wanted = {}) =>
  openEventRoom(t, {
    ...wanted,
    routes: (parts) => [
      ...createEndpointRoutes({
        ...parts,
        ladder: LADDER,
        isAllowedUrl: (url) => !url.startsWith('http://10.'),
      }),
      ...createDeliveryRoutes({ ...parts, ladder: LADDER }),
    ],
  });

const make = async (room: EventRoom, body: object) =>
  (await room.ask('POST', '/v1/endpoints', body)).json as EndpointReply;

function isSignedBy(request: RecordedRequest | undefined, secret: string): boolean {
  const headers = request?.headers ?? {};
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${request?.body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

test.serial('is protected: without a key nothing is read or changed', async (t) => {
  const fake = await loopbackFake(t);
  const room = await setup(t, { endpoints: [{ url: fake.url }] });
  const id = room.made.endpoints[0]?.id;
  const calls = [
    ['GET', '/v1/endpoints'],
    ['POST', '/v1/endpoints'],
    ['GET', `/v1/endpoints/${id}`],
    ['PATCH', `/v1/endpoints/${id}`],
    ['DELETE', `/v1/endpoints/${id}`],
    ['POST', `/v1/endpoints/${id}/test`],
    ['POST', `/v1/endpoints/${id}/rotate_secret`],
    ['POST', `/v1/endpoints/${id}/enable`],
    ['POST', `/v1/endpoints/${id}/disable`],
    ['GET', '/v1/deliveries'],
    ['GET', '/v1/deliveries/dlv_1'],
    ['POST', '/v1/deliveries/dlv_1/retry'],
  ] as const;
  for (const [method, path] of calls)
    t.is((await room.ask(method, path, undefined, { authorization: 'Bearer x' })).status, 401);
  t.is((await room.owner('select * from endpoints')).length, 1);
});

test.serial('an endpoint is made with its secret, read without, changed and removed', async (t) => {
  const fake = await loopbackFake(t);
  const room = await setup(t);
  const reply = await room.ask('POST', '/v1/endpoints', { url: fake.url, events: ['message.*'] });
  t.is(reply.status, 201);
  const made = reply.json as EndpointReply;
  t.regex(made.secret, /^whsec_/);
  t.false(JSON.stringify(await room.owner('select * from endpoints')).includes(made.secret.slice(6)));
  const one = await room.ask('GET', `/v1/endpoints/${made.id}`);
  t.like(one.json, {
    id: made.id,
    object: 'endpoint',
    url: fake.url,
    events: ['message.*'],
    state: 'enabled',
  });
  t.false(one.text.includes('whsec_'));
  t.like((await room.ask('GET', '/v1/endpoints')).json, { data: [{ id: made.id }], next_cursor: null });

  await room.announceOne({ type: 'session.landed' });
  await room.ask('PATCH', `/v1/endpoints/${made.id}`, { events: ['session.landed'] });
  const told = await room.announceOne({ type: 'session.landed' });
  const late = await room.announceOne({ type: 'session.landed' });
  await room.worker.run((await room.worker.claim('healthy', 1))[0]!);
  t.deepEqual(
    fake.requests.map(({ headers }) => headers['webhook-id']),
    [told],
  );

  t.is((await room.ask('DELETE', `/v1/endpoints/${made.id}`)).status, 204);
  t.is((await room.ask('DELETE', `/v1/endpoints/${made.id}`)).status, 404);
  await room.drain();
  await room.worker.sweep();
  t.is(fake.requests.length, 1);
  t.like((await room.ask('GET', `/v1/deliveries?event_id=${late}`)).json, {
    data: [{ state: 'cancelled', code: 'endpoint_deleted' }],
  });
});

test.serial('refuses what is no endpoint, and the same address twice', async (t) => {
  const room = await setup(t);
  const bodies = [
    {},
    { url: 'ftp://shop.example' },
    { url: 'https://shop.example', events: [] },
    { url: 'https://shop.example', events: ['nonsense'] },
    { url: 'https://shop.example', unknown: 1 },
    { url: 'http://10.0.0.1/hooks' },
  ];
  for (const body of bodies) t.is((await room.ask('POST', '/v1/endpoints', body)).status, 400);
  const { id } = await make(room, { url: 'https://shop.example/a' });
  t.is((await room.ask('POST', '/v1/endpoints', { url: 'https://shop.example/a' })).status, 409);
  const other = await make(room, { url: 'https://shop.example/b' });
  t.is((await room.ask('PATCH', `/v1/endpoints/${id}`, { url: other.url })).status, 409);
  t.is((await room.ask('PATCH', `/v1/endpoints/${id}`, { url: 'http://10.0.0.1' })).status, 400);
});

test.serial('after a rotation both secrets sign, until the time of the old one is over', async (t) => {
  const fake = await loopbackFake(t);
  let aheadMs = 0;
  const room = await setup(t, { worker: { clock: { now: () => new Date(Date.now() + aheadMs) } } });
  const { id, secret: first } = await make(room, { url: fake.url });
  const rotate = async (overlap_seconds: number) =>
    ((await room.ask('POST', `/v1/endpoints/${id}/rotate_secret`, { overlap_seconds })).json as EndpointReply)
      .secret;
  const second = await rotate(3600);
  await room.announceOne();
  await room.drain();
  t.true(isSignedBy(fake.requests[0], first));
  t.true(isSignedBy(fake.requests[0], second));
  const third = await rotate(0);
  await room.announceOne();
  await room.drain();
  aheadMs = 3_601_000;
  await room.announceOne();
  await room.drain();
  t.deepEqual(
    [first, second, third].map((secret) => isSignedBy(fake.requests[2], secret)),
    [false, false, true],
  );
  t.deepEqual(
    [first, second, third].map((secret) => isSignedBy(fake.requests[1], secret)),
    [true, false, true],
  );
  t.is(
    (await room.ask('POST', `/v1/endpoints/${id}/rotate_secret`, { overlap_seconds: 8 * 86_400 })).status,
    400,
  );
  const sealed = JSON.stringify(await room.owner('select * from endpoints'));
  for (const secret of [first, third]) t.false(sealed.includes(secret.slice(6)));
});

test.serial(
  'a test event of any type goes to this endpoint alone and says that it is simulated',
  async (t) => {
    const [fake, other] = [await loopbackFake(t), await loopbackFake(t)];
    const room = await setup(t, { endpoints: [{ url: other.url }] });
    const { id } = await make(room, { url: fake.url, events: ['message.sent'] });
    t.is((await room.ask('POST', `/v1/endpoints/${id}/test`, { type: 'nonsense' })).status, 400);
    for (const type of EVENT_TYPES) {
      const { status, json } = await room.ask('POST', `/v1/endpoints/${id}/test`, { type });
      t.is(status, 202);
      t.like(json, { object: 'delivery', endpoint_id: id, event_type: type, state: 'pending' });
    }
    await room.drain();
    t.is(other.requests.length, 0);
    t.deepEqual(
      fake.requests.map(({ json }) => (json as { type: string }).type).sort(),
      [...EVENT_TYPES].sort() as string[],
    );
    t.true(fake.requests.every(({ json }) => (json as { simulated: boolean }).simulated));
  },
);

test.serial('a disabled endpoint gets nothing until it is enabled again', async (t) => {
  let status = 410;
  const fake = await loopbackFake(t, () => ({ status }));
  const room = await setup(t);
  const { id } = await make(room, { url: fake.url });
  await room.announceOne();
  await room.drain();
  t.like((await room.ask('GET', `/v1/endpoints/${id}`)).json, { state: 'disabled', disabled_reason: 'gone' });
  t.is((await room.ask('POST', `/v1/endpoints/${id}/test`, {})).status, 409);
  status = 200;
  await room.announceOne();
  t.like((await room.ask('POST', `/v1/endpoints/${id}/enable`)).json, { state: 'enabled', failure_count: 0 });
  const told = await room.announceOne();
  await room.drain();
  t.deepEqual(
    fake.requests.slice(1).map(({ headers }) => headers['webhook-id']),
    [told],
  );
});

test.serial('a delivery tells its attempts with what was answered, and can be made again', async (t) => {
  let status = 500;
  const fake = await loopbackFake(t, () => ({ status, body: 'خطا در سرور' }));
  const room = await setup(t, { ladder: [] });
  await make(room, { url: fake.url });
  const eventId = await room.announceOne();
  await room.drain();
  const list = (await room.ask('GET', `/v1/deliveries?event_id=${eventId}&state=dead`)).json as {
    data: { id: string }[];
  };
  t.is(list.data.length, 1);
  const { id } = list.data[0]!;
  t.like((await room.ask('GET', `/v1/deliveries/${id}`)).json, {
    id,
    event_id: eventId,
    event_type: 'quota.warning',
    state: 'dead',
    attempts: 1,
    code: 'bad_status',
    next_attempt_at: null,
    attempt_list: [{ object: 'attempt', number: 1, status: 500, outcome: 'dead', answer: 'خطا در سرور' }],
  });
  status = 200;
  const retried = await room.ask('POST', `/v1/deliveries/${id}/retry`);
  t.is(retried.status, 202);
  t.like(retried.json, { state: 'pending' });
  await room.drain();
  t.like((await room.ask('GET', `/v1/deliveries/${id}`)).json, {
    state: 'delivered',
    attempts: 2,
    code: null,
  });
  t.deepEqual(idsOf(fake), [eventId, eventId]);
  for (const query of ['state=nonsense', 'unknown=1', 'limit=0'])
    t.is((await room.ask('GET', `/v1/deliveries?${query}`)).status, 400);
});

test.serial(
  'a delivery tells what was sent to the letter, how it was signed, and where the time went',
  async (t) => {
    let status = 500;
    const fake = await loopbackFake(t, () => ({ status, body: 'no' }));
    const room = await setup(t);
    const { secret } = await make(room, { url: fake.url });
    const conversationId = await room.openConversation();
    await room.announceOne({ type: 'message.sent', conversationId, data: { text: 'سلام "<b>"' } });
    await room.drain();
    const [listed] = (await room.ask('GET', '/v1/deliveries')).json.data;
    t.like(listed, { state: 'pending', attempts: 1, max_attempts: 4, last_status: 500 });
    const one = (await room.ask('GET', `/v1/deliveries/${listed.id}`)).json;
    const [sent] = fake.requests;
    t.is(one.request_body, sent?.body);
    t.is(one.url, fake.url);
    const [attempt] = one.attempt_list;
    const headers = attempt.request.headers as Record<string, string>;
    for (const [name, value] of Object.entries(headers)) t.is(sent?.headers[name], value, name);
    t.true(
      isSignedBy({ ...sent, headers: attempt.request.headers, body: one.request_body } as never, secret),
    );
    t.is(attempt.request.headers['x-peyvand-sequence'], '1');
    status = 200;
    await room.ask('POST', `/v1/deliveries/${listed.id}/retry`);
    await room.drain();
    const again = (await room.ask('GET', `/v1/deliveries/${listed.id}`)).json;
    t.like(again, { state: 'delivered', attempts: 2, max_attempts: 2, last_status: 200 });
    t.is(
      fake.requests[1]?.headers['webhook-signature'],
      again.attempt_list[1].request.headers['webhook-signature'],
    );
  },
);

test.serial(
  'deliveries are narrowed by type, cause, time and job, and a cursor belongs to its filters',
  async (t) => {
    const fake = await loopbackFake(t, () => ({ status: 500 }));
    const room = await setup(t, { ladder: [], endpoints: [{ url: fake.url }] });
    const old = new Date(Date.now() - 3_600_000);
    await room.announceOne({ type: 'message.sent' });
    await room.announceOne({ type: 'session.landed' });
    await room.drain();
    const [one] = (await room.ask('GET', '/v1/deliveries?type=message.*')).json.data;
    t.is(one.event_type, 'message.sent');
    const count = async (query: string) =>
      (await room.ask('GET', `/v1/deliveries?${query}`)).json.data.length;
    t.is(await count('type=session.landed'), 1);
    t.is(await count('code=bad_status'), 2);
    t.is(await count('code=timeout'), 0);
    t.is(await count('replay_of=job_1'), 0);
    t.is(await count(`from=${old.toISOString()}`), 2);
    t.is(await count(`to=${old.toISOString()}`), 0);
    t.is(await count(`from=${encodeURIComponent('2026-01-01T00:00:00+03:30')}&type=*`), 2);
    for (const query of ['type=nonsense', 'code=Bad%20', 'from=yesterday', 'replay_of='])
      t.is((await room.ask('GET', `/v1/deliveries?${query}`)).status, 400, query);
    const { next_cursor: cursor } = (await room.ask('GET', '/v1/deliveries?limit=1&code=bad_status')).json;
    t.is(await count(`limit=1&code=bad_status&cursor=${cursor}`), 1);
    t.is((await room.ask('GET', `/v1/deliveries?limit=1&cursor=${cursor}`)).status, 400);
  },
);

test.serial('a paused endpoint takes nothing until it is enabled, and its secret has an age', async (t) => {
  const fake = await loopbackFake(t);
  const room = await setup(t);
  const { id } = await make(room, { url: fake.url });
  const before = (await room.ask('GET', `/v1/endpoints/${id}`)).json;
  t.is(before.secret_made_at, before.created_at);
  t.like((await room.ask('POST', `/v1/endpoints/${id}/disable`)).json, {
    state: 'disabled',
    disabled_reason: 'request',
  });
  await room.announceOne();
  await room.drain();
  t.is(fake.requests.length, 0);
  t.like((await room.ask('POST', `/v1/endpoints/${id}/enable`)).json, {
    state: 'enabled',
    disabled_at: null,
  });
  await room.announceOne();
  await room.drain();
  t.is(fake.requests.length, 1);
  const rotated = (await room.ask('POST', `/v1/endpoints/${id}/rotate_secret`, { overlap_seconds: 0 })).json;
  t.true(rotated.secret_made_at > before.secret_made_at);
  t.is(rotated.previous_secrets_until, null);
  t.is((await room.ask('POST', '/v1/endpoints/end_none/disable')).status, 404);
});

test.serial("another tenant's endpoints and deliveries are as unknown as none", async (t) => {
  const fake = await loopbackFake(t);
  const room = await setup(t);
  const { id } = await make(room, { url: fake.url });
  await room.announceOne();
  const [delivery] = ((await room.ask('GET', '/v1/deliveries')).json as { data: { id: string }[] }).data;
  const other = await provision(room, { tenant: { external_id: 'shop-2' } });
  await room.directory.refresh();
  const authorization = `Bearer ${other.api_keys[0]?.key}`;
  for (const [method, path] of [
    ['GET', `/v1/endpoints/${id}`],
    ['PATCH', `/v1/endpoints/${id}`],
    ['DELETE', `/v1/endpoints/${id}`],
    ['POST', `/v1/endpoints/${id}/test`],
    ['POST', `/v1/endpoints/${id}/rotate_secret`],
    ['POST', `/v1/endpoints/${id}/enable`],
    ['POST', `/v1/endpoints/${id}/disable`],
    ['GET', `/v1/deliveries/${delivery?.id}`],
    ['POST', `/v1/deliveries/${delivery?.id}/retry`],
  ] as const)
    t.is((await room.ask(method, path, method === 'GET' ? undefined : {}, { authorization })).status, 404);
  for (const path of ['/v1/endpoints', '/v1/deliveries'])
    t.like((await room.ask('GET', path, undefined, { authorization })).json, { data: [] });
});

function idsOf(fake: LoopbackFake) {
  return fake.requests.map(({ headers }) => headers['webhook-id'] as string);
}
