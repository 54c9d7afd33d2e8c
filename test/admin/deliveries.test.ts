/** The parts of the pages of webhooks and errors that need no browser. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { curlOf, headerText } from '../../admin-ui/src/deliveries/curl.ts';
import {
  hostOf,
  DELIVERY_CODES as SHOWN_CODES,
  EVENT_TYPES as SHOWN_TYPES,
} from '../../admin-ui/src/deliveries/words.ts';
import { DELIVERY_CODES } from '../../src/admin/causes.ts';
import {
  compareTroubles,
  fingerprintOf,
  lineOfHours,
  stateOf,
  type TroubleView,
} from '../../src/admin/trouble.ts';
import { EVENT_TYPES } from '../../src/events/events.ts';

test('the panel has a word for every event and every cause that the gateway tells', (t) => {
  t.deepEqual(SHOWN_TYPES.map(([type]) => type).sort(), [...EVENT_TYPES].sort());
  for (const code of DELIVERY_CODES) t.true(code in SHOWN_CODES, code);
});

test('a command makes the same request again, whatever stands in it', (t) => {
  const body = `{"text":"it's $HOME \`id\` \\" ${'\\'}n سلام"}`;
  const headers = { 'content-type': 'application/json', 'webhook-signature': "v1,a'b" };
  const command = curlOf('https://shop.example/hooks?a=1&b=2', headers, body);
  // The shell takes it apart as curl would get it.
  const words = execFileSync('/bin/sh', [
    '-c',
    `set -- ${command.slice('curl '.length)}; printf '%s\\0' "$@"`,
  ])
    .toString()
    .split('\0');
  t.deepEqual(words.slice(0, -1), [
    ...['-X', 'POST'],
    ...['-H', 'content-type: application/json', '-H', "webhook-signature: v1,a'b"],
    ...['--data-raw', body, 'https://shop.example/hooks?a=1&b=2'],
  ]);
  t.is(headerText({ one: '1', two: '2' }), 'one: 1\ntwo: 2');
  t.is(hostOf('https://shop.example/hooks'), 'shop.example');
  t.is(hostOf('no address'), 'no address');
});

test('a decision holds until it happens again, unless it was to hear no more', (t) => {
  const markedAt = new Date(1000);
  const mark = (state: 'muted' | 'resolved') => ({ fingerprint: 'x.y', memberId: 'mem_1', markedAt, state });
  t.is(stateOf(undefined, markedAt), 'open');
  t.is(stateOf(mark('resolved'), new Date(1000)), 'resolved');
  t.is(stateOf(mark('resolved'), new Date(1001)), 'open');
  t.is(stateOf(mark('muted'), new Date(9999)), 'muted');
});

test('a day of hours ends with this one; what is older or ahead stands nowhere', (t) => {
  const now = new Date('2026-11-24T08:30:00Z');
  const at = (hours: number) => new Date(Date.parse('2026-11-24T08:00:00Z') - hours * 3_600_000);
  const line = lineOfHours(
    [
      { hour: at(0), count: 2 },
      { hour: at(0), count: 1 },
      { hour: at(23), count: 5 },
      { hour: at(24), count: 7 },
      { hour: at(-1), count: 9 },
    ],
    now,
  );
  t.deepEqual(line, [5, ...Array.from({ length: 22 }, () => 0), 3]);
});

test('open ones come first, then the newest; the same trouble keeps its name', (t) => {
  const group = (state: TroubleView['state'], last_at: string) => ({ state, last_at }) as TroubleView;
  const sorted = [
    group('muted', '2026-11-24T09:00:00Z'),
    group('open', '2026-11-24T07:00:00Z'),
    group('resolved', '2026-11-24T09:30:00Z'),
    group('open', '2026-11-24T08:00:00Z'),
  ].sort(compareTroubles);
  t.deepEqual(
    sorted.map(({ state, last_at }) => [state, last_at.slice(11, 13)]),
    [
      ['open', '08'],
      ['open', '07'],
      ['resolved', '09'],
      ['muted', '09'],
    ],
  );
  t.is(fingerprintOf({ kind: 'delivery', code: 'timeout', endpointId: 'end_1' }), 'delivery.timeout.end_1');
  t.is(fingerprintOf({ kind: 'message', code: 'throttled', endpointId: null }), 'message.throttled');
});
