/** The simulator page as a business uses it: a whole visit between two phones, and everything that can go wrong with it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import { eventually, runCli } from '../helpers/gateway.ts';
import { inspect } from './browser.ts';
import { openPanel, type Panel, type Visitor, visitAs } from './member.ts';

const TEXT = 'سفارش <b>شما</b> ثبت شد \u202Etxt.exe';
const STATIONS = ['init', 'consent', 'token', 'landing', 'send', 'event', 'webhook'];
const CONSENT = {
  when: 'init',
  scopes: [
    'USER_ID',
    'offline_access',
    'CONVERSATION_SEND_MESSAGE.{conversation_id}',
    'NOTIFICATION_ACCESS_REVOCATION',
  ],
};

interface Shop {
  /** Another message in the conversation of the last visit. */
  send(text: string): Promise<string>;
}

/** The tenant's own server: exchanges the code, sends one message with a button for each side, and leads back. */
async function openShop(t: ExecutionContext, panel: Panel): Promise<Shop> {
  const { gateway, tenant, app, databaseUrl } = panel;
  let key = '';
  let session = '';
  const api = async (path: string, body: object) => {
    const reply = await fetch(`${gateway.url}/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = await reply.json();
    if (!reply.ok) throw new Error(JSON.stringify(json));
    return json as Record<string, never>;
  };
  const message = (text: string) => ({
    session_id: session,
    text,
    sender_buttons: [[{ caption: 'پیگیری', action: { open_session: { data: { order: 'A-17' } } } }]],
    receiver_buttons: [[{ caption: 'پرداخت', action: { open_url: 'https://shop.example/p/A-17' } }]],
  });
  const server = createServer(async (request, response) => {
    const code = new URL(request.url ?? '/', 'http://shop').searchParams.get('code');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (code === null) return void response.end('<title>shop</title>');
    const { session: visit } = (await api('/sessions/exchange', { code })) as unknown as {
      session: { id: string; return_url: string };
    };
    session = visit.id;
    await api('/messages', message(TEXT));
    response.end(`<html lang="fa"><title>shop</title><a href="${visit.return_url}">بازگشت</a></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const landing = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const provisioned = await runCli(databaseUrl, ['provision', '-'], {
    tenant: { external_id: tenant, name: 'فروشگاه سارا' },
    app: {
      ...{ external_id: 'sandbox', name: 'ارسال <i>سریع</i>', environment: 'sandbox' },
      ...{ divar: { slug: app.slug }, consent: CONSENT, landing: { url: landing } },
    },
    api_keys: [{ name: 'server' }],
  });
  key = provisioned.api_keys[0].key;
  await eventually('the new settings', async () => {
    const reply = await fetch(`${gateway.url}/v1/app`, { headers: { authorization: `Bearer ${key}` } });
    const view = (await reply.json()) as { landing?: { url: string } };
    return view.landing?.url === landing;
  });
  await eventually('the simulator to know the name', async () => {
    const { apps } = (await (await fetch(`${gateway.simulatorUrl}/__apps`)).json()) as {
      apps: { display: string }[];
    };
    return apps.some(({ display }) => display.includes('سریع'));
  });
  return { send: async (text) => (await api('/messages', message(text))).id as unknown as string };
}

const phone = ({ page }: Visitor, side: 'seller' | 'buyer') => page.locator(`section[data-side="${side}"]`);
const button = ({ page, say }: Visitor, key: Parameters<Visitor['say']>[0]) =>
  page.getByRole('button', { name: say(key), exact: true });
/** On a phone only one part is to be seen. */
async function turnTo(visitor: Visitor, part: 'simSeller' | 'simBuyer' | 'simTrace'): Promise<void> {
  const tab = visitor.page.locator('.sim-tabs').getByRole('button', { name: visitor.say(part), exact: true });
  if (await tab.isVisible()) await tab.click();
}

async function tapAddon(visitor: Visitor, side: 'seller' | 'buyer'): Promise<Page> {
  const { context, say } = visitor;
  const own = phone(visitor, side);
  await own.getByRole('button', { name: say('simAddons'), exact: true }).click();
  await own.locator('.sim-item').click();
  const [view] = await Promise.all([
    context.waitForEvent('page'),
    own.getByRole('button', { name: say('simStart'), exact: true }).click(),
  ]);
  return view;
}

/** Allows, lands, and comes back. */
async function walk(view: Page): Promise<void> {
  await view.getByText('اجازه می‌دهم').first().click();
  await view.getByRole('link', { name: 'بازگشت' }).waitFor();
  await Promise.all([view.waitForEvent('close'), view.getByRole('link', { name: 'بازگشت' }).click()]);
}

const hop = ({ page }: Visitor, kind: string, outcome: string) =>
  page.locator(`.sim-hop.${outcome}[data-kind="${kind}"]`);

async function open(t: ExecutionContext, language: 'fa' | 'en') {
  const panel = await openPanel(t);
  const shop = await openShop(t, panel);
  const visitor = await visitAs(t, panel, panel.owner, language);
  await visitor.goto(`/t/${panel.tenant}/apps/${panel.app.id}/simulator`);
  await visitor.page.getByText(visitor.say('simNoHops')).waitFor({ state: 'attached' });
  await phone(visitor, 'seller').locator('.sim-post').waitFor();
  return { panel, shop, visitor };
}

for (const language of ['fa', 'en'] as const)
  test.serial(`a whole visit stands on both phones and in seven stations (${language})`, async (t) => {
    const { visitor } = await open(t, language);
    const { page, say, look, complaints } = visitor;
    await look('first');
    await turnTo(visitor, 'simTrace');
    await look('first-trace');
    await button(visitor, 'simMakeReceiver').click();
    await page.getByText(say('simNoEndpoint')).waitFor({ state: 'detached' });

    await turnTo(visitor, 'simBuyer');
    await phone(visitor, 'buyer')
      .getByRole('button', { name: say('simAddons'), exact: true })
      .click();
    await look('sheet');
    await page.keyboard.press('Escape');
    const view = await tapAddon(visitor, 'buyer');
    await view.getByText('اجازه می‌دهم').first().waitFor();
    await inspect(t, view);
    await walk(view);

    const captions = { buyer: 'پیگیری', seller: 'پرداخت' };
    for (const side of ['buyer', 'seller'] as const) {
      await turnTo(visitor, side === 'buyer' ? 'simBuyer' : 'simSeller');
      const bubble = phone(visitor, side).locator('.sim-bubble.sim-app');
      await bubble.getByText('سفارش <b>شما</b> ثبت شد ⟦202E⟧txt.exe').waitFor();
      t.deepEqual(await bubble.locator('.sim-row button').allInnerTexts(), [captions[side]]);
      await look(`message-${side}`);
    }

    await button(visitor, 'simOpenBot').click();
    await turnTo(visitor, 'simBuyer');
    await phone(visitor, 'buyer').getByText(say('simBot'), { exact: true }).waitFor();
    const field = phone(visitor, 'buyer').getByLabel(say('simMessageOf', { name: say('simBuyer') }));
    await field.fill('/start');
    await field.press('Shift+Enter');
    await field.press('Backspace');
    await field.press('Enter');
    await phone(visitor, 'buyer').locator('.sim-bubble').getByText('/start').waitFor();
    await look('bot');
    await page.goBack();

    await turnTo(visitor, 'simTrace');
    for (const station of STATIONS)
      await page.locator(`[data-station="${station}"][data-state="ok"]`).waitFor();
    t.is(await page.locator('[data-station]').count(), 7);
    await look('trace');
    await hop(visitor, 'send', 'ok').locator('.sim-hop-line').click();
    await page.getByText('"receiver_buttons"').first().waitFor();
    await turnTo(visitor, 'simSeller');
    await phone(visitor, 'seller').locator('.sim-bubble.sim-lit').waitFor();
    t.regex(page.url(), /[?&]hop=sim-\d+/);
    await turnTo(visitor, 'simTrace');
    await look('hop');

    await page.keyboard.press('Alt+Digit2');
    await page.locator('textarea:focus').waitFor();
    t.is(await page.locator('textarea:focus').getAttribute('id'), 'sim-text-buyer');
    t.is(await page.evaluate('window.__x'), undefined);
    t.deepEqual(complaints, []);
  });

async function choose(visitor: Visitor, label: Parameters<Visitor['say']>[0], value: string): Promise<void> {
  const { page, say } = visitor;
  await turnTo(visitor, 'simTrace');
  const switches = page.locator('.sim-switches');
  if ((await switches.getAttribute('open')) === null) await switches.locator('summary').click();
  const select = switches.getByLabel(say(label), { exact: true });
  const [taken] = await Promise.all([
    page.waitForResponse((reply) => reply.url().endsWith('/simulator/settings')),
    select.selectOption(value),
  ]);
  if (taken.status() !== 204) throw new Error(await taken.text());
}

for (const language of ['fa', 'en'] as const)
  test.serial(`what goes wrong is seen on the phone and in the trace (${language})`, async (t) => {
    const { visitor, shop, panel } = await open(t, language);
    const { page, say, look } = visitor;
    await turnTo(visitor, 'simTrace');
    await button(visitor, 'simMakeReceiver').click();
    await page.getByText(say('simNoEndpoint')).waitFor({ state: 'detached' });

    // Divar shows a key that is not ours.
    await choose(visitor, 'simOnKey', 'wrong');
    await look('switches');
    await turnTo(visitor, 'simSeller');
    const refused = await tapAddon(visitor, 'seller');
    await phone(visitor, 'seller').getByText(say('simDivarError')).waitFor();
    t.true(refused.isClosed());
    await look('refused');
    await turnTo(visitor, 'simTrace');
    await hop(visitor, 'init', 'failed').getByText('401').first().waitFor();
    await choose(visitor, 'simOnKey', '');

    await turnTo(visitor, 'simSeller');
    await walk(await tapAddon(visitor, 'seller'));
    await turnTo(visitor, 'simTrace');
    await hop(visitor, 'send', 'ok').first().waitFor();

    await choose(visitor, 'simOnSend', 'send_blocked');
    await shop.send('مسدود');
    await turnTo(visitor, 'simTrace');
    await hop(visitor, 'send', 'failed').getByText('412').first().waitFor();
    await hop(visitor, 'message', 'failed').first().waitFor();

    await choose(visitor, 'simOnSend', 'send_slow');
    await shop.send('کند');
    await turnTo(visitor, 'simSeller');
    await phone(visitor, 'seller').getByText('کند').waitFor();

    await choose(visitor, 'simOnSend', 'send_quota');
    await shop.send('سهمیه');
    await turnTo(visitor, 'simTrace');
    await hop(visitor, 'send', 'failed').getByText('429').first().waitFor();
    await hop(visitor, 'message', 'waiting').first().waitFor();
    await look('faults');
    await choose(visitor, 'simOnSend', '');

    // An event told twice is one event for the business; its endpoint is out of order meanwhile.
    await choose(visitor, 'simOnEvent', 'event_twice');
    await choose(visitor, 'simOnWebhook', 'webhook_error');
    await button(visitor, 'simOpenBot').click();
    await turnTo(visitor, 'simBuyer');
    await phone(visitor, 'buyer').getByText(say('simBot'), { exact: true }).waitFor();
    await phone(visitor, 'buyer').locator('.sim-starts button').first().click();
    await turnTo(visitor, 'simTrace');
    await hop(visitor, 'event', 'ok').nth(1).waitFor();
    await hop(visitor, 'webhook', 'failed').getByText('500').first().waitFor();

    await turnTo(visitor, 'simSeller');
    await phone(visitor, 'seller')
      .getByLabel(say('simMore', { name: say('simSeller') }))
      .click();
    await button(visitor, 'simRevoke').last().click();
    await phone(visitor, 'seller').getByText(say('simRevoked')).waitFor();
    await look('revoked');
    await turnTo(visitor, 'simTrace');
    await page.locator('.sim-hop[data-kind="event"]').last().locator('.sim-hop-line').click();
    await page.getByText('USER_ACCESS_REVOCATION').first().waitFor();

    const events = (await panel.owner.must('GET', `${panel.appPath}/events?type=chatbot.*&limit=100`)).body
      .data;
    t.is(events.length, 1);
  });

test.serial('while the simulator is away the page says so, and comes back by itself', async (t) => {
  const { visitor } = await open(t, 'fa');
  const { page, say, look } = visitor;
  const isRead = /\/simulator(\?|$)/;
  const away = { state: 'down', desk: null, trace: [], endpoints: 1 };
  await page.route(isRead, (route) =>
    route.fulfill({ json: { object: 'simulator', version: 'away', page: away } }),
  );
  await page.getByText(say('simDownFix')).waitFor();
  t.true(await phone(visitor, 'seller').locator('textarea').isDisabled());
  await look('down');
  await page.unroute(isRead);
  await page.getByText(say('simDownFix')).waitFor({ state: 'detached' });
  t.true(await phone(visitor, 'seller').locator('textarea').isEnabled());
});
