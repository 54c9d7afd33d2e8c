/** Nothing that was answered is lost, whatever dies: the process at any point of a visit, or PostgreSQL under it. */
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { createDatabase } from '../../src/platform/database.ts';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { eventually, type Gateway, startGateway } from '../helpers/gateway.ts';
import { loopbackFake } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';
import { type OwnPostgres, startOwnPostgres } from '../helpers/postgres.ts';
import { freePort } from '../helpers/redis.ts';
import { createDriver, isAway, type Step, type Visit } from './drive.ts';
import { createGate, type Hop, startOwnDivar } from './own-divar.ts';
import { sendRaw } from './raw.ts';
import { createApi, postInit } from './visitor.ts';

const KEY = 'idk_9f3e77c1';
const SLUG = 'blue-otter-lamp';
const SCOPES = ['USER_ID', 'offline_access', 'CONVERSATION_SEND_MESSAGE.{conversation_id}'];

/** A gateway on a port that stays, and a Divar outside it. */
async function setup(t: Teardown, divarTimeoutMs = 2000) {
  const database = await createTestDatabase(t);
  const divar = await startOwnDivar(t);
  const landing = await loopbackFake(t);
  const made = await provision(database, {
    app: { environment: 'sandbox', consent: { when: 'init', scopes: SCOPES } },
    landing: { url: `${landing.url}/` },
  });
  const port = await freePort();
  const start = () =>
    startGateway(t, {
      databaseUrl: database.url,
      port,
      env: { SIMULATOR_URL: divar.url, LEASE_SECONDS: '1', DIVAR_TIMEOUT_MS: String(divarTimeoutMs) },
    });
  const first = await start();
  await eventually('the simulator knows the app', async () => {
    const { apps } = await divar.control('GET', '/__apps');
    return apps.length === 1;
  });
  const api = createApi(first.url, made.api_keys[0]?.key ?? '');
  const app = { url: first.url, appId: made.app.id, key: KEY };
  const count = async (sql: string): Promise<number> =>
    (await queryAsOwner<{ count: number }>(database.ownerUrl, `select count(*)::int as count ${sql}`))[0]
      ?.count ?? -1;
  return { first, start, divar, api, app, count, ownerUrl: database.ownerUrl };
}

/** Where the process is killed: when a request of a visit has just been sent, or one of its own has reached Divar. */
type Point = { step: Step } | { hop: Hop };
const POINTS: Point[] = [
  { step: 'init' },
  { step: 'open' },
  { step: 'callback' },
  { hop: 'token' },
  { hop: 'users' },
  { step: 'exchange' },
  { step: 'message' },
  { step: 'accepted' },
  { hop: 'send' },
];
/** Visits under way at any time. */
const VISITOR_COUNT = 6;

test.serial(
  'killed at any point of a visit, it loses nothing that it answered and doubles nothing',
  async (t) => {
    t.timeout(400_000);
    const { first, start, divar, api, app, count, ownerUrl } = await setup(t);
    let countdown: (what: Step | Hop) => void = () => undefined;
    divar.onHop = (hop) => countdown(hop);
    const driver = createDriver({ app, slug: SLUG, api, divar, onStep: (step) => countdown(step) });
    const visits: Visit[] = [];
    const broken: Visit[] = [];

    const visitUntil = async (isOver: () => boolean) => {
      while (!isOver()) {
        const visit = broken.shift() ?? (await driver.begin());
        if (!visits.includes(visit)) visits.push(visit);
        try {
          await driver.drive(visit);
        } catch (error) {
          if (!isAway(error)) throw error;
          broken.push(visit);
        }
      }
    };

    let gateway = first;
    for (const point of POINTS) {
      const name = 'step' in point ? point.step : point.hop;
      let left = randomInt(1, 2 * VISITOR_COUNT);
      const killed = new Promise<void>((resolve, reject) => {
        countdown = (what) => {
          if (what !== name) return;
          left -= 1;
          if (left === 0) gateway.kill9().then(resolve, reject);
        };
      });
      let isKilled = false;
      const visitors = Array.from({ length: VISITOR_COUNT }, () => visitUntil(() => isKilled));
      await killed;
      isKilled = true;
      await Promise.all(visitors);
      gateway = await start();
    }
    countdown = () => undefined;
    while (broken.length > 0) await visitUntil(() => broken.length === 0);

    const messages = await eventually('every message is at rest', async () => {
      const rows = await queryAsOwner<{ id: string; state: string; session_id: string }>(
        ownerUrl,
        'select id, state, session_id from messages',
      );
      return rows.every(({ state }) => ['sent', 'unknown'].includes(state)) && rows;
    });
    t.true(visits.length > VISITOR_COUNT);
    t.true(visits.every(({ url }) => url !== undefined));
    t.deepEqual(
      visits.map(({ sessionIds, messageIds }) => [sessionIds.size, messageIds.size]),
      visits.map(() => [1, 1]),
    );
    const sessionIds = new Set(visits.flatMap((visit) => [...visit.sessionIds]));
    t.is(sessionIds.size, visits.length);
    const lostInitCount = visits.reduce((sum, visit) => sum + visit.lostInitCount, 0);
    t.true((await count('from sessions')) <= visits.length + lostInitCount);
    t.is(await count("from sessions where state = 'landed'"), visits.length);

    t.is(messages.length, visits.length);
    const { chats } = await divar.control('GET', '/__state');
    for (const visit of visits) {
      const [messageId = ''] = visit.messageIds;
      const { state } = messages.find(({ id }) => id === messageId) ?? {};
      const chat = chats.find((one: { conversation: string }) => one.conversation === visit.conversation);
      const seen = chat.sides.buyer.map(({ text }: { text: string }) => text);
      if (state === 'sent') t.deepEqual(seen, [visit.text]);
      else t.true(seen.length <= 1, `${visit.text} is ${state} and was seen ${seen.length} times`);
      t.like((await api('GET', `/v1/messages/${messageId}`)).body, { state, text: visit.text });
    }
    t.true(
      messages.some(({ state }) => state === 'unknown'),
      'a send was broken off',
    );

    const unverified = '(select id from grants where verified_at is null)';
    t.true((await count(`from grants where id in ${unverified}`)) > 0, 'an exchange was broken off');
    t.is(await count(`from sessions where grant_id in ${unverified}`), 0);
    t.is(await count(`from messages where grant_id in ${unverified}`), 0);
    t.is(await count("from sessions where consent = 'granted' and grant_id is null"), 0);
  },
);

