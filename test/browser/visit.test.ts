import test, { type ExecutionContext } from 'ava';
import type { BrowserContext, Page } from 'playwright-core';
import { createTestDatabase } from '../helpers/database.ts';
import { eventually, startGateway } from '../helpers/gateway.ts';
import { freePort } from '../helpers/redis.ts';
import { DESKTOP, inspect, openBrowser, PHONE } from './browser.ts';

/** Everything that `npm start` starts, on a database of the test. */
async function setup(t: ExecutionContext) {
  t.timeout(180_000);
  const { ownerUrl } = await createTestDatabase(t);
  const demoPort = await freePort();
  const env = { DEMO_PORT: String(demoPort) };
  const gateway = await startGateway(t, {
    databaseUrl: ownerUrl,
    program: 'start',
    withSimulator: true,
    env,
  });
  await eventually('the demo', async () => gateway.output().includes('Demo tenant'));
  await eventually('the sandbox app in the simulator', async () => {
    const reply = await fetch(`${gateway.simulatorUrl}/__apps`);
    return ((await reply.json()) as { apps: unknown[] }).apps.length > 0;
  });
  return gateway;
}

/** Taps the add-on as a person does; the web view that opens. */
async function tap(context: BrowserContext, chat: Page, side: 'seller' | 'buyer'): Promise<Page> {
  await chat.click(`#side-${side} [data-do="sheet"]`);
  await chat.click('.sheet .item');
  const [webView] = await Promise.all([
    context.waitForEvent('page'),
    chat.getByText('شروع فرایند').first().click(),
  ]);
  return webView;
}

async function orderDelivery(webView: Page): Promise<void> {
  await webView.fill('[name=address]', 'تهران، خیابان آزادی، پلاک ۱۲، واحد ۳');
  await webView.locator('[name=window]').first().check();
  await Promise.all([webView.waitForEvent('close'), webView.locator('form button').first().click()]);
}

test.serial(
  'a newcomer taps, allows, orders, and sees the message on both sides with a button that leads back',
  async (t) => {
    const gateway = await setup(t);
    const { context, complaints } = await openBrowser(t, { viewport: DESKTOP });
    const chat = await context.newPage();
    await chat.goto(gateway.simulatorUrl);
    await inspect(t, chat);

    const webView = await tap(context, chat, 'seller');
    await webView.getByText('اجازه می‌دهم').first().waitFor();
    await inspect(t, webView);
    await webView.getByText('اجازه می‌دهم').first().click();
    await webView.waitForSelector('[name=address]');
    await inspect(t, webView);
    await orderDelivery(webView);

    for (const side of ['seller', 'buyer']) await chat.waitForSelector(`#side-${side} .bubble.app`);
    await inspect(t, chat);
    const [tracking] = await Promise.all([
      context.waitForEvent('page'),
      chat.locator('#side-seller .bubble.app button').first().click(),
    ]);
    await tracking.waitForURL(/\/track\?/);
    t.regex(await tracking.content(), /P-[0-9A-F]{10}/);
    await inspect(t, tracking);
    t.deepEqual(complaints, []);
  },
);

test.serial('a user who refuses lands all the same, and may think again', async (t) => {
  const gateway = await setup(t);
  const { context } = await openBrowser(t, { viewport: DESKTOP });
  const chat = await context.newPage();
  await chat.goto(gateway.simulatorUrl);
  const webView = await tap(context, chat, 'buyer');
  await webView.getByText('نمی‌دهم').first().click();
  await webView.waitForURL(/code=/);
  await inspect(t, webView);
  await webView.locator('form[action="/consent"] button').first().click();
  await webView.getByText('اجازه می‌دهم').first().click();
  await webView.waitForSelector('[name=address]');
  t.pass();
});

test.serial('while Divar answers nonsense our page says so, and trying again works', async (t) => {
  const gateway = await setup(t);
  const { context } = await openBrowser(t, { viewport: PHONE });
  const chat = await context.newPage();
  await fetch(`${gateway.simulatorUrl}/__faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ where: 'token', mode: 'html', times: 1 }]),
  });
  await chat.goto(gateway.simulatorUrl);
  await inspect(t, chat);
  const webView = await tap(context, chat, 'seller');
  await webView.setViewportSize(PHONE);
  await webView.getByText('اجازه می‌دهم').first().click();
  await webView.getByText('تلاش دوباره').waitFor();
  await inspect(t, webView);
  await webView.getByText('تلاش دوباره').click();
  await webView.getByText('اجازه می‌دهم').first().click();
  await webView.waitForSelector('[name=address]');
  await inspect(t, webView);
});

test.serial('the start page greets in Persian, and in English when asked', async (t) => {
  const gateway = await setup(t);
  const { context, complaints } = await openBrowser(t, { viewport: PHONE });
  const page = await context.newPage();
  await page.goto(`${gateway.url}/admin/`);
  await page
    .getByRole('link', { name: gateway.simulatorUrl })
    .or(page.locator(`a[href^="${gateway.simulatorUrl}"]`))
    .first()
    .waitFor();
  await inspect(t, page);
  await page
    .getByRole('button', { name: /English/ })
    .or(page.getByText('English'))
    .first()
    .click();
  await page.locator('html[lang=en]').waitFor();
  await inspect(t, page, 'en');
  t.deepEqual(complaints, []);
});
