/**
 * «ارسال کالا»: an add-on for the chat of Divar, in one file, through the Peyvand gateway.
 *
 *   chat --tap--> gateway --> GET /?code=...  --exchange--> form --> POST /orders
 *        --message with a follow-up button--> complete --> back to the chat
 *   chat --button--> gateway --> GET /track?code=... --exchange--> the order
 *
 * Everything is kept in memory: a restart forgets orders. A real shop would use its database.
 */
import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import Koa from 'koa';

// ---------------------------------------------------------------- the gateway

/** Whole exchange, body included: longer than this and the user has left. */
const GATEWAY_TIMEOUT_MS = 10_000;

/** Calls the gateway. Never throws: no answer, or one that is not JSON, comes back as status 0. */
function createGateway({ gatewayUrl, apiKey, log }) {
  const call = async (path, body, idempotencyKey) => {
    try {
      const reply = await fetch(new URL(path, gatewayUrl), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(GATEWAY_TIMEOUT_MS),
      });
      return { status: reply.status, body: Object(await reply.json()) };
    } catch (error) {
      return { status: 0, body: { code: error.cause?.code ?? error.name } };
    }
  };
  return async (path, body, idempotencyKey) => {
    const reply = await call(path, body, idempotencyKey);
    const { code, request_id: requestId } = reply.body;
    if (reply.status < 200 || reply.status > 299)
      log(`gateway: ${path} ${reply.status} ${code} ${requestId}`);
    return reply;
  };
}

/** What we ask for when the user has not agreed yet: to write in this one chat. */
const SEND_SCOPES = { v1: ['CHAT_SEND_MESSAGE_OAUTH'], v2: ['CONVERSATION_SEND_MESSAGE.{conversation_id}'] };

/** The chat message that both sides see. The address stays with us: only the person who wrote it sees it again. */
const messageOf = ({ session, order }) => {
  const followUp = {
    caption: 'پیگیری ارسال',
    icon: 'LOCAL_SHIPPING',
    action: { open_session: { data: { order: order.id }, page: 'track' } },
  };
  return {
    session_id: session.id,
    text: `${WORDS[sideOf(session)].announced}\nزمان تحویل: ${order.window}\nکد پیگیری: ${order.id}`,
    sender_buttons: [[followUp]],
    receiver_buttons: [[followUp]],
    metadata: { order: order.id },
  };
};

// ---------------------------------------------------------------- visits and orders

const VISIT_SECONDS = 24 * 60 * 60;
/** Of visits and of orders; the oldest go first, so that nobody can fill our memory. */
const KEPT_COUNT = 10_000;

/** 144 random bits, in 24 characters. */
const newSecret = () => randomBytes(18).toString('base64url');
const BROWSER_ID = /^[\w-]{24}$/;

function createMemory() {
  const visits = new Map();
  const orders = new Map();
  const keep = (map, key, value) => {
    map.set(key, value);
    if (map.size > KEPT_COUNT) map.delete(map.keys().next().value);
    return value;
  };
  const findVisit = (browser, matches) =>
    browser === undefined
      ? undefined
      : [...visits.values()].find((visit) => visit.browser === browser && matches(visit));
  return {
    /** One browser may have several visits open at once, of several chats: each form names its own. */
    findVisit,
    /** The same session may land again, after a consent that we asked for: its order must not be lost. */
    openVisit({ browser, code, session }) {
      const known = findVisit(browser, (visit) => visit.session.id === session.id);
      if (known !== undefined) return Object.assign(known, { code, session });
      const id = newSecret();
      return keep(visits, id, { id, browser, code, session, order: undefined });
    },
    placeOrder(visit, { address, window }) {
      const { post_token: postToken, conversation_id: conversationId, user } = visit.session;
      const id = `P-${randomBytes(5).toString('hex').toUpperCase()}`;
      const by = user?.id ?? null;
      visit.order = keep(orders, id, {
        id,
        address,
        window,
        by,
        postToken,
        conversationId,
        attempt: 1,
        announced: false,
      });
    },
    /** The number alone is not enough: the visitor must come from a button, in the chat the order belongs to. */
    findOrder({ entry, data, post_token: postToken, conversation_id: conversationId }) {
      const order = entry === 'button' ? orders.get(data?.order) : undefined;
      return order?.postToken === postToken && order?.conversationId === conversationId ? order : undefined;
    },
  };
}

