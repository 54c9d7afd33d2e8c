import test from 'ava';
import { createAddressGuard, isPublic, parseTarget } from '../../src/platform/address-guard.ts';
import { CallError } from '../../src/ports.ts';

function setup({ egressAllow = [] as string[], answers = {} as Record<string, string[]> } = {}) {
  const asked: string[] = [];
  const guard = createAddressGuard({
    egressAllow,
    publicUrl: 'http://gateway.test:3000',
    resolve: async (name) => {
      asked.push(name);
      const found = answers[name];
      if (!found) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      return found;
    },
  });
  const admit = async (url: string) => {
    const target = parseTarget(url);
    if (!target) throw new CallError('before_send', 'not_allowed');
    return await guard.admit(target);
  };
  return { guard, admit, asked };
}

const NOT_PUBLIC = [
  // IPv4 in every spelling that a URL knows
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '017700000001',
    '0177.0.0.1',
  ],
  ...[
    '127.0.0.1.',
    '１２７.0.0.1',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '0',
    '0.0.0.0',
    '255.255.255.255',
    '3232235777',
  ],
  ...[
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.127.0.1',
  ],
  ...[
    '192.0.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '192.88.99.1',
    '224.0.0.1',
    '240.0.0.1',
  ],
  '168.63.129.16',
  // IPv6, and IPv4 inside of it
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
  ],
  ...[
    '[::ffff:8.8.8.8]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::1]',
  ],
  ...[
    '[2001::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
  ],
  ...['[100::1]', '[5f00::1]', '[2001:2::1]', '[2001:20::1]', '[4000::1]'],
];

for (const host of NOT_PUBLIC) {
  test(`refuses the address ${host}`, async (t) => {
    const { guard, admit, asked } = setup();
    t.false(guard.isAllowedUrl(`https://${host}/`));
    t.like(await t.throwsAsync(() => admit(`https://${host}/`)), {
      stage: 'before_send',
      code: 'not_allowed',
    });
    t.deepEqual(asked, []);
  });
}

const NOT_ACCEPTED = {
  'another scheme': 'ftp://shop.example/',
  'a file': 'file:///etc/passwd',
  'a script': 'javascript:alert(1)',
  'a data URL': 'data:text/plain,x',
  'plain http': 'http://shop.example/',
  'another port': 'https://shop.example:8443/',
  'the port of PostgreSQL': 'https://shop.example:5432/',
  'a user': 'https://user@shop.example/',
  'a password': 'https://:secret@shop.example/',
  'a user who looks like a host': 'https://shop.example@127.0.0.1/',
  'a relative address': '/hooks',
  nothing: '',
  'this machine by name': 'https://localhost/',
  'this machine by a name below': 'https://x.localhost/',
  'this machine by its full name': 'https://localhost./',
  'our own host on another port': 'http://gateway.test:3001/',
};

for (const [what, url] of Object.entries(NOT_ACCEPTED)) {
  test(`does not let a tenant store ${what}`, (t) => {
    t.false(setup().guard.isAllowedUrl(url));
  });
}

test('accepts https names on the standard port, and public addresses', async (t) => {
  const { guard, admit } = setup({ answers: { 'shop.example': ['93.184.216.34', '2606:4700::1111'] } });
  t.true(guard.isAllowedUrl('https://shop.example/hooks?x=1'));
  t.true(guard.isAllowedUrl('https://shop.example:443/'));
  t.true(guard.isAllowedUrl('https://فروشگاه.example/'));
  t.true(guard.isAllowedUrl('https://93.184.216.34/'));
  t.deepEqual(await admit('https://shop.example/'), ['93.184.216.34', '2606:4700::1111']);
  t.deepEqual(await admit('https://[2606:4700::1111]/'), ['2606:4700::1111']);
});

test('refuses a name as soon as one of its answers is not public', async (t) => {
  const { admit } = setup({
    answers: {
      'mixed.example': ['93.184.216.34', '10.0.0.1'],
      'mapped.example': ['::ffff:169.254.169.254'],
      'scoped.example': ['fe80::1%eth0'],
      'broken.example': ['not an address'],
    },
  });
  for (const name of ['mixed', 'mapped', 'scoped', 'broken']) {
    t.like(await t.throwsAsync(() => admit(`https://${name}.example/`)), { code: 'not_allowed' });
  }
});

test('refuses http and other ports of a public name when it connects, too', async (t) => {
  const { admit } = setup({ answers: { 'shop.example': ['93.184.216.34'] } });
  t.like(await t.throwsAsync(() => admit('http://shop.example/')), { code: 'not_allowed' });
  t.like(await t.throwsAsync(() => admit('https://shop.example:8443/')), { code: 'not_allowed' });
});

test('says dns when a name has no answer', async (t) => {
  const { admit } = setup({ answers: { 'empty.example': [] } });
  for (const name of ['gone', 'empty']) {
    t.like(await t.throwsAsync(() => admit(`https://${name}.example/`)), {
      stage: 'before_send',
      code: 'dns',
    });
  }
});

test('a listed range may be reached over http and on any port', async (t) => {
  const { guard, admit } = setup({
    egressAllow: ['127.0.0.0/8', '::1/128'],
    answers: { 'demo.test': ['127.0.0.1', '::1'], 'half.test': ['127.0.0.1', '10.0.0.1'] },
  });
  t.true(guard.isAllowedUrl('http://127.0.0.1:3002/'));
  t.true(guard.isAllowedUrl('http://[::1]:3002/'));
  t.true(guard.isAllowedUrl('http://localhost:3002/'));
  t.false(guard.isAllowedUrl('http://10.0.0.1:3002/'));
  t.deepEqual(await admit('http://demo.test:3002/'), ['127.0.0.1', '::1']);
  t.like(await t.throwsAsync(() => admit('http://half.test:3002/')), { code: 'not_allowed' });
  t.like(await t.throwsAsync(() => admit('http://[::ffff:127.0.0.1]:3002/')), { code: 'not_allowed' });
});

test('a listed place may be reached whatever it resolves to, and no other port of it', async (t) => {
  const { guard, admit } = setup({
    egressAllow: ['Shop.Internal:8080'],
    answers: { 'shop.internal': ['10.0.0.7'] },
  });
  t.true(guard.isAllowedUrl('http://shop.internal:8080/hooks'));
  t.false(guard.isAllowedUrl('http://shop.internal:8081/hooks'));
  t.deepEqual(await admit('http://shop.internal:8080/hooks'), ['10.0.0.7']);
  t.like(await t.throwsAsync(() => admit('http://shop.internal:8081/')), { code: 'not_allowed' });
});

test('our own public address may be reached as it is', async (t) => {
  const { guard, admit } = setup({ answers: { 'gateway.test': ['10.0.0.1'] } });
  t.true(guard.isAllowedUrl('http://gateway.test:3000/docs'));
  t.deepEqual(await admit('http://gateway.test:3000/docs'), ['10.0.0.1']);
});

test('public addresses are public', (t) => {
  for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111'])
    t.true(isPublic(address));
});
