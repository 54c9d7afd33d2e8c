/**
 * Why things go wrong and what to do, in both languages: the one catalogue of the errors page, the setup wizard, the
 * simulator and the API reference. Keys are facts; whoever shows one takes the texts of its reader's language.
 * @see ADMINUI 3.7
 */

/** Where in the panel it is put right. */
export type CausePage =
  | 'setup'
  | 'settings'
  | 'webhooks'
  | 'deliveries'
  | 'conversations'
  | 'messages'
  | 'usage';

export interface CauseText {
  cause: string;
  fix: string;
}

export interface Cause {
  fa: CauseText;
  en: CauseText;
  page: CausePage | null;
  /** Only Divar's support can put it right: there is a text to copy for a ticket. */
  needsTicket: boolean;
}

function because(fa: CauseText, en: CauseText, page: CausePage | null = null, needsTicket = false): Cause {
  return { fa, en, page, needsTicket };
}

/** Between the app's settings and the Kenar panel. */
const SETTINGS = {
  identification_key_wrong: because(
    {
      cause: 'کلید شناسایی دیوار یکی نیست.',
      fix: 'چهار حرف آخر کلید پنل کنار را با کلید اینجا مقایسه کنید. اگر فرق دارند، کلید اینجا را کپی کنید و در پنل کنار بگذارید.',
    },
    {
      cause: 'The identification key is not the same on both sides.',
      fix: 'Compare the last four characters in the Kenar panel with the key here. If they differ, copy the key from here into the Kenar panel.',
    },
    'setup',
  ),
  api_key_refused: because(
    {
      cause: 'کلید API باطل است یا دسترسی لازم را ندارد.',
      fix: 'کلید API را در پنل کنار بررسی کنید و دوباره اینجا وارد کنید. اگر دسترسی کم است، برای گرفتن آن در پنل کنار تیکت بزنید.',
    },
    {
      cause: 'The API key is revoked or lacks a permission.',
      fix: 'Check the API key in the Kenar panel and enter it here again. If a permission is missing, open a ticket in the Kenar panel.',
    },
    'setup',
    true,
  ),
  client_secret_wrong: because(
    {
      cause: 'کلید محرمانه یا شناسهٔ برنامه اشتباه است.',
      fix: 'در گام «کلیدها» هر دو را دوباره وارد کنید. یادتان باشد که برنامهٔ منتشرشده شناسه‌ای جدا از برنامهٔ تستی دارد.',
    },
    {
      cause: 'The client secret or the slug is wrong.',
      fix: 'Enter both again in the step for keys. Remember that the published app has another slug than the test app.',
    },
    'setup',
  ),
  redirect_uri_wrong: because(
    {
      cause: 'آدرس هدایت OAuth در پنل کنار ثبت نشده است.',
      fix: 'آدرس هدایت را از همین‌جا حرف‌به‌حرف کپی کنید و در پنل کنار بگذارید؛ چیزی به آخر آن اضافه نکنید.',
    },
    {
      cause: 'The redirect URI is not registered in the Kenar panel.',
      fix: 'Copy the redirect URI from here letter by letter into the Kenar panel, without a query string.',
    },
    'setup',
  ),
  test_app_real_post: because(
    {
      cause: 'برنامهٔ تستی فقط روی آگهی تستی کار می‌کند.',
      fix: 'در پنل کنار یک آگهی تستی بسازید و افزونه را روی آن باز کنید.',
    },
    {
      cause: 'A test app works on test posts only.',
      fix: 'Make a test post in the Kenar panel and open the add-on there.',
    },
    null,
  ),
  app_not_ready: because(
    {
      cause: 'برنامه هنوز نمی‌تواند پیام بفرستد، چون کلید API ندارد یا سازمان معلق است.',
      fix: 'کلید API دیوار را در راه‌اندازی وارد کنید.',
    },
    {
      cause: 'The app cannot send: it has no API key of Divar, or the organization is suspended.',
      fix: 'Enter the API key of Divar in the setup.',
    },
    'setup',
  ),
  call_invalid: because(
    {
      cause: 'درخواست دیوار خواندنی نبود.',
      fix: 'آدرس‌های پنل کنار را با آدرس‌های اینجا مقایسه کنید. اگر درست‌اند، شناسهٔ درخواست را به پشتیبانی بدهید.',
    },
    {
      cause: 'The request of Divar could not be read.',
      fix: 'Compare the addresses in the Kenar panel with those here. If they are right, tell the support.',
    },
    'setup',
  ),
  own_trouble: because(
    {
      cause: 'پیوند در آن لحظه نتوانست پاسخ بدهد.',
      fix: 'کاری لازم نیست. اگر تکرار شد، به پشتیبانی خبر بدهید.',
    },
    {
      cause: 'Peyvand could not answer at that moment.',
      fix: 'There is nothing to do. If it happens again, tell the support.',
    },
  ),
} as const satisfies Record<string, Cause>;

