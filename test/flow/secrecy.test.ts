/** No secret and no person is found in the database, the log or an error, after visits that went well and visits that did not. */
import test, { type ExecutionContext } from 'ava';
import type { Client } from 'pg';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { queryAsOwner, withClient } from '../helpers/database.ts';
import { eventually } from '../helpers/gateway.ts';
import type { RecordedRequest } from '../helpers/http.ts';
import { createPlants, type Plants } from './planted.ts';
import { type AppUnderTest, startPlantedWorld, type World } from './planted-world.ts';
import { sharedByFile } from './shared.ts';
import type { Api } from './visitor.ts';

const sharedWorld = sharedByFile(startPlantedWorld);

/** A session POST with something planted in every field. */
function initBody({ plants }: World, { generation, person }: AppUnderTest, data: object | undefined) {
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

/** What Divar tells of a chat: the words of people, and something that we do not know. */
function chatEvents({ plants }: World, { generation, person }: AppUnderTest): object[] {
  const make = (name: string) => plants.make(`${name} of an event`, { isPersonal: true });
  const message = { id: make('id'), type: 'TEXT', sent_at: '1772353815250000' };
  const unknown = { type: 'SOMETHING_NEW', something_new: { [make('key')]: make('value') } };
  if (generation === 'v1')
    return [
      {
        type: 'CHAT_MESSAGE',
        timestamp: '1772353815',
        payload: {
          ...message,
          data: { text: make('text') },
          sender: { id: person.userId, is_supply: true },
          receiver: { id: person.peerId, is_supply: false },
          metadata: { post_token: person.postToken, title: make('title'), category: 'light' },
        },
      },
      unknown,
    ];
  const conversation = { id: person.conversationId, type: 'POST', post_token: person.postToken };
  const phone = '09145556677';
  plants.add('phone of an event', phone, { isPersonal: true });
  const newMessage = { ...message, conversation, sender: { side: 'SELLER', type: 'HUMAN' } };
  return [
    { type: 'NEW_MESSAGE', new_message: { ...newMessage, text: make('text') } },
    {
      type: 'NEW_MESSAGE',
      new_message: {
        ...newMessage,
        id: make('id'),
        type: 'CONTACT',
        contact_data: { phone, first_name: make('name') },
      },
    },
    unknown,
  ];
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
    for (const event of chatEvents(world, app)) {
      const told = await fetch(`${world.gateway.url}/e/${app.appId}`, {
        method: 'POST',
        headers: { authorization: app.key, 'content-type': 'application/json' },
        body: JSON.stringify(event),
      });
      t.is(told.status, 200);
    }
    t.true((await api('GET', '/v1/events?limit=100')).body.data.length > 3);
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
  await eventually('a webhook has failed', async () => {
    const rows = await queryAsOwner(ownerUrl, 'select 1 from delivery_attempts');
    return rows.length > 0;
  });
  const dumped = await dump(ownerUrl);
  const filled = new Set(dumped.filter(({ rows }) => rows.length > 0).map(({ table }) => table));
  const touched =
    'tenants apps app_secrets api_keys endpoints sessions landing_codes oauth_states grants conversations messages attempts button_references idempotency_keys system_keys events event_keys deliveries delivery_attempts';
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
