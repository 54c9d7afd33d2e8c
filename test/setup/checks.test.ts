/** The connection checks against a Divar, a page and a webhook that are right, and then are not. */
import test from 'ava';
import type { CallRequest } from '../../src/ports.ts';
import { createArrivals } from '../../src/setup/arrivals.ts';
import { type Answer, makeLiveApp, openSetup, type SetupRoom } from './setup.ts';
import { verifyStandardWebhook } from './verify.ts';

const API_KEY = 'apikey-0123456789';
const CLIENT_SECRET = 'client+secret/987';

/** An app whose every part is there, in a world where every check passes. */
async function setup(t: Parameters<typeof openSetup>[0]) {
  const room = await openSetup(t);
  const app = await makeLiveApp(room);
  await room.must('POST', `${app}/secrets/api_key`, { value: API_KEY }, 201);
  await room.must('POST', `${app}/secrets/client_secret`, { value: CLIENT_SECRET }, 201);
  const key = (await room.must('POST', `${app}/secrets/identification_key`, {}, 201)).body.secret;
  await saveLanding(room, app, 'https://shop.example/divar?token=of-the-shop');
  room.world.answer = (request) => answerWell(request, key);
  const run = async (name: string) => {
    const { body } = await room.must('POST', `${app}/setup/checks/${name}`);
    return body.checks.find((check: { name: string }) => check.name === name);
  };
  return { ...room, app, key, run };
}

async function saveLanding(room: SetupRoom, app: string, url: string) {
  const { landing } = (await room.must('GET', `${app}/settings`)).body.sections;
  const value = { ...landing.value, url };
  await room.must('PATCH', `${app}/settings/landing`, { version: landing.version, value });
}

function answerWell({ url, headers = {} }: CallRequest, key: string): Answer | undefined {
  const { host, pathname } = new URL(url);
  if (pathname.startsWith('/v1/open-platform/finder/post/'))
    return { status: headers['x-api-key'] === API_KEY ? 200 : 401 };
  if (pathname === '/oauth2/token') return { status: 400, body: { error: 'invalid_grant' } };
  if (pathname.startsWith('/i/'))
    return headers.authorization === key
      ? { status: 200, body: { url: 'http://localhost:3000/s/handle' } }
      : { status: 401 };
  if (host === 'shop.example') return { status: 200 };
  return undefined;
}

test('an app that is right passes, and nothing secret stands in what it is told', async (t) => {
  const { run, must, app, key, world } = await setup(t);
  for (const name of ['api_key', 'client_secret', 'init', 'landing']) {
    const check = await run(name);
    t.is(check.state, 'passed', `${name}: ${check.cause?.key}`);
    t.true(check.exchanges.length > 0);
  }
  t.is((await run('webhook')).cause.key, 'no_endpoint');
  t.is((await run('events')).state, 'waiting');
  const setupNow = (await must('GET', `${app}/setup`)).body;
  t.deepEqual(setupNow.open, ['events']);
  const shown = JSON.stringify(setupNow);
  for (const secret of [API_KEY, CLIENT_SECRET, key, 'of-the-shop']) t.false(shown.includes(secret));
  const init = world.requests.find(({ url }) => url.includes('/i/'));
  t.is(init?.headers?.['x-peyvand-check'], '1', 'our own init says what it is');
  t.true(world.requests.every(({ timeoutMs }) => timeoutMs <= 5000));
});

test('each failure says its own cause and what to do, in Persian and English', async (t) => {
  const { run, world, key } = await setup(t);
  const well = (request: CallRequest) => answerWell(request, key);
  const found: string[] = [];
  const failing = async (name: string, wrong: (request: CallRequest) => Answer | undefined) => {
    world.answer = (request) => wrong(request) ?? well(request);
    const { state, cause } = await run(name);
    t.regex(cause.fa.cause, /[\u0600-\u06ff]/);
    t.regex(cause.fa.fix, /[\u0600-\u06ff]/);
    t.notRegex(cause.en.fix, /[\u0600-\u06ff]/);
    found.push(`${state} ${cause.key}`);
  };
  const at = (part: string, answer: Answer) => (request: CallRequest) =>
    request.url.includes(part) ? answer : undefined;
  await failing('api_key', at('/finder/', { status: 401 }));
  await failing('api_key', at('/finder/', { status: 403 }));
  await failing('client_secret', at('/oauth2/', { status: 401, body: { error: 'invalid_client' } }));
  await failing('landing', at('shop.example', { status: 503 }));
  await failing('landing', at('shop.example', { durationMs: 3000 }));
  await failing('landing', at('shop.example', { fails: 'tls' }));
  await failing('init', at('/i/', { status: 401 }));
  await failing('init', at('/i/', { fails: 'connect' }));
  t.deepEqual(found, [
    'failed api_key_refused',
    'failed get_post_missing',
    'failed client_secret_wrong',
    'failed landing_failing',
    'warning landing_slow',
    'failed landing_tls',
    'failed identification_key_wrong',
    'failed gateway_unreachable',
  ]);
});