/** What users allow. */
const CONSENTS = {
  consent_refused: because(
    {
      cause: 'کاربر اجازه نداد.',
      fix: 'این خطا نیست. در صفحهٔ خود بگویید اجازه برای چیست و فقط اجازه‌های لازم را بخواهید.',
    },
    {
      cause: 'The user did not consent.',
      fix: 'This is no error. Say on your page what the consent is for, and ask for the scopes you need only.',
    },
  ),
  consent_failed: because(
    {
      cause: 'گرفتن اجازه از دیوار به نتیجه نرسید.',
      fix: 'کلید محرمانه، شناسهٔ برنامه و آدرس هدایت OAuth را در راه‌اندازی بررسی کنید.',
    },
    {
      cause: 'Asking for consent did not succeed at Divar.',
      fix: 'Check the client secret, the slug and the redirect URI in the setup.',
    },
    'setup',
  ),
  grant_ended: because(
    {
      cause: 'اجازهٔ کاربر تمام شده یا پس گرفته شده است.',
      fix: 'بار دیگر که کاربر افزونه را باز می‌کند، دوباره اجازه بگیرید. تا آن زمان در این مکالمه‌ها پیامی فرستاده نمی‌شود.',
    },
    {
      cause: 'The consent of the user has ended or was taken back.',
      fix: 'Ask for it again when the user next opens the add-on. Until then nothing is sent in these conversations.',
    },
    'conversations',
  ),
  consent_missing: because(
    {
      cause: 'کاربر اجازهٔ فرستادن پیام در این مکالمه را نداده است.',
      fix: 'پیش از فرستادن اجازه بگیرید؛ نشانی صفحهٔ اجازه در پاسخ همان درخواست آمده است.',
    },
    {
      cause: 'The user has not granted sending into this conversation.',
      fix: 'Ask for consent before you send; the address of the consent page stands in the answer to the request.',
    },
    'conversations',
  ),
  permission_missing: because(
    {
      cause: 'برنامه یا اجازهٔ کاربر، دسترسی لازم برای این مکالمه را ندارد.',
      fix: 'در گام «دسترسی‌ها» ببینید کدام دسترسی کم است و برای برنامهٔ منتشرشده تیکت بزنید.',
    },
    {
      cause: 'The app or the grant lacks the permission for this conversation.',
      fix: 'See in the step for permissions what is missing; a published app asks for it by ticket.',
    },
    'setup',
    true,
  ),
} as const satisfies Record<string, Cause>;

