/** Building blocks of the chat page: elements, Persian numbers and times, calls to the control API. */
export const KIT_SCRIPT = String.raw`
const SVG = 'http://www.w3.org/2000/svg';

function el(tag, props, children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === false) continue;
    if (name === 'class') node.className = value;
    else if (name === 'text') node.textContent = value;
    else if (name === 'onclick') node.addEventListener('click', value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...(children || []).filter(Boolean));
  return node;
}

function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', '#i-' + name);
  svg.append(use);
  return svg;
}

const number = new Intl.NumberFormat('fa-IR');
const clock = new Intl.DateTimeFormat('fa-IR-u-nu-arabext', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Tehran' });
const exact = new Intl.DateTimeFormat('fa-IR-u-nu-arabext', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Tehran' });
const day = new Intl.DateTimeFormat('fa-IR-u-ca-persian-nu-arabext', { dateStyle: 'medium', timeZone: 'Asia/Tehran' });
const weekday = new Intl.DateTimeFormat('fa-IR', { weekday: 'long', timeZone: 'Asia/Tehran' });

function dayText(at) {
  return weekday.format(at) + '، ' + day.format(at);
}

function part(root, name) {
  return root.querySelector('[data-part="' + name + '"]');
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method: method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const reply = await response.json();
  if (!response.ok) throw Object.assign(new Error(reply.error || 'failed'), { status: response.status });
  return reply;
}

/* Bidi controls could make an address or a name read as another one: they are shown, not obeyed. */
function plain(text) {
  return String(text).replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, function (mark) {
    return '⟦U+' + mark.charCodeAt(0).toString(16).toUpperCase() + '⟧';
  });
}

const page = { state: null, chat: null, dialect: {}, faults: {}, timeoutMs: undefined };
`;
