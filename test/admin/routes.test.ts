import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import type { StartInfo } from '../../src/admin/admin.ts';
import { createAdminRoutes } from '../../src/admin/routes.ts';
import { createHttpApp } from '../../src/http/server.ts';
import { createTestClock, testNewId, testSeal } from '../helpers/fakes.ts';
import { startServer } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(500))})`;
const BUILT = {
  'index.html': '<!doctype html>\n<html lang="fa" dir="rtl"><body><div id="root"></div></body></html>',
  'icon.svg': '<svg/>',
  'assets/index-a1.js': SCRIPT,
  'assets/index-a1.js.br': brotliCompressSync(SCRIPT),
  'assets/index-a1.js.gz': gzipSync(SCRIPT),
  'assets/index-b2.css': 'body{}',
  '.vite/manifest.json': '{}',
};
const INFO: StartInfo = {
  version: '0.1.0',
  isReady: true,
  publicUrl: 'http://localhost:3000',
  simulatorUrl: 'http://localhost:3001',
  demoUrl: null,
  docsUrl: 'http://localhost:3000/docs',
  mailboxUrl: 'http://localhost:3000/dev/mail',
};

async function setup(t: ExecutionContext, built: Record<string, string | Buffer> = BUILT) {
  const panelDir = await mkdtemp(join(tmpdir(), 'panel-'));
  t.teardown(() => rm(panelDir, { recursive: true }));
  for (const [path, content] of Object.entries(built)) {
    await mkdir(dirname(join(panelDir, path)), { recursive: true });
    await writeFile(join(panelDir, path), content);
  }
  const info = { ...INFO };
  const clock = createTestClock();
  const app = createHttpApp({
    routes: createAdminRoutes({ panelDir, start: () => info }),
    directory: {
      find: () => undefined,
      authenticate: () => undefined,
      openSecret: () => t.fail() as never,
      all: () => [],
      isWarm: () => true,
    },
    authenticate: { findApiKey: async () => undefined, verifySessionToken: async () => undefined },
    db: { tenant: () => Promise.reject(new Error('the panel has no tenant')) },
    seal: testSeal(),
    clock,
    newId: testNewId(clock),
    log: silentLog(),
    rateLimit: { take: () => Promise.reject(new Error('the panel is not counted')) },
    publicUrl: 'http://localhost:3000',
    trustedProxies: [],
    isReady: () => true,
  });
  const server = await startServer(app.callback);
  t.teardown(() => server.close());
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const reply = await fetch(server.url + path, { method, headers, redirect: 'manual' });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  };
  return { get, info };
}

test('every address of the panel shows its document, under a policy without inline code', async (t) => {
  const { get } = await setup(t);
  for (const path of ['/admin', '/admin/', '/admin/t/ten_1/messages', '/admin/login?next=%2Fadmin']) {
    const { status, headers, text } = await get(path, { accept: 'text/html' });
    t.is(status, 200, path);
    t.is(text, BUILT['index.html']);
    t.is(headers.get('content-type'), 'text/html; charset=utf-8');
    t.is(headers.get('cache-control'), 'no-store');
    t.is(headers.get('x-content-type-options'), 'nosniff');
    t.is(
      headers.get('content-security-policy'),
      "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
  }
});

test('the document is Persian until English was chosen', async (t) => {
  const { get } = await setup(t);
  t.regex((await get('/admin/', { 'accept-language': 'en' })).text, /<html lang="fa" dir="rtl">/);
  t.regex((await get('/admin/', { cookie: 'pvd_lang=en' })).text, /<html lang="en" dir="ltr">/);
  t.regex((await get('/admin/', { cookie: 'pvd_lang="><script>' })).text, /<html lang="fa" dir="rtl">/);
});

test('hashed files stay in the cache for ever, others are asked for again', async (t) => {
  const { get } = await setup(t);
  const script = await get('/admin/assets/index-a1.js', { 'accept-encoding': 'identity' });
  t.is(script.status, 200);
  t.is(script.text, SCRIPT);
  t.is(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
  t.is(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  t.is(script.headers.get('x-content-type-options'), 'nosniff');
  t.is((await get('/admin/assets/index-b2.css')).headers.get('content-type'), 'text/css; charset=utf-8');
  const icon = await get('/admin/icon.svg');
  t.is(icon.headers.get('content-type'), 'image/svg+xml');
  t.is(icon.headers.get('cache-control'), 'no-cache');
});

test('sends the compressed file that the browser takes', async (t) => {
  const { get } = await setup(t);
  const path = '/admin/assets/index-a1.js';
  const encodingFor = async (accepted: string) => {
    const { headers, text } = await get(path, { 'accept-encoding': accepted });
    t.is(text, SCRIPT);
    t.is(headers.get('vary'), 'Accept-Encoding');
    return headers.get('content-encoding');
  };
  t.is(await encodingFor('gzip, deflate, br'), 'br');
  t.is(await encodingFor('gzip'), 'gzip');
  t.is(await encodingFor('br;q=0, gzip;q=0.5'), 'gzip');
  t.is(await encodingFor('identity'), null);
  t.is(
    (await get('/admin/assets/index-b2.css', { 'accept-encoding': 'br' })).headers.get('content-encoding'),
    null,
  );
});

test('a file that is not there is a 404 and never the document', async (t) => {
  const { get } = await setup(t);
  for (const path of [
    '/admin/assets/index-old.js',
    '/admin/assets/',
    '/admin/assets/plain',
    '/admin/favicon.ico',
    '/admin/index.html',
    '/admin/.vite/manifest.json',
    '/admin/assets/index-a1.js.br',
    '/admin/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/admin/..%2f..%2fpackage.json',
    '/admin/assets/__proto__',
    '/admin/assets/%zz.js',
  ]) {
    const { status, text } = await get(path);
    t.is(status, 404, path);
    t.is((JSON.parse(text) as { code: string }).code, 'not_found', path);
  }
});

test('HEAD answers as GET does, without the body', async (t) => {
  const { get } = await setup(t);
  const { status, headers, text } = await get('/admin/assets/index-b2.css', {}, 'HEAD');
  t.is(status, 200);
  t.is(headers.get('content-length'), '6');
  t.is(text, '');
});

test('tells what runs here, as it is now, and nothing else', async (t) => {
  const { get, info } = await setup(t);
  const first = await get('/admin/api/v1/start');
  t.is(first.status, 200);
  t.is(first.headers.get('cache-control'), 'no-store');
  t.deepEqual(JSON.parse(first.text), {
    version: '0.1.0',
    ready: true,
    public_url: 'http://localhost:3000',
    simulator_url: 'http://localhost:3001',
    demo_url: null,
    docs_url: 'http://localhost:3000/docs',
    mailbox_url: 'http://localhost:3000/dev/mail',
  });
  info.isReady = false;
  t.false((JSON.parse((await get('/admin/api/v1/start')).text) as { ready: boolean }).ready);
});

test('an unknown call of the panel is a problem, not the document', async (t) => {
  const { get } = await setup(t);
  for (const path of ['/admin/api/v1/nothing', '/admin/api', '/admin/api/', '/admin/api/v2/start']) {
    const { status, headers } = await get(path);
    t.is(status, 404, path);
    t.is(headers.get('content-type'), 'application/problem+json');
  }
  t.is((await get('/admin/', {}, 'POST')).status, 405);
});

test('a panel that was not built is unavailable, and its JSON still answers', async (t) => {
  const { get } = await setup(t, {});
  t.is((await get('/admin/')).status, 503);
  t.is((await get('/admin/assets/index-a1.js')).status, 404);
  t.is((await get('/admin/api/v1/start')).status, 200);
});
