/** No secret and no person is found in the database, the log or an error, after visits that went well and visits that did not. */
import test, { type ExecutionContext } from 'ava';
import type { Client } from 'pg';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown, withClient } from '../helpers/database.ts';
import { eventually, startGateway } from '../helpers/gateway.ts';
import { type FakeReply, loopbackFake, type RecordedRequest } from '../helpers/http.ts';
import { createPlants, type Plants } from './planted.ts';
import { sharedByFile } from './shared.ts';
import { type Api, createApi } from './visitor.ts';

type Generation = 'v1' | 'v2';
type World = Awaited<ReturnType<typeof setup>>;

const SCOPES = {
  v1: ['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH'],
  v2: ['USER_ID', 'USER_PHONE', 'offline_access', 'CONVERSATION_SEND_MESSAGE.{conversation_id}'],
};

/** A Divar that repeats every secret it is told whenever it refuses. */
function createDivar(plants: Plants, people: Record<Generation, Person>) {
  const answerToken = (request: RecordedRequest): FakeReply => {
    const isV1 = request.url.includes('open-platform');
    if (decodeURIComponent(request.body).includes('refuse'))
      return { status: 400, body: { error: 'invalid_grant', error_description: request.body } };
    const tokens = { access_token: plants.make('access_token'), refresh_token: plants.make('refresh_token') };
    return { body: isV1 ? { ...tokens, expires: 2_000_000_000 } : { ...tokens, expires_in: 3600 } };
  };
  const answerSend = ({ body, headers }: RecordedRequest): FakeReply => {
    const echo = { code: 3, message: `${body} ${JSON.stringify(headers)}` };
    if (body.includes('refuse')) return { status: 400, body: echo };
    if (body.includes('break')) return { status: 500, body: echo };
    return { body: { status: 200, message: 'success' } };
  };
  return (request: RecordedRequest): FakeReply => {
    if (/token$/.test(request.url)) return answerToken(request);
    if (!request.url.endsWith('/users')) return answerSend(request);
    const { phone, userId } = request.method === 'GET' ? people.v2 : people.v1;
    return { body: { phone_number: phone, user_id: request.method === 'GET' ? userId : undefined } };
  };
}

/** Who visits, and the chat of the visit. */
interface Person {
  userId: string;
  peerId: string;
  postToken: string;
  conversationId: string;
  phone: string;
}

function plantPerson(plants: Plants, generation: Generation, phone: string): Person {
  const personal = { isPersonal: true };
  plants.add(`phone of ${generation}`, phone, personal);
  return {
    userId: plants.make(`user_id ${generation}`, personal),
    peerId: plants.make(`peer_id ${generation}`, personal),
    postToken: plants.make(`post_token ${generation}`, personal),
    conversationId: plants.make(`conversation_id ${generation}`, personal),
    phone,
  };
}

async function setup(t: Teardown) {
  const plants = createPlants();
  const people = {
    v1: plantPerson(plants, 'v1', '09127654321'),
    v2: plantPerson(plants, 'v2', '09121234567'),
  };
  const database = await createTestDatabase(t);
  const divar = await loopbackFake(t, createDivar(plants, people));
  const landing = await loopbackFake(t);
  const made = {
    v1: await provisionPlanted(database, plants, landing.url, 'v1'),
    v2: await provisionPlanted(database, plants, landing.url, 'v2'),
  };
  const hosts = ['API', 'OAUTH', 'UPLOAD', 'V1_API', 'V1_OAUTH'].map((name) => [
    `DIVAR_${name}_URL`,
    divar.url,
  ]);
  const gateway = await startGateway(t, {
    databaseUrl: database.url,
    env: { ...Object.fromEntries(hosts), DIVAR_TIMEOUT_MS: '5000', LOG_LEVEL: 'debug' },
  });
  const appOf = (generation: Generation) => ({
    generation,
    ...made[generation],
    api: createApi(gateway.url, made[generation].apiKey),
    person: people[generation],
  });
  /** Every answer that was an error, as it came. */
  const refusals: string[] = [];
  return {
    gateway,
    plants,
    divar,
    refusals,
    ownerUrl: database.ownerUrl,
    apps: { v1: appOf('v1'), v2: appOf('v2') },
  };
}

