import type { RequestListener } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { startServer } from '../helpers/http.ts';
import {
  API_KEY,
  CONSENT_REQUIRED,
  CONSENT_URL,
  type FakeGateway,
  RETURN_URL,
  sessionOf,
  startFakeGateway,
  UNAVAILABLE,
} from './fake-gateway.ts';

interface Shop {
  gatewayUrl: string;
  apiKey: string;
  publicUrl: string;
  now?: () => Date;
  log?: (...parts: unknown[]) => void;
}

/** The example is plain JavaScript, as its readers write theirs. */
const { createShipping } = (await import(
  new URL('../../examples/shipping/server.js', import.meta.url).href
)) as {
  createShipping(shop: Shop): { callback(): RequestListener };
};

const NOW = new Date('2026-11-24T10:00:00Z');
const WINDOW = '2026-11-25-morning';
const ADDRESS = 'تهران، خیابان ولیعصر، پلاک ۱۲، واحد ۳';

async function startShop(t: ExecutionContext, options: { gatewayUrl: string; publicUrl?: string }) {
  const log: string[] = [];
  const app = createShipping({
    apiKey: API_KEY,
    publicUrl: 'http://localhost',
    now: () => NOW,
    log: (...parts) => log.push(parts.join(' ')),
    ...options,
  });
  const server = await startServer(app.callback());
  t.teardown(() => server.close());
  return { url: server.url, log };
}

/** A browser without scripts: keeps one cookie, follows nothing. */
function openBrowser(shopUrl: string) {
  let cookie: string | undefined;
  const go = async (path: string, init: RequestInit = {}) => {
    const reply = await fetch(shopUrl + path, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie === undefined ? {} : { cookie }), ...init.headers },
    });
    const setCookie = reply.headers.get('set-cookie');
    cookie = setCookie?.split(';')[0] ?? cookie;
    return { status: reply.status, headers: reply.headers, setCookie, html: await reply.text() };
  };
  const submit = (path: string, fields: Record<string, string>) =>
    go(path, { method: 'POST', body: new URLSearchParams(fields) });
  return { go, submit };
}

const visitOf = (html: string) => /name="visit" value="([\w-]+)"/.exec(html)?.[1] ?? '';

/** The number of the order that the chat was told about. */
const orderIn = ({ calls }: FakeGateway): string =>
  String(Object(calls.find(({ what }) => what === 'message')?.body.metadata).order);

async function setup(t: ExecutionContext, changes: Record<string, unknown> = {}) {
  const gateway = await startFakeGateway(t);
  gateway.codes.set('code-1', sessionOf(changes));
  const shop = await startShop(t, { gatewayUrl: gateway.url });
  const browser = openBrowser(shop.url);
  return { gateway, shop, ...browser };
}

async function setupForm(t: ExecutionContext, changes: Record<string, unknown> = {}) {
  const all = await setup(t, changes);
  const landing = await all.go('/?code=code-1');
  const visit = visitOf(landing.html);
  const place = (fields: Record<string, string> = {}) =>
    all.submit('/orders', { visit, address: ADDRESS, window: WINDOW, ...fields });
  return { ...all, landing, visit, place };
}

test('exchanges the code and shows the form in the words of each side', async (t) => {
  const seller = await setupForm(t);
  const buyer = await setupForm(t, { user: { id: 'buyer', side: 'demand' } });
  const unknown = await setupForm(t, { user: { id: null, side: null } });

  t.is(seller.landing.status, 200);
  t.regex(seller.landing.html, /<html lang="fa" dir="rtl">/);
  t.regex(seller.landing.html, /<h1>ارسال کالا برای خریدار<\/h1>/);
  t.regex(buyer.landing.html, /<h1>دریافت کالا با پیک<\/h1>/);
  t.regex(unknown.landing.html, /<h1>ارسال کالا<\/h1>/);
  t.deepEqual(seller.gateway.calls, [
    { what: 'exchange', body: { code: 'code-1' }, key: undefined, session: undefined },
  ]);
});

test('keeps the session behind an opaque cookie that scripts cannot read', async (t) => {
  const { landing } = await setupForm(t);
  t.regex(landing.setCookie ?? '', /^shipping=[\w-]{24}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400$/);
  t.notRegex(landing.html, /ses_01seller|pvd_test_/);

  const gateway = await startFakeGateway(t);
  gateway.codes.set('code-1', sessionOf());
  const shop = await startShop(t, { gatewayUrl: gateway.url, publicUrl: 'https://shop.example' });
  const { setCookie } = await openBrowser(shop.url).go('/?code=code-1');
  t.regex(setCookie ?? '', /^__Host-shipping=[\w-]{24}; .*; Secure$/);
});

