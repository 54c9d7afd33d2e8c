import test from 'ava';
import fc from 'fast-check';
import { createNewId, systemClock, systemRandom } from '../../src/platform/ids.ts';
import { createTestClock } from '../helpers/fakes.ts';

test('an id is its prefix and 26 characters of lower-case Crockford base32', (t) => {
  const newId = createNewId({ clock: systemClock, random: systemRandom });
  for (let count = 0; count < 200; count += 1) t.regex(newId('ses'), /^ses_[0-9a-hjkmnp-tv-z]{26}$/);
});

test('ids sort by the instant they were made in', (t) => {
  const instant = fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const clock = createTestClock(a);
      const newId = createNewId({ clock, random: systemRandom });
      const first = newId('msg');
      clock.set(b);
      const second = newId('msg');
      if (a.getTime() !== b.getTime()) t.is(first < second, a < b);
    }),
  );
});

test('of one instant each id carries 82 random bits', (t) => {
  const clock = createTestClock(new Date(0));
  const none = createNewId({ clock, random: (count) => Buffer.alloc(count, 0) });
  const all = createNewId({ clock, random: (count) => Buffer.alloc(count, 255) });
  t.is(none('ten'), `ten_${'0'.repeat(26)}`);
  t.is(all('ten'), `ten_${'0'.repeat(9)}3${'z'.repeat(16)}`);
  const newId = createNewId({ clock, random: systemRandom });
  t.is(new Set(Array.from({ length: 1000 }, () => newId('ten'))).size, 1000);
});

test('random bytes have the length that was asked for, and none is given twice', (t) => {
  for (const byteCount of [0, 1, 12, 64, 65, 10_000]) t.is(systemRandom(byteCount).length, byteCount);
  const given = Array.from({ length: 5000 }, () => systemRandom(12));
  t.is(new Set(given.map((bytes) => bytes.toString('hex'))).size, 5000);
});
