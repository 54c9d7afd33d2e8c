import { readFile } from 'node:fs/promises';
import test from 'ava';
import { loadConfig, VARIABLES } from '../src/config.ts';

const KEYS = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const SERVER = {
  DATABASE_URL: 'postgres://db.test/peyvand',
  REDIS_URL: 'redis://redis.test',
  SECRET_KEYS: KEYS,
  PUBLIC_URL: 'https://gateway.test',
};

test('an empty environment starts everything on this machine', (t) => {
  t.like(loadConfig({}, 'start'), {
    embedded: true,
    port: 3000,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:3000',
    adminUrl: 'http://localhost:3000',
    simulatorPort: 3001,
    demoPort: 3002,
    simulatorUrl: 'http://localhost:3001',
    egressAllow: ['127.0.0.0/8', '::1/128'],
    secretKeys: undefined,
  });
});

test('a server with a database of its own has neither simulator nor demo nor private addresses', (t) => {
  t.like(loadConfig(SERVER, 'web'), {
    embedded: false,
    host: '0.0.0.0',
    publicUrl: 'https://gateway.test',
    simulatorPort: 0,
    demoPort: 0,
    simulatorUrl: undefined,
    egressAllow: [],
    secretKeys: KEYS,
  });
});

test('says everything that is wrong at once', (t) => {
  const env = {
    PORT: '70000',
    PUBLIC_URL: 'https://gateway.test/path',
    DATABASE_URL: 'mysql://x',
    EGRESS_ALLOW: '10.0.0.0/33',
    TRUSTED_PROXIES: 'proxy.test',
    LOG_LEVEL: 'loud',
    SEND_SCHEDULE_SECONDS: '1,x',
    SMTP_URL: 'smtp://mail.test',
  };
  const error = t.throws(() => loadConfig(env, 'web'));
  const named = error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(':')[0]);
  const wrong = Object.keys(env).filter((name) => name !== 'SMTP_URL');
  t.deepEqual(named.sort(), [...wrong, 'REDIS_URL', 'SECRET_KEYS', 'MAIL_FROM'].sort());
});

test('does not repeat a wrong secret in its error', (t) => {
  const env = { ...SERVER, SECRET_KEYS: 'planted-value', DATABASE_URL: 'http://user:planted-value@db.test' };
  t.notRegex(t.throws(() => loadConfig(env, 'web')).message, /planted-value/);
});

for (const program of ['web', 'worker'] as const) {
  test(`the role ${program} needs a database, keys and Redis`, (t) => {
    t.notThrows(() => loadConfig(SERVER, program));
    t.regex(t.throws(() => loadConfig({}, program)).message, /DATABASE_URL.*\n.*REDIS_URL/);
    t.regex(t.throws(() => loadConfig({ ...SERVER, SECRET_KEYS: '' }, program)).message, /SECRET_KEYS/);
  });
}

test('one process alone needs no Redis, and a release no keys', (t) => {
  t.notThrows(() => loadConfig({ ...SERVER, REDIS_URL: undefined }, 'all'));
  t.notThrows(() => loadConfig({ DATABASE_URL: SERVER.DATABASE_URL }, 'release'));
});

test('takes lists, and origins with a slash at the end', (t) => {
  const env = {
    ...SERVER,
    PUBLIC_URL: 'https://Gateway.test/',
    EGRESS_ALLOW: '10.0.0.0/8, fd00::/8,shop.internal:8080,[::1]:9',
    TRUSTED_PROXIES: '10.0.0.0/8',
    RETRY_SCHEDULE_SECONDS: '1, 2',
  };
  t.like(loadConfig(env, 'all'), {
    publicUrl: 'https://gateway.test',
    egressAllow: ['10.0.0.0/8', 'fd00::/8', 'shop.internal:8080', '[::1]:9'],
    trustedProxies: ['10.0.0.0/8'],
    retryScheduleSeconds: [1, 2],
  });
});

for (const value of ['localhost', 'ftp://x', 'https://x/y', 'https://x?y', 'https://u@x', 'https://x#']) {
  test(`does not take ${value} for an origin`, (t) => {
    t.regex(
      t.throws(() => loadConfig({ PUBLIC_URL: value }, 'start')).message,
      /PUBLIC_URL: must be an origin/,
    );
  });
}

test('the configuration cannot be changed', (t) => {
  const config = loadConfig({}, 'start');
  for (const part of [config, config.divar, config.egressAllow, config.sendScheduleSeconds])
    t.true(Object.isFrozen(part));
});

test('.env.example has every variable with its default', async (t) => {
  const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
  const lines = [...text.matchAll(/^# ([A-Z][A-Z0-9_]+)=(.*)$/gm)];
  t.deepEqual(lines.map(([, name]) => name).sort(), [...VARIABLES].sort());
  const written = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
  t.deepEqual(loadConfig(written, 'start'), loadConfig({}, 'start'));
});