test('sends a strict policy with every page, and neither script nor inline style', async (t) => {
  const { landing, go } = await setupForm(t);
  for (const page of [landing, await go('/'), await go('/nowhere'), await go('/?code=spent')]) {
    const policy = page.headers.get('content-security-policy') ?? '';
    t.regex(policy, /default-src 'none'; style-src 'self'/);
    t.regex(policy, /base-uri 'none'; frame-ancestors 'none'/);
    t.notRegex(policy, /unsafe|script-src/);
    t.notRegex(page.html, /<script|<style|\sstyle=|\son\w+=|src="http/);
    t.is(page.headers.get('cache-control'), 'no-store');
    t.is(page.headers.get('x-content-type-options'), 'nosniff');
  }
});

test('an order sends one message with a follow-up button for both sides, completes the visit and leads back', async (t) => {
  const { gateway, place } = await setupForm(t);
  const reply = await place();

  t.is(reply.status, 303);
  t.is(reply.headers.get('location'), RETURN_URL);
  const [, message, complete] = gateway.calls;
  const order = orderIn(gateway);
  const button = {
    caption: 'پیگیری ارسال',
    icon: 'LOCAL_SHIPPING',
    action: { open_session: { data: { order }, page: 'track' } },
  };
  t.deepEqual(message, {
    what: 'message',
    session: undefined,
    key: `order-${order}-1`,
    body: {
      session_id: 'ses_01seller',
      text: `ارسال کالا با پیک ثبت شد.\nزمان تحویل: چهارشنبه ۴ آذر، ساعت ۹ تا ۱۲\nکد پیگیری: ${order}`,
      sender_buttons: [[button]],
      receiver_buttons: [[button]],
      metadata: { order },
    },
  });
  t.deepEqual(complete, { what: 'complete', session: 'ses_01seller', key: undefined, body: {} });
});

test('an order placed twice sends one message', async (t) => {
  const { gateway, place } = await setupForm(t);
  await place();
  const again = await place({ address: 'نشانی دیگری که نباید فرستاده شود' });
  t.is(again.status, 303);
  t.is(gateway.calls.filter(({ what }) => what === 'message').length, 1);
});

test('a message that the gateway did not take is tried again with the same key and body', async (t) => {
  const { gateway, place, submit, visit } = await setupForm(t);
  gateway.faults.set('message', [UNAVAILABLE]);
  const failed = await place();
  t.is(failed.status, 503);
  t.regex(failed.html, /پیام هنوز فرستاده نشده است[\s\S]*req_1/);
  t.true(gateway.calls.every(({ what }) => what !== 'complete'));

  const again = await submit('/orders', { visit: visitOf(failed.html) });
  t.is(again.status, 303);
  t.is(visitOf(failed.html), visit);
  const [first, second] = gateway.calls.filter(({ what }) => what === 'message');
  t.deepEqual(first, second);
});

test('the follow-up button shows the order, its state and the way back to Divar', async (t) => {
  const { gateway, shop, place } = await setupForm(t);
  await place();
  const order = orderIn(gateway);
  const button = { id: 'ses_02', entry: 'button', data: { order } };
  gateway.codes.set('own', sessionOf(button));
  gateway.codes.set('peer', sessionOf({ ...button, id: 'ses_03', user: { id: 'buyer', side: 'demand' } }));

  const own = await openBrowser(shop.url).go('/track?code=own');
  t.is(own.status, 200);
  t.true(own.html.includes(order));
  t.true(own.html.includes(ADDRESS));
  t.regex(own.html, /aria-current="step">ثبت شد/);
  t.true(own.html.includes(`href="${RETURN_URL}"`));

  const peer = await openBrowser(shop.url).go('/track?code=peer');
  t.true(peer.html.includes(order));
  t.false(peer.html.includes(ADDRESS));
});

test('an order is not shown to another chat, nor to a number that stood in a direct link', async (t) => {
  const { gateway, go, place } = await setupForm(t);
  await place();
  const order = orderIn(gateway);
  const attempts = {
    chat: { id: 'ses_4', entry: 'button', data: { order }, conversation_id: 'another' },
    post: { id: 'ses_5', entry: 'button', data: { order }, post_token: 'another' },
    link: { id: 'ses_6', entry: 'direct_link', data: { order } },
    odd: { id: 'ses_7', entry: 'button', data: { order: { toString: 'x' } } },
    none: { id: 'ses_8', entry: 'button', data: null },
  };
  for (const [code, changes] of Object.entries(attempts)) {
    gateway.codes.set(code, sessionOf(changes));
    const { status, html } = await go(`/track?code=${code}`);
    t.is(status, 200);
    t.regex(html, /این سفارش پیدا نشد/, code);
  }
});

test('a denied consent is explained, and asking again leads to the consent page', async (t) => {
  const { gateway, landing, submit, visit } = await setupForm(t, { consent: 'denied' });
  t.regex(landing.html, /بدون اجازهٔ شما پیامی نمی‌فرستیم/);
  t.notRegex(landing.html, /<textarea/);
  t.true(landing.html.includes(`href="${RETURN_URL}"`));

  const reply = await submit('/consent', { visit });
  t.is(reply.status, 303);
  t.is(reply.headers.get('location'), CONSENT_URL);
  t.deepEqual(gateway.calls.at(-1), {
    what: 'consent',
    session: 'ses_01seller',
    key: undefined,
    body: { scopes: ['CONVERSATION_SEND_MESSAGE.{conversation_id}'] },
  });
});

test('a visit of the first generation asks for the scope of its generation', async (t) => {
  const { gateway, submit, visit } = await setupForm(t, { consent: 'denied', generation: 'v1' });
  await submit('/consent', { visit });
  t.deepEqual(gateway.calls.at(-1)?.body, { scopes: ['CHAT_SEND_MESSAGE_OAUTH'] });
});

test('an order that lacks the consent is kept, and goes out after the user has agreed', async (t) => {
  const { gateway, go, place, submit } = await setupForm(t, { consent: 'none' });
  gateway.faults.set('message', [CONSENT_REQUIRED]);
  const asked = await place();
  t.is(asked.status, 200);
  t.regex(asked.html, /یک اجازه مانده است/);
  t.is((await submit('/consent', { visit: visitOf(asked.html) })).headers.get('location'), CONSENT_URL);

  gateway.codes.set('code-2', sessionOf());
  const back = await go('/?code=code-2');
  t.regex(back.html, /سفارش شما آمادهٔ ثبت است/);
  t.is((await submit('/orders', { visit: visitOf(back.html) })).status, 303);
  const [refused, sent] = gateway.calls.filter(({ what }) => what === 'message');
  t.deepEqual(refused?.body, sent?.body);
  t.not(refused?.key, sent?.key);
});

test('a reload with the spent code shows the same page to the same browser, and a kind word to any other', async (t) => {
  const { gateway, shop, go, landing, place } = await setupForm(t);
  const reload = await go('/?code=code-1');
  t.is(reload.html, landing.html);
  t.is(gateway.calls.length, 1);

  const stranger = await openBrowser(shop.url).go('/?code=code-1');
  t.is(stranger.status, 410);
  t.regex(stranger.html, /این پیوند دیگر باز نمی‌شود/);
  t.is(stranger.setCookie, null);

  await place();
  t.regex((await go('/?code=code-1')).html, /سفارش شما ثبت شده است/);
});

test('a HEAD request, as link previews send it, spends no code', async (t) => {
  const { gateway, go } = await setup(t);
  t.is((await go('/?code=code-1', { method: 'HEAD' })).status, 200);
  t.deepEqual(gateway.calls, []);
});

test('two visits at once in one browser do not mix', async (t) => {
  const { gateway, go, submit, landing } = await setupForm(t);
  gateway.codes.set(
    'other',
    sessionOf({ id: 'ses_09', user: { id: 'buyer', side: 'demand' }, post_token: 'gZk81mQv' }),
  );
  await go('/?code=other');
  await submit('/orders', { visit: visitOf(landing.html), address: ADDRESS, window: WINDOW });
  t.is(gateway.calls.find(({ what }) => what === 'message')?.body.session_id, 'ses_01seller');
});

test('the visit of another browser cannot be used', async (t) => {
  const { gateway, shop, visit } = await setupForm(t);
  const thief = openBrowser(shop.url);
  gateway.codes.set('thief', sessionOf({ id: 'ses_10' }));
  await thief.go('/?code=thief');
  for (const path of ['/orders', '/consent']) {
    const { status, html } = await thief.submit(path, { visit, address: ADDRESS, window: WINDOW });
    t.is(status, 410);
    t.regex(html, /زمان این پنجره گذشته است/);
  }
  t.is((await openBrowser(shop.url).submit('/orders', { visit })).status, 410);
  t.true(gateway.calls.every(({ what }) => what === 'exchange'));
});

test('hostile input stays text, in the form and in the order', async (t) => {
  const { gateway, go, place } = await setupForm(t);
  const hostile = `"></textarea><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'\u202eabc`;
  const again = await place({ address: hostile, window: '"><svg onload=alert(1)>' });
  t.is(again.status, 422);
  t.regex(again.html, /id="window-issue"/);
  t.regex(again.html, /&quot;&gt;&lt;\/textarea&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  t.notRegex(again.html, /<script|<img|<svg onload|\u202e/);
  t.is(gateway.calls.length, 1);

  await place({ address: hostile });
  const done = await go('/?code=code-1');
  t.regex(done.html, /<bdi>&quot;&gt;&lt;\/textarea&gt;/);
  t.notRegex(done.html, /<script|<img|\u202e/);
});

test('a session whose fields are not what they should be breaks no page', async (t) => {
  const { landing } = await setupForm(t, {
    user: { id: { text: '<script>' }, side: '<script>' },
    return_url: 'javascript:alert(1)',
    data: '<script>',
  });
  t.is(landing.status, 200);
  t.notRegex(landing.html, /<script|javascript:/);
});

test('says what is wrong with an address and keeps what was written', async (t) => {
  const { place } = await setupForm(t);
  const short = await place({ address: 'تهران' });
  t.is(short.status, 422);
  t.regex(short.html, /aria-invalid="true" aria-describedby="address-issue"[\s\S]*>\nتهران<\/textarea>/);
  t.regex(short.html, new RegExp(`value="${WINDOW}" required checked`));
  t.regex((await place({ address: 'ن'.repeat(301) })).html, /حداکثر ۳۰۰ حرف/);
  t.regex((await place({ window: '2026-11-24-morning' })).html, /یکی از زمان‌ها را انتخاب کنید/);
});

test('refuses bodies that are no form or too large', async (t) => {
  const { go, gateway, visit } = await setupForm(t);
  const json = await go('/orders', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  t.is(json.status, 415);
  const large = await go('/orders', {
    method: 'POST',
    body: new URLSearchParams({ visit, address: 'x'.repeat(20_000) }),
  });
  t.is(large.status, 413);
  t.is(gateway.calls.length, 1);
});

test('explains itself without a code, to a visit without a chat, and at an unknown address', async (t) => {
  const { go } = await setup(t);
  t.regex((await go('/')).html, /این صفحه از داخل چت دیوار باز می‌شود/);
  t.is((await go('/?code=a&code=b')).status, 410);
  t.is((await go('/nowhere')).status, 404);
  const alone = await setupForm(t, { entry: 'direct_link', conversation_id: null, peer: { id: null } });
  t.regex(alone.landing.html, /چتی در کار نیست/);
});

test('a gateway that is away or answers nonsense gives a kind page and a line in the log without secrets', async (t) => {
  const { gateway, go, shop } = await setup(t);
  gateway.faults.set('exchange', [UNAVAILABLE, { status: 200, body: { session: 'nonsense' } }]);
  t.is((await go('/?code=code-1')).status, 503);
  t.is((await go('/?code=code-1')).status, 503);
  t.deepEqual(shop.log, ['gateway: /v1/sessions/exchange 503 unavailable req_1']);

  const away = await startShop(t, { gatewayUrl: 'http://127.0.0.1:1' });
  const reply = await openBrowser(away.url).go('/?code=code-1');
  t.is(reply.status, 503);
  t.regex(reply.html, /الان نمی‌توانیم ادامه بدهیم/);
  t.regex(away.log.join(), /^gateway: \/v1\/sessions\/exchange 0 /);
  t.notRegex(away.log.join(), /pvd_test_|code-1/);
});

test('the user goes back to Divar although the visit could not be completed', async (t) => {
  const { gateway, place } = await setupForm(t);
  gateway.faults.set('complete', [UNAVAILABLE]);
  const reply = await place();
  t.is(reply.status, 303);
  t.is(reply.headers.get('location'), RETURN_URL);
});
