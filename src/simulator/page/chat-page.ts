import { PEOPLE } from '../cast.ts';
import { otherSide, type Post, type Side } from '../world.ts';
import { ICON_SHEET, icon } from './icons.ts';
import { escapeHtml, renderPage } from './shell.ts';

const ROLES: Record<Side, string> = { seller: 'فروشنده (آگهی‌گذار)', buyer: 'خریدار' };

/** One phone. The script fills the log, the sheet and the toast; everything else stands still. */
const renderPhone = (side: Side): string => `
<section class="side side-${side}" id="side-${side}" data-side="${side}" aria-labelledby="title-${side}">
<h2 id="title-${side}">${icon('phone')} ${ROLES[side]} <span class="muted">${PEOPLE[side].name}</span></h2>
<div class="phone">
  <div class="status" aria-hidden="true"><span data-part="time"></span><span class="status-icons">${icon('signal')}${icon('battery')}</span></div>
  <header class="chat-head">
    <span class="head-icon" aria-hidden="true">${icon('back')}</span>
    <span class="avatar" aria-hidden="true">${PEOPLE[otherSide(side)].name.slice(0, 1)}</span>
    <span class="peer"><strong data-part="peer"></strong><small data-part="presence"></small></span>
    <details class="menu"><summary aria-label="کارهای بیشتر، گوشی ${ROLES[side]}">${icon('dots')}</summary>
      <div class="menu-items">
        <button type="button" data-do="post">باز کردن افزونه از صفحهٔ آگهی</button>
        <button type="button" data-do="block" aria-pressed="false">مسدود کردن طرف مقابل</button>
        <button type="button" data-do="revoke">لغو اجازهٔ افزونه‌ها</button>
      </div></details>
  </header>
  <div class="post-strip"><span class="thumb" aria-hidden="true">${icon('photo')}</span>
    <span class="post-text"><strong data-part="post"></strong><small data-part="price"></small></span></div>
  <div class="log" role="log" aria-label="پیام‌های گوشی ${ROLES[side]}" tabindex="0" data-part="log"></div>
  <form class="composer" data-part="composer" autocomplete="off">
    <button type="submit" class="round send" aria-label="فرستادن">${icon('send')}</button>
    <span class="round mic" aria-hidden="true">${icon('mic')}</span>
    <label class="hidden" for="text-${side}">پیام ${ROLES[side]}</label>
    <textarea id="text-${side}" name="text" rows="1" dir="auto" maxlength="4000" placeholder="متنی بنویسید…"></textarea>
    <span class="round" aria-hidden="true">${icon('clip')}</span>
    <button type="button" class="round puzzle" data-do="sheet" aria-haspopup="dialog" aria-label="افزونه‌های چت دیوار">${icon('puzzle')}</button>
  </form>
  <div class="sheet-back" data-part="sheet-back" hidden></div>
  <div class="sheet" data-part="sheet" role="dialog" aria-label="افزونه‌های چت دیوار" tabindex="-1" hidden></div>
  <div class="toast" data-part="toast" role="alert"></div>
</div>
</section>`;

const TABS: [string, string][] = [
  ['seller', 'فروشنده'],
  ['buyer', 'خریدار'],
  ['trace', 'ردگیری'],
];

const renderTabs = (): string =>
  `<nav class="tabs" aria-label="نما">${TABS.map(
    ([name, text], index) =>
      `<button type="button" data-tab="${name}" aria-pressed="${index === 0}">${text}</button>`,
  ).join('')}</nav>`;

const TRACE = `
<section class="trace" id="side-trace" aria-labelledby="title-trace">
<h2 id="title-trace">ردگیری <span class="muted" data-part="count"></span>
<button type="button" class="quiet" data-do="clear">پاک کردن</button></h2>
<details class="tools"><summary>آزمایش خطا و گویش</summary><div class="tool-grid" data-part="tools"></div></details>
<ol class="hops" data-part="hops" tabindex="0" aria-label="رفت‌وآمد میان دیوار و افزونه"></ol>
<p class="empty" data-part="empty">هنوز چیزی رد و بدل نشده است. در یکی از گوشی‌ها دکمهٔ پازل را بزنید و افزونه‌ای را باز کنید.</p>
</section>`;

/** The page a person uses: two phones in one conversation and the trace of what Divar and the add-on say. */
export const renderChatPage = (): string =>
  renderPage({
    title: 'شبیه‌ساز دیوار',
    className: 'chat-page tab-seller',
    scripts: ['chat.js'],
    body: `${ICON_SHEET}
<header class="top"><h1><span class="badge">شبیه‌ساز</span> چت دیوار</h1>
<p class="picker"><label for="conversation">گفتگو</label><select id="conversation"></select></p></header>
<p class="offline" role="status" data-part="offline" hidden>ارتباط با شبیه‌ساز قطع است؛ دوباره تلاش می‌شود.</p>
<noscript><p class="offline">این صفحه به جاوااسکریپت نیاز دارد.</p></noscript>
${renderTabs()}
<main class="stage">${renderPhone('seller')}${TRACE}${renderPhone('buyer')}</main>`,
  });

/** What a web view shows until the add-on has answered: a window must open in the moment of the click. */
export const renderOpeningPage = (): string =>
  renderPage({
    title: 'در حال باز کردن…',
    className: 'sheet-page',
    body: '<main class="card center" role="status"><span class="spinner" aria-hidden="true"></span><h1>در حال باز کردن افزونه…</h1></main>',
  });

/** Divar's own page of a post: where the buttons `open_post_page` and `open_post_manage_page` lead. */
export const renderPostPage = (post: Post): string =>
  renderPage({
    title: post.title,
    className: 'sheet-page',
    body: `${ICON_SHEET}<main class="card"><p class="brand"><span class="badge">شبیه‌ساز</span> دیوار</p>
<div class="post-photo" aria-hidden="true">${icon('photo')}</div>
<h1>${escapeHtml(post.title)}</h1>
<p><strong>${new Intl.NumberFormat('fa-IR').format(post.priceToman)} تومان</strong></p>
<p>${escapeHtml(post.description)}</p>
<p class="actions"><a class="secondary" href="/">بازگشت به گفتگو</a></p></main>`,
  });
