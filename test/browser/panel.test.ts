/** The panel as a business meets it: from the first page to a key that works, in both languages. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { URI } from 'otpauth';
import type { Page } from 'playwright-core';
import { type Language, translateIn } from '../../admin-ui/src/i18n/translate.ts';
import { createTestDatabase } from '../helpers/database.ts';
import { eventually, type Gateway, startGateway } from '../helpers/gateway.ts';
import { type Letter, startMailServer } from '../helpers/smtp.ts';
import { DESKTOP, goTo, inspect, openBrowser, PHONE, type TestBrowser } from './browser.ts';

const PASSWORD = 'قناری بامداد آهن ۷۷';
/** The narrowest phone that we promise to fit. */
const NARROW = { ...PHONE, width: 360 };

interface Installation extends Gateway {
  letters: readonly Letter[];
}

async function setup(t: ExecutionContext): Promise<Installation> {
  // Between two looks, on a machine that does other things besides.
  t.timeout(300_000);
  const { ownerUrl } = await createTestDatabase(t);
  const { url, letters } = await startMailServer(t);
  const env = { SMTP_URL: url, MAIL_FROM: 'Peyvand <no-reply@peyvand.example>' };
  const options = { databaseUrl: ownerUrl, program: 'start', withSimulator: true, env } as const;
  return { ...(await startGateway(t, options)), letters };
}

interface Visitor extends TestBrowser {
  t: ExecutionContext;
  gateway: Installation;
  language: Language;
  page: Page;
  say: ReturnType<typeof translateIn>;
  look(name: string): Promise<void>;
}

