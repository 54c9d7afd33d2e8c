import test from 'ava';
import { provision } from '../helpers/apps.ts';
import { V2_USER } from './fake-divar.ts';
import { codeOf, createBrowser, type Gateway, linksOf, startGateway } from './setup.ts';

const SEND = 'CONVERSATION_SEND_MESSAGE.{conversation_id}';
const SEND_HERE = 'CONVERSATION_SEND_MESSAGE.0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';

async function setup(t: Parameters<typeof startGateway>[0], generation: 'v1' | 'v2' = 'v2') {
  const gateway = await startGateway(t, { app: { generation, consent: { when: 'on_demand', scopes: [] } } });
  const browser = createBrowser();
  const { id, url } = await gateway.begin({ userId: V2_USER });
  await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(await browser.open(url)) });
  return { gateway, browser, id, url };
}

const ask = (gateway: Gateway, id: string, scopes: unknown) =>
  gateway.api('POST', `/v1/sessions/${id}/consent`, { scopes });

test.serial('asking for a consent needs a key, and a session of the app', async (t) => {
  const { gateway, id } = await setup(t);
  t.is(
    (await gateway.api('POST', `/v1/sessions/${id}/consent`, { scopes: ['USER_ID'] }, 'pvd_live_x')).status,
    401,
  );
  const other = await provision(gateway, {
    app: { external_id: 'other' },
    api_keys: [{ name: 'o', scopes: ['*'] }],
  });
  await gateway.directory.refresh();
  const foreign = await gateway.api(
    'POST',
    `/v1/sessions/${id}/consent`,
    { scopes: ['USER_ID'] },
    other.api_keys[0]?.key,
  );
  const unknown = await ask(gateway, 'ses_00000000000000000000000000', ['USER_ID']);
  for (const reply of [foreign, unknown]) t.like(reply, { status: 404, body: { code: 'not_found' } });
});

test.serial('scopes that are none are refused, all of them at once', async (t) => {
  const { gateway, id } = await setup(t);
  const bad = await ask(gateway, id, ['USER_ID', 'POST_EDIT__x', 'POST_EDIT.{user}']);
  t.is(bad.status, 400);
  t.deepEqual(
    bad.body.errors.map(({ path }: { path: string }) => path),
    ['body.scopes.1', 'body.scopes.2'],
  );
  for (const scopes of [undefined, [], 'USER_ID', [1], ['USER_ID\nX']])
    t.is((await ask(gateway, id, scopes)).status, 400);
});

test.serial('a visit that nobody has opened cannot be asked', async (t) => {
  const { gateway } = await setup(t);
  const { id } = await gateway.begin();
  t.like(await ask(gateway, id, ['USER_ID']), { status: 409, body: { code: 'conflict' } });
});

test.serial('the bound browser is asked for exactly these scopes and lands again', async (t) => {
  const { gateway, browser, id } = await setup(t);
  const { status, body } = await ask(gateway, id, [SEND]);
  t.is(status, 200);
  t.true(body.url.startsWith(`${gateway.publicUrl}/s/`));
  const asked = await browser.open(body.url);
  t.is(new URL(asked.location).searchParams.get('scope'), SEND_HERE);
  t.is((await gateway.load(id)).state, 'landed');
  const landed = await browser.get(gateway.divar.answer(asked.location));
  const reply = await gateway.api('POST', '/v1/sessions/exchange', { code: codeOf(landed) });
  t.like(reply.body.session, { id, state: 'landed', consent: 'granted', scopes: [SEND_HERE] });
});

test.serial('the address opens in the bound browser only', async (t) => {
  const { gateway, id } = await setup(t);
  const { body } = await ask(gateway, id, [SEND]);
  t.is((await createBrowser().open(body.url)).status, 410);
});

test.serial('what is covered already, or cannot be named in this visit, lands at once', async (t) => {
  const { gateway, browser, id } = await setup(t);
  const first = await ask(gateway, id, [SEND, 'USER_ID']);
  const asked = await browser.open(first.body.url);
  await browser.get(gateway.divar.answer(asked.location));
  for (const scopes of [['USER_ID'], [SEND]]) {
    const { body } = await ask(gateway, id, scopes);
    t.true((await browser.open(body.url)).location.startsWith('https://shop.example/'));
  }
  const poor = await gateway.begin({ visit: { postToken: null } });
  await browser.open(poor.url);
  const { body } = await ask(gateway, poor.id, ['POST_EDIT.{post_token}']);
  t.true((await browser.open(body.url)).location.startsWith('https://shop.example/'));
});

test.serial('who says no to a later question lands, and keeps what he had granted', async (t) => {
  const { gateway, browser, id } = await setup(t);
  const first = await browser.open((await ask(gateway, id, ['USER_ID'])).body.url);
  await browser.get(gateway.divar.answer(first.location));
  const { grantId } = await gateway.load(id);
  const second = await browser.open((await ask(gateway, id, [SEND])).body.url);
  t.is((await browser.get(gateway.divar.answer(second.location, 'deny'))).status, 303);
  t.like(await gateway.load(id), { consent: 'denied', grantId, state: 'landed' });
});

test.serial('trying again after a failure asks for the same scopes', async (t) => {
  const { gateway, browser, id } = await setup(t);
  const asked = await browser.open((await ask(gateway, id, [SEND])).body.url);
  const failed = await browser.get(gateway.divar.answer(asked.location, 'server_error'));
  const again = await browser.open(linksOf(failed.html)[0] ?? '');
  t.is(new URL(again.location).searchParams.get('scope'), SEND_HERE);
});

test.serial('a v1 app asks in our syntax and v1 hears its own', async (t) => {
  const { gateway, browser } = await setup(t, 'v1');
  const { id, url } = await gateway.begin({
    generation: 'v1',
    userId: 'u',
    visit: { user: { id: 'u', side: 'supply' }, peer: { id: 'p' } },
  });
  await browser.open(url);
  const { body } = await ask(gateway, id, ['CHAT_SEND_MESSAGE_OAUTH', 'POST_X.{post_token}']);
  const asked = await browser.open(body.url);
  const triple = Buffer.from('u:wZ_x9Qa7:p').toString('base64');
  t.is(
    new URL(asked.location).searchParams.get('scope'),
    `CHAT_SEND_MESSAGE_OAUTH__${triple} POST_X__wZ_x9Qa7`,
  );
});
