import { createHmac } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { createSessionTokens } from '../../src/landing/session-token.ts';
import { type KeyAge, planSigningKeys } from '../../src/landing/signing-plan.ts';
import { systemKeyAssociatedData } from '../../src/tenants/index-key.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { T0, testRandom, testSeal } from '../helpers/fakes.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const key = (id: string, createdSeconds: number): KeyAge => ({ id, createdAt: at(createdSeconds) });

const PLANS: [title: string, keys: KeyAge[], seconds: number, plan: ReturnType<typeof planSigningKeys>][] = [
  ['the first key of all is made', [], 0, { add: 'sig-2026-11-24', remove: [], signing: undefined }],
  ['the only key signs at once', [key('a', 0)], 0, { add: undefined, remove: [], signing: 'a' }],
  [
    'after 30 days the next one is made, and does not sign yet',
    [key('a', 0)],
    30 * DAY,
    { add: 'sig-2026-12-24', remove: [], signing: 'a' },
  ],
  [
    'a new key waits one hour',
    [key('a', 0), key('b', 30 * DAY)],
    30 * DAY + HOUR - 1,
    { add: undefined, remove: [], signing: 'a' },
  ],
  [
    'then it signs',
    [key('a', 0), key('b', 30 * DAY)],
    30 * DAY + HOUR,
    { add: undefined, remove: [], signing: 'b' },
  ],
  [
    'the old one stays a day',
    [key('a', 0), key('b', 30 * DAY)],
    31 * DAY + HOUR - 1,
    { add: undefined, remove: [], signing: 'b' },
  ],
  [
    'then it goes',
    [key('a', 0), key('b', 30 * DAY)],
    31 * DAY + HOUR,
    { add: undefined, remove: ['a'], signing: 'b' },
  ],
  [
    'after a long sleep the old key signs until the new one may',
    [key('a', 0)],
    100 * DAY,
    { add: 'sig-2027-03-04', remove: [], signing: 'a' },
  ],
  [
    'a clock that runs behind the database signs all the same',
    [key('a', 60)],
    0,
    { add: undefined, remove: [], signing: 'a' },
  ],
];
for (const [title, keys, seconds, plan] of PLANS) {
  test(`signing keys: ${title}`, (t) => t.deepEqual(planSigningKeys(keys, at(seconds)), plan));
}

test('whenever keys are looked after, a token is always signed by a published key that stays until the token ends', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 60, max: 5 * DAY }), { minLength: 1, maxLength: 60 }), (steps) => {
      let keys: KeyAge[] = [];
      let seconds = 0;
      const tend = () => {
        const plan = planSigningKeys(keys, at(seconds));
        if (plan.add) keys = [...keys, key(plan.add, seconds)];
        keys = keys.filter(({ id }) => !plan.remove.includes(id));
      };
      for (const step of steps) {
        tend();
        const { signing } = planSigningKeys(keys, at(seconds));
        const signer = keys.find(({ id }) => id === signing);
        t.truthy(signer);
        // Only the first key of all may sign before it was published for an hour.
        if (keys.length > 1)
          t.true(at(seconds).getTime() - (signer?.createdAt.getTime() ?? 0) >= HOUR * 1000);
        seconds += Math.min(step, 300);
        tend();
        t.true(keys.some(({ id }) => id === signing));
        seconds += step;
      }
      t.is(new Set(keys.map(({ id }) => id)).size, keys.length);
      t.true(keys.length <= 3);
    }),
  );
});

const SESSION = { id: 'ses_1', appId: 'app_1' };
const ISSUER = 'https://gateway.example';

async function setup(t: Parameters<typeof createTestDatabase>[0]) {
  const database = await createTestDatabase(t);
  const make = (publicUrl = ISSUER) =>
    createSessionTokens({ db: database.db, seal: testSeal(), random: testRandom, publicUrl });
  const tokens = make();
  const [row] = await queryAsOwner<{ now: Date }>(database.ownerUrl, 'select now()');
  const now = row?.now ?? T0;
  await tokens.refresh(now);
  return {
    ...database,
    make,
    tokens,
    now,
    later: (seconds: number) => new Date(now.getTime() + seconds * 1000),
  };
}

test.serial('a token is good for five minutes, at every process', async (t) => {
  const { tokens, make, now, later } = await setup(t);
  const token = await tokens.sign(SESSION, now);
  const other = make();
  await other.refresh(now);
  t.deepEqual(other.keySet(), tokens.keySet());
  t.deepEqual(await other.verify(token, later(299)), { appId: 'app_1', sessionId: 'ses_1' });
  t.is(await other.verify(token, later(306)), undefined);
  t.is(await other.verify(token, later(-60)), undefined);
});