/** Comes for the first time, and chooses a language. */
async function visit(t: ExecutionContext, gateway: Installation, language: Language): Promise<Visitor> {
  const viewport = language === 'fa' ? DESKTOP : NARROW;
  const browser = await openBrowser(t, { viewport });
  const page = await browser.context.newPage();
  const say = translateIn(language);
  await page.goto(`${gateway.url}/admin/`);
  if (language === 'en') await page.getByRole('button', { name: 'English' }).click();
  const look = async (name: string) => {
    await inspect(t, page, language);
    const folder = process.env.TEST_SCREENSHOTS_DIR;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${language}-${name}.png`), fullPage: true });
  };
  return { ...browser, t, gateway, language, page, say, look };
}

/** The address in the newest letter to somebody. */
function newestLink({ letters }: Installation, to: string): Promise<string> {
  return eventually(`a mail to ${to}`, async () => {
    const letter = letters.filter((one) => one.to === to).at(-1);
    return letter && /https?:\/\/\S+#\S+/.exec(letter.text)?.[0];
  });
}

const button = ({ page, say }: Visitor, key: Parameters<Visitor['say']>[0]) =>
  page.getByRole('button', { name: say(key), exact: true });

/** From the start page into the panel; the codes that were put away. */
async function signUp(visitor: Visitor, email: string, organization: string): Promise<string[]> {
  const { page, say, look, gateway } = visitor;
  await page.getByRole('link', { name: say('signUp'), exact: true }).click();
  await look('sign-up');
  await button(visitor, 'createAccount').click();
  await page.getByText(say('issueMissing')).first().waitFor();
  await look('sign-up-empty');
  await page.getByLabel(say('organization'), { exact: true }).fill(organization);
  await page.getByLabel(say('email'), { exact: true }).fill(email);
  await page.getByLabel(say('password'), { exact: true }).fill(PASSWORD);
  await button(visitor, 'createAccount').click();
  await page.getByText(say('mailSentNote', { email })).waitFor();
  await look('mail-sent');
  await page.goto(await newestLink(gateway, email));
  await look('verify-email');
  await button(visitor, 'confirmAndContinue').click();
  return enrol(visitor);
}

async function enrol(visitor: Visitor): Promise<string[]> {
  const { t, page, say, look, language } = visitor;
  await page.getByRole('img', { name: say('qrLabel') }).waitFor();
  await look('enrol');
  const url = await page.locator('a[href^="otpauth:"]').getAttribute('href');
  const code = URI.parse(url ?? '').generate({});
  const typed = language === 'en' ? code : code.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  await page.getByLabel(say('totpCode')).fill(typed);
  await button(visitor, 'confirmCode').click();
  await page.locator('.codes li').first().waitFor();
  await look('recovery-codes');
  const codes = await page.locator('.codes li').allInnerTexts();
  t.is(codes.length, 10);
  t.true(await button(visitor, 'continue').isDisabled());
  await page.getByLabel(say('savedCodes')).check();
  await button(visitor, 'continue').click();
  // Whoever may set an app up is led through it first.
  const overview = page.getByRole('heading', { level: 1, name: say('overview') });
  const setup = page.getByRole('heading', { level: 1, name: say('setup'), exact: true });
  await overview.or(setup).waitFor();
  if (await setup.isVisible()) await page.goto(page.url().replace(/\/(?:apps\/.*|setup)$/, '/overview'));
  await overview.waitFor();
  return codes;
}

async function makeKey(visitor: Visitor): Promise<string> {
  const { t, page, say, look } = visitor;
  await goTo(page, say, 'apiKeys');
  await page.getByText(say('noKeys')).waitFor();
  await look('keys-none');
  await button(visitor, 'makeApiKey').click();
  await page.getByLabel(say('keyName')).fill('main server');
  await page.getByLabel(say('scopeSome')).check();
  await look('key-form');
  await page.getByLabel(say('scopeAll')).check();
  await button(visitor, 'makeKey').click();
  const shown = page.getByRole('dialog').locator('code').first();
  await shown.waitFor();
  await look('key-made');
  const key = ((await shown.textContent()) ?? '').trim();
  await button(visitor, 'savedIt').click();
  t.false((await page.content()).includes(key), 'the key is gone from the page');
  await page.locator('td').filter({ hasText: 'main server' }).first().waitFor();
  await look('keys');
  return key;
}

const askApp = (gateway: Gateway, key: string) =>
  fetch(`${gateway.url}/v1/app`, { headers: { authorization: `Bearer ${key}` } });

for (const language of ['fa', 'en'] as const) {
  test.serial(
    `a business signs up, sees its app, and makes a key that works and dies (${language})`,
    async (t) => {
      const gateway = await setup(t);
      const visitor = await visit(t, gateway, language);
      const { page, say, look, complaints } = visitor;
      const organization = 'فروشگاه <b>سارا</b>';
      await look('start');
      await signUp(visitor, 'sara@shop.example', organization);
      await page.getByText(say('noVisitsYet')).waitFor();
      await page.getByRole('link', { name: organization }).waitFor();
      await page.getByText(`${gateway.url}/i/`).waitFor();
      await look('overview');

      const key = await makeKey(visitor);
      const app = await askApp(gateway, key);
      t.is(app.status, 200);
      t.true((await page.content()).includes(((await app.json()) as { name: string }).name));
      await page.getByRole('button', { name: say('revokeHeading', { name: 'main server' }) }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('revoke'), exact: true })
        .click();
      await page.getByText(say('noKeys')).waitFor();
      await eventually('the key is dead', async () => (await askApp(gateway, key)).status === 401);

      await goTo(page, say, 'audit');
      await page
        .locator('td')
        .filter({ hasText: say('auditKeyRevoked') })
        .first()
        .waitFor();
      await look('audit');
      await page.getByLabel(say('auditAction')).selectOption('api_key.created');
      await page.waitForURL(/action=api_key\.created/);
      await page
        .locator('td')
        .filter({ hasText: say('auditKeyRevoked') })
        .first()
        .waitFor({ state: 'detached' });
      await page.goBack();
      await page
        .locator('td')
        .filter({ hasText: say('auditKeyRevoked') })
        .first()
        .waitFor();

      await page.getByRole('link', { name: say('account') }).click();
      await page.getByText(say('thisDevice')).waitFor();
      await look('account');
      await page.goto(`${gateway.url}/admin/t/ten_unknown/overview`);
      await page.getByRole('heading', { name: say('notFoundHeading') }).waitFor();
      await look('not-found');
      t.deepEqual(complaints, []);
    },
  );
}

test.serial(
  'whoever is invited accepts in his own browser, and his role shows him what it opens',
  async (t) => {
    const gateway = await setup(t);
    const owner = await visit(t, gateway, 'fa');
    await signUp(owner, 'sara@shop.example', 'فروشگاه سارا');
    await goTo(owner.page, owner.say, 'team');
    await owner.page.getByLabel(owner.say('email'), { exact: true }).fill('omid@shop.example');
    await owner.page.getByLabel(owner.say('role'), { exact: true }).selectOption('viewer');
    await button(owner, 'sendInvite').click();
    await owner.page
      .locator('td')
      .filter({ hasText: /^omid@shop\.example/ })
      .first()
      .waitFor();
    await owner.look('team');

    const guest = await visit(t, gateway, 'en');
    await guest.page.goto(await newestLink(gateway, 'omid@shop.example'));
    await guest.page.getByText('فروشگاه سارا').waitFor();
    await guest.look('invite');
    await guest.page.getByLabel(guest.say('password'), { exact: true }).fill(PASSWORD);
    await button(guest, 'acceptInvite').click();
    await enrol(guest);
    await button(guest, 'openMenu').click();
    const menu = guest.page.getByRole('navigation').getByRole('link');
    const shown = await menu.allInnerTexts();
    for (const name of ['overview', 'messages', 'team'] as const)
      t.true(shown.includes(guest.say(name)), name);
    for (const name of ['apiKeys', 'audit'] as const) t.false(shown.includes(guest.say(name)), name);
    await guest.page.goto(guest.page.url().replace('overview', 'audit'));
    await guest.page.getByText(guest.say('pageForbidden', { role: guest.say('roleViewer') })).waitFor();
    await guest.look('forbidden');
    t.deepEqual([...owner.complaints, ...guest.complaints], []);
  },
);

test.serial('signs in again with a recovery code and returns to the page that was wanted', async (t) => {
  const gateway = await setup(t);
  const visitor = await visit(t, gateway, 'fa');
  const { page, say, look } = visitor;
  const [code = ''] = await signUp(visitor, 'sara@shop.example', 'فروشگاه سارا');
  const wanted = page.url().replace('overview', 'team');
  await button(visitor, 'logout').click();
  await page.getByRole('heading', { name: say('login') }).waitFor();
  await page.goto(wanted);
  await page.waitForURL(/\/admin\/login\?back=/);
  await look('login');
  await page.getByLabel(say('email'), { exact: true }).fill('sara@shop.example');
  await page.getByLabel(say('password'), { exact: true }).fill('not the password at all');
  await button(visitor, 'login').click();
  await page.getByText(say('failedCredentials')).waitFor();
  await look('login-wrong');
  await page.getByLabel(say('password'), { exact: true }).fill(PASSWORD);
  await button(visitor, 'login').click();
  await page.getByLabel(say('totpCode')).waitFor();
  await look('login-code');
  await page.getByRole('link', { name: say('useRecoveryCode') }).click();
  await page.getByLabel(say('recoveryCode')).fill(code.toUpperCase());
  await button(visitor, 'continue').click();
  await page.waitForURL(wanted);
  await page
    .locator('td')
    .filter({ hasText: /^sara@shop\.example/ })
    .first()
    .waitFor();
});

test.serial('sets a new password by the link of a mail, and the old one is dead', async (t) => {
  const gateway = await setup(t);
  const visitor = await visit(t, gateway, 'en');
  const { page, say, look, context } = visitor;
  await signUp(visitor, 'sara@shop.example', 'فروشگاه سارا');
  const first = await newestLink(gateway, 'sara@shop.example');
  const other = await context.newPage();
  await other.goto(`${gateway.url}/admin/forgot`);
  await other.getByLabel(say('email'), { exact: true }).fill('sara@shop.example');
  await other.getByRole('button', { name: say('sendLink') }).click();
  const link = await eventually('the mail with the link', async () => {
    const newest = await newestLink(gateway, 'sara@shop.example');
    return newest !== first && newest;
  });
  await other.goto(link);
  await other.getByLabel(say('newPassword'), { exact: true }).fill('دوچرخه لیمو سکوت ۱۲');
  await other.getByRole('button', { name: say('setPassword') }).click();
  await other.getByText(say('passwordSet')).waitFor();

  await goTo(page, say, 'team');
  await page.getByText(say('loginEnded')).waitFor();
  await look('login-ended');
  await page.getByLabel(say('email'), { exact: true }).fill('sara@shop.example');
  await page.getByLabel(say('password'), { exact: true }).fill(PASSWORD);
  await button(visitor, 'login').click();
  await page.getByText(say('failedCredentials')).waitFor();
  await page.getByLabel(say('password'), { exact: true }).fill('دوچرخه لیمو سکوت ۱۲');
  await button(visitor, 'login').click();
  await page.getByLabel(say('totpCode')).waitFor();
  t.pass();
});