const sideOf = ({ user }) => (user?.side === 'supply' || user?.side === 'demand' ? user.side : 'unknown');
const hasChat = ({ conversation_id: conversationId, peer }) => Boolean(conversationId ?? peer?.id);

// ---------------------------------------------------------------- the form

const DAY_MS = 24 * 60 * 60 * 1000;
const ADDRESS_LENGTH = { min: 10, max: 300 };
const HOURS = [
  ['morning', 'ساعت ۹ تا ۱۲'],
  ['afternoon', 'ساعت ۱۴ تا ۱۸'],
];
const inTehran = (locale, options) =>
  new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Tehran', ...options });
const isoDay = inTehran('en-CA', { dateStyle: 'short' });
const weekday = inTehran('fa-IR', { weekday: 'long' });
const dayOfMonth = inTehran('fa-IR-u-ca-persian-nu-arabext', { day: 'numeric' });
const month = inTehran('fa-IR-u-ca-persian', { month: 'long' });

/** Tomorrow and the day after, as people in Tehran count days. */
const windowsAt = (now) =>
  [1, 2].flatMap((ahead) => {
    const day = new Date(now.getTime() + ahead * DAY_MS);
    const name = `${weekday.format(day)} ${dayOfMonth.format(day)} ${month.format(day)}`;
    return HOURS.map(([part, hours]) => ({
      value: `${isoDay.format(day)}-${part}`,
      label: `${name}، ${hours}`,
    }));
  });

/** Control characters and direction overrides could make one address look like another. */
const tidy = (text) => text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\s]+/gu, ' ').trim();

function checkOrder(form, now) {
  const address = tidy(form.get('address') ?? '');
  const chosen = windowsAt(now).find(({ value }) => value === form.get('window'));
  const issues = {};
  if (address.length < ADDRESS_LENGTH.min) issues.address = 'نشانی را کامل‌تر بنویسید؛ دست‌کم ۱۰ حرف.';
  if (address.length > ADDRESS_LENGTH.max) issues.address = 'نشانی را کوتاه‌تر بنویسید؛ حداکثر ۳۰۰ حرف.';
  if (chosen === undefined) issues.window = 'یکی از زمان‌ها را انتخاب کنید.';
  return {
    address,
    window: chosen?.label,
    choice: chosen?.value,
    issues,
    isValid: Object.keys(issues).length === 0,
  };
}

const FORM_BYTES = 16 * 1024;

