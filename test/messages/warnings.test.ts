import test from 'ava';
import { findWarnings } from '../../src/messages/warnings.ts';

const codes = (text: string) =>
  findWarnings({ text, sender_buttons: [], receiver_buttons: [] }).map(({ code }) => code);

for (const [text, expected] of [
  ['سفارش شما ثبت شد', []],
  ['کتاب‌های شما می‌رسد، نمی‌شود', []],
  ['قيمت', ['arabic_letters']],
  ['كتاب', ['arabic_letters']],
  ['۱۲ عدد تا 20', ['mixed_digits']],
  ['٣ و ۳', ['mixed_digits']],
  ['۱۲ عدد، کد A-17، https://shop.example/1', []],
  ['ساعت 10', []],
  ['این می شود', ['missing_zwnj']],
  ['نمی توانم بیایم', ['missing_zwnj']],
  ['کتاب ها رسید', ['missing_zwnj']],
  ['کتاب های خوب', ['missing_zwnj']],
  ['قدیمی دارد', []],
  ['تها هایل', []],
  ['hello 12', []],
  ['', []],
] as const) {
  test(`«${text}» is told ${expected.length === 0 ? 'nothing' : expected.join(', ')}`, (t) => {
    t.deepEqual(codes(text), [...expected]);
  });
}

test('captions and icons of both sides are looked at, with their paths', (t) => {
  const button = (caption: string, icon: string | null) => ({ caption, icon, action: { open_post: 'x' } });
  t.deepEqual(
    findWarnings({
      text: null,
      sender_buttons: [[button('پیگیری', 'TERMS')], [button('پيگيري', 'NO_SUCH_ICON')]],
      receiver_buttons: [[button('پرداخت', null), button('پرداخت', 'NEITHER')]],
    }).map(({ path, code }) => [path, code]),
    [
      ['body.sender_buttons.1.0.caption', 'arabic_letters'],
      ['body.sender_buttons.1.0.icon', 'unknown_icon'],
      ['body.receiver_buttons.0.1.icon', 'unknown_icon'],
    ],
  );
});

test('a hostile text costs no more than a long one, and the list is bounded', (t) => {
  t.deepEqual(codes('می '.repeat(1300)), []);
  t.deepEqual(codes(`${' ها'.repeat(1000)}x`), ['missing_zwnj']);
  const row = [1, 2, 3].map(() => ({ caption: 'ي', icon: 'X', action: {} }));
  t.is(findWarnings({ sender_buttons: Array(40).fill(row), receiver_buttons: [] }).length, 50);
});
