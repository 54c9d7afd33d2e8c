import test from 'ava';
import fc from 'fast-check';
import { quoteInexactNumbers } from '../../src/http/exact-numbers.ts';
import { parseJsonObject } from '../../src/http/json.ts';

const parse = (text: string) =>
  parseJsonObject(Buffer.from(text), { depth: 64, keyCount: 10_000 }, 'drop', 'exact');

test('whole numbers come back to the last digit, as numbers while a number can hold them', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (given) => {
      const { value } = parse(`{"value":${given}}`);
      t.is(String(value), String(given));
      t.is(typeof value, Number.isSafeInteger(Number(given)) ? 'number' : 'string');
    }),
  );
});

test('whatever else stands in JSON is what JSON.parse makes of it', (t) => {
  const number = fc.oneof(fc.maxSafeInteger(), fc.double({ min: -1, max: 1, noNaN: true }));
  const value = fc.oneof(fc.string(), number, fc.boolean(), fc.array(fc.oneof(fc.string(), number)));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (given) => {
      const text = JSON.stringify(given);
      t.is(quoteInexactNumbers(text), text);
    }),
  );
});

test('digits within a string stay as they are', (t) => {
  t.deepEqual(
    parse('{"12345678901234567890":"\\"12345678901234567890","b":"x\\\\","c":12345678901234567890}'),
    {
      '12345678901234567890': '"12345678901234567890',
      b: 'x\\',
      c: '12345678901234567890',
    },
  );
});

test('a number without end is kept as it was written', (t) => {
  t.deepEqual(parse('{"a":1e999,"b":-1E+400,"c":1.5e3,"d":0.1}'), {
    a: '1e999',
    b: '-1E+400',
    c: 1500,
    d: 0.1,
  });
});

for (const text of ['{12345678901234567890:1}', '{"a":012345678901234567}', '{"a":+12345678901234567890}'])
  test(`quotes do not make JSON of ${text}`, (t) => {
    t.throws(() => parse(text), { message: /not valid/ });
  });