/** What becomes of messages. */
const SENDING = {
  recipient_restricted: because(
    {
      cause: 'طرف مقابل کاربر را مسدود کرده یا محدود است.',
      fix: 'دوباره نفرستید؛ نتیجه عوض نمی‌شود. از راه دیگری با کاربر تماس بگیرید.',
    },
    {
      cause: 'The other side has blocked the user, or is restricted.',
      fix: 'Do not send again; it will not change. Reach the user in another way.',
    },
    'conversations',
  ),
  throttled: because(
    {
      cause: 'سهمیهٔ روزانه یا محدودیت دقیقه‌ای پر شده است.',
      fix: 'سهمیهٔ روزانه نیمه‌شب به وقت تهران از نو آغاز می‌شود. برای سهمیهٔ بیشتر در پنل کنار تیکت بزنید.',
    },
    {
      cause: 'The daily quota or the rate limit is used up.',
      fix: 'The daily quota begins anew at midnight, Tehran time. Open a ticket in the Kenar panel for more.',
    },
    'usage',
    true,
  ),
  target_not_found: because(
    {
      cause: 'دیوار چنین مکالمه یا کاربری نمی‌شناسد.',
      fix: 'شناسه را بررسی کنید؛ شناسه‌های هر برنامه فقط در همان برنامه معتبرند.',
    },
    {
      cause: 'Divar knows no such conversation or user.',
      fix: 'Check the id; the ids of one app mean nothing in another.',
    },
    'conversations',
  ),
  refused_by_divar: because(
    {
      cause: 'دیوار پیام را به این شکل نپذیرفت.',
      fix: 'متن، دکمه‌ها و آدرس‌های پیام را بررسی کنید؛ پاسخ دیوار در جزئیات پیام آمده است.',
    },
    {
      cause: 'Divar refused the message as it is.',
      fix: 'Check the text, the buttons and their addresses; the details of the message show what Divar said.',
    },
    'messages',
  ),
  divar_unreachable: because(
    {
      cause: 'دیوار در دسترس نبود یا پیام نمی‌گرفت؛ پیام حتماً فرستاده نشد.',
      fix: 'پیوند خودش بارها تلاش کرد. وقتی دیوار برگشت، پیام را دوباره بفرستید.',
    },
    {
      cause: 'Divar could not be reached or took no messages; the message was surely not sent.',
      fix: 'Peyvand tried many times. Send the message again once Divar is back.',
    },
    'messages',
  ),
  outcome_unknown: because(
    {
      cause: 'پاسخ دیوار نرسید؛ شاید پیام رسیده باشد و شاید نه.',
      fix: 'مکالمه را در دیوار ببینید و در جزئیات پیام بگویید فرستاده شده یا نه. تا آن زمان پیام‌های بعدی مکالمه منتظر می‌مانند.',
    },
    {
      cause: 'The answer of Divar was lost: the message may have arrived or not.',
      fix: 'Look into the conversation at Divar, then decide in the details of the message. Until then the next messages of the conversation wait.',
    },
    'messages',
  ),
  message_invalid: because(
    {
      cause: 'پیام آمادهٔ فرستادن نشد.',
      fix: 'متن و دکمه‌ها را ساده‌تر کنید و دوباره بفرستید. اگر تکرار شد، شناسهٔ پیام را به پشتیبانی بدهید.',
    },
    {
      cause: 'The message could not be prepared for sending.',
      fix: 'Make its text and buttons simpler and send it again. If it happens again, tell the support the id of the message.',
    },
    'messages',
  ),
} as const satisfies Record<string, Cause>;

/** What the tenant's own servers answer. */
const SERVERS = {
  landing_failing: because(
    {
      cause: 'صفحهٔ فرود دیر یا ناموفق پاسخ داد.',
      fix: 'صفحه باید زیر دو ثانیه با کد 200 پاسخ بدهد. گواهی TLS و کارساز خود را بررسی کنید.',
    },
    {
      cause: 'The landing page answered late or with an error.',
      fix: 'It should answer with 200 in less than two seconds. Check the TLS certificate and your server.',
    },
    'setup',
  ),
  webhook_bad_status: because(
    {
      cause: 'مقصد وب‌هوک پاسخ 2xx نداد.',
      fix: 'پاسخ مقصد را در جزئیات ارسال ببینید، کد خود را درست کنید، رویداد آزمایشی بفرستید و سپس بازارسال کنید.',
    },
    {
      cause: 'The endpoint did not answer with 2xx.',
      fix: 'See its answer in the details of the delivery, correct your code, send a test event, then replay.',
    },
    'deliveries',
  ),
  webhook_timeout: because(
    {
      cause: 'مقصد وب‌هوک در زمان مقرر پاسخ نداد.',
      fix: 'اول پاسخ 200 بدهید و کار را بعد از آن انجام دهید. سپس بازارسال کنید.',
    },
    {
      cause: 'The endpoint did not answer in time.',
      fix: 'Answer 200 first and do the work afterwards. Then replay.',
    },
    'deliveries',
  ),
  webhook_unreachable: because(
    {
      cause: 'مقصد وب‌هوک در دسترس نبود.',
      fix: 'نام دامنه، دیوارهٔ آتش و روشن بودن کارساز را بررسی کنید. آدرس باید در اینترنت باز باشد.',
    },
    {
      cause: 'The endpoint could not be reached.',
      fix: 'Check the domain name, the firewall and that the server runs. The address has to be public.',
    },
    'deliveries',
  ),
  webhook_tls: because(
    {
      cause: 'گواهی TLS مقصد وب‌هوک پذیرفتنی نیست.',
      fix: 'گواهی را تازه کنید و زنجیرهٔ کامل آن را روی کارساز بگذارید.',
    },
    {
      cause: 'The TLS certificate of the endpoint is not acceptable.',
      fix: 'Renew the certificate and install its whole chain.',
    },
    'deliveries',
  ),
  webhook_redirect: because(
    {
      cause: 'مقصد وب‌هوک به جای دیگری هدایت کرد.',
      fix: 'هدایت دنبال نمی‌شود. آدرس نهایی را در مقصد وب‌هوک بنویسید.',
    },
    {
      cause: 'The endpoint answered with a redirect.',
      fix: 'Redirects are not followed. Enter the final address as the endpoint.',
    },
    'webhooks',
  ),
  webhook_gone: because(
    {
      cause: 'مقصد وب‌هوک گفت که دیگر وجود ندارد (کد 410) و غیرفعال شد.',
      fix: 'اگر خواست شما نبود، مقصد را درست کنید و در صفحهٔ وب‌هوک‌ها «فعال‌سازی و بازارسال» را بزنید.',
    },
    {
      cause: 'The endpoint said that it is no more (410) and was disabled.',
      fix: 'If this was not meant, correct it, then choose “Enable and replay” on the page of webhooks.',
    },
    'webhooks',
  ),
  webhook_broken: because(
    {
      cause: 'گفت‌وگو با مقصد وب‌هوک نیمه‌کاره ماند.',
      fix: 'پاسخ باید کوتاه و کامل باشد. گزارش کارساز خود را در همان زمان ببینید.',
    },
    {
      cause: 'The exchange with the endpoint broke off.',
      fix: 'The answer has to be short and complete. See the log of your server at that time.',
    },
    'deliveries',
  ),
  endpoint_disabled: because(
    {
      cause: 'مقصد وب‌هوک غیرفعال است، پس این رویدادها ارسال نشدند.',
      fix: 'در صفحهٔ وب‌هوک‌ها مقصد را فعال کنید و رویدادهای جامانده را بازارسال کنید.',
    },
    {
      cause: 'The endpoint is disabled, so these events were not delivered.',
      fix: 'Enable it on the page of webhooks and replay what was missed.',
    },
    'webhooks',
  ),
} as const satisfies Record<string, Cause>;

