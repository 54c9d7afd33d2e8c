/** One phone: its messages, its composer, the sheet of add-ons, and the window an add-on opens in. */
export const PHONE_SCRIPT = `
const ACTION_ICONS = { open_direct_link: 'external', open_server_link: 'window', get_dynamic_action: 'bolt', open_post_page: 'photo', open_post_manage_page: 'photo' };
const ERROR_TEXT = 'مشکلی پیش آمد و افزونه باز نشد. دوباره تلاش کنید.';
const TOAST_MS = 6000;

function logo(name, big) {
  return el('span', { class: big ? 'logo big' : 'logo', 'aria-hidden': 'true', text: (name || '؟').trim().slice(0, 1) });
}

function createPhone(side) {
  const root = document.getElementById('side-' + side);
  const log = part(root, 'log');
  const sheet = part(root, 'sheet');
  const sheetBack = part(root, 'sheet-back');
  const composer = part(root, 'composer');
  const field = composer.elements.text;
  const menu = root.querySelector('.menu');
  let shown = '';
  let toastTimer;

  function toast(text, link) {
    const node = part(root, 'toast');
    clearTimeout(toastTimer);
    node.replaceChildren(document.createTextNode(text + ' '));
    if (link) node.append(el('a', { href: link, target: '_blank', text: 'باز کردن' }));
    toastTimer = setTimeout(function () { node.replaceChildren(); }, link ? 60000 : TOAST_MS);
  }

  /* The window opens in the moment of the click, or browsers hold it for an advertisement. */
  async function tap(fields) {
    const view = window.open('/opening', 'webview-' + side, 'popup,width=430,height=780');
    try {
      const request = Object.assign({ as: side, conversation: page.chat.conversation, dialect: page.dialect }, fields);
      if (fields.kind === 'button') delete request.conversation;
      const result = await call('POST', '/__tap', request);
      if (result.text_message) toast(result.text_message);
      if (!result.open) {
        if (view) view.close();
        if (!result.text_message) toast(ERROR_TEXT);
        return false;
      }
      if (view) view.location.replace(result.open);
      else toast('مرورگر پنجرهٔ افزونه را نگه داشت.', result.open);
      views.add(view);
      return true;
    } catch (error) {
      if (view) view.close();
      toast(ERROR_TEXT);
      return false;
    }
  }

  function closeSheet() {
    sheet.hidden = true;
    sheetBack.hidden = true;
    root.querySelector('[data-do="sheet"]').focus();
  }

  function sheetHead(title, back) {
    return el('div', { class: 'sheet-head' }, [
      back && el('button', { type: 'button', class: 'round', 'aria-label': 'بازگشت به فهرست', onclick: back }, [icon('back')]),
      el('strong', { text: title }),
      el('button', { type: 'button', class: 'round', 'aria-label': 'بستن', onclick: closeSheet }, [icon('close')]),
    ]);
  }

  function showProvider(app, kind) {
    const start = el('button', { type: 'button', class: 'primary', text: 'شروع فرایند' });
    start.addEventListener('click', async function () {
      start.disabled = true;
      start.textContent = 'در حال باز کردن…';
      await tap({ app: app.slug, kind: kind });
      closeSheet();
    });
    sheet.replaceChildren(
      sheetHead('', function () { showList(kind); }),
      el('div', { class: 'provider' }, [
        logo(app.display, true),
        el('strong', { text: plain(app.display) }),
        app.subtitle && el('span', { class: 'muted', text: plain(app.subtitle) }),
        app.description && el('p', { class: 'description', dir: 'auto', text: plain(app.description) }),
        start,
      ]),
    );
    start.focus();
  }

  function showList(kind) {
    const items = page.state.apps.map(function (app) {
      return el('button', { type: 'button', class: 'item', onclick: function () { showProvider(app, kind); } }, [
        logo(app.display),
        el('span', { class: 'item-text' }, [el('strong', { text: plain(app.display) }), app.subtitle && el('small', { text: plain(app.subtitle) })]),
        icon('forward'),
      ]);
    });
    const none = el('p', { class: 'empty', text: 'هنوز افزونه‌ای ثبت نشده است. برنامهٔ آزمایشی را در پنل پیوند بسازید تا این‌جا دیده شود.' });
    sheet.replaceChildren(sheetHead('افزونه‌های چت دیوار'), ...(items.length ? items : [none]));
    sheet.hidden = false;
    sheetBack.hidden = false;
    (sheet.querySelector('.item') || sheet).focus();
  }

  function renderButton(message, button, row, column, view) {
    const name = Object.keys(button.action)[0];
    const node = el('button', { type: 'button' }, [icon(ACTION_ICONS[name] || 'window'), el('span', { text: plain(button.caption) })]);
    node.addEventListener('click', async function () {
      node.disabled = true;
      await tap({ app: message.app, kind: 'button', button: { message_id: message.id, side: view, row: row, column: column } });
      node.disabled = false;
    });
    return node;
  }

  function renderMessage(message, view) {
    const own = message.side === view;
    const at = new Date(message.sent_at);
    const meta = el('div', { class: 'meta' }, [el('time', { datetime: message.sent_at, text: clock.format(at) }), own && icon('ticks')]);
    const text = el('div', { class: 'text', dir: 'auto', text: message.text || (message.media_type ? 'پیوست: ' + message.media_type : '') });
    if (message.sender !== 'app')
      return el('div', { class: own ? 'bubble own' : 'bubble', 'data-message': message.id }, [text, meta]);
    const rows = message.buttons.map(function (buttons, row) {
      return el('div', { class: 'row' }, buttons.map(function (button, column) { return renderButton(message, button, row, column, view); }));
    });
    return el('div', { class: own ? 'bubble app own' : 'bubble app', 'data-message': message.id }, [
      el('div', { class: 'app-name' }, [logo(message.display), el('span', { text: plain(message.display) })]),
      el('div', { class: 'body' }, [text, meta]),
    ].concat(rows));
  }

  function renderLog(messages, view, note) {
    const nodes = [];
    let lastDay = '';
    for (const message of messages) {
      const today = dayText(new Date(message.sent_at));
      if (today !== lastDay) nodes.push(el('div', { class: 'day', text: today }));
      lastDay = today;
      nodes.push(renderMessage(message, view));
    }
    if (!nodes.length) nodes.push(el('p', { class: 'quiet-note', text: note }));
    log.replaceChildren(...nodes);
    log.scrollTop = log.scrollHeight;
  }

  function update(state, chat) {
    const bot = chat.type === 'BOT';
    const mine = !bot || chat.person === side;
    const view = bot ? 'buyer' : side;
    const peer = bot ? (state.apps.find(function (one) { return one.slug === chat.app; }) || { display: chat.app }).display : state.people[side === 'seller' ? 'buyer' : 'seller'];
    part(root, 'time').textContent = clock.format(new Date(state.now));
    part(root, 'peer').textContent = plain(peer);
    part(root, 'presence').textContent = chat.blocked ? 'مسدود است' : bot ? 'چت‌بات' : 'آنلاین';
    part(root, 'post').textContent = chat.post ? plain(chat.post.title) : 'گفتگو با چت‌بات';
    part(root, 'price').textContent = chat.post ? number.format(chat.post.price_toman) + ' تومان' : '';
    const block = root.querySelector('[data-do="block"]');
    block.setAttribute('aria-pressed', String(chat.blocked));
    block.textContent = chat.blocked ? 'رفع مسدودی' : 'مسدود کردن طرف مقابل';
    field.disabled = !mine || page.offline;
    const messages = mine ? chat.sides[view] : [];
    const mark = JSON.stringify([chat.conversation, messages]);
    if (mark === shown) return;
    shown = mark;
    renderLog(messages, view, mine ? 'هنوز پیامی نیست. سلام کنید یا با دکمهٔ پازل افزونه‌ای باز کنید.' : 'این گفتگو با شخص دیگری است.');
  }

  composer.addEventListener('submit', async function (event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = '';
    composer.classList.remove('has-text');
    try {
      await call('POST', '/__chats/' + page.chat.conversation + '/messages', { as: side, text: text });
    } catch (error) {
      field.value = text;
      toast('پیام فرستاده نشد. دوباره تلاش کنید.');
    }
  });
  field.addEventListener('input', function () {
    composer.classList.toggle('has-text', field.value.trim() !== '');
  });
  field.addEventListener('keydown', function (event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  sheetBack.addEventListener('click', closeSheet);
  root.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape') return;
    menu.open = false;
    if (!sheet.hidden) closeSheet();
  });
  root.addEventListener('click', async function (event) {
    const button = event.target.closest('[data-do]');
    if (!menu.contains(event.target)) menu.open = false;
    if (!button) return;
    const what = button.dataset.do;
    menu.open = false;
    if (what === 'sheet' || what === 'post') await refresh();
    if (what === 'sheet') showList('chat');
    if (what === 'post') showList('post_addon');
    if (what === 'block') await call('PUT', '/__chats/' + page.chat.conversation, { blocked: !page.chat.blocked });
    if (what === 'revoke')
      for (const app of page.state.apps) await call('POST', '/__revoke', { app: app.slug, user: side });
    if (what === 'revoke') toast('اجازهٔ همهٔ افزونه‌ها پس گرفته شد.');
    await refresh();
  });

  return { update: update, focus: function () { field.focus(); }, light: function (id) {
    for (const bubble of log.querySelectorAll('[data-message]')) bubble.classList.toggle('lit', bubble.dataset.message === id);
  } };
}
`;
