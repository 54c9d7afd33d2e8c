import test from 'ava';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { codeOf, createBrowser, startGateway } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';

const NOWHERE = 'ses_00000000000000000000000000';

async function land(t: Parameters<typeof startGateway>[0]) {
  const gateway = await startGateway(t);
  const { id, url } = await gateway.begin();
  const browser = createBrowser();
  const code = codeOf(await browser.open(url));
  const exchange = (given: unknown, key?: string) =>
    gateway.api('POST', '/v1/sessions/exchange', { code: given }, key);
  return { gateway, id, url, browser, code, exchange };
}

test.serial('the session resource is protected', async (t) => {
  const { gateway, id, code } = await land(t);
  const calls: [method: string, path: string, body?: object][] = [
    ['POST', '/v1/sessions/exchange', { code }],
    ['GET', '/v1/sessions'],
    ['GET', `/v1/sessions/${id}`],
    ['POST', `/v1/sessions/${id}/complete`, {}],
  ];
  for (const [method, path, body] of calls)
    t.like(await gateway.api(method, path, body, `pvd_live_00000000_${'x'.repeat(43)}`), {
      status: 401,
      body: { code: 'unauthorized' },
    });
  t.is((await gateway.load(id)).state, 'opened');
});

test.serial('a code is exchanged once, also when fifty ask at the same moment', async (t) => {
  const { gateway, id, code, exchange } = await land(t);
  const replies = await Promise.all(Array.from({ length: 50 }, () => exchange(code)));
  const good = replies.filter(({ status }) => status === 200);
  t.is(good.length, 1);
  t.is(good[0]?.body.session.id, id);
  t.true(
    replies
      .filter(({ status }) => status !== 200)
      .every(({ status, body }) => status === 410 && body.code === 'code_spent'),
  );
  t.like(await gateway.load(id), { state: 'landed', landedAt: gateway.clock.now() });
});

test.serial('a code lives a minute', async (t) => {
  const { gateway, code, exchange, browser, url } = await land(t);
  gateway.clock.advance(60_000);
  t.like(await exchange(code), { status: 410, body: { code: 'code_spent' } });
  t.is((await exchange(codeOf(await browser.open(url)))).status, 200);
});

test.serial("another app's code and one that is none get the same answer", async (t) => {
  const { gateway, code, exchange } = await land(t);
  const sibling = await provision(gateway, {
    app: { external_id: 'other' },
    api_keys: [{ name: 'o', scopes: ['*'] }],
  });
  const stranger = await provision(gateway, { tenant: { external_id: 'shop-2' } });
  await gateway.directory.refresh();
  for (const key of [sibling.api_keys[0]?.key, stranger.api_keys[0]?.key])
    t.like(await exchange(code, key), { status: 404, body: { code: 'not_found' } });
  t.like(await exchange('x'.repeat(43)), { status: 404, body: { code: 'not_found' } });
  for (const bad of ['', 7, null, undefined, 'x'.repeat(201)]) t.is((await exchange(bad)).status, 400);
  t.is((await exchange(code)).status, 200);
});

test.serial('the session is told in full, and its token is verified by anyone with our keys', async (t) => {
  const { gateway, id, code, exchange } = await land(t);
  const { body } = await exchange(code);
  const now = gateway.clock.now();
  const { return_url, ...session } = body.session;
  t.true(return_url.startsWith(`${gateway.publicUrl}/r/`));
  t.deepEqual(session, {
    id,
    object: 'session',
    state: 'landed',
    consent: 'none',
    identity: 'unverified',
    generation: 'v2',
    entry: 'init',
    source: 'CHAT',
    post_token: 'wZ_x9Qa7',
    conversation_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
    user: { id: null, side: 'supply' },
    peer: { id: null },
    data: null,
    location: null,
    grant_id: null,
    scopes: [],
    simulated: false,
    created_at: now.toISOString(),
    opened_at: now.toISOString(),
    landed_at: now.toISOString(),
    completed_at: null,
    expires_at: new Date(now.getTime() + 86_400_000).toISOString(),
  });
  const keys = await (await fetch(`${gateway.publicUrl}/.well-known/jwks.json`)).json();
  t.false(JSON.stringify(keys).includes('"d"'));
  const { payload, protectedHeader } = await jwtVerify(body.session_token, createLocalJWKSet(keys as never), {
    issuer: gateway.publicUrl,
    audience: gateway.appId,
    subject: id,
    algorithms: ['EdDSA'],
    currentDate: now,
  });
  t.is(Number(payload.exp) - Number(payload.iat), 300);
  t.truthy(payload.jti);
  t.is(protectedHeader.alg, 'EdDSA');
});

