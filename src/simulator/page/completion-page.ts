import { renderPage } from './shell.ts';

/** The end of a visit. Its script closes the window. `hasChat`: it began on the chat page, and can go back there. */
export const renderCompletionPage = (hasChat: boolean): string =>
  renderPage({
    title: 'بازگشت به دیوار',
    className: 'sheet-page',
    scripts: ['completion.js'],
    body: `<main class="card"><p class="brand"><span class="badge">شبیه‌ساز</span> دیوار</p>
<h1>به دیوار برگشتید</h1>
${
  hasChat
    ? `<p>کار شما در این برنامه تمام شد. این پنجره بسته می‌شود؛ اگر باز ماند، به گفتگو برگردید.</p>
<p class="actions"><a class="primary" href="/">بازگشت به گفتگو</a></p>`
    : '<p>کار شما در این برنامه تمام شد. این پنجره بسته می‌شود؛ اگر باز ماند، خودتان آن را ببندید.</p>'
}</main>`,
  });

/** Tells the chat page over a channel of its own: the pages on the way may have cut the tie to the opener. A window that
 *  nobody has opened by a script stays: browsers do not let it close itself. */
export const COMPLETION_SCRIPT = `'use strict';
new BroadcastChannel('simulator').postMessage('completed');
setTimeout(function () { window.close(); }, 1200);
`;
