import { Script } from 'node:vm';
import test from 'ava';
import { createWorld } from '../../src/simulator/cast.ts';
import { forgetOld } from '../../src/simulator/forget.ts';
import { renderChatPage } from '../../src/simulator/page/chat-page.ts';
import { CHAT_SCRIPT } from '../../src/simulator/page/chat-script.ts';
import { COMPLETION_SCRIPT } from '../../src/simulator/page/completion-page.ts';
import { renderPage } from '../../src/simulator/page/shell.ts';
import { SLUG, STATE, setup } from './setup.ts';

const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((one) => one[1] ?? '');

test('the scripts parse', (t) => {
  for (const text of [CHAT_SCRIPT, COMPLETION_SCRIPT]) t.notThrows(() => new Script(text));
});

test('the script finds every part, icon and control it asks the page for', (t) => {
  const page = renderChatPage();
  const asked = [
    ...found(CHAT_SCRIPT, /part\(root, '([\w-]+)'\)/g),
    ...found(CHAT_SCRIPT, /\[data-part="([\w-]+)"\]'/g),
  ];
  t.true(asked.length > 10);
  for (const name of asked) t.true(page.includes(`data-part="${name}"`), name);
  for (const name of found(CHAT_SCRIPT, /icon\('(\w+)'\)/g)) t.true(page.includes(`id="i-${name}"`), name);
  for (const name of found(page, /href="#i-(\w+)"/g)) t.true(page.includes(`id="i-${name}"`), name);
  for (const name of found(page, /data-do="(\w+)"/g)) t.true(CHAT_SCRIPT.includes(name), name);
});

test('Persian texts use Persian letters, and pages carry no inline script, style or handler', (t) => {
  const page = renderChatPage();
  for (const text of [page, CHAT_SCRIPT]) t.false(/[يك]/.test(text));
  t.false(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/.test(page));
});

test('names of apps and titles cannot become markup', async (t) => {
  const { register, request, authorizeUrl, url } = await setup(t);
  await register({ display: '<img src=x onerror=alert(1)>' });
  const page = await request('GET', authorizeUrl().slice(url.length));
  t.false(page.text.includes('<img'));
  const refused = await request('GET', `/oauth2/auth?client_id=${SLUG}&redirect_uri=<b>&state=${STATE}`);
  t.false(refused.text.includes('<b>'));
  t.true(renderPage({ title: '</title><b>', body: '', className: '' }).includes('&lt;/title&gt;'));
});

test('forgets codes, tokens, grants and visits that nobody can use any more', (t) => {
  const world = createWorld();
  const grant = { app: 'a', person: 'buyer', scopes: [], createdAt: 0 } as const;
  world.codes.old = { app: 'a', redirectUri: '', scopes: [], person: 'buyer', expiresAt: 0 };
  world.tokens.old = { kind: 'access', grant: 'old', expiresAt: 0 };
  world.tokens.live = { kind: 'access', grant: 'live', expiresAt: 10 * 86_400_000 };
  world.grants.old = { ...grant, id: 'old', scopes: [], until: 0 };
  world.grants.live = { ...grant, id: 'live', scopes: [], until: 10 * 86_400_000 };
  world.visits.old = { id: 'old', app: 'a', as: 'buyer', url: '', startedAt: 0 };
  forgetOld(world, 2 * 86_400_000);
  t.deepEqual([world.codes, world.tokens, world.grants, world.visits].map(Object.keys), [
    [],
    ['live'],
    ['live'],
    [],
  ]);
});
