import test from 'ava';
import { Problem } from '../../src/errors.ts';
import { createDatabase } from '../../src/platform/database.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { createTestClock } from '../helpers/fakes.ts';
import { startServer } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';

async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const db = createDatabase({ url: database.url, log: silentLog() });
  t.teardown(() => db.close());
  const clock = createTestClock();
  let isAway = false;
  const call: typeof db.call = (fn, args) =>
    isAway ? Promise.reject(new Problem('unavailable')) : db.call(fn, args);
  const metrics = createMetrics({ db: { call }, poolUsage: db.usage, clock });
  const server = await startServer(metrics.callback);
  t.teardown(() => server.close());
  return {
    ...database,
    clock,
    metrics,
    loseDatabase: () => {
      isAway = true;
    },
    get: async (path = '/metrics') => {
      const response = await fetch(server.url + path);
      return { status: response.status, text: await response.text() };
    },
  };
}

test('tells depths, pools and the event loop, and nothing at any other address', async (t) => {
  const { get, ownerUrl, clock, ...database } = await setup(t);
  const made = await provision({ ...database, ownerUrl } as never);
  const [{ tenant_id, app_id } = { tenant_id: '', app_id: '' }] = [
    { tenant_id: made.tenant.id, app_id: made.app.id },
  ];
  await queryAsOwner(
    ownerUrl,
    `insert into conversations (tenant_id, id, app_id, conversation_key, type, facts, lane_rank, due_at, created_at)
     values ('${tenant_id}', 'cnv_1', '${app_id}', 'k', 'post', '', 2, now() - interval '1 hour', now());
     insert into messages (tenant_id, id, app_id, conversation_id, position, state, lane, on_unknown, on_missing_consent, created_at)
     values ('${tenant_id}', 'msg_1', '${app_id}', 'cnv_1', 1, 'queued', 'bulk', 'hold', 'fail', now());
     update app_budgets set blocked_until = now() + interval '1 hour', blocked_by = 'day'`,
  );
  const { status, text } = await get();
  t.is(status, 200);
  t.regex(text, /peyvand_messages_open\{lane="bulk"\} 1\n/);
  t.regex(text, /peyvand_messages_open\{lane="reply"\} 0\n/);
  t.regex(text, /peyvand_oldest_due_seconds\{lane="bulk"\} 36\d\d/);
  t.regex(text, /peyvand_apps_blocked\{blocked_by="day"\} 1\n/);
  t.regex(text, /peyvand_deliveries_pending 0\n/);
  t.regex(text, /peyvand_pool_connections\{pool="intake",state="waiting"\} 0\n/);
  t.regex(text, /peyvand_nodejs_eventloop_lag_seconds /);
  t.regex(text, /peyvand_database_answers 1\n/);
  t.notRegex(text, /ten_|app_0|msg_|cnv_/);
  t.is((await get('/')).status, 404);

  await queryAsOwner(ownerUrl, `delete from messages`);
  t.regex((await get()).text, /peyvand_messages_open\{lane="bulk"\} 1\n/, 'not asked again so soon');
  clock.advance(10_000);
  t.regex((await get()).text, /peyvand_messages_open\{lane="bulk"\} 0\n/);
});

test('counts what the lines tell, and writes them', async (t) => {
  const { get, metrics } = await setup(t);
  const lines = silentLog();
  const log = metrics.countingLog(lines);
  log.debug({ route: '/i/:app_id', status: 200, duration_ms: 3 }, 'request');
  log.info({ route: null, status: 404, duration_ms: 1 }, 'request');
  log.info(
    { state: 'sent', code: 'sent', lane: 'reply', queue_wait_ms: 20, app_id: 'app_1' },
    'message attempt',
  );
  log.info({ outcome: 'failed', code: 'timeout' }, 'webhook attempt');
  log.info({ outcome: 'failed' }, 'something else');
  t.is(lines.lines.length, 5);
  const { text } = await get();
  t.regex(text, /peyvand_http_requests_total\{route="\/i\/:app_id",status="2xx"\} 1\n/);
  t.regex(text, /peyvand_http_requests_total\{route="none",status="4xx"\} 1\n/);
  t.regex(text, /peyvand_message_attempts_total\{state="sent",code="sent"\} 1\n/);
  t.regex(text, /peyvand_message_wait_seconds_bucket\{le="0.025",lane="reply"\} 1\n/);
  t.regex(text, /peyvand_delivery_attempts_total\{outcome="failed",code="timeout"\} 1\n/);
  t.notRegex(text, /app_1/);
});

test('labels are bounded whatever the lines say', async (t) => {
  const { get, metrics } = await setup(t);
  const log = metrics.countingLog(silentLog());
  for (let n = 0; n < 500; n += 1) log.info({ state: 'sent', code: `code ${n}` }, 'message attempt');
  const { text } = await get();
  t.is(text.match(/^peyvand_message_attempts_total\{/gm)?.length, 201);
  t.regex(text, /code="other"\} 300\n/);
});

test('a database that is away leaves the rest to be read', async (t) => {
  const { get, loseDatabase } = await setup(t);
  loseDatabase();
  const { status, text } = await get();
  t.is(status, 200);
  t.regex(text, /peyvand_database_answers 0\n/);
  t.regex(text, /peyvand_pool_connections/);
});
