/** The simulator page of each app: its own desk, for those who may, whatever becomes of the simulator. */
import test, { type ExecutionContext } from 'ava';
import { createSimulatorRoutes } from '../../src/admin/simulator-routes.ts';
import { buildTrace } from '../../src/admin/simulator-trace.ts';
import { createCall } from '../../src/platform/call.ts';
import { provision } from '../helpers/apps.ts';
import { freePort } from '../helpers/redis.ts';
import { addMember, openRoom, signUp } from '../members/setup.ts';
import { answerJson, createAddon, PAGE, setup } from '../simulator/setup.ts';

async function openSimulatorRoom(t: ExecutionContext, given: { simulatorUrl?: string } = {}) {
  const addon = await createAddon(t, answerJson({ url: PAGE }));
  const simulator = await setup(t);
  const { simulatorUrl = simulator.url } = given;
  const call = createCall();
  t.teardown(() => call.close());
  const room = await openRoom(t, {
    simulatorUrl,
    more: ({ db, tenants }) => createSimulatorRoutes({ db, tenants, call, simulatorUrl }),
  });
  /** Somebody who signs up; his sandbox app, which the simulator is told of. */
  const join = async (email: string) => {
    const owner = await signUp(room, email, email);
    const [app] = (await owner.browser.must('GET', `/tenants/${owner.tenant}/apps`)).body.data;
    const path = `/tenants/${owner.tenant}/apps/${app.id}/simulator`;
    const register = (fields: object = {}) =>
      simulator.register(
        { owner: app.id, init_url: `${addon.url}/i`, events_url: `${addon.url}/e`, ...fields },
        app.slug,
      );
    return { ...owner, app, path, register };
  };
  return { room, simulator, addon, join };
}

const openChat = async ({
  browser,
  path,
}: Awaited<ReturnType<Awaited<ReturnType<typeof openSimulatorRoom>>['join']>>) =>
  (await browser.must('POST', `${path}/chats`, { type: 'post', fresh: true }, 201)).body
    .conversation as string;

test('two tenants use the simulator side by side, and neither sees the other', async (t) => {
  const { join } = await openSimulatorRoom(t);
  const [mine, theirs] = [await join('a@a.example'), await join('b@b.example')];
  await mine.register();
  await theirs.register({ api_keys: [{ key: 'apikey-2' }] });
  const [own, foreign] = [await openChat(mine), await openChat(theirs)];
  const message = { as: 'buyer', content: { type: 'TEXT', text: 'راز' } };
  await theirs.browser.must('POST', `${theirs.path}/chats/${foreign}/messages`, message, 201);
  const { page } = (await mine.browser.must('GET', mine.path)).body;
  t.is(page.state, 'ready');
  t.deepEqual(
    page.desk.chats.map((chat: { conversation: string }) => chat.conversation),
    [own],
  );
  t.false(JSON.stringify(page).includes('راز'));
  for (const [method, path, body] of [
    ['POST', `${mine.path}/chats/${foreign}/messages`, message],
    ['PATCH', `${mine.path}/chats/${foreign}`, { blocked: true }],
    ['POST', `${mine.path}/taps`, { as: 'buyer', kind: 'chat', conversation: foreign }],
    ['GET', mine.path.replace(mine.app.id, theirs.app.id), undefined],
    ['GET', theirs.path, undefined],
  ] as const)
    t.is((await mine.browser.call(method, path, body)).body.code, 'not_found', path);
});

test('a tap opens the page the add-on names, and the trace tells of it', async (t) => {
  const { join, addon, simulator } = await openSimulatorRoom(t);
  const owner = await join('a@a.example');
  await owner.register();
  const conversation = await openChat(owner);
  const tap = { as: 'seller', kind: 'chat', conversation };
  const opened = (await owner.browser.must('POST', `${owner.path}/taps`, tap)).body;
  t.true(opened.ok);
  t.true(opened.open_url.startsWith(`${simulator.url}/webview/`));
  addon.answer = answerJson({ error: 'no' }, 500);
  const failed = (await owner.browser.must('POST', `${owner.path}/taps`, tap)).body;
  t.is(failed.open_url, null);
  const { page } = (await owner.browser.must('GET', owner.path)).body;
  t.deepEqual(
    page.trace.map(({ kind, outcome, status, from }: Record<string, unknown>) => [
      kind,
      from,
      status,
      outcome,
    ]),
    [
      ['init', 'divar', 200, 'ok'],
      ['init', 'divar', 500, 'failed'],
    ],
  );
});

test('what has been seen is not sent again', async (t) => {
  const { join } = await openSimulatorRoom(t);
  const owner = await join('a@a.example');
  await owner.register();
  const { version, page } = (await owner.browser.must('GET', owner.path)).body;
  t.truthy(page);
  t.is((await owner.browser.must('GET', `${owner.path}?seen=${version}`)).body.page, null);
  await openChat(owner);
  t.truthy((await owner.browser.must('GET', `${owner.path}?seen=${version}`)).body.page);
});

