/** The light page that a user sees when something stands between Divar and the tenant's page. No script, one style, one file;
 *  written for the web view of an Android 5 phone as well: no grid, no gap, no custom properties. */
import { createHash } from 'node:crypto';
import { PROBLEMS, type ProblemCode } from '../errors.ts';

export type PageLanguage = 'fa' | 'en';

export interface PageAction {
  label: string;
  /** https, or a path of ours; anything else is left out. http only where PUBLIC_URL itself is http. */
  href: string;
}

export interface PageContent {
  title: string;
  message: string;
  /** The first one is the obvious one. */
  actions?: readonly PageAction[];
  /** For a call to support: finds the line in our log. */
  requestId?: string;
  lang?: PageLanguage;
}

// Contrast of every pair is at least 4.5:1 (WCAG 2.2, 1.4.3); targets are 48 pixels high (2.5.8).
const STYLE = `
html{-webkit-text-size-adjust:100%}
body{margin:0;padding:24px 16px;background:#f4f5f7;color:#1c2530;font:16px/1.9 Vazirmatn,"Noto Sans Arabic",Tahoma,Roboto,sans-serif}
main{max-width:440px;margin:8vh auto 0;padding:24px;background:#fff;border:1px solid #d5d9df;border-radius:12px}
h1{margin:0 0 8px;font-size:20px;line-height:1.6}
h2{margin:24px 0 4px;font-size:17px;line-height:1.6}
p{margin:0 0 16px}
ul{margin:0 0 16px;padding:0 20px}
a{display:block;min-height:48px;margin:12px 0 0;padding:0 16px;border:2px solid #9c1f2b;border-radius:8px;color:#9c1f2b;background:#fff;line-height:48px;text-align:center;text-decoration:none;font-weight:bold}
a.first{background:#9c1f2b;color:#fff}
a:focus{outline:3px solid #1c2530;outline-offset:2px}
small{display:block;margin:20px 0 0;color:#55606e;font-size:13px}
@media (prefers-color-scheme:dark){body{background:#12161b;color:#eceff3}main{background:#1c2229;border-color:#3a434e}a{background:#1c2229;color:#ffb3ba;border-color:#ffb3ba}a.first{background:#ffb3ba;color:#1c2229}a:focus{outline-color:#eceff3}small{color:#aab4c0}}
`;

const LABELS = {
  fa: { dir: 'rtl', requestId: 'کد پیگیری' },
  en: { dir: 'ltr', requestId: 'Reference' },
} as const;

export function renderPage({ title, message, actions = [], requestId, lang = 'fa' }: PageContent): string {
  const { requestId: requestIdLabel } = LABELS[lang];
  const links = actions
    .filter(({ href }) => /^(?:https?:\/\/|\/(?![/\\]))/.test(href))
    .map(
      ({ label, href }, index) =>
        `<a${index === 0 ? ' class="first"' : ''} href="${escapeHtml(href)}">${escapeHtml(label)}</a>`,
    );
  const reference =
    requestId === undefined
      ? ''
      : `<small>${requestIdLabel}: <span dir="ltr">${escapeHtml(requestId)}</span></small>`;
  const content = `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>
${links.join('\n')}
${reference}`;
  return renderDocument({ title, content, lang });
}

/** A document around markup that the caller has escaped. */
export function renderDocument({
  title,
  content,
  lang = 'fa',
}: {
  title: string;
  content: string;
  lang?: PageLanguage;
}): string {
  return `<!doctype html>
<html lang="${lang}" dir="${LABELS[lang].dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
}

/** What a user reads when a page of ours has no better words. */
const PROBLEM_TEXTS = {
  invalid_request: {
    title: 'این نشانی درست نیست',
    message: 'بخشی از نشانی کم است یا تغییر کرده است. لطفاً به دیوار برگردید و دوباره از همان‌جا شروع کنید.',
  },
  not_found: {
    title: 'چنین صفحه‌ای نیست',
    message: 'نشانی را بررسی کنید، یا به دیوار برگردید و دوباره از همان‌جا شروع کنید.',
  },
  code_spent: {
    title: 'این پیوند دیگر معتبر نیست',
    message:
      'این پیوند پیش‌تر باز شده یا زمان آن گذشته است. لطفاً به دیوار برگردید و دوباره از همان‌جا شروع کنید.',
  },
  rate_limited: { title: 'درخواست‌ها زیاد شد', message: 'لطفاً کمی صبر کنید و دوباره تلاش کنید.' },
  unavailable: {
    title: 'الان نمی‌توانیم پاسخ بدهیم',
    message: 'مشکل از سمت ماست و معمولاً زود برطرف می‌شود. لطفاً چند لحظهٔ دیگر دوباره تلاش کنید.',
  },
  internal: {
    title: 'مشکلی پیش آمد',
    message:
      'مشکل از سمت ماست. لطفاً کمی بعد دوباره تلاش کنید؛ اگر باز هم پیش آمد، کد پیگیری را به پشتیبانی بگویید.',
  },
} satisfies Partial<Record<ProblemCode, { title: string; message: string }>>;

export function createPageRenderer() {
  return {
    /** The source expression that lets exactly our style through the policy. */
    styleHash: `sha256-${createHash('sha256').update(STYLE).digest('base64')}`,
    renderProblem: (code: ProblemCode, requestId: string): string =>
      renderPage({ ...textOf(code), requestId }),
  };
}

function textOf(code: ProblemCode) {
  if (code in PROBLEM_TEXTS) return PROBLEM_TEXTS[code as keyof typeof PROBLEM_TEXTS];
  return PROBLEMS[code].status < 500 ? PROBLEM_TEXTS.invalid_request : PROBLEM_TEXTS.internal;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
