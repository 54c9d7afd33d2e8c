/** Nothing that was answered is lost when the process dies at any point of a visit, and nothing is cut off when it is asked to end. */
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import test from 'ava';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { eventually, type Gateway, startGateway } from '../helpers/gateway.ts';
import { loopbackFake } from '../helpers/http.ts';
import { freePort } from '../helpers/redis.ts';
import { createDriver, isAway, type Step, type Visit } from './drive.ts';
import { createGate, type Hop, startOwnDivar } from './own-divar.ts';
import { createApi } from './visitor.ts';

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
      env: {
        SIMULATOR_URL: divar.url,
        LAUNCH_TTL_SECONDS: '900',
        LEASE_SECONDS: '1',
        DIVAR_TIMEOUT_MS: String(divarTimeoutMs),
      },
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
  const askReadiness = () =>
    fetch(`${gateway.url}/readyz`).then(
      ({ status }) => status,
      () => 'nobody there',
    );
  await eventually('it is not ready any more', async () => (await askReadiness()) !== 200);
  gates.send.open();
  await eventually('it takes no new connections', async () => (await askReadiness()) === 'nobody there');
  const replies = await Promise.all(inits.map((finish) => finish()));
  gates.token.open();
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
