/** Divar's session POST and direct link on the wire: every vector of PROTOCOL 8.1 against the product as it runs. */
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { createTenantStore } from '../../src/tenants/store.ts';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, type Teardown } from '../helpers/database.ts';
import { testSeal } from '../helpers/fakes.ts';
import { startGateway } from '../helpers/gateway.ts';
import { SESSION_BODIES } from '../helpers/session-bodies.ts';
import { type RawReply, sendRaw } from './raw.ts';
import { sharedByFile } from './shared.ts';
import { createApi } from './visitor.ts';

const KEY = 'idk_9f3e77c1';
const COMPLETION = 'https://open-platform-redirect.divar.ir/completion';
const TV01 = SESSION_BODIES[0]?.body ?? {};
const TV05 = SESSION_BODIES[4]?.body ?? {};

type World = Awaited<ReturnType<typeof setup>>;

async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const made = await provision(database);
  const bearer = await provision(database, {
    app: { external_id: 'shop-1-bearer' },
    divar: { identification_key: 'Bearer abc' },
  });
  const suspended = await provision(database, { tenant: { external_id: 'shop-2' } });
  await database.db.tenant(suspended.tenant.id, (tx) =>
    createTenantStore({ seal: testSeal() }).setSuspended(tx, true),
  );
  const gateway = await startGateway(t, { databaseUrl: database.url });
  return {
    gateway,
    appId: made.app.id,
    bearerAppId: bearer.app.id,
    suspendedAppId: suspended.app.id,
    api: createApi(gateway.url, made.api_keys[0]?.key ?? ''),
  };
}

const sharedWorld = sharedByFile(setup);

interface Post {
  appId?: string;
  key?: string | null;
  contentType?: string | null;
  headers?: string[];
  body?: string | Buffer | object;
}

function post({ gateway, appId }: World, given: Post): Promise<RawReply> {
  const { key = KEY, contentType = 'application/json', headers = [], body = TV01 } = given;
  return sendRaw(gateway.port, {
    start: `POST /i/${given.appId ?? appId}`,
    headers: [
      ...(key === null ? [] : [`Authorization: ${key}`]),
      ...(contentType === null ? [] : [`Content-Type: ${contentType}`]),
      ...headers,
    ],
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** The session that came last, as the tenant sees it. */
async function newestSession({ api }: World) {
  return (await api('GET', '/v1/sessions?limit=1')).body.data[0];
}

const REPLY_SHAPES = {
  v1: /^\{"status":"200","message":"success","url":"(http:\/\/127\.0\.0\.1:\d+\/s\/[\w.-]+)"\}$/,
  v2: /^\{"url":"(http:\/\/127\.0\.0\.1:\d+\/s\/[\w.-]+)"\}$/,
};

/** The reply to the letter: a strict reader of either generation refuses anything else. */
function readUrl(t: ExecutionContext, reply: RawReply, generation: 'v1' | 'v2'): string {
  t.is(reply.status, 200, reply.text);
  t.true(reply.headers.includes('Content-Type: application/json; charset=utf-8'), reply.text);
  t.regex(reply.body, REPLY_SHAPES[generation]);
  return REPLY_SHAPES[generation].exec(reply.body)?.[1] ?? '';
}

function assertProblem(t: ExecutionContext, reply: RawReply, status: number, code: string): void {
  t.is(reply.status, status, reply.text);
  t.true(reply.headers.includes('Content-Type: application/problem+json'), reply.text);
  t.like(JSON.parse(reply.body), { status, code });
}

for (const { name, headers, body, expected } of SESSION_BODIES) {
  test.serial(name, async (t) => {
    const world = await sharedWorld();
    const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
    const url = readUrl(t, await post(world, { headers: lines, body }), expected.generation);
    const session = await newestSession(world);
    const { visit } = expected;
    const facts = {
      post_token: visit.postToken,
      conversation_id: visit.conversationId,
      user: visit.user,
      peer: visit.peer,
      data: visit.data,
      location: visit.location,
      source: visit.source,
    };
    t.like(session, {
      generation: expected.generation,
      entry: expected.entry,
      state: 'created',
      simulated: false,
      ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
    });
    const back = await createBrowser().get(session.return_url);
    const address = String(visit.returnAddress);
    t.is(back.location, address.startsWith('https://divar.ir/') ? address : COMPLETION);
    const landed = await createBrowser().open(url);
    t.is(
      (await world.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) })).body.session.id,
      session.id,
    );
  });
}

test.serial('TV-13, a body behind a byte order mark', async (t) => {
  const world = await sharedWorld();
  const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(TV01))]);
  readUrl(t, await post(world, { body }), 'v1');
  t.is((await newestSession(world)).post_token, TV01.post_token);
});

