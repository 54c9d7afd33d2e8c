import test from 'ava';
import { codeOf, createBrowser, linksOf, startGateway } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { newSession } from '../helpers/sessions.ts';

test.serial('a handle that is not ours, or of another kind, is gone', async (t) => {
  const gateway = await startGateway(t);
  const { session, url } = await gateway.begin();
  const reference = { tenantId: session.tenantId, sessionId: session.id };
  const back = gateway.handles.make('return', reference);
  const unknown = gateway.handles.make('start', {
    ...reference,
    sessionId: 'ses_00000000000000000000000000',
  });
  const nobody = gateway.handles.make('start', { ...reference, tenantId: 'ten_unknown' });
  const forged = `${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`;
  const handles = ['x', 'test.AAAA', `test.${'A'.repeat(5000)}`, '%00', back, unknown, nobody];
  for (const bad of [forged, ...handles.map((handle) => `${gateway.publicUrl}/s/${handle}`)]) {
    const page = await createBrowser().open(bad);
    t.is(page.status, 410, bad);
    t.deepEqual(linksOf(page.html), [gateway.divar.hosts.completionUrl]);
  }
  t.is(await gateway.count('landing_codes'), 0);
});

test.serial('a visit goes once around for the cookie and lands with a code', async (t) => {
  const gateway = await startGateway(t, {
    landing: { url: 'https://shop.example/divar?lang=fa&x=%D8%A7#top' },
  });
  const { id, url } = await gateway.begin();
  const browser = createBrowser();
  const first = await browser.get(url);
  t.is(first.status, 303);
  t.true(first.location.startsWith(`${url}?`));
  t.regex(first.headers.get('set-cookie') ?? '', /^pvd_visit=[\w-]{43}; .*HttpOnly; SameSite=Lax$/);
  t.is((await gateway.load(id)).state, 'created');
  const landed = await browser.get(first.location);
  t.is(landed.status, 303);
  t.regex(landed.location, /^https:\/\/shop\.example\/divar\?lang=fa&x=%D8%A7&code=[\w-]{43}#top$/);
  t.like(await gateway.load(id), { state: 'opened', openedAt: gateway.clock.now() });
});

test.serial('a browser that sends no cookie back reads why, and has burnt nothing', async (t) => {
  const gateway = await startGateway(t);
  const { id, url } = await gateway.begin();
  const marked = (await createBrowser().get(url)).location;
  const page = await createBrowser().get(marked);
  t.is(page.status, 400);
  t.is(linksOf(page.html)[0], url);
  t.is((await gateway.load(id)).browserHash, null);
  t.is((await createBrowser().open(url)).status, 303);
});

test.serial('a cookie that we have not made is not taken', async (t) => {
  const gateway = await startGateway(t);
  const { url } = await gateway.begin();
  for (const value of ['', 'x', 'a'.repeat(44), `${'a'.repeat(42)}!`]) {
    const browser = createBrowser();
    browser.jar.set('pvd_visit', value);
    t.true((await browser.get(url)).location.startsWith(`${url}?`), value);
  }
});

test.serial('whoever only looks ahead burns nothing', async (t) => {
  const gateway = await startGateway(t);
  const { id, url } = await gateway.begin();
  const browser = createBrowser();
  await browser.open((await gateway.begin()).url);
  t.is((await browser.get(url, { method: 'HEAD' })).status, 200);
  for (const header of ['purpose', 'sec-purpose', 'x-moz'])
    t.is((await browser.get(url, { headers: { [header]: 'prefetch' } })).status, 503);
  t.is((await browser.get(url, { headers: { purpose: 'preview' } })).status, 503);
  t.like(await gateway.load(id), { state: 'created', browserHash: null });
  t.is(await gateway.count('landing_codes'), 1);
});

test.serial(
  'the bound browser comes again with a fresh code until the visit ends, any other is gone',
  async (t) => {
    const gateway = await startGateway(t);
    const { url } = await gateway.begin();
    const browser = createBrowser();
    const first = await browser.open(url);
    t.is((await createBrowser().open(url)).status, 410);
    gateway.clock.advance(86_399_000);
    const second = await browser.open(url);
    t.is(second.status, 303);
    t.not(codeOf(second), codeOf(first));
    gateway.clock.advance(1000);
    t.is((await browser.open(url)).status, 410);
  },
);

test.serial('of two browsers at once one gets the visit', async (t) => {
  const gateway = await startGateway(t);
  const { url } = await gateway.begin();
  const both = await Promise.all([createBrowser().open(url), createBrowser().open(url)]);
  t.deepEqual(both.map(({ status }) => status).sort(), [303, 410]);
});

test.serial('the first opening has its time', async (t) => {
  const gateway = await startGateway(t);
  const { id, url } = await gateway.begin();
  gateway.clock.advance(120_000);
  t.is((await createBrowser().open(url)).status, 410);
  t.is((await gateway.load(id)).browserHash, null);
});

test.serial('a handle that carries its visit writes the row once, however often it is opened', async (t) => {
  const gateway = await startGateway(t);
  const { tenantId, appId } = gateway;
  const session = newSession({ tenantId, appId, visit: { data: { order: 'A-17' } } });
  const url = `${gateway.publicUrl}/s/${gateway.handles.carry(session)}`;
  const browser = createBrowser();
  await browser.get(url);
  t.is(await gateway.count('sessions'), 0);
  t.is((await browser.open(url)).status, 303);
  t.is((await browser.open(url)).status, 303);
  t.is((await createBrowser().open(url)).status, 410);
  t.is(await gateway.count('sessions'), 1);
  const loaded = await gateway.load(session.id);
  t.deepEqual(loaded.visit, session.visit);
  t.deepEqual(loaded.launchExpiresAt, session.launchExpiresAt);
});

test.serial(
  'a carried visit that is opened too late is known, but not opened; one that has ended is not written',
  async (t) => {
    const gateway = await startGateway(t);
    const { tenantId, appId } = gateway;
    const late = newSession({ tenantId, appId });
    gateway.clock.advance(120_000);
    t.is((await createBrowser().open(`${gateway.publicUrl}/s/${gateway.handles.carry(late)}`)).status, 410);
    t.is((await gateway.load(late.id)).state, 'created');
    const ended = newSession({ tenantId, appId });
    gateway.clock.advance(86_400_000);
    t.is((await createBrowser().open(`${gateway.publicUrl}/s/${gateway.handles.carry(ended)}`)).status, 410);
    t.is(await gateway.count('sessions'), 1);
  },
);

test.serial('a button leads to its page with its own data, and its visit says so', async (t) => {
  const pages = { track: 'https://shop.example/track', CHAT_MESSAGE_ACTION: 'https://shop.example/buttons' };
  const gateway = await startGateway(t, { landing: { pages } });
  const clicked = await gateway.begin({
    visit: { source: 'CHAT_MESSAGE_ACTION', data: { ref: gateway.button } },
  });
  const landed = await createBrowser().open(clicked.url);
  t.true(landed.location.startsWith('https://shop.example/track?code='));
  const { body } = await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  t.like(body.session, { entry: 'button', data: { order: 'A-17' } });

  const unknown = await gateway.begin({
    visit: { source: 'CHAT_MESSAGE_ACTION', data: { ref: `pvd_${'z'.repeat(32)}` } },
  });
  t.true((await createBrowser().open(unknown.url)).location.startsWith('https://shop.example/buttons?code='));
});

test.serial("another app's button says nothing here", async (t) => {
  const gateway = await startGateway(t);
  const other = await provision(gateway, { app: { external_id: 'other' } });
  await gateway.directory.refresh();
  const clicked = await gateway.begin({ appId: other.app.id, visit: { data: { ref: gateway.button } } });
  t.is((await createBrowser().open(clicked.url)).status, 303);
  t.deepEqual((await gateway.load(clicked.id)).visit.data, { ref: gateway.button });
});

test.serial(
  'a page without a server gets a session token in the fragment, and the visit has landed',
  async (t) => {
    const gateway = await startGateway(t, {
      landing: { mode: 'fragment', url: 'https://shop.example/app?x=1#old' },
    });
    const { id, url } = await gateway.begin();
    const browser = createBrowser();
    const landed = await browser.open(url);
    t.regex(landed.location, /^https:\/\/shop\.example\/app\?x=1#session_token=[\w-]+\.[\w-]+\.[\w-]+$/);
    t.is((await gateway.load(id)).state, 'landed');
    t.is(await gateway.count('landing_codes'), 0);
    const token = landed.location.split('session_token=')[1];
    const ask = (path: string, method = 'GET') =>
      gateway.api(method, path, method === 'GET' ? undefined : {}, token);
    t.like(await ask(`/v1/sessions/${id}`), { status: 200, body: { id, state: 'landed' } });
    const { id: otherId } = await gateway.begin();
    t.is((await ask(`/v1/sessions/${otherId}`)).status, 403);
    t.is((await ask('/v1/sessions')).status, 401);
    t.is((await ask(`/v1/sessions/${id}/consent`, 'POST')).status, 401);
    t.like(await ask(`/v1/sessions/${id}/complete`, 'POST'), { status: 200, body: { state: 'completed' } });
    t.is((await browser.open(url)).status, 303);
    gateway.clock.advance(310_000);
    t.is((await ask(`/v1/sessions/${id}`)).status, 401);
  },
);

test.serial("while the tenant's page is down the user reads a light page, and keeps his visit", async (t) => {
  const gateway = await startGateway(t);
  const browser = createBrowser();
  const { id, url } = await gateway.begin({ visit: { returnAddress: 'https://divar.ir/chat' } });
  await browser.open(url);
  await queryAsOwner(gateway.ownerUrl, 'update landing_health set down_since = now()');
  const page = await browser.open(url);
  t.is(page.status, 503);
  t.true(Buffer.byteLength(page.html) < 20_000);
  const [again = '', back] = linksOf(page.html);
  t.is(back, 'https://divar.ir/chat');
  t.is(await gateway.count('landing_codes'), 1);
  await queryAsOwner(gateway.ownerUrl, 'update landing_health set down_since = null');
  t.is((await browser.open(again)).status, 303);
  t.is((await gateway.load(id)).state, 'opened');
});

test.serial('the probe of one page says nothing about pages elsewhere', async (t) => {
  const pages = { POST_ADDON: 'https://elsewhere.example/' };
  const gateway = await startGateway(t, { landing: { pages } });
  await createBrowser().open((await gateway.begin()).url);
  await queryAsOwner(gateway.ownerUrl, 'update landing_health set down_since = now()');
  const { url } = await gateway.begin({ visit: { source: 'POST_ADDON' } });
  t.true((await createBrowser().open(url)).location.startsWith('https://elsewhere.example/?code='));
});

test.serial(
  'pages that a user reads are not kept, not framed, and tell nobody where he came from',
  async (t) => {
    const gateway = await startGateway(t);
    const page = await createBrowser().open(`${gateway.publicUrl}/s/x`);
    t.is(page.headers.get('cache-control'), 'no-store');
    t.is(page.headers.get('referrer-policy'), 'no-referrer');
    t.regex(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  },
);
