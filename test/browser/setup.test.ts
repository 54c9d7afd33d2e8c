/** Setting an app up: the first minute on the simulator, a real app with everything that goes wrong, and its settings. */
import test, { type ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import type { MessageKey } from '../../admin-ui/src/i18n/fa.ts';
import { startServer } from '../helpers/http.ts';
import { freePort } from '../helpers/redis.ts';
import { inspect } from './browser.ts';
import { openPanel, type Panel, type Visitor, visitAs } from './member.ts';

const button = ({ page, say }: Visitor, key: MessageKey) =>
  page.getByRole('button', { name: say(key), exact: true });

const rows = (page: Page, state: string) => page.locator(`.check-row.${state}`);

async function stepIs({ page, say }: Visitor, name: MessageKey) {
  await page.getByRole('heading', { level: 2, name: say(name), exact: true }).waitFor();
}

/** A form that is refused, or overtaken, is what is tried here; the browser notes it as an error. */
const grave = (complaints: readonly string[]) =>
  complaints.filter((one) => !/status of (400|409) /.test(one));

/** The simulator plays Divar for live apps, too: it has never heard of them. */
async function openWithDivar(t: ExecutionContext): Promise<Panel> {
  const [simulatorPort, demoPort] = [await freePort(), await freePort()];
  const divar = `http://127.0.0.1:${simulatorPort}`;
  return await openPanel(t, {
    SIMULATOR_PORT: String(simulatorPort),
    SIMULATOR_URL: divar,
    DIVAR_API_URL: divar,
    DIVAR_OAUTH_URL: divar,
    DEMO_PORT: String(demoPort),
    EGRESS_ALLOW: '127.0.0.0/8,::1/128',
  });
}

test.serial(
  'the first minute: a sandbox app goes through all six steps, and every check is right',
  async (t) => {
    const panel = await openWithDivar(t);
    const visitor = await visitAs(t, panel, panel.owner, 'fa');
    const { page, say, look, goto, complaints } = visitor;
    await goto(`/t/${panel.tenant}/setup`);
    await page.waitForURL(/\/apps\/app_\w+\/setup\/identity$/);
    await stepIs(visitor, 'stepIdentity');
    await page.getByText(say('setupSandboxNote')).waitFor();
    await page.getByLabel(say('newAppName'), { exact: true }).focus();
    t.regex((await page.locator('.kenar .lit').textContent()) ?? '', /^Display/);
    await look('setup-identity');
    await page.getByLabel(say('kenarSubtitle'), { exact: true }).fill('پست و پیک');
    await button(visitor, 'saveAndNext').click();

    await stepIs(visitor, 'stepKeys');
    await page.getByText(say('keysSandboxNote')).waitFor();
    await look('setup-keys');
    await button(visitor, 'nextStep').click();
    await stepIs(visitor, 'stepScopes');
    await button(visitor, 'presetAllChats').click();
    await look('setup-scopes');
    await button(visitor, 'saveAndNext').click();

    await stepIs(visitor, 'stepAddresses');
    t.regex((await page.locator('.kenar').textContent()) ?? '', /لینک درخواست دیوار برای گرفتن آدرس شروع/);
    await page.getByText(say('waitsForDivar')).first().waitFor();
    await look('setup-addresses-waiting');
    await button(visitor, 'tapNow').click();
    await page.locator('.arrival .state.on').nth(2).waitFor();
    await page.reload();
    await page.locator('.arrival .state.on').nth(2).waitFor();
    await look('setup-addresses');
    await button(visitor, 'nextStep').click();
    await stepIs(visitor, 'stepService');
    await look('setup-service');
    await button(visitor, 'saveAndNext').click();

    await stepIs(visitor, 'stepChecks');
    await button(visitor, 'runAll').click();
    await page.getByText(say('checklistDone')).waitFor();
    await rows(page, 'running').first().waitFor({ state: 'detached' });
    await look('setup-checks');
    const others = await page.locator('.check-row:not(.passed)').allInnerTexts();
    t.is(others.length, 1, others.join('\n\n'));
    t.true(others[0]?.includes(say('checkWebhook')));
    await page.getByRole('link', { name: say('setupToSimulator') }).waitFor();
    await goto(`/t/${panel.tenant}/overview`);
    await page.getByRole('heading', { level: 1, name: say('overview') }).waitFor();
    t.is(await page.getByText(say('checklistHeading')).count(), 0);
    t.deepEqual(grave(complaints), []);
  },
);

test.serial(
  'a real app: keys are seen once, each failure says its cause, and Divar turns a row green',
  async (t) => {
    const panel = await openWithDivar(t);
    const visitor = await visitAs(t, panel, panel.owner, 'en');
    const { page, say, look, goto, complaints } = visitor;
    let status = 503;
    let waitMs = 0;
    const shop = await startServer((_req, res) => {
      setTimeout(() => {
        res.statusCode = status;
        res.end('ok');
      }, waitMs);
    });
    t.teardown(() => shop.close());

    await goto(`/t/${panel.tenant}/apps/${panel.app.id}/settings`);
    await button(visitor, 'newAppHeading').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(say('newAppName'), { exact: true }).fill('<img src=x onerror=__x=1>');
    await dialog.getByLabel(say('slug'), { exact: true }).fill('blue-otter');
    await look('new-app');
    await button(visitor, 'makeApp').click();
    await page.waitForURL(
      (url) => url.pathname.endsWith('/setup/identity') && !url.pathname.includes(panel.app.id),
    );
    await stepIs(visitor, 'stepIdentity');
    await look('live-identity');
    const home = page.url().replace(/.*\/admin|\/identity$/g, '');

    await goto(`${home}/keys`);
    await page
      .getByRole('button', { name: say('makeSecretOf', { name: say('secretIdentification') }) })
      .click();
    const shown = page.getByRole('dialog').locator('code').first();
    await shown.waitFor();
    await look('secret-made');
    const key = ((await shown.textContent()) ?? '').trim();
    await button(visitor, 'storedSecret').click();
    await page.getByText(`••••${key.slice(-4)}`).waitFor();
    t.false((await page.content()).includes(key), 'the key is gone from the page');
    const paste = async (name: MessageKey, value: string) => {
      const part = page.getByRole('region', { name: say(name), exact: true });
      await part.getByRole('textbox').fill(value);
      await part.getByRole('button', { name: say('saveSecret'), exact: true }).click();
      return part;
    };
    const refused = await paste('secretApiKey', 'کلید ۱۲۳');
    await refused.getByText(say('issueSecretText')).waitFor();
    await (await paste('secretApiKey', 'nobody-knows-this')).getByText('••••this').waitFor();
    await (await paste('secretClient', 'a-wrong-secret')).getByText('••••cret').waitFor();
    await look('live-keys');

    await goto(`${home}/service`);
    const url = page.getByLabel(say('landingUrl'), { exact: true });
    await url.fill('http://93.184.216.34/');
    await button(visitor, 'saveAndNext').click();
    await page.getByText(say('endpointUrlNotAllowed')).waitFor();
    await url.fill(`${shop.url}/divar`);
    await button(visitor, 'saveAndNext').click();

    await stepIs(visitor, 'stepChecks');
    await button(visitor, 'runAll').click();
    await rows(page, 'failed').nth(2).waitFor();
    await rows(page, 'running').first().waitFor({ state: 'detached' });
    const failed = await rows(page, 'failed').allInnerTexts();
    t.is(failed.length, 3, failed.join('\n\n'));
    t.is(
      new Set(failed.map((text) => text.split('\n').find((line) => line.startsWith(say('checkFix'))))).size,
      3,
    );
    t.true((await rows(page, 'passed').allInnerTexts()).some((text) => text.includes(say('checkInit'))));
    await look('live-checks');
    status = 200;
    waitMs = 2200;
    await page.getByRole('button', { name: say('runCheckOf', { name: say('checkLanding') }) }).click();
    await rows(page, 'warning').first().waitFor();

    await goto(`${home}/addresses`);
    await page.getByText(say('waitsForDivar')).first().waitFor();
    const { urls } = (
      await panel.owner.must('GET', `${home.replace('/t/', '/tenants/').replace('/setup', '')}/settings`)
    ).body;
    const reply = await fetch(urls.init, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: key },
      body: JSON.stringify({ source: 'CHAT', user_side: 'SUPPLY', post_token: 'wZ_x9Qa7' }),
    });
    t.is(reply.status, 200);
    await page.locator('.arrival .state.on').first().waitFor();
    await page.locator('.arrival code', { hasText: '127.0.0.1' }).waitFor();
    await look('live-addresses');
    await goto(`${home.replace(/\/apps.*/, '')}/overview?app=${home.split('/')[4]}`);
    await page.getByRole('heading', { name: say('checklistHeading') }).waitFor();
    await look('overview-checklist');
    t.is(await page.evaluate('window.__x'), undefined);
    t.deepEqual(grave(complaints), []);
  },
);