async function provisionPlanted(
  database: Parameters<typeof provision>[0],
  plants: Plants,
  landingUrl: string,
  generation: Generation,
) {
  const phone = generation === 'v1' ? '09131112233' : '09132223344';
  plants.add('phone of a test user', phone, { isPersonal: true });
  const testUser = plants.make('test_user', { isPersonal: true });
  const ask = (keys: { identification_key: string; api_key: string; client_secret: string }) =>
    provision(database, {
      tenant: { external_id: `shop-${generation}` },
      app: {
        external_id: `shop-${generation}-live`,
        generation,
        consent: { when: 'init', scopes: SCOPES[generation] },
      },
      divar: keys,
      landing: {
        url: `${landingUrl}/`,
        staging_url: `${landingUrl}/staging`,
        test_users: [{ divar_user_id: testUser }, { phone }],
        pages: { track: `${landingUrl}/track` },
      },
      endpoints: [{ url: `${landingUrl}/hooks` }],
    });
  const makeKeys = () => ({
    identification_key: plants.make('identification_key'),
    api_key: plants.make('divar_api_key'),
    client_secret: plants.make('client_secret'),
  });
  const made = await ask(makeKeys());
  // Rotated once, so that the second slot holds secrets too.
  const keys = makeKeys();
  await ask(keys);
  plants.add('API key', made.api_keys[0]?.key);
  plants.add('endpoint secret', made.endpoints[0]?.secret);
  plants.add('action secret', made.app.action_secret);
  return { appId: made.app.id, key: keys.identification_key, apiKey: made.api_keys[0]?.key ?? '' };
}

const sharedWorld = sharedByFile(setup);

/** A session POST with something planted in every field. */
function initBody({ plants }: World, { generation, person }: World['apps']['v1'], data: object | undefined) {
  const make = (name: string) => plants.make(`${name} ${generation}`, { isPersonal: true });
  const future = { [make('unknown key')]: make('unknown value') };
  const common = {
    post_token: person.postToken,
    user_id: person.userId,
    conversation_id: person.conversationId,
  };
  const given = data ?? { [make('data key')]: make('data value') };
  if (generation === 'v2')
    return {
      ...common,
      source: data ? 'CHAT_MESSAGE_ACTION' : 'CHAT',
      user_side: 'SUPPLY',
      extra_data: given,
      completion_url: `https://divar.ir/${make('return address')}`,
      future,
    };
  plants.add('latitude', '35.700512345', { isPersonal: true });
  return {
    ...common,
    peer_id: person.peerId,
    supplier: { id: person.userId },
    callback_url: `https://divar.ir/${make('return address')}`,
    extra_data: { provider_data: given, location: { latitude: '35.700512345', longitude: '51.400112345' } },
    future,
  };
}

type AppUnderTest = World['apps']['v1'];

async function init(t: ExecutionContext, world: World, app: AppUnderTest, data?: object): Promise<string> {
  const { gateway, plants } = world;
  const response = await fetch(`${gateway.url}/i/${app.appId}`, {
    method: 'POST',
    headers: { authorization: app.key, ...(app.generation === 'v2' ? { 'api-version': '2' } : {}) },
    body: new TextEncoder().encode(JSON.stringify(initBody(world, app, data))),
  });
  t.is(response.status, 200);
  const { url } = (await response.json()) as { url: string };
  plants.add('start handle', url.split('/').at(-1));
  return url;
}

