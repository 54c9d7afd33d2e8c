/** PostgreSQL goes away under a process that runs, or was never there: what is answered meanwhile is kept all the same. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { createDatabase } from '../../src/platform/database.ts';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';
import { queryAsOwner, type Teardown } from '../helpers/database.ts';
import { eventually, type Gateway, startGateway } from '../helpers/gateway.ts';
import { loopbackFake } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';
import { type OwnPostgres, startOwnPostgres } from '../helpers/postgres.ts';
import { sendRaw } from './raw.ts';
import { createApi, postInit } from './visitor.ts';

const KEY = 'idk_9f3e77c1';

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
