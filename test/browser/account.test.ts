/** A member's own things: passkeys, how things are shown, the keys of the frame, and the end of a login that nobody uses. */
import test, { type ExecutionContext } from 'ava';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { type Language, translateIn } from '../../admin-ui/src/i18n/translate.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { startGateway } from '../helpers/gateway.ts';
import { freePort } from '../helpers/redis.ts';
import { startMailServer } from '../helpers/smtp.ts';
import { PASSWORD, type Room, signUp } from '../members/setup.ts';
import { goTo } from './browser.ts';
import { openPanel, type Panel, type Visitor, visitAs } from './member.ts';

type Key = Parameters<Visitor['say']>[0];
const button = ({ page, say }: Visitor, key: Key) =>
  page.getByRole('button', { name: say(key), exact: true });

/** A passkey is bound to a name, and an address of numbers is none. */
async function openAtName(t: ExecutionContext) {
  t.timeout(300_000);
  const { ownerUrl } = await createTestDatabase(t);
  const { url: smtpUrl, letters } = await startMailServer(t);
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const gateway = await startGateway(t, {
    ...{ databaseUrl: ownerUrl, program: 'start', withSimulator: true, port },
    env: { SMTP_URL: smtpUrl, MAIL_FROM: 'Peyvand <no-reply@peyvand.example>', PUBLIC_URL: origin },
  });
  let seenCount = 0;
  const room = {
    ...{ url: gateway.url, adminUrl: origin, mails: letters },
    clock: { now: () => new Date(), advance: () => undefined, set: () => undefined },
    deliver: async () => {
      while (letters.length === seenCount) await new Promise((resolve) => setImmediate(resolve));
      seenCount = letters.length;
    },
  } as unknown as Room;
  const owner = await signUp(room);
  const panel = { gateway: { ...gateway, url: origin } } as Panel;
  return { panel, owner, databaseUrl: ownerUrl };
}

/** A device that asks nobody: whoever has it is the one. */
async function plugIn(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** The code of the next half minute: that of this one may be spent. */
const nextCodeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + 30_000 });

