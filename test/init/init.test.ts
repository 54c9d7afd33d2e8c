import test from 'ava';
import fc from 'fast-check';
import { Problem } from '../../src/errors.ts';
import { readDirectLink, readVisit } from '../../src/init/init.ts';
import { SESSION_BODIES } from '../helpers/session-bodies.ts';

const V2 = { 'api-version': '2' };

for (const { name, headers, body, expected } of SESSION_BODIES) {
  test(`reads ${name}`, (t) => {
    const { warnings, ...read } = readVisit(headers, body);
    t.like(read, expected);
  });
}

test('keeps what it does not know, and nothing that it does', (t) => {
  const body = {
    callback_url: 'x',
    extra_data: { provider_data: { a: '1' }, other: 2 },
    future_field: [1, { k: null }],
  };
  t.deepEqual(readVisit({}, body).visit.extra, { future_field: [1, { k: null }], extra_data: { other: 2 } });
});

test('warns of two different data objects and takes extra_data', (t) => {
  const { visit, warnings } = readVisit(
    {},
    { source: 'X', extra_data: { a: '1' }, provider_data: { b: '2' } },
  );
  t.deepEqual(visit.data, { a: '1' });
  t.deepEqual(warnings, ['extra_data and provider_data differ']);
});

test('takes provider_data where extra_data is empty', (t) => {
  t.deepEqual(readVisit(V2, { extra_data: {}, provider_data: { b: '2' } }).visit.data, { b: '2' });
});

test('reads an unknown version, and two versions that differ, as the second generation with a warning', (t) => {
  for (const headers of [{ 'api-version': '3' }, { 'api-version': '2', api_version: '1' }]) {
    const { generation, warnings } = readVisit(headers, { callback_url: 'x' });
    t.is(generation, 'v2');
    t.deepEqual(warnings, ['unknown api version']);
  }
});

test('takes the version with spaces around it and either spelling without a warning', (t) => {
  t.deepEqual(readVisit({ api_version: ' 2 ' }, {}).warnings, []);
  t.is(readVisit({ api_version: ' 2 ' }, {}).generation, 'v2');
});

test('refuses a body that speaks neither generation', (t) => {
  const error = t.throws(() => readVisit({}, { post_token: 'a' }), { instanceOf: Problem });
  t.is(error?.code, 'invalid_request');
});

test('refuses an id that is absurdly long and names it', (t) => {
  const error = t.throws(() => readVisit(V2, { user_id: 'x'.repeat(513) }), { instanceOf: Problem });
  t.is(error?.issues[0]?.path, 'body.user_id');
});

test('does not guess a side that the ids do not tell', (t) => {
  const sideOf = (body: Record<string, unknown>) =>
    readVisit({}, { callback_url: 'x', user_id: 'u', ...body }).visit.user.side;
  t.is(sideOf({}), null);
  t.is(sideOf({ supplier: { id: 'other' } }), null);
  t.is(sideOf({ supplier: { id: 'u' }, demand: { id: 'u' } }), null);
  t.is(sideOf({ SUPPLIER: { id: 'u' } }), 'supply');
});

test('drops a location outside the earth', (t) => {
  const locate = (location: unknown) =>
    readVisit({}, { callback_url: 'x', extra_data: { location } }).visit.location;
  t.is(locate({ latitude: 91, longitude: 0 }), null);
  t.is(locate({ latitude: '', longitude: 0 }), null);
  t.is(locate('here'), null);
  t.deepEqual(locate({ latitude: 0, longitude: '0' }), { latitude: 0, longitude: 0 });
});

test('never throws anything but a problem, whatever the body', (t) => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...FIELD_NAMES), fc.jsonValue()),
      fc.boolean(),
      (body, isV2) => {
        try {
          const { visit } = readVisit(isV2 ? V2 : {}, body as Record<string, unknown>);
          for (const id of [visit.postToken, visit.conversationId, visit.user.id, visit.peer.id]) {
            if (id !== null && (typeof id !== 'string' || id === '')) return false;
          }
          return true;
        } catch (error) {
          return error instanceof Problem && error.status === 400;
        }
      },
    ),
  );
  t.pass();
});

const FIELD_NAMES = [
  'callback_url',
  'completion_url',
  'return_url',
  'post_token',
  'user_id',
  'peer_id',
  'supplier',
  'Supplier',
  'demand',
  'extra_data',
  'provider_data',
  'source',
  'user_side',
  'conversation_id',
  'future',
];

test('reads a direct link with flattened fields, Persian digits and a whole number that came as a float', (t) => {
  const query = new URLSearchParams(
    'app_slug=blue-otter-lamp&post_token=wZ_x9Qa7&return_url=https%3A%2F%2Fopen-platform-redirect.divar.ir%2Fcompletion&price.value=203000000.000000&year=%DB%B1%DB%B3%DB%B9%DB%B2&brand_model=Pride+131+SE&utm_source=divar',
  );
  const visit = readDirectLink(query);
  t.is(visit.postToken, 'wZ_x9Qa7');
  t.is(visit.returnAddress, 'https://open-platform-redirect.divar.ir/completion');
  t.deepEqual(visit.data, {
    app_slug: 'blue-otter-lamp',
    'price.value': '203000000',
    year: '۱۳۹۲',
    brand_model: 'Pride 131 SE',
    utm_source: 'divar',
  });
});

test('starts without a post, and takes the first of repeated tokens', (t) => {
  t.is(readDirectLink(new URLSearchParams('city=tehran')).postToken, null);
  t.is(readDirectLink(new URLSearchParams('post_token=a&post_token=b')).postToken, 'a');
});

test('a direct link cannot reach the prototype of its data', (t) => {
  const { data } = readDirectLink(new URLSearchParams('__proto__=x&constructor=y'));
  t.is(Object.getPrototypeOf(data), Object.prototype);
  t.deepEqual(Object.keys(data ?? {}), ['__proto__', 'constructor']);
});