/** Up to Divar's consent page and back; a code that Divar refuses comes first. */
async function landThroughConsent(t: ExecutionContext, world: World, app: AppUnderTest, url: string) {
  const { gateway, plants } = world;
  const browser = createBrowser();
  const callback = async (code: string) => {
    const asked = await browser.open(url);
    t.is(asked.status, 303);
    const state = new URL(asked.location).searchParams.get('state') ?? '';
    plants.add('oauth state', state);
    return await browser.get(`${gateway.url}/oauth/${app.appId}/callback?code=${code}&state=${state}`);
  };
  const refused = await callback(plants.make('oauth code', { prefix: 'refuse' }));
  t.is(refused.status, 502);
  // The way back to Divar is the browser's own.
  world.refusals.push(refused.html.replace(/href="https:\/\/divar\.ir[^"]*"/, ''));
  const landed = await callback(plants.make('oauth code'));
  t.is(landed.status, 303);
  plants.add('cookie', browser.jar.get('pvd_visit'));
  plants.add('landing code', codeOf(landed));
  return { browser, landed };
}

async function exchange(t: ExecutionContext, { plants }: World, api: Api, code: string) {
  const { status, body } = await api('POST', '/v1/sessions/exchange', { code });
  t.is(status, 200);
  plants.add('session token', body.session_token);
  plants.add('return handle', body.session.return_url.split('/').at(-1));
  return body.session;
}

function plantMessage({ plants }: World, sessionId: string, how = '') {
  const make = (name: string) => plants.make(name, { isPersonal: true });
  const data = { [make('button data key')]: make('button data value') };
  return {
    session_id: sessionId,
    text: `${how} ${make('text')} ${plantPersian(plants)}`,
    metadata: { note: make('metadata') },
    on_unknown: 'fail',
    sender_buttons: [[{ caption: 'پیگیری', action: { open_session: { data, page: 'track' } } }]],
    receiver_buttons: [
      [{ caption: 'پرداخت', action: { open_url: `https://shop.example/${make('button url')}` } }],
    ],
  };
}

function plantPersian(plants: Plants): string {
  const text = `می‌آیم ساعت ${plants.make('clock')}`;
  plants.add('persian text', text);
  return text;
}

/** The reference that Divar was given for the button. */
function readReference({ plants }: World, { body }: RecordedRequest): { ref: string } {
  const [ref] = /pvd_[\w-]{32}/.exec(body) ?? [];
  plants.add('button reference', ref);
  return { ref: ref ?? '' };
}

for (const generation of ['v1', 'v2'] as const) {
  test.serial(`a visit of generation ${generation} with something planted everywhere`, async (t) => {
    const world = await sharedWorld();
    const app = world.apps[generation];
    const { api } = app;
    const { browser, landed } = await landThroughConsent(t, world, app, await init(t, world, app));
    const session = await exchange(t, world, api, codeOf(landed));
    t.is(session.consent, 'granted');

    const idempotencyKey = world.plants.make('idempotency key');
    const sentBefore = world.divar.requests.length;
    const accepted = await api('POST', '/v1/messages', plantMessage(world, session.id), {
      'idempotency-key': idempotencyKey,
    });
    t.is(accepted.status, 202, JSON.stringify(accepted.body));
    const send = await eventually('the message reached Divar', async () =>
      world.divar.requests.slice(sentBefore).find(({ body }) => body.includes('pvd_')),
    );
    const clicked = await init(t, world, app, readReference(world, send));
    const again = await browser.open(clicked);
    t.regex(again.location, /\/track\?code=/);
    const second = await exchange(t, world, api, codeOf(again));
    const { session_id: _, ...message } = plantMessage(world, '', 'break');
    t.is((await api('POST', `/v1/sessions/${second.id}/complete`, { message })).status, 200);
    t.is((await browser.get(second.return_url)).status, 303);
  });

  test.serial(`mistakes of all kinds in generation ${generation}`, async (t) => {
    const world = await sharedWorld();
    const { gateway, plants, refusals } = world;
    const app = world.apps[generation];
    const make = (name: string) => plants.make(`mistaken ${name}`, { isPersonal: true });
    const ask = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
      const response = await fetch(gateway.url + path, { method, headers, ...(body ? { body } : {}) });
      refusals.push(JSON.stringify([...response.headers]) + (await response.text()));
      return response.status;
    };
    const json = { 'content-type': 'application/json' };
    const divar = { ...json, authorization: app.key };
    const tenant = { ...json, authorization: `Bearer ${app.apiKey}` };
    const text = make('text');
    t.deepEqual(
      [
        await ask('POST', `/i/${app.appId}`, { ...json, authorization: make('key') }, '{}'),
        await ask('POST', `/i/${app.appId}`, divar, `{"source":"${text}`),
        await ask('POST', `/i/${app.appId}`, divar, `{"${text}":"${text}"}`),
        await ask(
          'POST',
          `/i/${app.appId}`,
          divar,
          JSON.stringify({ source: 'CHAT', post_token: text.repeat(20) }),
        ),
        await ask('POST', `/i/${make('app id')}`, divar, '{}'),
        await ask('GET', '/v1/sessions', { authorization: `Bearer pvd_live_12345678_${make('key')}` }),
        await ask('GET', `/v1/sessions/${make('session id')}`, tenant),
        await ask('GET', `/v1/sessions?cursor=${make('cursor')}`, tenant),
        await ask('GET', `/${make('path')}?x=${make('query')}`, {}),
        await ask('POST', '/v1/sessions/exchange', tenant, JSON.stringify({ code: make('code') })),
        await ask('POST', '/v1/messages', tenant, JSON.stringify({ session_id: text, text })),
        await ask('POST', '/v1/messages', tenant, JSON.stringify({ unknown: text, text: `${text}\u0000` })),
        await ask('POST', '/v1/messages', tenant, `{"text":"${text}`),
        await ask('GET', `/s/${make('handle')}?${make('query')}`, {}),
        await ask('GET', `/r/${make('handle')}`, {}),
        await ask('GET', `/oauth/${app.appId}/callback?code=${make('code')}&state=${make('state')}`, {}),
        await ask('GET', `/oauth/${app.appId}/callback?error=${make('error')}`, {
          cookie: `pvd_visit=${make('c')}`,
        }),
      ],
      [401, 400, 400, 400, 401, 401, 404, 400, 404, 404, 404, 400, 400, 410, 410, 400, 400],
    );

    const other = await init(t, world, app, { [make('key')]: make('value') });
    const landed = await createBrowser().open(other);
    plants.add('landing code', codeOf(landed));
    const session = await exchange(t, world, app.api, codeOf(landed));
    const spent = await app.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
    t.is(spent.status, 410);
    refusals.push(JSON.stringify(spent.body));
    const refused = await app.api('POST', '/v1/messages', plantMessage(world, session.id, 'refuse'));
    t.is(refused.status, 202);
    await eventually('Divar refused the message', async () => {
      const { body } = await app.api('GET', `/v1/messages/${refused.body.id}`);
      return body.state === 'failed';
    });
  });
}