test.serial('two processes that start at once make one key', async (t) => {
  const { make, ownerUrl, now } = await setup(t);
  await queryAsOwner(ownerUrl, 'delete from system_keys');
  const both = [make(), make()] as const;
  await Promise.all(both.map((tokens) => tokens.refresh(now)));
  t.is(both[0].keySet().keys.length, 1);
  t.deepEqual(both[0].keySet(), both[1].keySet());
  t.truthy(await both[1].verify(await both[0].sign(SESSION, now), now));
});

test.serial('keys roll over in the database, and private ones are sealed there', async (t) => {
  const { tokens, make, ownerUrl, now, later } = await setup(t);
  const [first] = tokens.keySet().keys;
  const old = await tokens.sign(SESSION, now);
  await tokens.refresh(later(30 * DAY + 60));
  t.is(tokens.keySet().keys.length, 2);
  t.truthy(await tokens.verify(old, now));
  // Time has passed: the first key has signed its month, the second may.
  await queryAsOwner(
    ownerUrl,
    "update system_keys set created_at = now() - case id when $1 then interval '40 days' else interval '2 hours' end",
    [first?.kid],
  );
  const restarted = make();
  await restarted.refresh(later(60));
  t.false(restarted.keySet().keys.some(({ kid }) => kid === first?.kid));
  const rows = JSON.stringify(await queryAsOwner(ownerUrl, 'select * from system_keys'));
  t.false(/"d\\?":/.test(rows));
});

test.serial('without a key nothing is signed and no key set is told', async (t) => {
  const { make, now } = await setup(t);
  const cold = make();
  await t.throwsAsync(cold.sign(SESSION, now), { message: /cannot answer/ });
  t.throws(() => cold.keySet(), { message: /cannot answer/ });
});

test.serial('tokens that are not ours, or not for this, are nobody', async (t) => {
  const { tokens, make, now } = await setup(t);
  const good = await tokens.sign(SESSION, now);
  const [head = '', body = '', signature = ''] = good.split('.');
  const { kid = '' } = decodeProtectedHeader(good);
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const sign = (header: object, payload: object, signer = privateKey) =>
    new SignJWT(payload as never)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'session+jwt', kid, ...header })
      .sign(signer);
  const publicKey = JSON.stringify(tokens.keySet().keys[0]);
  const hmacHead = encode({ alg: 'HS256', typ: 'session+jwt', kid });
  const elsewhere = make('https://other.example');
  await elsewhere.refresh(now);
  const bad: [title: string, token: string][] = [
    ['no text', ''],
    ['no token', 'a.b.c'],
    ['another body', `${head}.${encode({ ...claims, sub: 'ses_2' })}.${signature}`],
    ['no signature', `${head}.${body}.`],
    ['alg none', `${encode({ alg: 'none', typ: 'session+jwt', kid })}.${body}.`],
    [
      'HMAC with our public key',
      `${hmacHead}.${body}.${createHmac('sha256', publicKey).update(`${hmacHead}.${body}`).digest('base64url')}`,
    ],
    ['a key of its own', await sign({}, claims)],
    ['a key of its own in the header', await sign({ jwk: await exportJWK(privateKey) }, claims)],
    ['an unknown kid', await sign({ kid: 'sig-1999-01-01' }, claims)],
    ['another issuer', await elsewhere.sign(SESSION, now)],
  ];
  for (const [title, token] of bad) t.is(await tokens.verify(token, now), undefined, title);
  t.truthy(await tokens.verify(good, now));
});

test.serial('our own key with another typ, no audience or a long life is refused', async (t) => {
  const { tokens, db, now } = await setup(t);
  const [row] = await db.call<{ id: string; sealed: string }>('list_system_keys', ['signing']);
  const jwk = JSON.parse(testSeal().open(row?.sealed ?? '', systemKeyAssociatedData(row?.id ?? '')));
  const own = await importJWK(jwk, 'EdDSA');
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = { iss: ISSUER, aud: 'app_1', sub: 'ses_1', jti: 'j', iat: issuedAt, exp: issuedAt + 300 };
  const sign = (payload: object, header: object = {}) =>
    new SignJWT(payload as never)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'session+jwt', kid: row?.id ?? '', ...header })
      .sign(own);
  t.truthy(await tokens.verify(await sign(claims), now));
  const { aud: _aud, ...noAudience } = claims;
  const { jti: _jti, ...noId } = claims;
  for (const token of [
    await sign(claims, { typ: 'JWT' }),
    await sign(noAudience),
    await sign(noId),
    await sign({ ...claims, aud: ['app_1', 'app_2'] }),
    await sign({ ...claims, iat: issuedAt - 600, exp: issuedAt + 86_400 }),
    await sign({ ...claims, exp: issuedAt - 60 }),
  ])
    t.is(await tokens.verify(token, now), undefined);
});
