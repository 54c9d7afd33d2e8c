/** The page that tells a user of Divar what becomes of his data in one app. Made of the app's settings; light, without script. */
import { escapeHtml, type PageLanguage, renderDocument } from '../http/pages.ts';
import type { App } from '../tenants/tenants.ts';
import { SCOPE_TEXTS, scopeName } from './scope-texts.ts';
import type { Privacy } from './setup.ts';

export interface PrivacyFacts {
  app: Pick<App, 'id' | 'name' | 'consent'>;
  tenantName: string;
  privacy: Privacy;
}

interface Words {
  title: string;
  intro: (app: string, tenant: string) => string;
  purpose: string;
  scopes: string;
  noScopes: string;
  kept: string;
  keptByUs: readonly string[];
  keptByTenant: (days: string) => string;
  keptByTenantUnknown: (tenant: string) => string;
  rights: string;
  rightsText: string;
  ask: string;
  noContact: (tenant: string) => string;
  other: { label: string; language: PageLanguage };
  number: Intl.NumberFormat;
}

const WORDS: Record<PageLanguage, Words> = {
  fa: {
    title: 'داده‌های شما در این برنامه',
    intro: (app, tenant) =>
      `«${app}» افزونه‌ای در چت دیوار است که ${tenant} آن را اداره می‌کند. پیوند، دروازه‌ای است که این افزونه را به دیوار وصل می‌کند و داده‌ها را به نیابت از ${tenant} پردازش می‌کند.`,
    purpose: 'برای چه',
    scopes: 'از شما چه اجازه‌ای می‌خواهد',
    noScopes: 'هیچ اجازه‌ای پیش از ورود خواسته نمی‌شود.',
    kept: 'چه چیزی، چه مدت نگه داشته می‌شود',
    keptByUs: [
      'مشخصات هر بازدید (آگهی، گفت‌وگو، شناسهٔ شما در این برنامه): ۹۰ روز، رمزشده.',
      'متن پیام‌هایی که برنامه می‌فرستد: ۷۲ ساعت پس از پایان کار، رمزشده.',
      'رویدادهای چت که دیوار خبر می‌دهد: ۱۰ روز، رمزشده؛ پس از آن فقط زمان و نوع.',
      'توکن‌های دسترسی: تا وقتی اجازه برقرار است، رمزشده؛ با پس گرفتن اجازه از کار می‌افتند.',
    ],
    keptByTenant: (days) => `آنچه خود برنامه نگه می‌دارد: ${days} روز.`,
    keptByTenantUnknown: (tenant) => `این‌که خود برنامه چه مدت نگه می‌دارد را از ${tenant} بپرسید.`,
    rights: 'حق شما',
    rightsText:
      'هر وقت بخواهید می‌توانید اجازه‌ای را که داده‌اید در دیوار پس بگیرید. پاک شدن داده‌هایتان را هم می‌توانید بخواهید.',
    ask: 'از چه کسی بپرسید',
    noContact: (tenant) => `${tenant} هنوز راه تماسی ننوشته است؛ از راه چت دیوار بپرسید.`,
    other: { label: 'English', language: 'en' },
    number: new Intl.NumberFormat('fa-IR'),
  },
  en: {
    title: 'Your data in this app',
    intro: (app, tenant) =>
      `“${app}” is an add-on in the chat of Divar, run by ${tenant}. Peyvand is the gateway that connects it to Divar and processes data on behalf of ${tenant}.`,
    purpose: 'What for',
    scopes: 'What it asks you to allow',
    noScopes: 'Nothing is asked for before you enter.',
    kept: 'What is kept, and for how long',
    keptByUs: [
      'Facts of each visit (post, chat, your id in this app): 90 days, encrypted.',
      'The text of messages that the app sends: 72 hours after they are done, encrypted.',
      'Chat events that Divar tells: 10 days, encrypted; after that only time and kind.',
      'Access tokens: as long as your permission stands, encrypted; they die when you take it back.',
    ],
    keptByTenant: (days) => `What the app itself keeps: ${days} days.`,
    keptByTenantUnknown: (tenant) => `Ask ${tenant} how long the app itself keeps data.`,
    rights: 'Your right',
    rightsText:
      'You can take back in Divar, at any time, what you have allowed. You can also ask for your data to be erased.',
    ask: 'Whom to ask',
    noContact: (tenant) => `${tenant} has not given a contact yet; ask in the chat of Divar.`,
    other: { label: 'فارسی', language: 'fa' },
    number: new Intl.NumberFormat('en-GB'),
  },
};

/** Signs that turn the text around them are of no use in a name. */
const TURNING = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;
const isolate = (text: string) => `\u2068${text.replace(TURNING, '')}\u2069`;

export function renderPrivacyPage(facts: PrivacyFacts, lang: PageLanguage): string {
  const words = WORDS[lang];
  const { app, privacy } = facts;
  const tenant = isolate(facts.tenantName);
  const line = (text: string) => `<p>${escapeHtml(text)}</p>`;
  const part = (heading: string, body: string) => `<h2>${escapeHtml(heading)}</h2>\n${body}`;
  const list = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
  const ofTenant =
    privacy.keeps_days === null
      ? words.keptByTenantUnknown(tenant)
      : words.keptByTenant(words.number.format(privacy.keeps_days));
  const content = [
    `<h1>${escapeHtml(words.title)}</h1>`,
    line(words.intro(isolate(app.name), tenant)),
    privacy.purpose === '' ? '' : part(words.purpose, line(isolate(privacy.purpose))),
    part(words.scopes, scopeList(app.consent.scopes, lang, list) ?? line(words.noScopes)),
    part(words.kept, list([...words.keptByUs, ofTenant].map(escapeHtml))),
    part(words.rights, line(words.rightsText)),
    part(words.ask, line(privacy.contact === '' ? words.noContact(tenant) : isolate(privacy.contact))),
    `<a lang="${words.other.language}" href="/privacy/${encodeURIComponent(app.id)}?lang=${words.other.language}">${words.other.label}</a>`,
  ];
  return renderDocument({
    title: `${words.title} · ${app.name.replace(TURNING, '')}`,
    content: content.join('\n'),
    lang,
  });
}

function scopeList(
  scopes: readonly string[],
  lang: PageLanguage,
  list: (items: readonly string[]) => string,
): string | undefined {
  const names = [...new Set(scopes.map(scopeName))];
  if (names.length === 0) return undefined;
  return list(
    names.map((name) => {
      const text = Object.hasOwn(SCOPE_TEXTS, name) ? SCOPE_TEXTS[name] : undefined;
      return text === undefined ? `<span dir="ltr">${escapeHtml(name)}</span>` : escapeHtml(text[lang]);
    }),
  );
}
