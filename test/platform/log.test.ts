import test from 'ava';
import { createLog } from '../../src/platform/log.ts';
import { createTestDatabase } from '../helpers/database.ts';

function setup() {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
}

test('a line is one JSON object with level, time and message', (t) => {
  const { log, parsed } = setup();
  log.info({ durationMs: 12 }, 'request');
  log.debug({}, 'too quiet');
  t.is(parsed().length, 1);
  t.like(parsed()[0], { level: 'info', msg: 'request', durationMs: 12 });
  t.notThrows(() => new Date(parsed()[0].time).toISOString());
});

test('the values of secret keys are not written, wherever they stand', (t) => {
  const { log, lines } = setup();
  const secret = 'planted-value';
  log.info({ authorization: secret, headers: { cookie: secret, 'x-api-key': secret } }, 'a');
  log.info({ app: { divar: { client_secret: secret } }, token: secret }, 'b');
  t.is(lines.length, 2);
  t.notRegex(lines.join(''), /planted-value/);
});

test('an error is written with its causes, but without what else hangs on it', (t) => {
  const { log, lines, parsed } = setup();
  const cause = Object.assign(new Error('no route'), {
    code: 'EHOSTUNREACH',
    request: { body: 'planted-value' },
  });
  log.error({ err: new Error('the call failed', { cause }) }, 'oops');
  t.like(parsed()[0].err, {
    message: 'the call failed',
    cause: { message: 'no route', code: 'EHOSTUNREACH' },
  });
  t.notRegex(lines.join(''), /planted-value/);
});

test('an error of PostgreSQL is written without the values that it quotes', async (t) => {
  const { db } = await createTestDatabase(t);
  const { log, lines, parsed } = setup();
  const twice = { tenant_id: 'ten_a', name: 'planted-value', external_id: 'planted-value' };
  const insert = () => db.tenant('ten_a', (tx) => tx.sql('tenants').insert([twice, twice]));
  const wrongText = () => db.tenant('ten_a', (tx) => tx.sql.raw('select ?::integer', ['planted-value']));
  for (const run of [insert, wrongText]) log.error({ err: await t.throwsAsync(run) }, 'oops');
  t.deepEqual(
    parsed().map((line) => line.err.code),
    ['23505', '22P02'],
  );
  t.notRegex(lines.join(''), /planted-value/);
});
