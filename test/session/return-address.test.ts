import test from 'ava';
import fc from 'fast-check';
import { chooseReturnUrl, safeReturnUrl } from '../../src/session/return-address.ts';

const COMPLETION = 'https://open-platform-redirect.divar.ir/completion';

// PROTOCOL 2.8, column "Recommended"
const ADDRESSES: [address: string, written: string | undefined][] = [
  [COMPLETION, COMPLETION],
  ['https://divar.ir', 'https://divar.ir/'],
  ['https://divar.ir.evil.example/x', undefined],
  ['https://divar.ir@evil.example/', undefined],
  ['https://divar.irx/', undefined],
  ['https://divar.ir\\@evil.example/', undefined],
  ['https://divar.ir/\n', undefined],
  ['https://a.b.divar.ir/', 'https://a.b.divar.ir/'],
  ['https://DIVAR.ir/', 'https://divar.ir/'],
  ['https://divar.ir?x=1', 'https://divar.ir/?x=1'],
  ['http://divar.ir/', undefined],
  ['https://divar.ir/chat/x?a=1', 'https://divar.ir/chat/x?a=1'],
  ['https://divar.ir:443/', 'https://divar.ir/'],
  ['https://divar.ir:444/', undefined],
  ['https://user@divar.ir/', undefined],
  ['https://:pass@divar.ir/', undefined],
  ['https://evildivar.ir/', undefined],
  ['https://evil.example/?u=https://divar.ir/', undefined],
  ['https://evil.example#.divar.ir', undefined],
  ['https://divar.ir./', undefined],
  ['https:\\\\divar.ir/', undefined],
  ['//divar.ir/', undefined],
  ['/completion', undefined],
  ['javascript:alert(1)//divar.ir/', undefined],
  ['data:text/html,https://divar.ir/', undefined],
  ['https://divar.ir/\u200b', undefined],
  ['https://divar.ir/\u0000', undefined],
  [' https://divar.ir/', undefined],
  ['', undefined],
  [`https://divar.ir/${'a'.repeat(2048)}`, undefined],
];
for (const [address, written] of ADDRESSES) {
  const shown = JSON.stringify(address.slice(0, 60));
  test(`${written ? 'takes' : 'refuses'} ${shown} as a way back`, (t) =>
    t.is(safeReturnUrl(address), written));
}

test('whatever is taken leads to Divar over https, also when it is read again', (t) => {
  const host = fc.constantFrom(
    'divar.ir',
    'x.divar.ir',
    'divar.ir.evil.example',
    'evil.example',
    'DIVAR.IR',
    'divar.ir@evil.example',
    '127.0.0.1',
  );
  const glue = fc.constantFrom('', '/', '\\', '@', ':', '#', '?', '.', '%2e', '\t', ' ', '//');
  const address = fc
    .tuple(
      fc.constantFrom('https://', 'http://', 'https:', '//', 'javascript:', ''),
      glue,
      host,
      glue,
      fc.webPath(),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(address, fc.webUrl(), fc.string()), (text) => {
      const safe = safeReturnUrl(text);
      if (safe === undefined) return;
      const url = new URL(safe);
      t.is(url.protocol, 'https:');
      t.regex(url.hostname, /(^|\.)divar\.ir$/);
      t.is(url.username + url.password + url.port, '');
      t.is(safeReturnUrl(safe), safe);
    }),
    { numRuns: 2000 },
  );
});

test('a sandbox app may lead back to its simulator, a live app may not', (t) => {
  const hosts = { completionUrl: 'http://localhost:3001/completion' };
  const address = 'http://localhost:3001/chat/7';
  t.is(chooseReturnUrl({ environment: 'sandbox' }, hosts, address), address);
  t.is(chooseReturnUrl({ environment: 'live' }, hosts, address), hosts.completionUrl);
  t.is(chooseReturnUrl({ environment: 'sandbox' }, hosts, 'http://localhost:3002/'), hosts.completionUrl);
  t.is(
    chooseReturnUrl({ environment: 'sandbox' }, hosts, 'http://user@localhost:3001/'),
    hosts.completionUrl,
  );
});

test('without an address the visit ends at the fixed one, and nothing is added to it', (t) => {
  const hosts = { completionUrl: COMPLETION };
  t.is(chooseReturnUrl({ environment: 'live' }, hosts, null), COMPLETION);
  t.is(chooseReturnUrl({ environment: 'live' }, hosts, 'https://divar.ir.evil.example/x'), COMPLETION);
  t.is(
    chooseReturnUrl({ environment: 'live' }, hosts, 'https://divar.ir/chat?x=1'),
    'https://divar.ir/chat?x=1',
  );
});