test.serial('TV-14, every way to say JSON, and none', async (t) => {
  const world = await sharedWorld();
  for (const contentType of ['application/json; charset=UTF-8', 'APPLICATION/JSON', null])
    readUrl(t, await post(world, { contentType }), 'v1');
  const headers = ['Content-Encoding: gzip'];
  readUrl(t, await post(world, { headers, body: gzipSync(JSON.stringify(TV01)) }), 'v1');
  const pieces = JSON.stringify(TV05).match(/.{1,20}/g) ?? [];
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
  const chunked = await post(world, { headers: ['Transfer-Encoding: chunked'], body: `${chunks}0\r\n\r\n` });
  readUrl(t, chunked, 'v2');
});

test.serial('TV-15, JSON that calls itself plain text', async (t) => {
  const world = await sharedWorld();
  assertProblem(t, await post(world, { contentType: 'text/plain' }), 415, 'unsupported_media_type');
});

test.serial('TV-16, bodies that are no JSON object', async (t) => {
  const world = await sharedWorld();
  const before = await newestSession(world);
  const latin = Buffer.from('{"source":"CHAT","x":"\xff"}', 'latin1');
  for (const body of ['[]', '"x"', '{', '', 'null', '1', latin, '{"source":"CHAT"} x'])
    assertProblem(t, await post(world, { body }), 400, 'invalid_request');
  t.is((await newestSession(world)).id, before.id);
});

test.serial('TV-17, of a repeated key the last counts', async (t) => {
  const world = await sharedWorld();
  const body = '{"source":"CHAT","post_token":"first","post_token":"last"}';
  for (let times = 0; times < 3; times += 1) {
    readUrl(t, await post(world, { body }), 'v2');
    t.is((await newestSession(world)).post_token, 'last');
  }
});

test.serial(
  'TV-18, a key that is missing, empty, wrong or has a scheme is refused before the body is read',
  async (t) => {
    const world = await sharedWorld();
    const wrong = [null, '', 'idk_9f3e77c2', `Bearer ${KEY}`, `${KEY}x`, KEY.toUpperCase()];
    for (const key of wrong)
      for (const body of [TV01, '{', 'x'.repeat(300_000)])
        assertProblem(t, await post(world, { key, body }), 401, 'unauthorized');
    assertProblem(t, await post(world, { key: 'x', contentType: 'text/plain' }), 401, 'unauthorized');
    const both = await post(world, { headers: [`Authorization: ${KEY}`] });
    assertProblem(t, both, 400, 'invalid_request');
  },
);

test.serial('a key that was configured with a scheme is taken with it only', async (t) => {
  const world = await sharedWorld();
  const appId = world.bearerAppId;
  readUrl(t, await post(world, { appId, key: 'Bearer abc' }), 'v1');
  for (const key of ['abc', 'bearer abc', 'Bearer  abc'])
    assertProblem(t, await post(world, { appId, key }), 401, 'unauthorized');
});

test.serial('TV-19, bodies beyond every limit', async (t) => {
  const world = await sharedWorld();
  const before = await newestSession(world);
  const large = JSON.stringify({ ...TV01, x: 'x'.repeat(1024 * 1024) });
  assertProblem(t, await post(world, { body: large }), 413, 'body_too_large');
  const headers = ['Content-Encoding: gzip'];
  assertProblem(t, await post(world, { headers, body: gzipSync(large) }), 413, 'body_too_large');
  const deep = `{"source":"CHAT","extra_data":${'['.repeat(1000)}${']'.repeat(1000)}}`;
  assertProblem(t, await post(world, { body: deep }), 400, 'invalid_request');
  const keys = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, 0]));
  assertProblem(t, await post(world, { body: keys }), 400, 'invalid_request');
  t.is((await newestSession(world)).id, before.id);
});

test.serial('TV-20, versions that are unknown or disagree are read as the second generation', async (t) => {
  const world = await sharedWorld();
  for (const headers of [['API-Version: 3'], ['API-Version: 2', 'API_VERSION: 1']]) {
    readUrl(t, await post(world, { headers, body: TV05 }), 'v2');
    t.like(await newestSession(world), { generation: 'v2', user: { id: null, side: 'supply' } });
  }
});

test.serial('TV-21, the same POST again is another visit', async (t) => {
  const world = await sharedWorld();
  const replies = await Promise.all([post(world, {}), post(world, {}), post(world, {})]);
  const urls = replies.map((reply) => readUrl(t, reply, 'v1'));
  t.is(new Set(urls).size, 3);
  for (const url of urls) t.is((await createBrowser().open(url)).status, 303);
});

test.serial('TV-22, half-spaces and Persian digits come through to the byte', async (t) => {
  const world = await sharedWorld();
  const text = 'می\u200cخواهم ۱۲۳ عدد، پی\u200cگیری \u06cc\u0643 «ی»';
  const body = { source: 'CHAT_MESSAGE_ACTION', extra_data: { [text]: text } };
  readUrl(t, await post(world, { body }), 'v2');
  t.deepEqual((await newestSession(world)).data, { [text]: text });
});

