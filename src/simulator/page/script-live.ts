/** Keeps the page live: waits for hops, reads the state after each, and reconnects when the line is lost. */
export const LIVE_SCRIPT = `
const WAIT_MS = 20000;
const RETRY_MS = 2000;
const views = new Set();
const phones = [createPhone('seller'), createPhone('buyer')];
const trace = createTrace();
const picker = document.getElementById('conversation');

function chatTitle(state, chat) {
  if (chat.post) return chat.post.title;
  const app = state.apps.find(function (one) { return one.slug === chat.app; });
  return 'چت‌بات ' + (app ? app.display : chat.app) + ' با ' + state.people[chat.person];
}

function pickChat(state) {
  const wanted = picker.value || new URLSearchParams(location.search).get('conversation');
  const ids = state.chats.map(function (chat) { return chat.conversation; }).join();
  if (picker.dataset.ids !== ids) {
    picker.dataset.ids = ids;
    picker.replaceChildren(...state.chats.map(function (chat) {
      return el('option', { value: chat.conversation, text: plain(chatTitle(state, chat)) });
    }));
  }
  const chat = state.chats.find(function (one) { return one.conversation === wanted; }) || state.chats[0];
  picker.value = chat.conversation;
  return chat;
}

async function refresh() {
  page.state = await call('GET', '/__state');
  page.chat = pickChat(page.state);
  for (const phone of phones) phone.update(page.state, page.chat);
}

function showOffline(offline) {
  page.offline = offline;
  document.querySelector('[data-part="offline"]').hidden = !offline;
  for (const field of document.querySelectorAll('.composer textarea, .composer button')) field.disabled = offline;
}

async function follow() {
  let after = 0;
  for (;;) {
    try {
      const reply = await call('GET', '/__log?after=' + after + '&wait_ms=' + (page.state ? WAIT_MS : 0));
      if (reply.latest < after) trace.clear();
      after = reply.latest;
      if (page.offline || !page.state) showOffline(false);
      trace.add(reply.hops);
      await refresh();
    } catch (error) {
      showOffline(true);
      await new Promise(function (resolve) { setTimeout(resolve, RETRY_MS); });
    }
  }
}

picker.addEventListener('change', refresh);
for (const tab of document.querySelectorAll('[data-tab]'))
  tab.addEventListener('click', function () {
    document.body.className = 'chat-page tab-' + tab.dataset.tab;
    for (const one of document.querySelectorAll('[data-tab]')) one.setAttribute('aria-pressed', String(one === tab));
    for (const log of document.querySelectorAll('.log')) log.scrollTop = log.scrollHeight;
  });
document.addEventListener('keydown', function (event) {
  if (!event.altKey || (event.code !== 'Digit1' && event.code !== 'Digit2')) return;
  event.preventDefault();
  const index = event.code === 'Digit1' ? 0 : 1;
  document.querySelector('[data-tab="' + (index ? 'buyer' : 'seller') + '"]').click();
  phones[index].focus();
});

/* The completion page says that the visit is over; windows that cannot close themselves are closed here. */
new BroadcastChannel('simulator').addEventListener('message', function () {
  setTimeout(function () {
    for (const view of views) if (view && !view.closed) view.close();
    views.clear();
    window.focus();
  }, 1200);
});

createTools();
follow();
`;
