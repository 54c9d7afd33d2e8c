import test from 'ava';
import {
  forbidsFraming,
  judgeApiKey,
  judgeClientSecret,
  judgeInit,
  judgePage,
  judgeWebhook,
  shownAddress,
  worstOf,
} from '../../src/setup/judge.ts';
import { type CheckRun, judgeChecks, openChecks } from '../../src/setup/setup.ts';
import { createSetupStates } from '../../src/setup/states.ts';
import { T0, testBlindIndex, testRandom } from '../helpers/fakes.ts';

test('an API key is judged by what Divar answers to the reading of a post', (t) => {
  const judge = (status: number | null) => {
    const { state, cause } = judgeApiKey({ status });
    return `${state} ${cause}`;
  };
  t.is(judge(200), 'passed null');
  t.is(judge(401), 'failed api_key_refused');
  t.is(judge(403), 'failed get_post_missing');
  t.is(judge(404), 'warning test_post_unknown');
  t.is(judge(429), 'warning throttled');
  t.is(judge(503), 'failed divar_unreachable');
  t.is(judge(null), 'failed divar_unreachable');
  t.is(judge(418), 'warning unexpected_answer');
});

test('whoever refuses a made-up code has accepted the secret', (t) => {
  const refused = (code: string, status: number | null = 400) =>
    judgeClientSecret({ ok: false, stage: status === null ? 'before_send' : 'answered', code, status }).cause;
  t.is(refused('invalid_grant'), null);
  t.is(refused('invalid_client', 401), 'client_secret_wrong');
  t.is(refused('refused', 401), 'client_secret_wrong');
  t.is(refused('no_secret', null), 'client_secret_missing');
  t.is(refused('timeout', null), 'divar_unreachable');
  t.is(refused('refused', 502), 'divar_unreachable');
  t.is(refused('invalid_request'), 'unexpected_answer');
});

test('an init is right when the right key opens, the wrong one does not, and Divar need not wait', (t) => {
  const good = {
    right: { status: 200, duration_ms: 40 },
    hasUrl: true,
    wrong: { status: 401 },
    isSuspended: false,
  };
  t.is(judgeInit(good).state, 'passed');
  t.is(judgeInit({ ...good, right: { status: 200, duration_ms: 2001 } }).cause, 'init_slow');
  t.is(judgeInit({ ...good, right: { status: 401, duration_ms: 4 } }).cause, 'identification_key_wrong');
  t.is(judgeInit({ ...good, right: { status: null, duration_ms: null } }).cause, 'gateway_unreachable');
  t.is(judgeInit({ ...good, hasUrl: false }).cause, 'own_trouble');
  t.is(judgeInit({ ...good, wrong: { status: 200 } }).cause, 'own_trouble');
  t.is(judgeInit({ ...good, isSuspended: true }).cause, 'app_disabled');
});

test('every trouble of a page and of a webhook has a cause of its own', (t) => {
  const page = { status: 200, code: null, duration_ms: 30, forbidsFraming: false };
  const causes = [
    judgePage(page),
    judgePage({ ...page, status: 503 }),
    judgePage({ ...page, status: 404 }),
    judgePage({ ...page, status: 301 }),
    judgePage({ ...page, duration_ms: 3000 }),
    judgePage({ ...page, forbidsFraming: true }),
    ...['dns', 'tls', 'timeout', 'not_allowed', 'reset'].map((code) =>
      judgePage({ ...page, status: null, code }),
    ),
    judgePage({ ...page, status: null, code: 'too_large' }),
  ].map(({ cause }) => cause);
  t.deepEqual(causes, [
    null,
    'landing_failing',
    'landing_refuses',
    'landing_redirects',
    'landing_slow',
    'landing_forbids_framing',
    'landing_dns',
    'landing_tls',
    'landing_timeout',
    'landing_not_allowed',
    'landing_unreachable',
    null,
  ]);
  const webhook = (status: number | null, code: string | null = null) => judgeWebhook({ status, code }).cause;
  t.deepEqual(
    [204, 500, 302, 410].map((status) => webhook(status)),
    [null, 'webhook_bad_status', 'webhook_redirect', 'webhook_gone'],
  );
  t.is(webhook(null, 'timeout'), 'webhook_timeout');
  t.is(webhook(null, 'dns'), 'webhook_unreachable');
});

test('of several the worst counts, and a page says that it shows in no frame', (t) => {
  const passed = { state: 'passed', cause: null } as const;
  const warning = { state: 'warning', cause: 'landing_slow' } as const;
  const failed = { state: 'failed', cause: 'landing_dns' } as const;
  t.is(worstOf([passed, warning, failed]).cause, 'landing_dns');
  t.is(worstOf([passed, warning]).cause, 'landing_slow');
  t.is(worstOf([]).state, 'passed');
  t.true(forbidsFraming({ 'x-frame-options': 'DENY' }));
  t.true(forbidsFraming({ 'content-security-policy': "default-src 'self'; frame-ancestors 'none'" }));
  t.false(forbidsFraming({ 'content-security-policy': 'frame-ancestors https://divar.ir' }));
  t.false(forbidsFraming({}));
  t.is(shownAddress('https://shop.example/a?token=secret#x'), 'https://shop.example/a');
});

const run = (over: Partial<CheckRun>): CheckRun => ({
  ...{ name: 'api_key', state: 'passed', cause: null, exchanges: [], beganAt: T0, endedAt: T0 },
  ...over,
});

test('what must pass is open until it does; a warning keeps nobody away', (t) => {
  const runs = [
    run({ name: 'api_key', state: 'warning', cause: 'test_post_unknown' }),
    run({ name: 'client_secret', state: 'failed', cause: 'client_secret_wrong' }),
    run({ name: 'landing' }),
    run({ name: 'webhook', state: 'failed', cause: 'webhook_gone' }),
  ];
  t.deepEqual(openChecks(judgeChecks(runs, {}, T0)), ['client_secret', 'init', 'events']);
  const arrival = { firstAt: T0, firstAddress: '78.111.6.41', lastAt: T0, lastAddress: null };
  const arrived = judgeChecks(runs, { events: arrival, redirect: arrival }, T0);
  t.deepEqual(openChecks(arrived), ['client_secret', 'init']);
  t.is(arrived.find(({ name }) => name === 'redirect')?.state, 'passed');
});

test('a run whose process has died waits again, and one that only waits for Divar is no failure', (t) => {
  const begun = run({ name: 'init', state: 'running', endedAt: null });
  const stateAt = (ms: number, runs = [begun]) =>
    judgeChecks(runs, {}, new Date(T0.getTime() + ms)).find(({ name }) => name === runs[0]?.name)?.state;
  t.is(stateAt(1000), 'running');
  t.is(stateAt(60_000), 'waiting');
  t.is(stateAt(0, [run({ name: 'events', state: 'skipped', cause: 'awaits_divar' })]), 'waiting');
});

test('the state of a trial consent is of one app, and nobody else makes one', (t) => {
  const states = createSetupStates({ blindIndex: testBlindIndex, random: testRandom });
  const state = states.make('app_1');
  t.true(states.fits('app_1', state));
  t.false(states.fits('app_2', state));
  t.not(states.make('app_1'), state);
  for (const other of [null, '', 'setup_', `${state}x`, state.replace('setup_', 'setup_A')])
    t.false(states.fits('app_1', other), String(other));
});
