/** The parts of the panel that need no browser. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { DICTIONARIES, translateIn } from '../../admin-ui/src/i18n/translate.ts';
import { fetchStartInfo, readStartInfo } from '../../admin-ui/src/start/start-info.ts';

const { fa, en } = DICTIONARIES;
const holesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

const REPLY = {
  version: '0.1.0',
  ready: true,
  public_url: 'http://localhost:3000',
  simulator_url: null,
  demo_url: 'http://localhost:3002',
  docs_url: 'http://localhost:3000/docs',
  mailbox_url: null,
};

test('no key stands in two dictionaries, where one would hide the other', (t) => {
  const folder = path.resolve(import.meta.dirname, '../../admin-ui/src/i18n');
  for (const language of ['fa', 'en']) {
    const files = readdirSync(folder).filter(
      (name) => name === `${language}.ts` || name.startsWith(`${language}-`),
    );
    const keys = files.flatMap((name) =>
      [...readFileSync(path.join(folder, name), 'utf8').matchAll(/^ {2}(\w+):/gm)].map(([, key]) => key),
    );
    t.deepEqual(
      keys.filter((key, at) => keys.indexOf(key) !== at),
      [],
    );
  }
});

test('both languages have the same keys with the same holes', (t) => {
  t.deepEqual(Object.keys(en).sort(), Object.keys(fa).sort());
  for (const key of Object.keys(fa) as (keyof typeof fa)[])
    t.deepEqual(holesOf(en[key]), holesOf(fa[key]), key);
});

test('no text is empty, left untranslated, or written with Arabic letters and digits', (t) => {
  for (const key of Object.keys(fa) as (keyof typeof fa)[]) {
    t.not(fa[key].trim(), '', key);
    t.not(en[key].trim(), '', key);
    t.not(fa[key], en[key], key);
    t.notRegex(fa[key] + en[key], /[يك٠-٩]/, key);
  }
});

test('fills holes with text that keeps its own direction, and leaves the others', (t) => {
  t.is(translateIn('fa')('version', { version: '0.1.0' }), 'نسخهٔ \u20680.1.0\u2069');
  t.regex(translateIn('en')('version', { other: '1' }), /\{version\}/);
});

test('reads what the gateway tells, and nothing that is not what it should be', (t) => {
  t.deepEqual(readStartInfo(REPLY), {
    version: '0.1.0',
    isReady: true,
    publicUrl: 'http://localhost:3000',
    simulatorUrl: null,
    demoUrl: 'http://localhost:3002',
    docsUrl: 'http://localhost:3000/docs',
    mailboxUrl: null,
  });
  for (const change of [
    { simulator_url: 'javascript:alert(1)' },
    { demo_url: undefined },
    { docs_url: 'https://' },
    { mailbox_url: 'mail' },
    { public_url: null },
    { version: 1 },
    { ready: 'yes' },
  ])
    t.is(readStartInfo({ ...REPLY, ...change }), undefined, JSON.stringify(change));
  for (const reply of [undefined, null, 'text', 7, []]) t.is(readStartInfo(reply), undefined);
});

test('every failure has a reason that the page can say', async (t) => {
  const answers = (reply: Response) => () => Promise.resolve(reply);
  const fails = (error: Error) => () => Promise.reject(error);
  const problem = Response.json({ request_id: 'req_1' }, { status: 503 });
  const timeout = new DOMException('late', 'TimeoutError');
  const online = () => true;

  t.deepEqual(await fetchStartInfo(answers(problem), online), {
    failure: { reason: 'refused', status: 503, requestId: 'req_1' },
  });
  t.deepEqual(await fetchStartInfo(answers(new Response('<html>', { status: 502 })), online), {
    failure: { reason: 'refused', status: 502, requestId: undefined },
  });
  t.deepEqual(await fetchStartInfo(answers(new Response('<html>')), online), {
    failure: { reason: 'unreadable' },
  });
  t.deepEqual(await fetchStartInfo(fails(timeout), online), { failure: { reason: 'timeout' } });
  t.deepEqual(await fetchStartInfo(fails(new TypeError('failed')), online), {
    failure: { reason: 'unreachable' },
  });
  t.deepEqual(await fetchStartInfo(fails(new TypeError('failed')), () => false), {
    failure: { reason: 'offline' },
  });
});
