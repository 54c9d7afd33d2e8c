import test from 'ava';
import fc from 'fast-check';
import {
  asciiDigits,
  Email,
  maskAddress,
  maySetRole,
  nameDevice,
  ROLES,
  TotpCode,
} from '../../src/members/members.ts';
import { createPasswords } from '../../src/members/passwords.ts';
import {
  hashRecoveryCode,
  makeRecoveryCodes,
  makeTotpSecret,
  matchTotp,
  readRecoveryCode,
} from '../../src/members/second-factor.ts';
import { T0, testBlindIndex, testRandom } from '../helpers/fakes.ts';
import { codeOf } from './setup.ts';

test('an address is one person however it is typed', (t) => {
  for (const text of ['Sara@Shop.Example', ' sara@shop.example ', 'ｓara@shop.example'])
    t.is(Email.parse(text), 'sara@shop.example', text);
  for (const text of [
    '',
    'sara',
    'a@b',
    'a@b.c\r\nBcc: x@y.example',
    '"<a>"@b.example',
    `${'a'.repeat(250)}@b.example`,
  ])
    t.false(Email.safeParse(text).success, text);
});

test('digits of every keyboard are the same code', (t) => {
  for (const text of ['123456', '۱۲۳۴۵۶', '١٢٣٤٥٦', ' 123 456 ', '123-456', '۱۲۳\u200c۴۵۶'])
    t.is(TotpCode.parse(text), '123456', text);
  for (const text of ['12345', '1234567', 'abcdef', '']) t.false(TotpCode.safeParse(text).success, text);
  fc.assert(fc.property(fc.string(), (text) => !/[۰-۹٠-٩]/.test(asciiDigits(text))));
});

test('a code fits half a minute before and after its time, and no other', (t) => {
  const secret = makeTotpSecret(testRandom);
  const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
  const code = codeOf(secret, { now: () => T0 } as never);
  t.is(matchTotp(secret, code, T0), Math.floor(T0.getTime() / 30_000));
  t.is(matchTotp(secret, code, at(30)), matchTotp(secret, code, T0));
  t.is(matchTotp(secret, code, at(-30)), matchTotp(secret, code, T0));
  t.is(matchTotp(secret, code, at(90)), undefined);
  t.is(matchTotp(secret, code, at(-90)), undefined);
  t.is(matchTotp(makeTotpSecret(testRandom), code, T0), undefined);
});

test('recovery codes are ten different ones, read however they are copied, and hashed for their member alone', (t) => {
  const codes = makeRecoveryCodes(testRandom);
  t.is(new Set(codes).size, 10);
  for (const code of codes) {
    t.regex(code, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
    t.is(readRecoveryCode(` ${code.toUpperCase()} `), code.replace('-', ''));
    t.not(hashRecoveryCode(testBlindIndex, 'mem_1', code), hashRecoveryCode(testBlindIndex, 'mem_2', code));
  }
  t.is(readRecoveryCode('OIL00-1'), '011001');
});

test('only owners make, change and remove owners', (t) => {
  for (const by of ROLES)
    for (const from of [undefined, ...ROLES])
      for (const to of [undefined, ...ROLES]) {
        const touchesOwner = from === 'owner' || to === 'owner';
        t.is(
          maySetRole(by, from, to),
          by === 'owner' || (by === 'admin' && !touchesOwner),
          `${by} ${from} ${to}`,
        );
      }
});

test('an address is masked and a device is named', (t) => {
  t.is(maskAddress('192.0.2.17'), '192.0.2.*');
  t.is(maskAddress('2001:db8:1:2:3:4:5:6'), '2001:db8:1::*');
  t.is(maskAddress('unknown'), '*');
  t.is(nameDevice('Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36'), 'Chrome, Android');
  t.is(nameDevice('<script>'), 'unknown');
});

test('a password is judged by how it is guessed, not by its signs', async (t) => {
  const passwords = createPasswords();
  const codeFor = (password: string) =>
    passwords.judge(password, ['sara@shop.example', 'فروشگاه سارا'])[0]?.code;
  t.is(codeFor('elevenchars'), 'too_small');
  for (const weak of ['password1234', 'qwertyuiop12', 'aaaaaaaaaaaaa', '123456789012', 'P@ssw0rd12345'])
    t.is(codeFor(weak), 'password_guessable', weak);
  for (const strong of ['correct horse battery', 'قناری بامداد آهن ۷۷', 'k3 vLp9 wqZx 71'])
    t.is(codeFor(strong), undefined, strong);
});

test('a hash is argon2id at the cost that is promised, and fits its password alone', async (t) => {
  const passwords = createPasswords();
  const made = await passwords.hash('قناری بامداد');
  t.regex(made, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.true(await passwords.verify(made, 'قناری بامداد'.normalize('NFD')));
  t.false(await passwords.verify(made, 'قناری بامداد '));
  t.false(await passwords.verify(undefined, 'قناری بامداد'));
});

test('more hashes at once than can be worked off are refused, and none is lost', async (t) => {
  const passwords = createPasswords();
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.hash('a password')));
  const refused = results.filter((result) => result.status === 'rejected');
  t.is(refused.length, 6);
  t.true(refused.every((result) => (result.reason as { code: string }).code === 'unavailable'));
  t.truthy(await passwords.hash('a password'));
});
