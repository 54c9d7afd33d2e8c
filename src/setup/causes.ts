/** Causes that only the connection checks find. The rest of the catalogue, and how it is read: `admin/causes.ts`. */

interface Text {
  cause: string;
  fix: string;
}

export const SETUP_CAUSES = {
  api_key_missing: {
    fa: {
      cause: 'کلید API هنوز داده نشده است.',
      fix: 'در گام «کلیدها»، کلید API را از پنل کنار بیاورید و ذخیره کنید.',
    },
    en: {
      cause: 'There is no API key yet.',
      fix: 'Bring the API key from the Kenar panel in the step “Keys”.',
    },
  },
  client_secret_missing: {
    fa: {
      cause: 'کلید محرمانه هنوز داده نشده است.',
      fix: 'در گام «کلیدها»، کلید محرمانه را از پنل کنار بیاورید و ذخیره کنید.',
    },
    en: {
      cause: 'There is no client secret yet.',
      fix: 'Bring the client secret from the Kenar panel in the step “Keys”.',
    },
  },
  get_post_missing: {
    fa: {
      cause: 'کلید API درست است، ولی دیوار این آگهی را به آن نشان نداد.',
      fix: 'یا کلید دسترسی GET_POST ندارد، یا آگهی تستی نیست: برنامهٔ تستی فقط آگهی تستی را می‌بیند. دسترسی را در پنل کنار اضافه کنید، یا توکن یک آگهی تستی بدهید.',
    },
    en: {
      cause: 'The API key is right, but Divar did not show it this post.',
      fix: 'Either the key lacks the permission GET_POST, or this is no test post: a test app sees test posts only. Add the permission in the Kenar panel, or give the token of a test post.',
    },
  },
  test_post_unknown: {
    fa: {
      cause: 'کلید API پذیرفته شد، ولی آگهی پیدا نشد.',
      fix: 'توکن یک آگهی تستی خودتان را بدهید تا دسترسی GET_POST هم سنجیده شود. توکن، بخش آخر نشانی آگهی است.',
    },
    en: {
      cause: 'The API key was accepted, but there is no such post.',
      fix: 'Give the token of a test post of yours, so that the permission GET_POST is tried as well. It is the last part of the address of the post.',
    },
  },
  unexpected_answer: {
    fa: {
      cause: 'دیوار پاسخی داد که معنایش روشن نیست.',
      fix: 'کمی بعد دوباره امتحان کنید. اگر ماند، گزارش زیر را کپی کنید و به پشتیبانی بدهید.',
    },
    en: {
      cause: 'Divar gave an answer whose meaning is not clear.',
      fix: 'Try again in a while. If it stays, copy the report below and give it to the support.',
    },
  },
  gateway_unreachable: {
    fa: {
      cause: 'نشانی همگانی پیوند پاسخ نداد.',
      fix: 'این از سمت پیوند است، نه شما. دوباره امتحان کنید؛ اگر ماند، گزارش را به پشتیبانی پیوند بدهید.',
    },
    en: {
      cause: 'The public address of Peyvand did not answer.',
      fix: 'This is on our side, not yours. Try again; if it stays, give the report to the support of Peyvand.',
    },
  },
  app_disabled: {
    fa: {
      cause: 'برنامه غیرفعال است و درخواست‌های دیوار را نمی‌پذیرد.',
      fix: 'در «تنظیمات برنامه»، برنامه را دوباره فعال کنید.',
    },
    en: {
      cause: 'The app is disabled and takes no requests of Divar.',
      fix: 'Enable the app again in its settings.',
    },
  },
  init_slow: {
    fa: {
      cause: 'پاسخ به دیوار بیش از دو ثانیه طول کشید.',
      fix: 'چند لحظه بعد دوباره امتحان کنید. اگر ماند، به پشتیبانی پیوند خبر بدهید: دیوار پس از دو ثانیه منتظر نمی‌ماند.',
    },
    en: {
      cause: 'The answer to Divar took more than two seconds.',
      fix: 'Try again in a moment. If it stays, tell the support of Peyvand: Divar does not wait longer than two seconds.',
    },
  },
  landing_missing: {
    fa: {
      cause: 'صفحهٔ فرود هنوز تعیین نشده است.',
      fix: 'در گام «سرویس شما» نشانی صفحهٔ خودتان را بنویسید؛ کاربر پس از اجازه دادن به آن‌جا می‌رسد.',
    },
    en: {
      cause: 'The landing page has not been set yet.',
      fix: 'Write the address of your page in the step “Your service”: users come there after their consent.',
    },
  },
  landing_dns: {
    fa: {
      cause: 'نام دامنهٔ صفحهٔ فرود پیدا نشد.',
      fix: 'املای نشانی را بررسی کنید. اگر دامنه تازه است، تنظیم DNS آن را ببینید و چند دقیقه صبر کنید.',
    },
    en: {
      cause: 'The domain name of the landing page was not found.',
      fix: 'Check the spelling of the address. If the domain is new, look at its DNS records and wait some minutes.',
    },
  },
  landing_tls: {
    fa: {
      cause: 'گواهی امنیتی (TLS) صفحهٔ فرود پذیرفته نشد.',
      fix: 'تاریخ، نام دامنه و زنجیرهٔ گواهی را در سرور خود بررسی کنید. مرورگر کاربران هم همین خطا را می‌بیند.',
    },
    en: {
      cause: 'The TLS certificate of the landing page was not accepted.',
      fix: 'Check the date, the name and the chain of the certificate on your server. Browsers of your users see the same error.',
    },
  },
  landing_timeout: {
    fa: {
      cause: 'صفحهٔ فرود تا پنج ثانیه پاسخ نداد.',
      fix: 'ببینید سرور روشن باشد و دیوار آتش راه را نبندد؛ سپس دوباره امتحان کنید.',
    },
    en: {
      cause: 'The landing page did not answer within five seconds.',
      fix: 'See that the server runs and that no firewall stands in the way; then try again.',
    },
  },
  landing_unreachable: {
    fa: {
      cause: 'به صفحهٔ فرود وصل نشدیم.',
      fix: 'ببینید سرور روی درگاه 443 روشن باشد و از بیرون شبکهٔ شما دیده شود.',
    },
    en: {
      cause: 'The landing page could not be connected to.',
      fix: 'See that the server listens on port 443 and can be reached from outside of your network.',
    },
  },
  landing_not_allowed: {
    fa: {
      cause: 'این نشانی به شبکه‌ای خصوصی می‌رسد و پیوند به آن‌جا وصل نمی‌شود.',
      fix: 'نشانی‌ای بدهید که از اینترنت دیده شود.',
    },
    en: {
      cause: 'This address leads into a private network, where Peyvand does not go.',
      fix: 'Give an address that can be seen from the internet.',
    },
  },
  landing_refuses: {
    fa: {
      cause: 'صفحهٔ فرود بدون کد، خطا می‌دهد (۴۰۰ تا ۴۹۹).',
      fix: 'اگر عمدی است، کاری لازم نیست: کاربران با کد می‌آیند. اگر نه، نشانی را بررسی کنید.',
    },
    en: {
      cause: 'Without a code the landing page answers with an error (400 to 499).',
      fix: 'If you mean it so, nothing is to be done: users come with a code. If not, check the address.',
    },
  },
  landing_redirects: {
    fa: {
      cause: 'صفحهٔ فرود به نشانی دیگری می‌فرستد.',
      fix: 'نشانی پایانی را بنویسید: در راه، کد یک‌بارمصرف گم می‌شود یا زمانش می‌گذرد.',
    },
    en: {
      cause: 'The landing page sends on to another address.',
      fix: 'Write the last address: on the way the one-time code may be lost.',
    },
  },
  landing_slow: {
    fa: {
      cause: 'صفحهٔ فرود بیش از دو ثانیه طول کشید.',
      fix: 'کاربر در وب‌ویو منتظر می‌ماند و شاید برود. صفحه را سبک کنید یا از نزدیک‌تر پخش کنید.',
    },
    en: {
      cause: 'The landing page took more than two seconds.',
      fix: 'The user waits in a web view and may leave. Make the page lighter, or serve it from nearby.',
    },
  },
  landing_forbids_framing: {
    fa: {
      cause: 'صفحهٔ فرود اجازه نمی‌دهد درون قاب (frame) سایت دیگری باز شود.',
      fix: 'کاری لازم نیست: دیوار آن را در پنجرهٔ خودش باز می‌کند.',
    },
    en: {
      cause: 'The landing page forbids being shown in a frame of another site.',
      fix: 'Nothing is to be done: Divar opens it in a window of its own.',
    },
  },
  no_endpoint: {
    fa: {
      cause: 'هنوز مقصد وب‌هوکی نیست.',
      fix: 'وب‌هوک اجباری نیست. اگر می‌خواهید رویدادها به سرورتان برسند، در گام «سرویس شما» یکی بسازید.',
    },
    en: {
      cause: 'There is no webhook endpoint yet.',
      fix: 'A webhook is not required. To have events delivered to your server, make one in the step “Your service”.',
    },
  },
  awaits_divar: {
    fa: {
      cause: 'این را فقط خود دیوار نشان می‌دهد.',
      fix: 'افزونه را در یک آگهی تستی باز کنید؛ با رسیدن نخستین درخواست دیوار، این ردیف سبز می‌شود.',
    },
    en: {
      cause: 'Only Divar itself can show this.',
      fix: 'Open the add-on in a test post; this row turns green with the first request of Divar.',
    },
  },
  simulator_silent: {
    fa: {
      cause: 'شبیه‌ساز کاری را که خواستیم انجام نداد.',
      fix: 'چند ثانیه بعد دوباره امتحان کنید. اگر ماند، ببینید شبیه‌ساز روشن باشد.',
    },
    en: {
      cause: 'The simulator did not do what it was asked.',
      fix: 'Try again in some seconds. If it stays, see that the simulator runs.',
    },
  },
} as const satisfies Record<string, { fa: Text; en: Text }>;
