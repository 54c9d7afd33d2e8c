/** The trace between the phones: each hop with its direction, status, time, findings and raw content. */
export const TRACE_SCRIPT = `
const KINDS = {
  event: 'خبر رویداد', init: 'گرفتن آدرس شروع', action: 'کنش پویا', webview: 'باز شدن صفحهٔ افزونه', authorize: 'صفحهٔ اجازه',
  consent: 'تصمیم کاربر', token: 'گرفتن توکن', refresh: 'تازه کردن توکن', users: 'شناختن کاربر', send: 'ارسال پیام',
  read: 'خواندن گفتگو', post: 'خواندن آگهی', completion: 'بازگشت به دیوار', chat: 'پیام کاربر', assets: 'فهرست‌ها',
  subscribe: 'اشتراک رویداد', upload_token: 'توکن بارگذاری', upload: 'بارگذاری رسانه', unknown: 'نشانی ناشناخته',
};
const WAYS = { out: 'دیوار به افزونه', in: 'افزونه به دیوار', browser: 'مرورگر کاربر' };
/* What we hold against an add-on's answer; anything else is shown in Divar's own words. */
const FINDINGS = {
  http_status: 'پاسخ آدرس شروع ۲۰۰ نبود', content_type: 'نوع محتوای پاسخ JSON نیست', not_json: 'پاسخ یک شیء JSON نیست',
  extra_field: 'پاسخ فیلد اضافه دارد', status_field: 'فیلد status باید رشته باشد', message_field: 'فیلد message باید رشته باشد',
  refused: 'افزونه درخواست را نپذیرفت', url_missing: 'پاسخ نشانی ندارد', url_form: 'نشانی باید کامل و https باشد',
  id_in_url: 'شناسه‌ای در نشانی دیده می‌شود', secret_in_url: 'کلیدی در نشانی دیده می‌شود', weak_handle: 'دستگیرهٔ نشانی کوتاه و حدس‌زدنی است',
  too_slow: 'افزونه دیر پاسخ داد', unreachable: 'افزونه در دسترس نیست', empty_action: 'پاسخ نه کنش دارد نه متن',
  action_keys: 'کنش باید دقیقاً یک کلید داشته باشد', action_kind: 'این کنش در پاسخ مجاز نیست', text_message: 'متن پاسخ باید رشته باشد',
};
const PEOPLE = { seller: 'فروشنده', buyer: 'خریدار', stranger: 'شخص سوم', anonymous: 'ناشناس' };
/* A hop that failed is not only one with an error status: no answer at all is 0. */
function failed(hop) {
  return hop.kind !== 'chat' && (hop.status === 0 || hop.status >= 400);
}

function renderHop(hop) {
  const bad = failed(hop);
  const warned = !bad && hop.problems.length > 0;
  const raw = { method: hop.method, path: hop.path, app: hop.app, conversation: hop.conversation, request: hop.request, reply: hop.reply };
  const way = hop.kind === 'chat' || hop.direction === 'browser' ? (PEOPLE[hop.as] || WAYS.browser) : WAYS[hop.direction];
  const facts = el('span', { class: 'facts' }, [
    el('bdi', { dir: 'ltr', class: bad ? 'fail' : 'ok', text: hop.status === 0 ? '—' : String(hop.status) }),
    hop.ms ? ' · ' + number.format(hop.ms) + ' میلی‌ثانیه · ' : ' · ',
    el('time', { datetime: hop.at, text: exact.format(new Date(hop.at)) }),
  ]);
  const details = el('details', {}, [
    el('summary', {}, [el('span', { class: 'kind', text: KINDS[hop.kind] || hop.kind }), el('span', { class: 'way', text: way }), facts]),
    el('pre', { tabindex: '0', text: JSON.stringify(raw, null, 2) }),
  ]);
  const node = el('li', { class: 'hop ' + hop.direction + (warned ? ' warned' : '') }, [
    details,
    hop.fault && el('p', { class: 'problem', text: 'خطای ساختگی: ' }, [el('bdi', { dir: 'ltr', text: hop.fault })]),
  ].concat(hop.problems.map(function (problem) {
    const known = FINDINGS[problem.split(':')[0]];
    return el('p', { class: 'problem', title: known && plain(problem), text: known }, [!known && el('bdi', { dir: 'ltr', text: plain(problem) })]);
  })));
  details.addEventListener('toggle', function () {
    node.classList.toggle('lit', details.open);
    if (hop.message) for (const phone of phones) phone.light(details.open ? hop.message : null);
  });
  return node;
}

function createTrace() {
  const root = document.getElementById('side-trace');
  const list = part(root, 'hops');
  function tell() {
    const count = list.children.length;
    part(root, 'count').textContent = count ? number.format(count) + ' رخداد' : '';
    part(root, 'empty').hidden = count > 0;
  }
  root.querySelector('[data-do="clear"]').addEventListener('click', async function () {
    await call('DELETE', '/__log');
    list.replaceChildren();
    tell();
  });
  return {
    add: function (hops) {
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      list.append(...hops.map(renderHop));
      if (atEnd) list.scrollTop = list.scrollHeight;
      tell();
    },
    clear: function () { list.replaceChildren(); tell(); },
  };
}

/* What can be made to go wrong, and how Divar words its requests. The first of each list is the usual. */
const FAULTS = [
  ['پاسخ ارسال پیام', [['عادی', null], ['مسدود (۴۱۲)', { where: 'send', status: 412 }], ['سهمیه (۴۲۹)', { where: 'send', status: 429 }], ['خطای ۵۰۰', { where: 'send', status: 500 }], ['گم شدن پس از ثبت', { where: 'send', mode: 'reset_after_store' }]]],
  ['پاسخ توکن', [['عادی', null], ['خطای ۵۰۰', { where: 'token', status: 500 }], ['کلید نادرست (۴۰۱)', { where: 'token', status: 401 }], ['۵ ثانیه کند', { where: 'token', delay_ms: 5000 }]]],
];
const DIALECTS = [
  ['سرآیند نسخه', 'version_header', [['پیش‌فرض', null], ['API_VERSION', 'API_VERSION'], ['هر دو', 'both'], ['بدون سرآیند', 'none']]],
  ['کلید شناسایی', 'key', [['درست', null], ['نادرست', 'wrong'], ['بدون کلید', 'missing'], ['با Bearer', 'bearer']]],
  ['نام دادهٔ دکمه', 'data_key', [['extra_data', null], ['provider_data', 'provider_data'], ['هر دو', 'both']]],
  ['نوشتن سمت کاربر', 'side_case', [['SUPPLY', null], ['Supply', 'title'], ['supply', 'lower']]],
  ['مقدارهای خالی', 'nulls', [['نیامده', null], ['null', 'null'], ['رشتهٔ خالی', 'empty']]],
  ['مبدأ', 'source', [['پیش‌فرض', null], ['POST_ADODN', 'POST_ADODN']]],
];

function createTools() {
  const root = document.querySelector('[data-part="tools"]');
  function add(label, choices, choose) {
    const select = el('select', {}, choices.map(function (choice, index) { return el('option', { value: String(index), text: choice[0] }); }));
    select.addEventListener('change', function () { choose(choices[Number(select.value)][1]); });
    root.append(el('label', {}, [el('span', { text: label }), select]));
  }
  for (const [label, choices] of FAULTS)
    add(label, choices, function (fault) {
      page.faults[label] = fault;
      return call('PUT', '/__faults', Object.values(page.faults).filter(Boolean));
    });
  for (const [label, name, choices] of DIALECTS)
    add(label, choices, function (value) {
      if (value === null) delete page.dialect[name];
      else page.dialect[name] = value;
    });
}
`;