test('a change of what was checked makes the check wait again', async (t) => {
  const room = await setup(t);
  const { run, must, app } = room;
  const stateOf = async (name: string) =>
    (await must('GET', `${app}/setup`)).body.checks.find((check: { name: string }) => check.name === name)
      .state;
  for (const name of ['api_key', 'landing']) t.is((await run(name)).state, 'passed');
  await must('POST', `${app}/secrets/api_key`, { value: 'another-key' }, 201);
  t.deepEqual([await stateOf('api_key'), await stateOf('landing')], ['waiting', 'passed']);
  t.is((await run('api_key')).cause.key, 'api_key_refused', 'the new key counts at once');
  await saveLanding(room, app, 'https://shop.example/other');
  t.is(await stateOf('landing'), 'waiting');
  await must('PATCH', `${app}/setup`, { test_post: 'wZ_x9Qa7' });
  t.is(await stateOf('api_key'), 'waiting');
  t.is((await room.call('PATCH', `${app}/setup`, { test_post: '../x' })).status, 400);
});

test('a webhook gets a signed example, and its answer is judged', async (t) => {
  const { run, world, room, owner, app, key } = await setup(t);
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  await room.db.tenant(owner.tenant, (tx) =>
    room.tenants.insertEndpoint(tx, {
      id: 'end_00000000000000000000000001',
      appId: app.split('/').at(-1) ?? '',
      url: 'https://hooks.example/in?key=of-the-shop',
      events: ['*'],
      secret,
    }),
  );
  world.answer = (request) =>
    request.url.startsWith('https://hooks.example/') ? { status: 204 } : answerWell(request, key);
  const check = await run('webhook');
  t.is(check.state, 'passed');
  t.is(check.exchanges[0].address, 'https://hooks.example/in');
  const sent = world.requests.find(({ url }) => url.startsWith('https://hooks.example/'));
  const told = verifyStandardWebhook(secret, sent);
  t.is(told.simulated, true);
  world.answer = () => ({ status: 500 });
  t.is((await run('webhook')).cause.key, 'webhook_bad_status');
});

test('of two runs of one check at once the second does nothing', async (t) => {
  const { must, app, world, key } = await setup(t);
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let count = 0;
  world.answer = (request) => {
    if (request.url.includes('shop.example')) count += 1;
    return answerWell(request, key);
  };
  const [first, second] = await Promise.all([
    must('POST', `${app}/setup/checks/landing`).finally(() => release?.()),
    must('POST', `${app}/setup/checks/landing`),
    held,
  ]);
  t.true(count >= 1 && count <= 2);
  for (const { body } of [first, second])
    t.regex(body.checks.find((check: { name: string }) => check.name === 'landing').state, /passed|running/);
});

test('Divar is seen when it comes, with its address, and the row stays as it was first', async (t) => {
  const { room, must, app, owner, store } = await setup(t);
  const arrivals = createArrivals({ db: room.db, store });
  const appId = app.split('/').at(-1) ?? '';
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 8, minute));
  const note = (minute: number, address: string) =>
    arrivals.noteCall('/e/:app_id', { id: appId, tenantId: owner.tenant }, at(minute), () => address);
  note(0, '78.111.6.41');
  note(1, '78.111.6.42');
  t.is(await arrivals.tick(), 1, 'one is enough for ten minutes');
  note(20, '78.111.6.43');
  note(40, '31.214.250.130');
  t.is(await arrivals.tick(), 2, 'both in one statement');
  t.is(await arrivals.tick(), 0);
  const setupNow = (await must('GET', `${app}/setup`)).body;
  t.is(setupNow.arrivals.events.first_at, at(0).toISOString());
  t.is(setupNow.arrivals.events.address, '78.111.6.41');
  t.is(setupNow.checks.find((check: { name: string }) => check.name === 'events').state, 'passed');
  t.false(setupNow.open.includes('events'));
  t.is(setupNow.arrivals.init, null);
});

test('what could not be written down is written by the next try', async (t) => {
  let isAway = true;
  const rows: number[] = [];
  const arrivals = createArrivals({
    db: { call: async () => [] },
    store: {
      noteArrivals: async (_db, noted) => {
        if (isAway) throw new Error('away');
        rows.push(noted.length);
      },
    },
  });
  arrivals.note('init', { id: 'app_1', tenantId: 'ten_1' }, new Date());
  await t.throwsAsync(arrivals.tick(), { message: 'away' });
  arrivals.note('fallback', { id: 'app_1', tenantId: 'ten_1' }, new Date());
  isAway = false;
  t.is(await arrivals.tick(), 2);
  t.deepEqual(rows, [2]);
});
