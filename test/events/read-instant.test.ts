import test from 'ava';
import fc from 'fast-check';
import { readInstant } from '../../src/events/read-instant.ts';

const AT = '2026-03-01T08:30:15.250Z';

for (const [given, expected] of [
  [1772353815, '2026-03-01T08:30:15.000Z'],
  ['1772353815', '2026-03-01T08:30:15.000Z'],
  [1772353815250, AT],
  [1772353815250000, AT],
  ['1772353815250000', AT],
  ['1772353815250000000', AT],
  ['1772353815250123', '2026-03-01T08:30:15.250123Z'],
  ['1772353815250123456', '2026-03-01T08:30:15.250123456Z'],
  ['2026-03-01T08:30:15.250000Z', AT],
  ['2026-03-01T12:00:15.25+03:30', AT],
  ['2026-03-01t08:30:15z', '2026-03-01T08:30:15.000Z'],
] as const)
  test(`reads ${JSON.stringify(given)}`, (t) => t.is(readInstant(given), expected));

for (const given of [
  null,
  undefined,
  '',
  ' ',
  0,
  '0',
  -1,
  'yesterday',
  '2026-13-01T00:00:00Z',
  {},
  [],
  true,
  '9'.repeat(21),
])
  test(`finds no instant in ${JSON.stringify(given)}`, (t) => t.is(readInstant(given), null));

test('an instant is the same in all of its units', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10 ** 9, max: 4 * 10 ** 9 }),
      fc.integer({ min: 0, max: 999 }),
      (seconds, milliseconds) => {
        const expected = new Date(seconds * 1000 + milliseconds).toISOString();
        const unitless = seconds * 1000 + milliseconds;
        t.is(readInstant(unitless), expected);
        t.is(readInstant(`${unitless}000`), expected);
        t.is(readInstant(`${unitless}000000`), expected);
        t.is(readInstant(expected), expected);
      },
    ),
  );
});