test('faults go by their names, dialects by those of Divar', async (t) => {
  const { join, simulator } = await openSimulatorRoom(t);
  const owner = await join('a@a.example');
  await owner.register();
  const settings = { faults: ['send_blocked', 'event_twice'], dialect: { key: 'wrong' } };
  await owner.browser.must('PATCH', `${owner.path}/settings`, settings, 204);
  const { desk } = (await owner.browser.must('GET', owner.path)).body.page;
  t.deepEqual(desk.faults, settings.faults);
  t.deepEqual(desk.dialect, settings.dialect);
  const { faults } = (await simulator.request('GET', '/__faults')).json;
  t.deepEqual(
    faults.map(({ where, app }: Record<string, string>) => [where, app]),
    [
      ['send', owner.app.slug],
      ['event', owner.app.slug],
    ],
  );
  for (const wrong of [
    { faults: ['moon'] },
    { dialect: { moon: 'x' } },
    { dialect: { key: 'x' } },
    { moon: 1 },
  ])
    t.is((await owner.browser.call('PATCH', `${owner.path}/settings`, wrong)).status, 400);
});

test('everybody but viewers uses it', async (t) => {
  const { room, join } = await openSimulatorRoom(t);
  const owner = await join('a@a.example');
  await owner.register();
  for (const role of ['admin', 'developer', 'support', 'viewer']) {
    const { browser } = await addMember(room, owner, role);
    const read = await browser.get(owner.path);
    const made = await browser.post(`${owner.path}/chats`, { type: 'post', fresh: true });
    t.deepEqual([read.status, made.status], role === 'viewer' ? [403, 403] : [200, 201], role);
  }
});

test('a live app has none', async (t) => {
  const { room, join } = await openSimulatorRoom(t);
  const owner = await join('a@a.example');
  const live = await provision(room, { tenant: { external_id: owner.tenant, name: 'a' } });
  t.is(live.tenant.id, owner.tenant);
  const path = `/tenants/${owner.tenant}/apps/${live.app.id}/simulator`;
  const reply = await owner.browser.get(path);
  t.is(reply.status, 409);
  t.is(reply.body.params.simulator, 'live');
});

test('says why there is nothing to see', async (t) => {
  const away = await openSimulatorRoom(t, { simulatorUrl: `http://127.0.0.1:${await freePort()}` });
  const lonely = await away.join('a@a.example');
  t.is((await lonely.browser.must('GET', lonely.path)).body.page.state, 'down');
  const refused = await lonely.browser.post(`${lonely.path}/chats`, { type: 'post', fresh: true });
  t.is(refused.status, 503);
  t.is(refused.body.params.simulator, 'down');

  const { join } = await openSimulatorRoom(t);
  const early = await join('a@a.example');
  t.is((await early.browser.must('GET', early.path)).body.page.state, 'preparing');
  await early.register({ owner: 'app_other' });
  t.is((await early.browser.must('GET', early.path)).body.page.state, 'slug_taken');
  t.is((await early.browser.post(`${early.path}/chats`, { type: 'post', fresh: true })).status, 409);
});

const AT = new Date('2026-11-24T10:00:00Z');
const later = (seconds: number) => new Date(AT.getTime() + seconds * 1000);

test('the trace puts together what the simulator has seen and what the gateway knows', (t) => {
  const hop = {
    ...{ seq: 7, at: later(3600 + 2).toISOString(), ms: 12.4, direction: 'in' as const, kind: 'send' },
    ...{ method: 'POST', path: '/v2/x', status: 412, problems: ['blocked'], message: 'm-1' },
    request: { body: { text: 'x'.repeat(20_000) } },
  };
  const event = {
    ...hop,
    ...{ seq: 8, direction: 'out' as const, kind: 'event', status: 200, problems: [], message: undefined },
    at: later(3600 + 4).toISOString(),
    request: { body: { type: 'NEW_MESSAGE', new_message: { id: 'm-2' } } },
  };
  const steps = {
    landings: [
      { id: 'ses_1', state: 'landed', consent: 'granted', opened_at: AT, landed_at: later(1) },
      { id: 'ses_2', state: 'opened', consent: 'none', opened_at: later(9), landed_at: null },
      { id: 'ses_3', state: 'consenting', consent: 'none', opened_at: later(9), landed_at: null },
    ],
    messages: [
      { id: 'msg_1', state: 'failed', code: 'recipient_restricted', state_at: later(3), attempt_count: 1 },
    ],
    webhooks: [
      {
        ...{
          id: 'att_1',
          number: 1,
          status: null,
          outcome: 'failed' as const,
          code: 'timeout',
          duration_ms: 15_000,
        },
        ...{ created_at: later(5), delivery_id: 'dlv_1', event_id: 'evt_1' },
        ...{ event_type: 'message.failed', endpoint_id: 'end_1' },
      },
    ],
  };
  const receiver = { ...hop, seq: 9, kind: 'webhook' };
  const trace = buildTrace({ hops: [hop, event, receiver], offset_ms: 3_600_000 }, steps);
  t.deepEqual(
    trace.map(({ id, outcome, message }) => [id, outcome, message]),
    [
      ['landing-ses_1', 'ok', null],
      ['sim-7', 'failed', 'm-1'],
      ['message-msg_1', 'failed', null],
      ['sim-8', 'ok', 'm-2'],
      ['webhook-att_1', 'failed', null],
      ['landing-ses_2', 'waiting', null],
    ],
  );
  t.true(trace.every(({ raw }) => raw.length < 8100));
});
