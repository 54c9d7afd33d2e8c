import test from 'ava';
import fc from 'fast-check';
import { createBlindIndex, createSeal, parseSecretKeys } from '../../src/platform/seal.ts';
import { createTestRandom, testRandom, testSeal } from '../helpers/fakes.ts';

const AD = 'ten_1|app_secrets|sealed|app_1';
const base64 = (byte: number, size = 32) => Buffer.alloc(size, byte).toString('base64');

test('what is sealed opens again, whatever it is', (t) => {
  const seal = testSeal();
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (plain, associatedData) => {
      t.is(seal.open(seal.seal(plain, associatedData), associatedData), plain);
    }),
  );
});

test('the sealed text is a key id and one run of base64url, and does not hold the plain one', (t) => {
  const sealed = testSeal('k1').seal('راز planted-value', AD);
  t.regex(sealed, /^k1\.[A-Za-z0-9_-]+$/);
  t.false(Buffer.from(sealed.slice(3), 'base64url').includes('planted-value'));
});

test('the same text is sealed differently each time', (t) => {
  const seal = testSeal();
  t.not(seal.seal('x', AD), seal.seal('x', AD));
});

test('does not open for other associated data', (t) => {
  const seal = testSeal();
  const sealed = seal.seal('x', AD);
  for (const other of ['', `${AD}x`, AD.replace('ten_1', 'ten_2'), AD.replace('app_secrets', 'apps')]) {
    t.throws(() => seal.open(sealed, other));
  }
});

test('does not open when any character was changed, taken or added', (t) => {
  const seal = testSeal('k1');
  const sealed = seal.seal('پیوند', AD);
  const changed = fc.record({
    at: fc.integer({ min: 0, max: sealed.length }),
    drop: fc.integer({ min: 0, max: 3 }),
    insert: fc.string({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(changed, ({ at, drop, insert }) => {
      const other = sealed.slice(0, at) + insert + sealed.slice(at + drop);
      if (other !== sealed) t.throws(() => seal.open(other, AD));
    }),
    { numRuns: 2000 },
  );
});

test('does not open what another key sealed, also when it has the same name', (t) => {
  t.throws(() => testSeal('k2').open(testSeal('k1').seal('x', AD), AD), { message: /not ours/ });
  const impostor = createSeal([{ id: 'k1', key: Buffer.alloc(32, 9) }], testRandom);
  t.throws(() => testSeal('k1').open(impostor.seal('x', AD), AD));
});

test('does not open what was never sealed', (t) => {
  const seal = testSeal('k1');
  for (const text of ['', '.', 'k1', 'k1.', 'k1.AAAA', '.AAAA', `k1.${'A'.repeat(37)}`, '__proto__.AAAA']) {
    t.throws(() => seal.open(text, AD));
  }
});

test('after a rotation the new key seals, the old ones open, and what is old is told apart', (t) => {
  const old = testSeal('old').seal('x', AD);
  const rotated = testSeal('new', 'old');
  const fresh = rotated.seal('x', AD);
  t.is(rotated.open(old, AD), 'x');
  t.deepEqual([rotated.isCurrent(old), rotated.isCurrent(fresh)], [false, true]);
  t.throws(() => testSeal('old').open(fresh, AD));
});

test('SECRET_KEYS names the keys in order', (t) => {
  const keys = parseSecretKeys(`k2:${base64(2)}, k-1_A:${base64(1)}`);
  t.deepEqual(keys, [
    { id: 'k2', key: Buffer.alloc(32, 2) },
    { id: 'k-1_A', key: Buffer.alloc(32, 1) },
  ]);
});

const WRONG_KEYS = [
  '',
  'k1',
  `:${base64(1)}`,
  `k.1:${base64(1)}`,
  `k1:${base64(1, 31)}`,
  `k1:${base64(1, 33)}`,
];
test('SECRET_KEYS in any other form is refused, and not repeated in the error', (t) => {
  const twice = `k1:${base64(1)},k1:${base64(2)}`;
  for (const text of [...WRONG_KEYS, `k1:${base64(1)},`, twice, `k1:${'*'.repeat(44)}`]) {
    t.notRegex(t.throws(() => parseSecretKeys(text), undefined, text).message, /AQEB|AgIC|\*/);
  }
});

test('a blind index is the same for the same value and key, and says nothing else', (t) => {
  const [one, other] = [createBlindIndex(Buffer.alloc(32, 1)), createBlindIndex(Buffer.alloc(32, 2))];
  t.is(one('09990000001'), one('09990000001'));
  t.not(one('09990000001'), one('09990000002'));
  t.not(one('09990000001'), other('09990000001'));
  t.regex(one('x'), /^[A-Za-z0-9_-]{43}$/);
});

test('the bytes of a test can be repeated', (t) => {
  t.deepEqual(createTestRandom()(40), createTestRandom()(40));
  t.notDeepEqual(createTestRandom('a')(40), createTestRandom('b')(40));
});