for (const language of ['fa', 'en'] as const) {
  test.serial(
    `a passkey is added, signs in, stands in for a code, and is removed (${language})`,
    async (t) => {
      const { panel, owner, databaseUrl } = await openAtName(t);
      const visitor = await visitAs(t, panel, owner.browser, language);
      const { page, say, look, goto, complaints } = visitor;
      await plugIn(page);
      await goto('/account');
      await page.getByText(say('noPasskeys')).waitFor();
      await button(visitor, 'addPasskey').click();
      await page.getByLabel(say('passkeyName')).fill('گوشی <b>سارا</b>');
      await look('passkey-new');
      await button(visitor, 'continue').click();
      const row = page.locator('td').filter({ hasText: 'گوشی <b>سارا</b>' }).first();
      await row.waitFor();
      await look('account');

      await page
        .getByRole('banner')
        .getByRole('button', { name: say('logout') })
        .click();
      // Offered in the field of the address: the device answers at once.
      await page.getByLabel(say('totpCode')).waitFor();
      t.is(await button(visitor, 'usePasskey').count(), 0, 'one key is one factor');
      await page.getByLabel(say('totpCode')).fill(nextCodeOf(owner.secret));
      await button(visitor, 'continue').click();
      await page.getByRole('heading', { level: 1, name: say('overview') }).waitFor();

      await queryAsOwner(
        databaseUrl,
        `update logins set first_factor = 'password', step_up_at = now() - interval '1 hour'`,
      );
      await page.reload();
      await page.getByRole('link', { name: say('account') }).click();
      await page
        .getByRole('button', { name: say('removePasskeyHeading', { name: 'گوشی <b>سارا</b>' }) })
        .click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('remove'), exact: true })
        .click();
      await page.getByText(say('stepUpNote')).waitFor();
      await look('step-up');
      await button(visitor, 'usePasskey').click();
      await page.getByText(say('noPasskeys')).waitFor();
      t.deepEqual(complaints, []);
    },
  );

  test.serial(`preferences apply at once and stay (${language})`, async (t) => {
    const panel = await openPanel(t);
    const visitor = await visitAs(t, panel, panel.owner, language);
    const { page, say, look, goto, complaints } = visitor;
    const now = page.getByText(
      say('nowIs', { time: '' })
        .replace(/[\u2068\u2069]/g, '')
        .trim(),
    );
    const choose = (label: Key, text: Key) =>
      page.getByLabel(say(label), { exact: true }).selectOption({ label: say(text) });
    await goto('/account/preferences');
    const before = (await now.textContent()) ?? '';
    t.regex(before, language === 'fa' ? /۱۴/ : /20\d\d/);
    await look('preferences');
    await choose('calendar', language === 'fa' ? 'calendarGregorian' : 'calendarPersian');
    await choose('digits', language === 'fa' ? 'digitsLatin' : 'digitsPersian');
    t.not(await now.textContent(), before);
    t.regex((await now.textContent()) ?? '', language === 'fa' ? /20\d\d/ : /۱۴/);
    await choose('theme', 'themeDark');
    await page.locator('html[data-theme="dark"]').waitFor();
    await look('preferences-dark');
    await goto(`/t/${panel.tenant}/overview`);
    await page.getByText(say('noVisitsYet')).waitFor();
    t.is(await page.locator('html').getAttribute('data-theme'), 'dark');
    await look('overview-dark');
    // The document itself comes dark: nothing flashes.
    t.regex(await (await page.request.get(page.url())).text(), /<html [^>]*data-theme="dark"/);
    // Another browser of the same member has it from the server.
    const other = await visitAs(t, panel, panel.owner, language);
    await other.goto('/account/preferences');
    await other.page.locator('html[data-theme="dark"]').waitFor();
    await other.page.getByLabel(say('theme'), { exact: true }).selectOption({ label: say('themeLight') });
    await other.page.locator('html[data-theme="light"]').waitFor();
    await other.look('preferences-light');
    t.deepEqual([...complaints, ...other.complaints], []);
  });

  test.serial(`pages and ids are found by the keyboard, whatever its language (${language})`, async (t) => {
    const panel = await openPanel(t);
    const visitor = await visitAs(t, panel, panel.owner, language);
    const { page, say, look, goto, complaints } = visitor;
    await goto(`/t/${panel.tenant}/overview`);
    await page.getByText(say('noVisitsYet')).waitFor();
    // The first stop of the keyboard leads past the menu.
    await page.keyboard.press('Tab');
    await page
      .getByRole('link', { name: say('skip') })
      .and(page.locator(':focus'))
      .waitFor();
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();

    await page.keyboard.press('Control+KeyK');
    const field = page.getByRole('combobox', { name: say('paletteLabel') });
    await field.fill(say('team'));
    await page.getByRole('option', { name: say('team'), exact: true }).waitFor();
    await look('palette');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/team/);
    await page.keyboard.press('Control+KeyK');
    const id = `msg_${'0'.repeat(26)}`;
    await field.fill(id);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/messages\\?.*open=${id}`));
    await goto(`/t/${panel.tenant}/team`);
    await page.locator('td').first().waitFor();
    // A Persian layout types another letter at the place of G and O.
    await page.evaluate(`for (const [key, code] of [['ل', 'KeyG'], ['خ', 'KeyO']])
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true }))`);
    await page.waitForURL(/\/overview/);
    await page.keyboard.press('Shift+Slash');
    await page.getByRole('heading', { name: say('keysHeading') }).waitFor();
    await look('keys');
    await page.keyboard.press('Escape');
    await goto('/account/preferences');
    await page.getByLabel(say('letterKeys')).uncheck();
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('Shift+Slash');
    t.is(await page.getByRole('dialog').count(), 0, 'letters can be turned off');
    t.deepEqual(complaints, []);
  });

  test.serial(
    `whoever does nothing is asked in every tab, and one answer is enough (${language})`,
    async (t) => {
      const panel = await openPanel(t);
      const visitor = await visitAs(t, panel, panel.owner, language);
      const { page, say, look, goto, context, complaints } = visitor;
      await context.clock.install();
      await goto(`/t/${panel.tenant}/overview`);
      await page.getByText(say('noVisitsYet')).waitFor();
      const other = await context.newPage();
      await other.goto(page.url());
      await other.getByText(say('noVisitsYet')).waitFor();
      await context.clock.fastForward('13:05');
      await page.getByRole('heading', { name: say('idleHeading') }).waitFor();
      await other.getByRole('heading', { name: say('idleHeading') }).waitFor();
      t.regex((await page.getByRole('timer').textContent()) ?? '', /[\d۰-۹]/);
      await look('idle');
      await button(visitor, 'stay').click();
      await page.getByRole('heading', { name: say('idleHeading') }).waitFor({ state: 'detached' });
      await other.getByRole('heading', { name: say('idleHeading') }).waitFor({ state: 'detached' });
      t.deepEqual(complaints, []);
    },
  );

  test.serial(
    `a file that a deploy has taken away costs one reload, and is said if it stays away (${language})`,
    async (t) => {
      const panel = await openPanel(t);
      const visitor = await visitAs(t, panel, panel.owner, language);
      const { page, say, look, goto } = visitor;
      const isTeam = /\/assets\/team-page-[^/]+\.js$/;
      const gone = () => page.route(isTeam, (route) => route.fulfill({ status: 404, body: '' }));
      await goto(`/t/${panel.tenant}/overview`);
      await page.getByText(say('noVisitsYet')).waitFor();
      await gone();
      let loads = 0;
      page.on('load', () => {
        loads += 1;
      });
      await goTo(page, say, 'team');
      await page.getByText(say('pageFailedHeading')).waitFor();
      t.is(loads, 1);
      await look('page-failed');
      await page.unroute(isTeam);
      await button(visitor, 'reloadPage').click();
      await page.locator('td').first().waitFor();
      t.is(loads, 2);
    },
  );
}

test.serial('whoever has signed out sees the login page in the language he had', async (t) => {
  const { panel, owner } = await openAtName(t);
  const languages: Language[] = ['en'];
  for (const language of languages) {
    const visitor = await visitAs(t, panel, owner.browser, language);
    const { page, goto } = visitor;
    await goto('/account/preferences');
    await page.getByLabel(visitor.say('language'), { exact: true }).selectOption({ label: 'فارسی' });
    const say = translateIn('fa');
    await page.getByRole('heading', { level: 1, name: say('account') }).waitFor();
    t.is(await page.locator('html').getAttribute('dir'), 'rtl');
    await page.getByRole('button', { name: say('logout'), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: say('login') }).waitFor();
    await page.getByLabel(say('email'), { exact: true }).fill(owner.email);
    await page.getByLabel(say('password'), { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: say('login'), exact: true }).click();
    await page.getByLabel(say('totpCode')).waitFor();
    t.is(await page.locator('html').getAttribute('lang'), 'fa');
  }
});
