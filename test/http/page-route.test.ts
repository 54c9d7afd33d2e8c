import test, { type ExecutionContext } from 'ava';
import { Problem } from '../../src/errors.ts';
import { createCookies } from '../../src/http/page-route.ts';
import { renderPage } from '../../src/http/pages.ts';
import type { PageReply, PageRequest } from '../../src/http/route.ts';
import { type KitOptions, sendRaw, startKit } from './kit.ts';

async function setup(
  t: ExecutionContext,
  answer: (request: PageRequest) => PageReply,
  options: KitOptions = {},
) {
  const seen: PageRequest[] = [];
  const kit = await startKit(t, {
    routes: [
      {
        kind: 'page',
        method: 'GET',
        path: '/s/:handle',
        summary: 'A page',
        handle: async (request) => {
          seen.push(request);
          return answer(request);
        },
      },
    ],
    ...options,
  });
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(kit.url + path, { headers, method, redirect: 'manual' });
  return { ...kit, seen, get };
}

const page = () => ({ status: 200, html: renderPage({ title: 'عنوان', message: 'متن' }) });

test('a page carries a policy that runs no script, loads nothing, and cannot be framed or kept', async (t) => {
  const { get } = await setup(t, page);
  const { headers } = await get('/s/x');
  t.is(headers.get('content-type'), 'text/html; charset=utf-8');
  const policy = headers.get('content-security-policy') ?? '';
  for (const directive of [
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
  ]) {
    t.true(policy.includes(directive), directive);
  }
  t.regex(policy, /style-src 'unsafe-inline' 'sha256-[A-Za-z0-9+/]{43}='/);
  t.is(headers.get('cache-control'), 'no-store');
  t.is(headers.get('referrer-policy'), 'no-referrer');
  t.is(headers.get('x-content-type-options'), 'nosniff');
  t.is(headers.get('cross-origin-opener-policy'), 'same-origin');
  t.is(headers.get('cross-origin-resource-policy'), 'same-origin');
  t.is(headers.get('strict-transport-security'), null);
});

test('on https, browsers are told to stay on it', async (t) => {
  const { get } = await setup(t, page, { publicUrl: 'https://gate.example' });
  t.regex((await get('/s/x')).headers.get('strict-transport-security') ?? '', /^max-age=\d{8}/);
});

test('the handler gets the parts of the request, HEAD as HEAD', async (t) => {
  const { get, seen } = await setup(t, page);
  await get('/s/a%2Fb?code=1&code=2', { cookie: 'a=1; pvd_visit="x=y"; a=2' });
  t.like(seen[0], { method: 'GET', params: { handle: 'a/b' } });
  t.deepEqual(seen[0]?.query.getAll('code'), ['1', '2']);
  t.deepEqual(
    [...(seen[0]?.cookies ?? [])],
    [
      ['a', '1'],
      ['pvd_visit', '"x=y"'],
    ],
  );
  const head = await get('/s/x', {}, 'HEAD');
  t.is(seen[1]?.method, 'HEAD');
  t.is(await head.text(), '');
  t.true(Number(head.headers.get('content-length')) > 500);
});

test('a redirect goes exactly where the handler says, without an opener policy', async (t) => {
  const location = 'https://open-platform-redirect.divar.ir/completion';
  const { get } = await setup(t, () => ({ status: 303, location }));
  const answer = await get('/s/x', { host: 'evil.example' });
  t.is(answer.status, 303);
  t.is(answer.headers.get('location'), location);
  t.is(answer.headers.get('cross-origin-opener-policy'), null);
  t.is(answer.headers.get('referrer-policy'), 'no-referrer');
});

test('an address with Persian letters and one with line breaks become plain ones', async (t) => {
  const { get } = await setup(t, ({ params }) => ({
    status: 303,
    location:
      params.handle === 'fa'
        ? 'https://shop.example/سفارش?نام=علی'
        : 'https://shop.example/\r\nSet-Cookie: a=b',
  }));
  t.is(
    (await get('/s/fa')).headers.get('location'),
    'https://shop.example/%D8%B3%D9%81%D8%A7%D8%B1%D8%B4?%D9%86%D8%A7%D9%85=%D8%B9%D9%84%DB%8C',
  );
  const split = await get('/s/split');
  t.is(split.status, 303);
  t.is(split.headers.get('set-cookie'), null);
});

