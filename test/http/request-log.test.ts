import test from 'ava';
import { DatabaseError } from 'pg';
import { Problem } from '../../src/errors.ts';
import { describeError } from '../../src/http/request-log.ts';
import { API_KEY, IDENTIFICATION_KEY, initRoute, startKit } from './kit.ts';

test('a request is one line with its pattern, and nothing that a secret or a person could stand in', async (t) => {
  const kit = await startKit(t, {
    routes: [
      {
        kind: 'page',
        method: 'GET',
        path: '/s/:handle',
        summary: 'A page',
        handle: async () => ({ status: 303, location: 'https://shop.example/?code=planted-code' }),
      },
    ],
  });
  const answer = await fetch(`${kit.url}/s/planted-handle?code=planted-query`, {
    redirect: 'manual',
    headers: {
      authorization: 'planted-key',
      cookie: 'pvd_visit=planted-cookie',
      'user-agent': 'planted-agent',
    },
  });
  t.deepEqual(kit.lines, [
    {
      level: 'info',
      message: 'request',
      fields: {
        request_id: answer.headers.get('x-request-id'),
        method: 'GET',
        route: '/s/:handle',
        status: 303,
        duration_ms: 0,
        app_id: undefined,
        code: undefined,
      },
    },
  ]);
});

test('an address that no route has is not repeated', async (t) => {
  const kit = await startKit(t);
  await fetch(`${kit.url}/planted-path?planted-query`);
  t.like(kit.lines[0], { level: 'info', fields: { route: null, status: 404, code: 'not_found' } });
  t.false(JSON.stringify(kit.lines).includes('planted'));
});

test('the calls of Divar that go well and the probes are quiet, those that do not are not', async (t) => {
  const { route } = initRoute();
  const kit = await startKit(t, { routes: [route] });
  const post = (authorization: string) =>
    fetch(`${kit.url}/i/app_1`, {
      method: 'POST',
      body: '{}',
      headers: { authorization, 'content-type': 'application/json' },
    });
  await post(IDENTIFICATION_KEY);
  await fetch(`${kit.url}/healthz`);
  await post('wrong');
  t.deepEqual(
    kit.lines.map(({ level, fields }) => [level, (fields as { status: number }).status]),
    [
      ['debug', 200],
      ['debug', 200],
      ['info', 401],
    ],
  );
  t.like(kit.lines[0], { fields: { app_id: 'app_1' } });
});

test('the log keeps the chain of causes, without the texts that quote what they choked on', (t) => {
  const database = Object.assign(new DatabaseError('invalid input "planted"', 1, 'error'), {
    code: '22P02',
    severity: 'ERROR',
    detail: 'planted',
  });
  const parse = t.throws(() => JSON.parse('{"planted":'), { instanceOf: SyntaxError });
  for (const cause of [database, parse]) {
    const described = describeError(new Error('could not read', { cause }));
    t.is(described.message, 'could not read');
    t.is(described.cause?.type, cause?.name);
    t.false(JSON.stringify(described).includes('planted'));
    t.regex(described.stack?.[0] ?? '', /^at /);
  }
  t.is(describeError(database).code, '22P02');
  t.deepEqual(describeError('thrown text'), { type: 'string' });
});

test('a database that is away is logged as a fault with its cause', async (t) => {
  const kit = await startKit(t, {
    routes: [
      {
        kind: 'page',
        method: 'GET',
        path: '/p',
        summary: 'A page',
        handle: async () => {
          throw new Problem('unavailable', { cause: new Error('connect ECONNREFUSED') });
        },
      },
    ],
  });
  await fetch(`${kit.url}/p`, { headers: { authorization: `Bearer ${API_KEY}` } });
  t.like(kit.lines[0], {
    level: 'error',
    fields: { status: 503, code: 'unavailable', error: { message: 'connect ECONNREFUSED' } },
  });
});