async function readForm(ctx) {
  if (!ctx.is('application/x-www-form-urlencoded')) throw sorry(415, TEXTS.badForm);
  const chunks = [];
  let byteCount = 0;
  for await (const chunk of ctx.req) {
    byteCount += chunk.length;
    if (byteCount > FORM_BYTES) throw sorry(413, TEXTS.badForm);
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

// ---------------------------------------------------------------- HTTP

export function createShipping({
  gatewayUrl,
  apiKey,
  publicUrl,
  now = () => new Date(),
  log = console.error,
}) {
  const isHttps = publicUrl.startsWith('https:');
  const shop = { gateway: createGateway({ gatewayUrl, apiKey, log }), memory: createMemory(), now };
  const cookie = {
    name: isHttps ? '__Host-shipping' : 'shipping',
    attributes: `Path=/; HttpOnly; SameSite=Lax; Max-Age=${VISIT_SECONDS}${isHttps ? '; Secure' : ''}`,
  };

  const router = new Router();
  router.get('/', (ctx) => arrive(shop, ctx, renderOffer));
  router.get('/track', (ctx) => arrive(shop, ctx, renderTracking));
  router.post('/orders', (ctx) => order(shop, ctx));
  router.post('/consent', (ctx) => askAgain(shop, ctx));
  router.get('/style.css', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.type = 'css';
    ctx.body = STYLE;
  });

  const app = new Koa();
  app.use(async (ctx, next) => {
    ctx.set(securityHeaders(isHttps));
    const given = ctx.cookies.get(cookie.name);
    ctx.state.browser = BROWSER_ID.test(given ?? '') ? given : undefined;
    ctx.state.nameBrowser = () => {
      ctx.state.browser ??= newSecret();
      // By hand: Koa refuses Secure cookies when TLS ends at a proxy in front of us.
      ctx.append('Set-Cookie', `${cookie.name}=${ctx.state.browser}; ${cookie.attributes}`);
      return ctx.state.browser;
    };
    try {
      await next();
      if (ctx.status === 404 && !ctx.body) throw sorry(404, TEXTS.notFound);
    } catch (error) {
      if (error.page === undefined) log('request failed:', error);
      show(ctx, error.status ?? 500, renderText(error.page ?? TEXTS.broken, error.links));
    }
  });
  app.use(router.routes());
  return app;
}

/**
 * Browsers check `form-action` on every hop of the redirect that answers a form, and ours leads to the gateway and on
 * to Divar; so the scheme is what can be said. All else is closed.
 */
const securityHeaders = (isHttps) => ({
  'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' https:${isHttps ? '' : ' http:'}; base-uri 'none'; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
});

const sorry = (status, page, links = {}) => Object.assign(new Error(page.title), { status, page, links });

function show(ctx, status, page) {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = page.text;
}

function leave(ctx, address) {
  if (!isWebAddress(address)) throw sorry(502, TEXTS.broken);
  ctx.status = 303;
  ctx.set('Location', address);
  ctx.body = '';
}

/** The user lands here with a one-time code. A reload brings a spent one, which we still know for this browser. */
async function arrive({ gateway, memory, now }, ctx, render) {
  const { code } = ctx.query;
  if (ctx.method === 'HEAD') return show(ctx, 200, renderText(TEXTS.welcome));
  if (code === undefined) return show(ctx, 200, renderText(TEXTS.welcome));
  if (typeof code !== 'string' || code.length > 512) throw sorry(410, TEXTS.spent);
  let visit = memory.findVisit(ctx.state.browser, (known) => known.code === code);
  if (visit === undefined) {
    const { status, body } = await gateway('/v1/sessions/exchange', { code });
    if (status === 400 || status === 404 || status === 410) throw sorry(410, TEXTS.spent);
    if (status !== 200 || typeof body.session?.id !== 'string') throw sorry(503, TEXTS.unavailable);
    visit = memory.openVisit({ browser: ctx.state.nameBrowser(), code, session: body.session });
  }
  show(ctx, 200, render({ visit, order: memory.findOrder(visit.session), now: now() }));
}

async function ownVisit({ memory }, ctx) {
  const form = await readForm(ctx);
  const visit = memory.findVisit(ctx.state.browser, ({ id }) => id === form.get('visit'));
  if (visit === undefined) throw sorry(410, TEXTS.oldWindow);
  return { form, visit };
}

/** Saves the order once, then tells the chat. What failed may be tried again: the key keeps it one message. */
async function order(shop, ctx) {
  const { form, visit } = await ownVisit(shop, ctx);
  if (visit.order === undefined) {
    const now = shop.now();
    const draft = checkOrder(form, now);
    if (!draft.isValid) return show(ctx, 422, renderForm({ visit, draft, now }));
    shop.memory.placeOrder(visit, draft);
  }
  const { session, order: placed } = visit;
  if (!placed.announced) {
    const key = `order-${placed.id}-${placed.attempt}`;
    const { status, body } = await shop.gateway('/v1/messages', messageOf(visit), key);
    if (status === 409 && body.code === 'consent_required') {
      // This key has had its answer; after the consent we ask anew.
      placed.attempt += 1;
      return show(ctx, 200, renderConsent(visit, TEXTS.needsConsent));
    }
    if (status !== 202) return show(ctx, 503, renderUnsent(visit, body.request_id));
    placed.announced = true;
  }
  const completed = await shop.gateway(`/v1/sessions/${encodeURIComponent(session.id)}/complete`, {});
  leave(ctx, completed.body.return_url ?? session.return_url);
}

async function askAgain(shop, ctx) {
  const { visit } = await ownVisit(shop, ctx);
  const { id, generation, return_url: back } = visit.session;
  const scopes = SEND_SCOPES[generation] ?? SEND_SCOPES.v2;
  const { status, body } = await shop.gateway(`/v1/sessions/${encodeURIComponent(id)}/consent`, { scopes });
  if (status === 409) throw sorry(409, TEXTS.oldWindow, { back });
  if (status < 200 || status > 299) throw sorry(503, TEXTS.unavailable, { back });
  leave(ctx, body.url);
}

// ---------------------------------------------------------------- words

const WORDS = {
  supply: {
    title: 'ارسال کالا برای خریدار',
    intro: 'کالا را از شما می‌گیریم و به دست خریدار می‌رسانیم. نشانی گیرنده و زمان تحویل را بنویسید.',
    address: 'نشانی گیرنده',
    submit: 'ثبت ارسال',
    announced: 'ارسال کالا با پیک ثبت شد.',
  },
  demand: {
    title: 'دریافت کالا با پیک',
    intro: 'کالا را از فروشنده می‌گیریم و به دست شما می‌رسانیم. نشانی خود و زمان تحویل را بنویسید.',
    address: 'نشانی تحویل',
    submit: 'ثبت درخواست',
    announced: 'درخواست دریافت کالا با پیک ثبت شد.',
  },
  unknown: {
    title: 'ارسال کالا',
    intro: 'کالا را از فروشنده می‌گیریم و به دست خریدار می‌رسانیم. نشانی گیرنده و زمان تحویل را بنویسید.',
    address: 'نشانی گیرنده',
    submit: 'ثبت سفارش',
    announced: 'سفارش ارسال کالا ثبت شد.',
  },
};

const TEXTS = {
  welcome: {
    title: 'ارسال کالا',
    text: 'این صفحه از داخل چت دیوار باز می‌شود: در چت یک آگهی، منوی افزونه‌ها را باز کنید و «ارسال کالا» را بزنید.',
  },
  spent: {
    title: 'این پیوند دیگر باز نمی‌شود',
    text: 'هر پیوند فقط یک بار و تا مدت کوتاهی کار می‌کند. به چت دیوار برگردید و دوباره «ارسال کالا» را بزنید.',
  },
  oldWindow: {
    title: 'زمان این پنجره گذشته است',
    text: 'چیزی ثبت نشد. به چت دیوار برگردید و دوباره «ارسال کالا» را بزنید.',
  },
  noChat: {
    title: 'چتی در کار نیست',
    text: 'ارسال کالا میان دو طرف یک چت است و این بازدید از چت نیامده. آن را از داخل چت همین آگهی باز کنید.',
  },
  denied: {
    title: 'بدون اجازهٔ شما پیامی نمی‌فرستیم',
    text: 'اجازه ندادید که در این چت پیام بفرستیم. برای ثبت ارسال، باید نتیجه را به هر دو طرف خبر بدهیم؛ جز آن پیام چیزی نمی‌فرستیم.',
  },
  failed: {
    title: 'گرفتن اجازه کامل نشد',
    text: 'برای خبر دادن نتیجه در چت به اجازهٔ شما نیاز داریم و این بار گرفته نشد. می‌توانید دوباره امتحان کنید.',
  },
  needsConsent: {
    title: 'یک اجازه مانده است',
    text: 'سفارش شما نگه داشته شد. برای این که نتیجه را در چت به هر دو طرف خبر بدهیم، به اجازهٔ شما نیاز داریم.',
  },
  unsent: {
    title: 'پیام هنوز فرستاده نشده است',
    text: 'سفارش شما نگه داشته شد، ولی خبر آن هنوز به چت نرسیده است. چند لحظهٔ دیگر دوباره بفرستید؛ پیام تکراری نمی‌شود.',
  },
  resumed: {
    title: 'سفارش شما آمادهٔ ثبت است',
    text: 'سفارش نگه داشته شده است؛ فقط مانده که در چت خبر بدهیم.',
  },
  placed: {
    title: 'سفارش شما ثبت شده است',
    text: 'خبر آن در چت است و هر دو طرف می‌توانند آن را پیگیری کنند.',
  },
  noOrder: {
    title: 'این سفارش پیدا نشد',
    text: 'شاید مهلت آن گذشته باشد، یا مال این چت نباشد. می‌توانید از داخل چت سفارش تازه‌ای ثبت کنید.',
  },
  unavailable: {
    title: 'الان نمی‌توانیم ادامه بدهیم',
    text: 'ارتباط با دیوار برقرار نشد. چند لحظهٔ دیگر صفحه را تازه کنید یا از چت دوباره وارد شوید.',
  },
  badForm: { title: 'فرم درست نرسید', text: 'چیزی ثبت نشد. به صفحهٔ پیش برگردید و دوباره امتحان کنید.' },
  notFound: { title: 'چنین صفحه‌ای نیست', text: 'به چت دیوار برگردید و از آن‌جا «ارسال کالا» را بزنید.' },
  broken: { title: 'مشکلی پیش آمد', text: 'مشکل از سمت ماست. کمی بعد از چت دوباره وارد شوید.' },
};

// ---------------------------------------------------------------- pages

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Markup that needs no escaping, because `html` made it. */
class Markup {
  constructor(text) {
    this.text = text;
  }
}

const toText = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(toText).join('');
  return value === undefined ? '' : String(value).replace(/[&<>"']/g, (mark) => ENTITIES[mark]);
};

/** Whatever stands in `${}` is escaped, unless it is Markup itself. */
const html = (strings, ...values) => new Markup(String.raw({ raw: strings }, ...values.map(toText)));

function isWebAddress(address) {
  return typeof address === 'string' && /^https?:\/\//i.test(address) && URL.canParse(address);
}

const page = (title, ...body) => html`<!doctype html>
<html lang="fa" dir="rtl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ارسال کالا</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><path d="M3 9h15v12H3zM18 13h6l5 5v3H18z"/><circle cx="10" cy="22" r="3"/><circle cx="23" cy="22" r="3"/></svg><span>پیک پیوند</span></header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;

const backTo = (address, look = 'quiet') =>
  isWebAddress(address)
    ? html`<p><a class="button ${look}" href="${address}">بازگشت به دیوار</a></p>`
    : undefined;

/** A form with one button, for what needs nothing but the visit itself. */
const act = (visit, action, label) =>
  html`<form method="post" action="${action}"><input type="hidden" name="visit" value="${visit.id}"><button class="button">${label}</button></form>`;

const renderText = ({ title, text }, { back } = {}) => page(title, html`<p>${text}</p>`, backTo(back));

const renderConsent = (visit, { title, text }) =>
  page(title, html`<p>${text}</p>`, act(visit, '/consent', 'اجازه می‌دهم'), backTo(visit.session.return_url));

const renderUnsent = (visit, requestId) =>
  page(
    TEXTS.unsent.title,
    html`<p role="alert">${TEXTS.unsent.text}</p>`,
    act(visit, '/orders', 'دوباره بفرست'),
    backTo(visit.session.return_url),
    requestId === undefined
      ? undefined
      : html`<p class="small">کد پیگیری مشکل: <bdi dir="ltr">${requestId}</bdi></p>`,
  );

/** What the landing shows: it depends on how far this visit has come. */
function renderOffer({ visit, now }) {
  const { session, order: placed } = visit;
  if (placed?.announced)
    return page(
      TEXTS.placed.title,
      html`<p>${TEXTS.placed.text}</p>`,
      details(visit, placed),
      backTo(session.return_url, 'main'),
    );
  if (!hasChat(session)) return renderText(TEXTS.noChat, { back: session.return_url });
  if (session.consent === 'denied' || session.consent === 'failed')
    return renderConsent(visit, TEXTS[session.consent]);
  if (placed !== undefined) {
    return page(
      TEXTS.resumed.title,
      html`<p>${TEXTS.resumed.text}</p>`,
      details(visit, placed),
      act(visit, '/orders', 'ثبت و خبر دادن در چت'),
    );
  }
  return renderForm({ visit, now });
}

function renderForm({ visit, now, draft = { issues: {} } }) {
  const words = WORDS[sideOf(visit.session)];
  const { issues } = draft;
  const issue = (name) =>
    issues[name] === undefined ? undefined : html`<p class="issue" id="${name}-issue">${issues[name]}</p>`;
  const described = (name) =>
    issues[name] === undefined ? undefined : html` aria-invalid="true" aria-describedby="${name}-issue"`;
  const choices = windowsAt(now).map(
    ({ value, label }) =>
      html`<label class="choice"><input type="radio" name="window" value="${value}" required${value === draft.choice ? html` checked` : undefined}><span>${label}</span></label>`,
  );
  return page(
    words.title,
    html`<p>${words.intro}</p>`,
    Object.keys(issues).length > 0
      ? html`<p role="alert">چند مورد را درست کنید و دوباره بفرستید.</p>`
      : undefined,
    html`<form method="post" action="/orders">
<input type="hidden" name="visit" value="${visit.id}">
<label for="address">${words.address}</label>
<textarea id="address" name="address" rows="3" required minlength="${ADDRESS_LENGTH.min}" maxlength="${ADDRESS_LENGTH.max}" autocomplete="street-address"${described('address')}>
${draft.address}</textarea>
${issue('address')}
<fieldset${described('window')}><legend>زمان تحویل</legend>
${choices}
</fieldset>
${issue('window')}
<button class="button">${words.submit}</button>
</form>`,
    backTo(visit.session.return_url),
    html`<p class="small">پس از ثبت، نتیجه با دکمهٔ پیگیری در چت می‌آید. نشانی در چت نوشته نمی‌شود.</p>`,
  );
}

/** The address is shown to the person who wrote it, not to the other side of the chat. */
const details = ({ session }, { id, window, address, by }) => html`<dl>
<dt>کد پیگیری</dt><dd><bdi dir="ltr">${id}</bdi></dd>
<dt>زمان تحویل</dt><dd>${window}</dd>
<dt>نشانی</dt><dd>${by !== null && by === session.user?.id ? html`<bdi>${address}</bdi>` : 'فقط برای ثبت‌کنندهٔ سفارش نمایش داده می‌شود'}</dd>
</dl>`;

function renderTracking({ visit, order: tracked }) {
  const { return_url: back } = visit.session;
  if (tracked === undefined) return renderText(TEXTS.noOrder, { back });
  return page(
    'پیگیری ارسال',
    html`<ol><li aria-current="step">ثبت شد</li><li>دریافت از فروشنده</li><li>تحویل به خریدار</li></ol>`,
    details(visit, tracked),
    backTo(back, 'main'),
  );
}

const STYLE = `
:root{--ground:#f3f6f5;--card:#fff;--ink:#17251f;--quiet:#54645c;--line:#cfd9d4;--brand:#0b6b4f;--on-brand:#fff;--issue:#a3261b}
@media (prefers-color-scheme:dark){:root{--ground:#101715;--card:#18211e;--ink:#e9f0ed;--quiet:#a5b5ad;--line:#34433d;--brand:#6fd3ae;--on-brand:#0c1f18;--issue:#ffb0a6}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;padding:16px;background:var(--ground);color:var(--ink);font:16px/1.85 Vazirmatn,Vazir,"Noto Sans Arabic","Segoe UI",Tahoma,sans-serif}
header{display:flex;align-items:center;gap:8px;max-width:480px;margin:0 auto 12px;color:var(--brand);font-weight:700}
header svg{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;transform:scaleX(-1)}
header svg circle{fill:var(--ground)}
main{max-width:480px;margin:0 auto;padding:20px;background:var(--card);border:1px solid var(--line);border-radius:16px;overflow-wrap:anywhere}
h1{margin:0 0 8px;font-size:22px;line-height:1.5}
p{margin:0 0 16px}
label,legend{display:block;font-weight:700;padding:0}
textarea{display:block;width:100%;margin:4px 0 16px;padding:10px 12px;border:1px solid var(--quiet);border-radius:10px;background:transparent;color:inherit;font:inherit;resize:vertical}
fieldset{min-width:0;margin:0 0 16px;padding:0;border:0}
.choice{display:flex;align-items:center;gap:10px;min-height:48px;margin-top:8px;padding:8px 12px;border:1px solid var(--line);border-radius:10px;font-weight:400;cursor:pointer}
.choice:has(:checked){border-color:var(--brand);box-shadow:inset 0 0 0 1px var(--brand)}
input[type=radio]{flex:none;width:20px;height:20px;margin:0;accent-color:var(--brand)}
.button{display:block;width:100%;min-height:48px;padding:10px 16px;border:1px solid var(--brand);border-radius:10px;background:var(--brand);color:var(--on-brand);font:inherit;font-weight:700;text-align:center;text-decoration:none;cursor:pointer}
.quiet{background:transparent;color:var(--brand)}
form+p{margin-top:12px}
main>:last-child{margin-bottom:0}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
.issue,[role=alert]{color:var(--issue)}
.issue{margin-top:-8px}
[aria-invalid=true]{border-color:var(--issue)}
.small{color:var(--quiet);font-size:14px}
dl{margin:0 0 20px}
dt{color:var(--quiet);font-size:14px}
dd{margin:0 0 10px}
ol{display:flex;margin:16px 0 20px;padding:0;list-style:none;font-size:14px;text-align:center}
li{flex:1;padding-top:12px;border-top:4px solid var(--line);color:var(--quiet)}
[aria-current]{border-color:var(--brand);color:var(--ink);font-weight:700}
`;

// ---------------------------------------------------------------- start

function start({ PEYVAND_URL, PEYVAND_API_KEY, PORT = '3002', PUBLIC_URL = `http://localhost:${PORT}` }) {
  if (!PEYVAND_URL || !PEYVAND_API_KEY) {
    console.error('Set PEYVAND_URL (the gateway) and PEYVAND_API_KEY (pvd_..., printed by `cli provision`).');
    process.exitCode = 1;
    return;
  }
  const app = createShipping({ gatewayUrl: PEYVAND_URL, apiKey: PEYVAND_API_KEY, publicUrl: PUBLIC_URL });
  const server = app.listen(Number(PORT), () => console.log(`shipping: ${PUBLIC_URL}`));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  start(process.env);
