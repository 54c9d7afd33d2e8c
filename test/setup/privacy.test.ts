import test from 'ava';
import { renderPrivacyPage } from '../../src/setup/privacy-page.ts';
import { Privacy } from '../../src/setup/setup.ts';

const facts = {
  app: {
    id: 'app_1',
    name: 'ارسال <b>سریع</b>\u202e',
    consent: {
      when: 'init' as const,
      scopes: ['USER_PHONE', 'CONVERSATION_SEND_MESSAGE.{conversation_id}', 'BRAND_NEW_SCOPE'],
    },
  },
  tenantName: '"><svg onload=alert(1)>',
  privacy: Privacy.parse({ contact: 'privacy@shop.example', purpose: 'ارسال کالا', keeps_days: 30 }),
};

test('the page says what is asked, kept and whom to ask, in both languages', (t) => {
  const fa = renderPrivacyPage(facts, 'fa');
  t.regex(fa, /<html lang="fa" dir="rtl">/);
  t.regex(fa, /دیدن شمارهٔ موبایل شما/);
  t.regex(fa, /همین گفت‌وگو/);
  t.regex(fa, /BRAND_NEW_SCOPE/);
  t.regex(fa, /۳۰ روز/);
  t.regex(fa, /privacy@shop\.example/);
  const en = renderPrivacyPage(facts, 'en');
  t.regex(en, /<html lang="en" dir="ltr">/);
  t.regex(en, /seeing your mobile number/);
  t.regex(en, /30 days/);
});

test('names of others are text and turn nothing around', (t) => {
  for (const lang of ['fa', 'en'] as const) {
    const page = renderPrivacyPage(facts, lang);
    t.notRegex(page, /<svg|<b>سریع|\u202e/);
    t.regex(page, /&lt;b&gt;سریع/);
  }
});

test('an app that has said nothing says so, and asks for nothing', (t) => {
  const silent = {
    ...facts,
    app: { ...facts.app, consent: { when: 'on_demand' as const, scopes: [] } },
    privacy: Privacy.parse({}),
  };
  const page = renderPrivacyPage(silent, 'en');
  t.regex(page, /Nothing is asked for before you enter/);
  t.regex(page, /has not given a contact yet/);
});
