import test from 'ava';
import fc from 'fast-check';
import { PROBLEMS, type ProblemCode } from '../../src/errors.ts';
import { createPageRenderer, renderPage } from '../../src/http/pages.ts';

const MAX_BYTES = 20 * 1024;

test('shows what it is given, right to left, with the obvious action first', (t) => {
  const html = renderPage({
    title: 'صفحه در دسترس نیست',
    message: 'چند لحظهٔ دیگر دوباره تلاش کنید.',
    actions: [
      { label: 'تلاش دوباره', href: 'https://gate.example/s/x' },
      { label: 'بازگشت به دیوار', href: 'https://divar.ir/' },
    ],
    requestId: 'req_1',
  });
  t.regex(html, /<html lang="fa" dir="rtl">/);
  t.regex(html, /<a class="first" href="https:\/\/gate\.example\/s\/x">تلاش دوباره<\/a>/);
  t.regex(html, /<a href="https:\/\/divar\.ir\/">بازگشت به دیوار<\/a>/);
  t.regex(html, /کد پیگیری: <span dir="ltr">req_1<\/span>/);
  t.true(Buffer.byteLength(html) < MAX_BYTES);
});

test('English is left to right', (t) => {
  t.regex(
    renderPage({ title: 'Gone', message: 'Go back', requestId: 'req_1', lang: 'en' }),
    /<html lang="en" dir="ltr">[\s\S]*Reference/,
  );
});

test('whatever stands in the texts stays text', (t) => {
  const empty = renderPage({
    title: '',
    message: '',
    actions: [{ label: '', href: 'https://x.example' }],
    requestId: '',
  });
  const markup = (html: string) => html.replace(/[^<>"']/g, '');
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('<script>alert(1)</script>', '"onload="x', "'><img src=x>", '</title>', '&lt;'),
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (title, message, label, requestId) => {
      const html = renderPage({
        title,
        message,
        actions: [{ label, href: `https://x.example/${label}"><b>` }],
        requestId,
      });
      return markup(html) === markup(empty);
    }),
  );
  t.pass();
});

test('a link leads to a web address or to a page of ours, never to a script', (t) => {
  const hrefs = [
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '/\\evil.example',
    'x',
    '',
  ];
  for (const href of hrefs)
    t.false(renderPage({ title: 'a', message: 'b', actions: [{ label: 'c', href }] }).includes('<a '), href);
  t.true(
    renderPage({ title: 'a', message: 'b', actions: [{ label: 'c', href: '/s/x' }] }).includes(
      '<a class="first" href="/s/x">',
    ),
  );
});

test('every problem has a page, small enough for a bad line', (t) => {
  const { renderProblem } = createPageRenderer();
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    const html = renderProblem(code, 'req_1');
    t.regex(html, /<h1>[^<]*[\u0600-\u06ff]/);
    t.true(Buffer.byteLength(html) < MAX_BYTES, code);
  }
});

test('text stands out from its ground, in both colour schemes', (t) => {
  const style = renderPage({ title: '', message: '' });
  const [light = '', dark = ''] = style.split('@media (prefers-color-scheme:dark)');
  const colour = (css: string, selector: string, property: string) =>
    new RegExp(`${selector.replace('.', '\\.')}\\{[^}]*?(?<![-\\w])${property}:(#[0-9a-f]{3,6})`).exec(
      css,
    )?.[1] ?? 'missing';
  for (const css of [light, dark]) {
    const card = colour(css, 'main', 'background');
    const pairs: [string, string][] = [
      [colour(css, 'body', 'color'), card],
      [colour(css, 'a', 'color'), card],
      [colour(css, 'a.first', 'color'), colour(css, 'a.first', 'background')],
      [colour(css, 'small', 'color'), card],
    ];
    for (const pair of pairs) t.true(contrast(...pair) >= 4.5, pair.join(' on '));
  }
});

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(full.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
}