test.serial(
  'settings are saved part by part; nobody is overwritten unseen, and nothing is lost by a click',
  async (t) => {
    const panel = await openWithDivar(t);
    const visitor = await visitAs(t, panel, panel.owner, 'fa');
    const { page, say, look, goto, complaints } = visitor;
    const settingsOf = async () => (await panel.owner.must('GET', `${panel.appPath}/settings`)).body.sections;
    await goto(`/t/${panel.tenant}/apps/${panel.app.id}/settings`);
    const part = (name: MessageKey) => page.getByRole('region', { name: say(name), exact: true });
    const save = (name: MessageKey) =>
      part(name)
        .getByRole('button', { name: say('save'), exact: true })
        .click();
    await part('testUsersHeading').waitFor();
    await look('settings');
    await part('testUsersHeading').getByRole('textbox').fill('۰۹۱۲ ۱۲۳ ۴۵۶۷\n+989990000001\nu-17');
    await save('testUsersHeading');
    await part('testUsersHeading').getByText(say('saved')).waitFor();
    t.deepEqual((await settingsOf()).test_users.value.test_users, [
      { phone: '09121234567' },
      { phone: '09990000001' },
      { divar_user_id: 'u-17' },
    ]);

    const perDay = part('limitsHeading').getByLabel(say('limitPerDay'), { exact: true });
    await perDay.fill('۹۰۰۰');
    await panel.owner.must('PATCH', `${panel.appPath}/settings/limits`, {
      version: (await settingsOf()).limits.version,
      value: { divar_per_minute: 60, divar_per_day: 500 },
    });
    await save('limitsHeading');
    await page.getByRole('heading', { name: say('changedElsewhere') }).waitFor();
    await look('settings-conflict');
    await button(visitor, 'keepYours').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.is((await settingsOf()).limits.value.divar_per_day, 9000);

    const contact = part('privacyHeading').getByLabel(say('privacyContact'), { exact: true });
    await contact.fill('privacy@shop.example');
    await page.getByRole('link', { name: say('setupRunNow') }).click();
    await page.getByRole('heading', { name: say('leaveHeadingForm') }).waitFor();
    await look('settings-leave');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: say('stay'), exact: true })
      .click();
    t.is(await contact.inputValue(), 'privacy@shop.example');
    await save('privacyHeading');
    await part('privacyHeading').getByText(say('saved')).waitFor();

    await page.goto(`${panel.gateway.url}/privacy/${panel.app.id}`);
    await page.getByText('privacy@shop.example').waitFor();
    await inspect(t, page, 'fa');
    await look('privacy');
    await page.getByRole('link', { name: 'English' }).click();
    await page.waitForURL(/lang=en/);
    await inspect(t, page, 'en');

    const viewer = await visitAs(t, panel, await panel.join('viewer'), 'en');
    await viewer.goto(`/t/${panel.tenant}/apps/${panel.app.id}/settings`);
    await viewer.page.getByText(viewer.say('readOnlySettings')).waitFor();
    t.true(await viewer.page.getByLabel(viewer.say('landingUrl'), { exact: true }).isDisabled());
    t.false((await viewer.page.content()).includes('09121234567'));
    await viewer.look('settings-viewer');
    await viewer.goto(`/t/${panel.tenant}/apps/${panel.app.id}/setup/keys`);
    await viewer.page.getByText(viewer.say('pageForbidden', { role: viewer.say('roleViewer') })).waitFor();
    t.deepEqual(grave([...complaints, ...viewer.complaints]), []);
  },
);
