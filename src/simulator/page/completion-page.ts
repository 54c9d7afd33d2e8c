import { renderPage } from './shell.ts';

/** The end of a visit. Its script closes the window if the chat page opened it. */
export const renderCompletionPage = (): string =>
  renderPage({
    title: 'بازگشت به دیوار',
    className: 'sheet-page',
    scripts: ['completion.js'],
    body: `<main class="card"><p class="brand"><span class="badge">شبیه‌ساز</span> دیوار</p>
<h1>به دیوار برگشتید</h1>
<p>کار شما در این برنامه تمام شد. این پنجره بسته می‌شود؛ اگر باز ماند، به گفتگو برگردید.</p>
<p class="actions"><a class="primary" href="/">بازگشت به گفتگو</a></p></main>`,
  });

/** Tells the chat page over a channel of its own: the add-on's pages may have cut the tie to the opener. */
export const COMPLETION_SCRIPT = `'use strict';
new BroadcastChannel('simulator').postMessage('completed');
if (window.opener) setTimeout(function () { window.close(); }, 1200);
`;
