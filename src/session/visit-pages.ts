/** What a user reads when the way ends with us: light, in Persian, with a way on and a way back. */
import { type PageAction, renderPage } from '../http/pages.ts';
import type { PageReply } from '../http/route.ts';
import type { App, HostsOf } from '../tenants/tenants.ts';
import { chooseReturnUrl } from './return-address.ts';
import type { Session } from './session.ts';

const PAGES = {
  gone: {
    status: 410,
    title: 'این پیوند دیگر معتبر نیست',
    message:
      'هر پیوند فقط برای مدتی کوتاه و فقط در همان مرورگری باز می‌شود که از دیوار به آن رسیده است. لطفاً به دیوار برگردید و برنامه را دوباره باز کنید.',
  },
  no_cookie: {
    status: 400,
    title: 'مرورگر شما کوکی را نگه نداشت',
    message:
      'برای اینکه این صفحه فقط برای خود شما باز شود، مرورگر باید کوکی را بپذیرد. کوکی را فعال کنید و دوباره تلاش کنید.',
  },
  down: {
    status: 503,
    title: 'این صفحه الان در دسترس نیست',
    message: 'صفحهٔ این برنامه فعلاً پاسخ نمی‌دهد. چند لحظهٔ دیگر دوباره تلاش کنید یا به دیوار برگردید.',
  },
  suspended: {
    status: 403,
    title: 'این برنامه الان فعال نیست',
    message: 'این برنامه موقتاً غیرفعال شده است. لطفاً به دیوار برگردید.',
  },
  redirect_works: {
    status: 200,
    title: 'آدرس هدایت درست است',
    message:
      'دیوار شما را به پیوند برگرداند، پس آدرس هدایت OAuth در پنل کنار درست ثبت شده است. چیزی ذخیره نشد. این پنجره را ببندید و به پنل برگردید.',
  },
  bad_answer: {
    status: 400,
    title: 'این پاسخ دیوار پذیرفته نشد',
    message:
      'این پاسخ پیش‌تر استفاده شده، زمان آن گذشته یا از مرورگر دیگری آمده است. لطفاً به دیوار برگردید و برنامه را دوباره باز کنید.',
  },
  used_answer: {
    status: 400,
    title: 'این پاسخ دیوار پذیرفته نشد',
    message:
      'این پاسخ پیش‌تر استفاده شده یا زمان آن گذشته است. می‌توانید دوباره تلاش کنید یا به دیوار برگردید.',
  },
  divar_failed: {
    status: 502,
    title: 'دریافت اجازه از دیوار به نتیجه نرسید',
    message:
      'دیوار الان پاسخ درستی نداد و چیزی ذخیره نشد. چند لحظهٔ دیگر دوباره تلاش کنید یا به دیوار برگردید.',
  },
  other_person: {
    status: 403,
    title: 'این اجازه از حساب دیگری داده شد',
    message:
      'حسابی که در دیوار اجازه داد، همان حسابی نیست که این برنامه را باز کرده است؛ برای همین چیزی ذخیره نشد. با همان حساب دوباره تلاش کنید یا به دیوار برگردید.',
  },
} as const;

export type VisitPageName = keyof typeof PAGES;

const TRY_AGAIN = 'تلاش دوباره';
const BACK_TO_DIVAR = 'بازگشت به دیوار';

export interface VisitPageFacts {
  requestId: string;
  /** Decides which Divar "back" leads to; unknown: the real one. */
  app?: App | undefined;
  session?: Pick<Session, 'visit'> | undefined;
  /** The handle behind "try again"; the button is left out without one. */
  retryHandle?: string | undefined;
}

export type VisitPages = ReturnType<typeof createVisitPages>;

export function createVisitPages({ hostsOf, publicUrl }: { hostsOf: HostsOf; publicUrl: string }) {
  return (name: VisitPageName, { requestId, app, session, retryHandle }: VisitPageFacts): PageReply => {
    const { status, title, message } = PAGES[name];
    const of = app ?? { environment: 'live' as const };
    const back = chooseReturnUrl(of, hostsOf(of), session?.visit.returnAddress ?? null);
    const actions: PageAction[] = [{ label: BACK_TO_DIVAR, href: back }];
    if (retryHandle !== undefined)
      actions.unshift({ label: TRY_AGAIN, href: `${publicUrl}/s/${retryHandle}` });
    return { status, html: renderPage({ title, message, actions, requestId, lang: 'fa' }) };
  };
}