test.serial('sessions are listed newest first, page by page, and are those of the app', async (t) => {
  const { gateway, id } = await land(t);
  const other = await provision(gateway, { app: { external_id: 'other' } });
  await gateway.directory.refresh();
  await gateway.begin({ appId: other.app.id });
  const ids = [id];
  for (let index = 0; index < 3; index += 1) ids.push((await gateway.begin()).id);
  ids.sort().reverse();
  const first = await gateway.api('GET', '/v1/sessions?limit=3');
  t.is(first.status, 200);
  const second = await gateway.api(
    'GET',
    `/v1/sessions?limit=3&cursor=${encodeURIComponent(first.body.next_cursor)}`,
  );
  t.deepEqual(
    [...first.body.data, ...second.body.data].map((session) => session.id),
    ids,
  );
  t.is(second.body.next_cursor, null);
  for (const query of ['limit=0', 'limit=101', 'cursor=x', 'what=1'])
    t.is((await gateway.api('GET', `/v1/sessions?${query}`)).status, 400);
});

test.serial("one session is read, another app's is as unknown as none", async (t) => {
  const { gateway, id } = await land(t);
  t.like(await gateway.api('GET', `/v1/sessions/${id}`), { status: 200, body: { id, state: 'opened' } });
  const other = await provision(gateway, { app: { external_id: 'other' } });
  await gateway.directory.refresh();
  const foreign = await gateway.begin({ appId: other.app.id });
  for (const unknown of [foreign.id, NOWHERE, 'x', '%00']) {
    const reply = await gateway.api('GET', `/v1/sessions/${unknown}`);
    t.like(reply, { status: 404, body: { code: 'not_found' } });
    t.is((await gateway.api('POST', `/v1/sessions/${unknown}/complete`, {})).status, 404);
  }
  gateway.clock.advance(86_400_000);
  t.is((await gateway.api('GET', `/v1/sessions/${id}`)).body.state, 'expired');
});

test.serial('completing hands on the message, and the user may still go back', async (t) => {
  const { gateway, id, exchange, code } = await land(t);
  await exchange(code);
  const { status, body } = await gateway.api('POST', `/v1/sessions/${id}/complete`, {
    message: { text: 'ثبت شد' },
  });
  t.is(status, 200);
  t.like(body, { id, state: 'completed', completed_at: gateway.clock.now().toISOString() });
  t.is(gateway.accepted.length, 1);
  t.like(gateway.accepted[0], { message: { text: 'ثبت شد' }, session: { id }, app: { id: gateway.appId } });
  const back = await createBrowser().get(body.return_url);
  t.deepEqual([back.status, back.location], [303, 'https://open-platform-redirect.divar.ir/completion']);
  t.is((await gateway.api('POST', `/v1/sessions/${id}/complete`, {})).status, 200);
  t.is((await gateway.api('POST', `/v1/sessions/${id}/complete`, { message: {} })).status, 400);
});

test.serial('a visit that nobody has opened cannot be completed', async (t) => {
  const { gateway } = await land(t);
  const { id } = await gateway.begin();
  t.like(await gateway.api('POST', `/v1/sessions/${id}/complete`, {}), {
    status: 409,
    body: { code: 'conflict' },
  });
});

test.serial('the way back leads to Divar as long as the visit lives, and nowhere else', async (t) => {
  const { gateway } = await land(t);
  const backOf = ({ id, session }: { id: string; session: { tenantId: string } }) =>
    `${gateway.publicUrl}/r/${gateway.handles.make('return', { tenantId: session.tenantId, sessionId: id })}`;
  const evil = await gateway.begin({ visit: { returnAddress: 'https://divar.ir.evil.example/x' } });
  const none = await gateway.begin({ visit: { returnAddress: null } });
  const own = await gateway.begin({ visit: { returnAddress: 'https://divar.ir/chat/x?a=1' } });
  const completion = gateway.divar.hosts.completionUrl;
  for (const [visit, expected] of [
    [evil, completion],
    [none, completion],
    [own, 'https://divar.ir/chat/x?a=1'],
  ] as const) {
    for (let time = 0; time < 2; time += 1) {
      const back = await createBrowser().get(backOf(visit));
      t.deepEqual([back.status, back.location], [303, expected]);
    }
  }
  for (const bad of ['x', gateway.handles.make('start', { tenantId: gateway.tenantId, sessionId: own.id })])
    t.is((await createBrowser().get(`${gateway.publicUrl}/r/${bad}`)).status, 410);
  gateway.clock.advance(86_400_000);
  t.is((await createBrowser().get(backOf(own))).status, 410);
});
