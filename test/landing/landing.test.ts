import test from 'ava';
import fc from 'fast-check';
import {
  addCode,
  addSessionToken,
  chooseLandingUrl,
  judgeProbe,
  mayOpen,
} from '../../src/landing/landing.ts';
import type { App } from '../../src/tenants/tenants.ts';
import { T0 } from '../helpers/fakes.ts';

const app = {
  landing: {
    url: 'https://shop.example/divar',
    pages: { track: 'https://shop.example/track', POST_ADDON: 'https://shop.example/post' },
    mode: 'code' as const,
    stagingUrl: 'https://staging.example/',
    testUsers: [{ divar_user_id: 'tester' }, { phone: '09990000001' }],
  },
} satisfies Pick<App, 'landing'>;
const nobody = { divarUserId: null, phone: null };
const user = (id: string | null) => ({ id, side: null });

const CHOICES: [
  title: string,
  visit: { page: string | null; source: string | null; id?: string },
  person: typeof nobody | { divarUserId: string | null; phone: string | null },
  url: string,
][] = [
  ['nothing special', { page: null, source: 'CHAT' }, nobody, 'https://shop.example/divar'],
  ['the source has a page', { page: null, source: 'POST_ADDON' }, nobody, 'https://shop.example/post'],
  [
    "the button's page goes before the source's",
    { page: 'track', source: 'POST_ADDON' },
    nobody,
    'https://shop.example/track',
  ],
  [
    'a page that the app no longer has',
    { page: 'gone', source: 'POST_ADDON' },
    nobody,
    'https://shop.example/post',
  ],
  [
    'names that every object has',
    { page: 'constructor', source: '__proto__' },
    nobody,
    'https://shop.example/divar',
  ],
  ['no source', { page: null, source: null }, nobody, 'https://shop.example/divar'],
  [
    'a test user by id at init',
    { page: 'track', source: 'CHAT', id: 'tester' },
    nobody,
    'https://staging.example/',
  ],
  [
    'a test user by the id that consent told',
    { page: null, source: null },
    { divarUserId: 'tester', phone: null },
    'https://staging.example/',
  ],
  [
    'a test user by phone',
    { page: 'track', source: null, id: 'u' },
    { divarUserId: 'u', phone: '09990000001' },
    'https://staging.example/',
  ],
  [
    'another phone',
    { page: null, source: null },
    { divarUserId: null, phone: '09990000002' },
    'https://shop.example/divar',
  ],
];
for (const [title, { id = null, ...visit }, person, url] of CHOICES) {
  test(`the page for ${title}`, (t) =>
    t.is(chooseLandingUrl(app, { ...visit, user: user(id) }, person), url));
}

test('without a staging address test users go where everybody goes', (t) => {
  const plain = { landing: { ...app.landing, stagingUrl: null } };
  t.is(chooseLandingUrl(plain, { page: null, source: null, user: user('tester') }, nobody), app.landing.url);
});

test('the code is added to whatever address the tenant has, and nothing of it is lost', (t) => {
  t.is(addCode('https://shop.example', 'c'), 'https://shop.example/?code=c');
  t.is(addCode('https://shop.example/a?b=%20+1&c', 'c'), 'https://shop.example/a?b=%20+1&c&code=c');
  t.is(addCode('https://shop.example/#/route?x=1', 'c'), 'https://shop.example/?code=c#/route?x=1');
  t.is(addCode('https://shop.example/فروش', 'c'), 'https://shop.example/%D9%81%D8%B1%D9%88%D8%B4?code=c');
  t.is(
    addSessionToken('https://shop.example/a?b#c', 'j.w.t'),
    'https://shop.example/a?b#session_token=j.w.t',
  );
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
      const before = new URL(url);
      const after = new URL(addCode(url, 'x_-1'));
      t.is(after.searchParams.getAll('code').at(-1), 'x_-1');
      t.deepEqual([after.origin, after.pathname, after.hash], [before.origin, before.pathname, before.hash]);
      t.true(after.search.startsWith(before.search));
      t.is(new URL(addSessionToken(url, 'j')).search, before.search);
    }),
  );
});

test('three lost probes in a row take a page down, one good one brings it back', (t) => {
  let health = { failureCount: 0, downSince: null as Date | null };
  const later = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
  const down = [false, false, true, false, false, false, false, true].map((isReachable, index) => {
    health = judgeProbe(health, isReachable, later(index * 30));
    return health.downSince;
  });
  t.deepEqual(down, [null, null, null, null, null, later(150), later(150), null]);
});

test('who may open a visit', (t) => {
  const session = {
    browserHash: null,
    launchExpiresAt: new Date(T0.getTime() + 10),
    expiresAt: new Date(T0.getTime() + 20),
  };
  const at = (ms: number) => new Date(T0.getTime() + ms);
  t.true(mayOpen(session, 'b', at(9)));
  t.false(mayOpen(session, 'b', at(10)));
  t.true(mayOpen({ ...session, browserHash: 'b' }, 'b', at(19)));
  t.false(mayOpen({ ...session, browserHash: 'b' }, 'c', at(9)));
  t.false(mayOpen({ ...session, browserHash: 'b' }, 'b', at(20)));
});