test('cookies are for this host and for servers only, and come back under their plain name', async (t) => {
  const cookies = [
    { name: 'pvd_visit', value: 'v1', maxAgeSeconds: 60 },
    { name: 'pvd_login', value: 'v2', maxAgeSeconds: 0 },
  ];
  const { get } = await setup(t, () => ({ status: 200, cookies }));
  t.deepEqual((await get('/s/x')).headers.getSetCookie(), [
    'pvd_visit=v1; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    'pvd_login=v2; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
  ]);
});

test('on https a cookie of ours counts with the prefix only', (t) => {
  const cookies = createCookies('https://gate.example');
  t.is(
    cookies.write({ name: 'pvd_visit', value: 'v', maxAgeSeconds: 60 }),
    '__Host-pvd_visit=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure',
  );
  t.deepEqual(
    [...cookies.read('pvd_visit=planted; __Host-pvd_visit=ours; pvd_lang=en')],
    [
      ['pvd_lang', 'en'],
      ['pvd_visit', 'ours'],
    ],
  );
  t.deepEqual([...cookies.read('pvd_login=planted')], []);
  t.deepEqual([...cookies.read('__Host-pvd_visit=ours; __Host-pvd_visit=second')], [['pvd_visit', 'ours']]);
  t.deepEqual([...cookies.read(';;=; a; =b; ')], [['', '']]);
});

test('a room may say something else than the kit', async (t) => {
  const { get } = await setup(t, () => ({
    status: 200,
    file: { bytes: Buffer.from([1, 2, 3]), contentType: 'font/woff2' },
    headers: { 'cache-control': 'public, max-age=60', 'Content-Security-Policy': "default-src 'self'" },
  }));
  const answer = await get('/s/x');
  t.deepEqual([...new Uint8Array(await answer.arrayBuffer())], [1, 2, 3]);
  t.is(answer.headers.get('cache-control'), 'public, max-age=60');
  t.is(answer.headers.get('content-security-policy'), "default-src 'self'");
  t.is(answer.headers.get('content-type'), 'font/woff2');
});

test('JSON for anyone goes out as JSON', async (t) => {
  const { get } = await setup(t, () => ({ status: 200, json: { keys: [] } }));
  const answer = await get('/s/x');
  t.is(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  t.deepEqual(await answer.json(), { keys: [] });
});

test('a browser sees a problem as a Persian page, a program as a document', async (t) => {
  const { get } = await setup(t, () => {
    throw new Problem('code_spent', { detail: 'for programs' });
  });
  const shown = await get('/s/x', { accept: 'text/html,application/xhtml+xml' });
  t.is(shown.status, 410);
  const html = await shown.text();
  t.regex(html, /<html lang="fa" dir="rtl">/);
  t.true(html.includes(shown.headers.get('x-request-id') ?? 'none'));
  t.false(html.includes('for programs'));
  const told = await get('/s/x', { accept: '*/*' });
  t.is(told.headers.get('content-type'), 'application/problem+json');
  t.like(await told.json(), {
    code: 'code_spent',
    detail: 'for programs',
    request_id: told.headers.get('x-request-id') ?? '',
  });
  t.is(
    (await get('/nothing', { accept: 'text/html' })).headers.get('content-type'),
    'text/html; charset=utf-8',
  );
});

test('a crash shows no cause to anybody', async (t) => {
  const { get } = await setup(t, () => {
    throw new Error('inner detail');
  });
  for (const accept of ['text/html', '*/*']) {
    const answer = await get('/s/x', { accept });
    t.is(answer.status, 500);
    t.false((await answer.text()).includes('inner'));
  }
});

test('absolute-form addresses and a foreign Host change nothing', async (t) => {
  const { port, seen } = await setup(t, page);
  await sendRaw(
    port,
    'GET http://evil.example/s/x?a=1 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
  );
  t.is(seen[0]?.params.handle, 'x');
  t.is(seen[0]?.query.get('a'), '1');
});