/** Headers first; the body when the server has said that it has read them. */
async function beginInit({ port }: Gateway, appId: string) {
  const body = JSON.stringify({ source: 'CHAT' });
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let hasFailed = false;
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {
    hasFailed = true;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(
    `POST /i/${appId} HTTP/1.1\r\nHost: x\r\nAuthorization: ${KEY}\r\nContent-Type: application/json\r\n` +
      `Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  await eventually('the headers were read', async () => text.startsWith('HTTP/1.1 100'));
  return async () => {
    socket.write(body);
    await closed;
    return { hasFailed, reply: text.replace('HTTP/1.1 100 Continue\r\n\r\n', '') };
  };
}

test.serial('asked to end, it takes nothing new, finishes what it has begun, and exits well', async (t) => {
  const { first: gateway, divar, api, app, count } = await setup(t, 20_000);
  const gates = { token: createGate(), send: createGate() };
  const driver = createDriver({ app, slug: SLUG, api, divar, onStep: () => undefined });
  const sending = await driver.begin();
  await driver.drive(sending);
  await eventually('it is sent', async () => (await count("from messages where state = 'sent'")) === 1);
  divar.onHop = (hop) => (hop === 'users' ? undefined : gates[hop].pass());
  const [sessionId = ''] = sending.sessionIds;
  t.is((await api('POST', '/v1/messages', { session_id: sessionId, text: 'on its way' })).status, 202);
  await gates.send.arrived;
  const landing = await driver.begin();
  const landed = driver.drive(landing).then(
    () => undefined,
    (error: Error) => error,
  );
  await gates.token.arrived;
  const inits = await Promise.all(Array.from({ length: 20 }, () => beginInit(gateway, app.appId)));

  const ended = gateway.stop();
  await eventually('it is not ready any more', () =>
    fetch(`${gateway.url}/readyz`).then(
      ({ status }) => status === 503,
      () => true,
    ),
  );
  const replies = await Promise.all(inits.map((finish) => finish()));
  for (const gate of Object.values(gates)) gate.open();
  t.is(await ended, 0);
  for (const { hasFailed, reply } of replies) {
    t.false(hasFailed);
    t.regex(reply, /^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*\{"url":"http[^"]+"\}$/s);
  }
  t.true(isAway(await landed), 'the next request of the visit finds nobody');
  t.is(await count("from sessions where consent = 'granted'"), 2);
  t.is(await count("from messages where state = 'sent'"), 2);
  t.deepEqual(
    gateway.lines().filter(({ level, route }) => level === 'error' && route !== '/readyz'),
    [],
  );
});

/** An app that needs no consent, on a PostgreSQL that may be stopped. */
async function setupOnOwnPostgres(t: Teardown) {
  const postgres = await startOwnPostgres(t);
  // The server runs without fsync for speed; its own death must still lose nothing that was committed.
  await queryAsOwner(postgres.ownerUrl, 'alter database peyvand set synchronous_commit = on');
  const landing = await loopbackFake(t);
  const db = createDatabase({ url: postgres.url, log: silentLog() });
  const made = await provision({ db }, { landing: { url: `${landing.url}/` } });
  await db.close();
  const start = (until: 'ready' | 'listening') =>
    startGateway(t, { databaseUrl: postgres.url, until, env: { LAUNCH_TTL_SECONDS: '900' } });
  return { postgres, appId: made.app.id, apiKey: made.api_keys[0]?.key ?? '', start };
}

const readiness = async ({ url }: Gateway) => (await fetch(`${url}/readyz`)).status;

test.serial(
  'without PostgreSQL it is not ready until it was there once, and from then on it stays ready',
  async (t) => {
    t.timeout(120_000);
    const { postgres, appId, apiKey, start } = await setupOnOwnPostgres(t);
    await postgres.stop();
    const gateway = await start('listening');
    const init = { start: `POST /i/${appId}`, headers: [`Authorization: ${KEY}`], body: '{"source":"CHAT"}' };
    const refused = await sendRaw(gateway.port, init);
    t.is(refused.status, 503);
    t.true(refused.headers.some((line) => line.startsWith('Retry-After: ')));
    t.like(JSON.parse(refused.body), { code: 'unavailable', retryable: true });
    t.is(await readiness(gateway), 503);
    t.is((await fetch(`${gateway.url}/healthz`)).status, 200);
    t.is((await fetch(`${gateway.url}/.well-known/jwks.json`)).status, 503);

    await postgres.start();
    await eventually('it is ready', async () => (await readiness(gateway)) === 200);
    t.is((await sendRaw(gateway.port, init)).status, 200);

    await postgres.stop();
    const app = { url: gateway.url, appId, key: KEY };
    const urls: string[] = [];
    for (let number = 0; number < 20; number += 1) {
      const { status, body } = await postInit(app, { source: 'CHAT', extra_data: { number } });
      t.is(status, 200);
      urls.push(body.url);
      t.is(await readiness(gateway), 200);
    }
    const browser = createBrowser();
    t.is((await browser.open(urls[0] ?? '')).status, 503);
    const large = await postInit(app, { source: 'CHAT', extra_data: { text: 'x'.repeat(5000) } });
    t.is(large.status, 503, 'a visit that fits into no handle');

    await postgres.start();
    const api = createApi(gateway.url, apiKey);
    for (const [number, url] of urls.entries()) {
      const landed = await eventually('it opens', async () => {
        const visited = await browser.open(url);
        return visited.status === 303 && visited;
      });
      const { body } = await api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
      t.deepEqual(body.session.data, { number });
      t.is((await createBrowser().open(url)).status, 410);
    }
  },
);

const INIT_COUNT = 1000;
const CONNECTION_COUNT = 50;

/** Runs `work` for every number, on as many connections as there may be. */
async function onConnections(numbers: number[], work: (number: number) => Promise<void>): Promise<void> {
  const left = [...numbers];
  const connection = async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) await work(number);
  };
  await Promise.all(Array.from({ length: CONNECTION_COUNT }, connection));
}

/** Kills every process of the server at once, as a crash would; it is started again by whoever looks after it. */
async function crash({ dataDir, ownerUrl }: OwnPostgres): Promise<void> {
  const [pid] = (await readFile(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGQUIT');
  await eventually('the server is gone', () => isReachable(ownerUrl).then((isThere) => !isThere));
  await eventually('the server is back', () => isReachable(ownerUrl));
}

function isReachable(ownerUrl: string): Promise<boolean> {
  return queryAsOwner(ownerUrl, 'select 1').then(
    () => true,
    () => false,
  );
}

test.serial(
  'PostgreSQL crashes and restarts during a thousand inits, and each of them opens once',
  async (t) => {
    t.timeout(120_000);
    const { postgres, appId, start } = await setupOnOwnPostgres(t);
    const gateway = await start('ready');
    const app = { url: gateway.url, appId, key: KEY };
    const urls: string[] = [];
    const initDuring = async (numbers: number[], disturb: () => Promise<void>) => {
      const disturbAt = urls.length + numbers.length / 5;
      let disturbed: Promise<void> | undefined;
      await onConnections(numbers, async (number) => {
        const { status, body } = await postInit(app, {
          source: 'CHAT',
          extra_data: { number: String(number) },
        });
        t.is(status, 200, JSON.stringify(body));
        urls.push(body.url);
        if (urls.length >= disturbAt) disturbed ??= disturb();
      });
      await disturbed;
    };
    const numbers = Array.from({ length: INIT_COUNT }, (_, number) => number);
    await initDuring(numbers.slice(0, INIT_COUNT / 2), () => crash(postgres));
    await initDuring(numbers.slice(INIT_COUNT / 2), async () => {
      await postgres.stop();
      await postgres.start();
    });
    const lengths = urls.map(({ length }) => length);
    t.true(Math.max(...lengths) > 2 * Math.min(...lengths), 'some handles carry their visit, others do not');
    t.is(new Set(urls).size, INIT_COUNT);

    const [first, second] = [createBrowser(), createBrowser()];
    await eventually('visits open again', async () => (await first.open(urls[0] ?? '')).status === 303);
    await second.get(urls[0] ?? '');
    const open = (browser: typeof first) =>
      onConnections([...urls.keys()], async (index) => {
        const { status } = await browser.open(urls[index] ?? '');
        t.is(status, browser === first ? 303 : 410);
      });
    await open(first);
    await open(second);
    const [rows] = await queryAsOwner<{ all: number; opened: number; numbers: number }>(
      postgres.ownerUrl,
      `select count(*)::int as all, count(opened_at)::int as opened from sessions`,
    );
    t.deepEqual(rows as object, { all: INIT_COUNT, opened: INIT_COUNT });
  },
);
