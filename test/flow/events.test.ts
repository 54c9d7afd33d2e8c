/** What Divar tells, through the product as it runs, to a tenant that checks signatures with the public library. */
import test, { type ExecutionContext } from 'ava';
import { Webhook } from 'standardwebhooks';
import { createBrowser } from '../consent/setup.ts';
import { provisionRequest } from '../helpers/apps.ts';
import { createTestDatabase, type Teardown } from '../helpers/database.ts';
import { EVENT_BODIES } from '../helpers/event-bodies.ts';
import { eventually, runCli, startGateway } from '../helpers/gateway.ts';
import { type FakeReply, loopbackFake, type RecordedRequest } from '../helpers/http.ts';
import { sharedByFile } from './shared.ts';
import { createApi, postInit } from './visitor.ts';

const KEY = 'idk_9f3e77c1';

interface Told {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

async function setup(t: Teardown) {
  const { url: databaseUrl } = await createTestDatabase(t);
  let answer: FakeReply = {};
  const hooks = await loopbackFake(t);
  const actions = await loopbackFake(t, () => answer);
  const pages = await loopbackFake(t, () => ({ body: '<h1>ارسال کالا</h1>' }));
  const request = provisionRequest({
    app: { action_url: `${actions.url}/action`, action_fallback_text: 'فعلاً در دسترس نیستیم.' },
    landing: { url: `${pages.url}/divar`, pages: { track: `${pages.url}/track` } },
    endpoints: [{ url: `${hooks.url}/hooks`, events: ['*'] }],
  });
  const [gateway, made] = await Promise.all([
    startGateway(t, { databaseUrl }),
    runCli(databaseUrl, ['provision', '-'], request),
  ]);
  const appId = made.app.id as string;
  const post = async (path: string, body: string) => {
    const headers = { authorization: KEY, 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}${path}/${appId}`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };
  await eventually('the gateway knows the app', async () => (await post('/e', 'null')).status === 400);
  return {
    gateway,
    made,
    hooks,
    actions,
    answerWith: (reply: FakeReply) => {
      answer = reply;
    },
    api: createApi(gateway.url, made.api_keys[0].key),
    tell: (body: string) => post('/e', body),
    click: (body: string) => post('/a', body),
    init: (body: unknown) => postInit({ url: gateway.url, appId, key: KEY }, body),
  };
}

const sharedWorld = sharedByFile(setup);

/** Throws what the library throws. */
function verify(secret: string, { body, headers }: RecordedRequest): Told {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as Told;
}

/** The next requests after those that were there, as many as asked for. */
async function nextOf(requests: readonly RecordedRequest[], seenCount: number, count: number) {
  await eventually(
    () => `${count} requests after ${seenCount}, there are ${requests.length}`,
    async () => requests.length >= seenCount + count,
  );
  return requests.slice(seenCount, seenCount + count);
}

test.serial(
  'every event vector reaches the tenant as one webhook whose signature the library accepts',
  async (t) => {
    const { tell, hooks, made } = await sharedWorld();
    for (const { name, text } of EVENT_BODIES)
      t.deepEqual(await tell(text), { status: 200, text: '{}' }, name);
    const received = (await nextOf(hooks.requests, 0, EVENT_BODIES.length)).map((request) => {
      const told = verify(made.endpoints[0].secret, request);
      t.is(request.headers['webhook-id'], told.id);
      return told;
    });
    for (const { name, text, expected } of EVENT_BODIES) {
      const raw = JSON.parse(text.replace('9223372036854775807', '"9223372036854775807"'));
      const told = received.find((one) => JSON.stringify(one.data.raw) === JSON.stringify(raw));
      t.is(told?.type, expected.type, name);
      t.like(told?.data, expected.data, name);
    }
  },
);

test.serial('the library refuses a webhook that was changed, or signed by nobody', async (t) => {
  const { hooks, made } = await sharedWorld();
  const [request] = hooks.requests;
  if (!request) return t.fail();
  const { secret } = made.endpoints[0];
  t.throws(() => verify(secret, { ...request, body: request.body.replace('"id"', '"ID"') }));
  t.throws(() => verify(secret, { ...request, headers: { ...request.headers, 'webhook-id': 'evt_other' } }));
  t.throws(() => verify(made.app.action_secret, request));
});

test.serial('while a secret is being changed the library accepts the old one and the new one', async (t) => {
  const { api, hooks, made } = await sharedWorld();
  const [{ id, secret: old }] = made.endpoints;
  const rotated = await api('POST', `/v1/endpoints/${id}/rotate_secret`, { overlap_seconds: 3600 });
  const tested = async () => {
    const seenCount = hooks.requests.length;
    await api('POST', `/v1/endpoints/${id}/test`, { type: 'message.sent' });
    const [request] = await nextOf(hooks.requests, seenCount, 1);
    if (!request) throw new Error('no request');
    return request;
  };
  const during = await tested();
  for (const secret of [old, rotated.body.secret]) t.is(verify(secret, during).type, 'message.sent');
  const last = await api('POST', `/v1/endpoints/${id}/rotate_secret`, { overlap_seconds: 0 });
  const after = await tested();
  t.is(verify(last.body.secret, after).type, 'message.sent');
  t.is(verify(old, after).type, 'message.sent', 'its hour is not over');
  t.throws(() => verify(rotated.body.secret, after), undefined, 'it was given no time');
});

const CLICKS: { name: string; body: string; asked: object }[] = [
  {
    name: 'TV-30',
    body: '{"touchpoint":"CHAT","post_token":"wZ_x9Qa7","conversation_id":"0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb","user_side":"SUPPLY","extra_data":{"ref":"r_02","answer":"yes"},"user_id":"5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4="}',
    asked: {
      type: 'dynamic_action',
      touchpoint: 'CHAT',
      conversation_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
      post_token: 'wZ_x9Qa7',
      user: { id: '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=', side: 'supply' },
      data: { ref: 'r_02', answer: 'yes' },
    },
  },
  {
    name: 'TV-31',
    body: '{"touchpoint":"SOMETHING_NEW","post_token":null,"conversation_id":null,"user_side":null,"extra_data":{},"user_id":null}',
    asked: {
      touchpoint: 'SOMETHING_NEW',
      conversation_id: null,
      post_token: null,
      user: { id: null, side: null },
      data: {},
    },
  },
];
const ANSWERS: { name: string; ours: object; divars: object }[] = [
  {
    name: 'TV-32',
    ours: { action: { open_url: 'https://addon.example/s/abc' }, text_message: 'ثبت شد' },
    divars: { action: { open_direct_link: 'https://addon.example/s/abc' }, text_message: 'ثبت شد' },
  },
  { name: 'TV-34', ours: { text_message: 'ثبت شد' }, divars: { text_message: 'ثبت شد' } },
];

for (const click of CLICKS)
  for (const { name, ours, divars } of ANSWERS)
    test.serial(`the click ${click.name} is asked signed, and the answer ${name} is Divar's`, async (t) => {
      const { answerWith, actions, made, click: post } = await sharedWorld();
      answerWith({ body: ours });
      const seenCount = actions.requests.length;
      const reply = await post(click.body);
      t.is(reply.status, 200);
      t.deepEqual(JSON.parse(reply.text), divars);
      const [request] = await nextOf(actions.requests, seenCount, 1);
      if (!request) return t.fail();
      t.like(verify(made.app.action_secret, request) as object, click.asked);
    });

async function begin(t: ExecutionContext) {
  const { init } = await sharedWorld();
  const reply = await init({ source: 'CHAT', conversation_id: 'c1', user_side: 'SUPPLY' });
  t.is(reply.status, 200);
  return reply.body.url as string;
}

test.serial('a visit is told as soon as it has begun, once, before anything else of it', async (t) => {
  const { hooks, made, api } = await sharedWorld();
  const seenCount = hooks.requests.length;
  await begin(t);
  const [unopened] = await nextOf(hooks.requests, seenCount, 1);
  if (!unopened) return t.fail();
  t.like(JSON.parse(unopened.body), { type: 'session.created', data: { session: { state: 'created' } } });

  const landed = await createBrowser().open(await begin(t));
  const code = new URL(landed.location).searchParams.get('code');
  const exchanged = await api('POST', '/v1/sessions/exchange', { code });
  const { id } = exchanged.body.session;
  await nextOf(hooks.requests, seenCount, 3);
  const { body } = await api('GET', '/v1/events?type=session.*&limit=100');
  const types = (body.data as Told[])
    .filter(({ data }) => (data.session as { id: string }).id === id)
    .map((event) => [event.type, event.id.slice(4) === id.slice(4)]);
  t.deepEqual(types, [
    ['session.created', true],
    ['session.landed', false],
  ]);
  t.is(hooks.requests.length, seenCount + 3);
  t.truthy(made.app.id);
});