interface Dumped {
  table: string;
  rows: string[];
}

/** Every column of every table of ours, as text. */
async function dump(ownerUrl: string): Promise<Dumped[]> {
  return await withClient(ownerUrl, async (client: Client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    const dumped: Dumped[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `select to_jsonb(t)::text as text from ${name} t`,
      );
      dumped.push({ table: name.replace('public.', ''), rows: rows.map(({ text }) => text) });
    }
    return dumped;
  });
}

test.serial('none of it stands in the database', async (t) => {
  const { plants, ownerUrl } = await sharedWorld();
  const dumped = await dump(ownerUrl);
  const filled = new Set(dumped.filter(({ rows }) => rows.length > 0).map(({ table }) => table));
  const touched =
    'tenants apps app_secrets api_keys endpoints sessions landing_codes oauth_states grants conversations messages attempts button_references idempotency_keys system_keys';
  t.deepEqual(
    touched.split(' ').filter((table) => !filled.has(table)),
    [],
  );
  for (const { table, rows } of dumped) t.deepEqual(plants.find(rows.join('\n')), [], table);
});

test.serial('none of it stands in what the process wrote, or in an error that it answered', async (t) => {
  const { plants, gateway, refusals } = await sharedWorld();
  t.true(gateway.lines().length > 20);
  t.deepEqual(plants.find(gateway.output()), []);
  t.true(refusals.length > 30);
  for (const refusal of refusals) t.deepEqual(plants.find(refusal), [], refusal);
});

test.serial('what is planted would be found in every writing', async (t) => {
  const { ownerUrl } = await sharedWorld();
  const plants = createPlants();
  const secret = plants.make('secret');
  const person = plants.make('person', { isPersonal: true });
  plants.add('words', 'می‌آیم');
  const wrap = (text: string) => `{"key":"abc","value":"${text}"}`;
  for (const encoding of ['base64', 'base64url', 'hex'] as const) {
    for (const before of ['', 'x', 'xy', 'xyz'])
      t.deepEqual(plants.find(wrap(Buffer.from(before + secret).toString(encoding))), ['secret']);
    const [row] = await queryAsOwner<{ digest: string }>(
      ownerUrl,
      "select encode(sha256($1::text::bytea), 'hex') as digest",
      [person],
    );
    t.deepEqual(plants.find(wrap(row?.digest ?? '')), ['person']);
  }
  t.deepEqual(plants.find(wrap(`k1.${encodeURIComponent(secret)}.${person.toUpperCase()}`)), [
    'secret',
    'person',
  ]);
  t.deepEqual(plants.find('\\u0645\\u06cc\\u200c\\u0622\\u06cc\\u0645'), ['words']);
  t.deepEqual(plants.find(wrap('nothing of the kind, and nothing that is encoded either')), []);
});