const OTHERS = {
  other: because(
    {
      cause: 'علت این خطا شناخته نیست.',
      fix: 'گزارش را کپی کنید و برای پشتیبانی بفرستید.',
    },
    { cause: 'The cause of this is not known.', fix: 'Copy the report and send it to the support.' },
  ),
} as const satisfies Record<string, Cause>;

export const CAUSES = { ...SETTINGS, ...CONSENTS, ...SENDING, ...SERVERS, ...OTHERS };
export type CauseKey = keyof typeof CAUSES;

/** What fails, by kind: each code of ours leads to one cause. */
export type TroubleKind = 'message' | 'delivery' | 'grant' | 'consent' | 'init' | 'event' | 'action';

const OF_MESSAGES: Record<string, CauseKey> = {
  consent_required: 'consent_missing',
  grant_broken: 'grant_ended',
  grant_revoked: 'grant_ended',
  api_key_refused: 'api_key_refused',
  forbidden: 'permission_missing',
  target_not_found: 'target_not_found',
  recipient_restricted: 'recipient_restricted',
  refused_by_divar: 'refused_by_divar',
  divar_unreachable: 'divar_unreachable',
  divar_unavailable: 'divar_unreachable',
  throttled: 'throttled',
  outcome_unknown: 'outcome_unknown',
  not_renderable: 'message_invalid',
  poisoned: 'message_invalid',
  app_not_ready: 'app_not_ready',
};

const OF_DELIVERIES: Record<string, CauseKey> = {
  bad_status: 'webhook_bad_status',
  timeout: 'webhook_timeout',
  unreachable: 'webhook_unreachable',
  tls: 'webhook_tls',
  redirect: 'webhook_redirect',
  gone: 'webhook_gone',
  reset: 'webhook_broken',
  too_large: 'webhook_broken',
  endpoint_disabled: 'endpoint_disabled',
};

export const DELIVERY_CODES = Object.keys(OF_DELIVERIES);

/** Of Divar's calls that we refused. */
const OF_CALLS: Record<string, CauseKey> = {
  unauthorized: 'identification_key_wrong',
  invalid_request: 'call_invalid',
  body_too_large: 'call_invalid',
  unsupported_media_type: 'call_invalid',
  internal: 'own_trouble',
  unavailable: 'own_trouble',
};

const BY_KIND: Record<TroubleKind, Record<string, CauseKey>> = {
  message: OF_MESSAGES,
  delivery: OF_DELIVERIES,
  grant: {
    refused: 'grant_ended',
    refresh_lost: 'grant_ended',
    access_refused: 'grant_ended',
  },
  consent: { failed: 'consent_failed', denied: 'consent_refused' },
  init: OF_CALLS,
  event: OF_CALLS,
  action: OF_CALLS,
};

export function causeOf(kind: TroubleKind, code: string): CauseKey {
  const known = BY_KIND[kind];
  return Object.hasOwn(known, code) ? (known[code] ?? 'other') : 'other';
}
