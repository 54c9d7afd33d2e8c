/** `/dev/mail`: the mails of an installation that sends none. Only the embedded start has it. @see CONTRACT section 3 */
import { escapeHtml, renderDocument } from '../http/pages.ts';
import type { PageRoute } from '../http/route.ts';
import type { Mail, Mailbox } from '../ports.ts';

export function createMailboxRoutes(mailbox: Mailbox | undefined): PageRoute[] {
  if (mailbox === undefined) return [];
  return [
    {
      kind: 'page',
      method: 'GET',
      path: '/dev/mail',
      summary: 'Mails of this machine, newest first',
      handle: async ({ headers }) => {
        const mails = mailbox.list();
        if (headers.accept?.includes('application/json'))
          return {
            status: 200,
            json: { data: mails.map(({ mail, at }) => ({ ...mail, created_at: at.toISOString() })) },
          };
        const content =
          mails.length === 0
            ? '<p>هنوز نامه‌ای نیامده است. ثبت‌نام یا دعوت کنید، و این صفحه را دوباره باز کنید.</p>'
            : mails.map(({ mail }) => renderMail(mail)).join('<hr>\n');
        return { status: 200, html: renderDocument({ title: 'صندوق نامه‌های این دستگاه', content }) };
      },
    },
  ];
}

/** A line that is an address is a button. */
function renderMail({ to, subject, text }: Mail): string {
  const lines = text
    .split(/\n+/)
    .filter((line) => line !== '')
    .map((line) => {
      const shown = escapeHtml(line);
      return /^https?:\/\/\S+$/.test(line)
        ? `<p><a class="first" dir="ltr" href="${shown}">باز کردن نشانی · open</a></p>`
        : `<p dir="auto">${shown}</p>`;
    });
  return `<article><small dir="ltr">${escapeHtml(to)}</small>\n<h1 dir="auto">${escapeHtml(subject)}</h1>\n${lines.join('\n')}</article>`;
}
