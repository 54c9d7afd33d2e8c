import { createHash } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { isDocumented } from '../../src/api/docs.ts';
import { anchorOf, escapeHtml } from '../../src/api/docs-html.ts';
import { createApp } from '../../src/app.ts';
import { PROBLEMS } from '../../src/errors.ts';
import { EVENT_TYPES } from '../../src/events/events.ts';
import { exampleData } from '../../src/events/examples.ts';
import { MESSAGE_CODES } from '../../src/messages/messages.ts';
import { listOperations } from '../../src/proxy/operations.ts';
import { testNewId, testRandom, testSeal } from '../helpers/fakes.ts';
import { startKit } from '../http/kit.ts';

/** Every route of the product; nothing of it is called, so nothing stands behind it. */
function allRoutes() {
  const settings = {
    version: '1.2.3',
    publicUrl: 'https://gate.example',
    adminUrl: 'https://gate.example',
    trustedProxies: [],
    panelDir: '/nowhere',
  };
  const given = {
    settings,
    hostsOf: () => ({}),
    log: {},
    mail: {},
    random: testRandom,
    seal: testSeal(),
    newId: testNewId(),
  };
  return createApp(given as never).routes;
}

async function setup(t: ExecutionContext) {
  const routes = allRoutes();
  const { url } = await startKit(t, { routes: routes.filter((route) => route.path === '/docs') });
  const reply = await fetch(`${url}/docs`, { headers: { accept: 'text/html' } });
  t.is(reply.status, 200);
  return { reply, html: await reply.text(), routes };
}

test('every route, event, problem, code and call of Divar appears', async (t) => {
  const { html, routes } = await setup(t);
  t.true(routes.length > 50);
  for (const { method, path } of routes.filter(isDocumented)) {
    const shown = path.startsWith('/v1/') ? path.replace(/[:*](\w+)/g, '{$1}') : path;
    t.true(html.includes(`<span class="method">${method}</span> <code>${shown}</code>`), `${method} ${path}`);
  }
  for (const type of EVENT_TYPES) {
    t.true(html.includes(`id="${anchorOf('event', type)}"`), type);
    const [member] = Object.keys(exampleData(type));
    t.true(html.includes(escapeHtml(`"${member}":`)), type);
  }
  for (const code of Object.keys(PROBLEMS)) t.true(html.includes(`id="problem-${code}"`), code);
  for (const code of Object.keys(MESSAGE_CODES)) t.true(html.includes(`<code>${code}</code>`), code);
  for (const [, path] of listOperations()) t.true(html.includes(`/v1/divar${path}</code>`), path);
  t.true(html.includes('standardwebhooks'));
});

test('every link leads to a place that is there, and no place is there twice', async (t) => {
  const { html } = await setup(t);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  t.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
  const targets = new Set([...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id));
  t.deepEqual(
    [...targets].filter((target) => !ids.includes(target)),
    [],
  );
});

test('runs no script, loads nothing, and stays light', async (t) => {
  const { reply, html } = await setup(t);
  t.notRegex(html, /<script|<img|<link|<iframe|@import|url\(| on\w+=/i);
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(html) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = reply.headers.get('content-security-policy') ?? '';
  t.true(policy.includes(`'sha256-${hash}'`));
  t.true(policy.startsWith("default-src 'none'"));
  t.true(policy.includes("frame-ancestors 'none'"));
  t.true(Buffer.byteLength(html) < 400_000, String(Buffer.byteLength(html)));
  t.log(`${Math.round(Buffer.byteLength(html) / 1024)} KiB`);
});