test.serial('an unknown app, a suspended one and a wrong key cannot be told apart', async (t) => {
  const world = await sharedWorld();
  const cases: Post[] = [
    { key: 'idk_wrong' },
    { appId: 'app_00000000000000000000000000' },
    { appId: 'x' },
    { appId: world.suspendedAppId },
    { appId: world.suspendedAppId, key: 'idk_wrong' },
    { appId: world.bearerAppId },
  ];
  const seen = new Set<string>();
  for (const given of cases) {
    const { status, headers, body } = await post(world, given);
    t.is(status, 401);
    const { request_id: _id, ...document } = JSON.parse(body);
    seen.add(JSON.stringify([headers, document]));
  }
  t.is(seen.size, 1, [...seen].join('\n'));
});

test.serial('nothing that a stranger can write makes it fail', async (t) => {
  const world = await sharedWorld();
  const long = 'x'.repeat(513);
  const odd = [
    '{"__proto__":{"admin":true},"constructor":{"prototype":{}},"source":"CHAT"}',
    '{"source":"CHAT","post_token":"\\u0000","extra_data":{"\\u0000":"\\ud800"}}',
    '{"source":1e999,"user_side":{"a":1},"post_token":[1],"extra_data":"x","user_id":12345678901234567890}',
    `{"source":"CHAT","user_id":"${long}"}`,
    '{"peer_id":null,"supplier":{"id":{"id":1}},"Supplier":[],"demand":0,"extra_data":{"location":{"latitude":"x"}}}',
    '{"callback_url":"javascript:alert(1)","user_id":-0}',
    '{"SOURCE":"CHAT"}',
    '{"peer_id":"\\ud800","user_id":"\\udfff","post_token":"\u202e"}',
    '{}',
  ];
  for (const body of odd) {
    for (const headers of [[], ['API-Version: 2'], ['API-Version: \x7f'], ['Content-Encoding: br']]) {
      const { status, text } = await post(world, { headers, body });
      t.true([200, 400, 415].includes(status), `${body}\n${text}`);
      if (status !== 200) continue;
      const { url } = JSON.parse(text.split('\r\n\r\n')[1] ?? '');
      t.is((await createBrowser().open(url)).status, 303, body);
    }
  }
  t.is((await world.api('GET', '/v1/sessions?limit=100')).status, 200);
  t.deepEqual(
    world.gateway.lines().filter(({ level, status }) => level === 'error' || Number(status) >= 500),
    [],
  );
});

const DIRECT_LINK =
  'app_slug=blue-otter-lamp&post_token=wZ_x9Qa7&return_url=https%3A%2F%2Fopen-platform-redirect.divar.ir%2Fcompletion' +
  '&price.value=203000000.000000&year=%DB%B1%DB%B3%DB%B9%DB%B2&brand_model=Pride+131+SE&utm_source=divar';
const LINK_DATA = {
  app_slug: 'blue-otter-lamp',
  'price.value': '203000000',
  year: '۱۳۹۲',
  brand_model: 'Pride 131 SE',
  utm_source: 'divar',
};

async function openDirectLink(t: ExecutionContext, world: World, query: string) {
  const browser = createBrowser();
  const first = await browser.get(`${world.gateway.url}/f/${world.appId}?${query}`);
  t.is(first.status, 303);
  t.true(first.location.startsWith(`${world.gateway.url}/s/`));
  const landed = await browser.open(first.location);
  const { body } = await world.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  return body.session;
}

test.serial('TV-26, a direct link with all its parameters', async (t) => {
  const world = await sharedWorld();
  const session = await openDirectLink(t, world, DIRECT_LINK);
  t.like(session, {
    entry: 'direct_link',
    source: null,
    post_token: 'wZ_x9Qa7',
    user: { id: null, side: null },
    data: LINK_DATA,
    identity: 'unverified',
  });
  t.is((await createBrowser().get(session.return_url)).location, COMPLETION);
});

test.serial('TV-27, a direct link without a post', async (t) => {
  const world = await sharedWorld();
  const session = await openDirectLink(t, world, DIRECT_LINK.replace('post_token=wZ_x9Qa7&', ''));
  t.like(session, { entry: 'direct_link', post_token: null, data: LINK_DATA });
});

test.serial('TV-28, of repeated posts the first counts', async (t) => {
  const world = await sharedWorld();
  for (let times = 0; times < 3; times += 1) {
    const session = await openDirectLink(t, world, 'post_token=first&post_token=last');
    t.is(session.post_token, 'first');
  }
});

test.serial('a direct link of an unknown or suspended app leads nowhere', async (t) => {
  const world = await sharedWorld();
  const before = await newestSession(world);
  for (const appId of ['app_00000000000000000000000000', world.suspendedAppId]) {
    const page = await createBrowser().get(`${world.gateway.url}/f/${appId}?post_token=x`);
    t.is(page.status, 404);
    t.is(page.location, '');
  }
  t.is((await newestSession(world)).id, before.id);
});
