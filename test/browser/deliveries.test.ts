/** Webhooks as a business works with them: an endpoint, its first event, what fails and why, and everything told again. */
import test, { type ExecutionContext } from 'ava';
import type { Language } from '../../admin-ui/src/i18n/translate.ts';
import { eventually } from '../helpers/gateway.ts';
import { type LoopbackFake, loopbackFake } from '../helpers/http.ts';
import { openPanel, type Panel, type Visitor, visitAs } from './member.ts';

const CHAT = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const HOSTILE = `<img src=x onerror="window.__x=1"> "><svg onload=window.__x=1> \u202Etxt.exe ${'x'.repeat(10_000)}`;

interface Receiver {
  fake: LoopbackFake;
  /** What it answers from now on. */
  answer: { status: number; body: string };
}

async function openReceiver(t: ExecutionContext): Promise<Receiver> {
  const answer = { status: 200, body: 'ok' };
  const fake = await loopbackFake(t, () => ({ ...answer }));
  return { fake, answer };
}

type Key = Parameters<Visitor['say']>[0];
const button = ({ page, say }: Visitor, key: Key) =>
  page.getByRole('button', { name: say(key), exact: true });
const inDialog = ({ page, say }: Visitor, key: Key) =>
  page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: say(key), exact: true });
const badge = ({ page, say }: Visitor, key: Key) =>
  page
    .locator('.state')
    .filter({ hasText: say(key) })
    .first();
const openBadge = ({ page, say }: Visitor, key: Key) =>
  page
    .getByRole('dialog')
    .locator('.state')
    .filter({ hasText: say(key) })
    .first();

async function addEndpoint(t: ExecutionContext, panel: Panel, visitor: Visitor, url: string): Promise<void> {
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/deliveries`);
  await page.getByText(say('noEndpointYet')).waitFor();
  await look('deliveries-no-endpoint');
  await goto(`/t/${panel.tenant}/webhooks`);
  await page.getByText(say('noEndpointsNote')).waitFor();
  await look('webhooks-none');
  await button(visitor, 'addEndpoint').click();
  t.regex(page.url(), /[?&]dialog=new/);
  await page.getByLabel(say('endpointUrl')).fill('http://10.0.0.1/hooks');
  await inDialog(visitor, 'makeEndpoint').click();
  await page.getByText(say('endpointUrlNotAllowed')).waitFor();
  await look('endpoint-refused');
  await page.getByLabel(say('someEvents')).check();
  await page.getByLabel(say('endpointUrl')).fill(url);
  await inDialog(visitor, 'makeEndpoint').click();
  await page.getByText(say('someEventsMissing')).waitFor();
  await look('endpoint-events');
  await page.getByLabel(say('allEvents')).check();
  await inDialog(visitor, 'makeEndpoint').click();
  const secret = page.getByRole('dialog').locator('code').first();
  await page.getByText(say('secretOnce')).waitFor();
  const shown = (await secret.textContent()) ?? '';
  t.regex(shown, /^whsec_/);
  await look('endpoint-secret');
  await inDialog(visitor, 'storedIt').click();
  t.false((await page.content()).includes(shown), 'the secret is gone from the page');
  await page.locator('a.row-link').first().waitFor();
  await look('webhooks');
}

async function testIt(t: ExecutionContext, visitor: Visitor, receiver: Receiver): Promise<void> {
  const { page, say, look } = visitor;
  await page.locator('a.row-link').first().click();
  await inDialog(visitor, 'testEndpoint').click();
  await page.getByText(say('testDelivered')).waitFor();
  t.is(receiver.fake.requests.length, 1);
  await look('endpoint-tested');
  Object.assign(receiver.answer, { status: 500, body: HOSTILE });
  await inDialog(visitor, 'testEndpoint').click();
  await page.getByText(say('testFailed')).waitFor();
  await look('endpoint-test-failed');
  await inDialog(visitor, 'rotateSecret').click();
  await page.getByLabel(say('overlap')).selectOption('3600');
  await look('endpoint-rotate');
  await inDialog(visitor, 'rotateSecret').click();
  await page.getByText(say('secretOnce')).waitFor();
  await inDialog(visitor, 'storedIt').click();
  await page.getByText(say('previousUntil')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  t.is(await page.evaluate('window.__x'), undefined);
}

/** Back takes away what was chosen last, one choice after the other. */
async function filterAndGoBack(t: ExecutionContext, panel: Panel, visitor: Visitor): Promise<void> {
  const { page, say, goto, look } = visitor;
  await goto(`/t/${panel.tenant}/deliveries`);
  await page.locator('a.row-link').first().waitFor();
  await page.getByLabel(say('eventType'), { exact: true }).selectOption('chat.message.received');
  await page.waitForURL(/type=chat/);
  await page.getByLabel(say('answerCode'), { exact: true }).selectOption('timeout');
  await page.waitForURL(/code=timeout/);
  await page.getByText(say('noMatch')).waitFor();
  await look('deliveries-no-match');
  await page.goBack();
  await page.locator('a.row-link').first().click();
  await page.getByRole('dialog').waitFor();
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  t.regex(page.url(), /type=chat\.message\.received$/);
  await page.goBack();
  t.notRegex(page.url(), /type=/);
  await page.locator('a.row-link').first().waitFor();
}

async function seeDelivery(t: ExecutionContext, panel: Panel, visitor: Visitor, receiver: Receiver) {
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/deliveries?state=pending`);
  await page.locator('a.row-link').first().waitFor();
  await badge(visitor, 'deliveryPending').waitFor();
  await look('deliveries');
  await page.locator('a.row-link').first().click();
  await page.getByRole('heading', { name: say('attemptsHeading') }).waitFor();
  await page.getByText(say('codeBadStatus')).last().waitFor();
  await page.getByText('⟦202E⟧').first().waitFor();
  await page.getByText('webhook-signature').first().waitFor();
  await look('delivery');
  Object.assign(receiver.answer, { status: 200, body: 'ok' });
  await inDialog(visitor, 'retryDelivery').click();
  await page.getByText(say('retryDelivered')).waitFor();
  await look('delivery-delivered');
  t.is(await page.evaluate('window.__x'), undefined);
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  t.regex(page.url(), /state=pending$/);
  await page.getByText(say('noMatch')).or(page.locator('a.row-link').first()).first().waitFor();
}

async function replayAll(t: ExecutionContext, panel: Panel, visitor: Visitor, receiver: Receiver) {
  const { page, say, look, goto } = visitor;
  const before = receiver.fake.requests.length;
  await goto(`/t/${panel.tenant}/deliveries`);
  await button(visitor, 'replayMatching').click();
  await page.getByText(say('replayWarning')).waitFor();
  await look('replay-plan');
  await inDialog(visitor, 'replayStart').click();
  await page.waitForURL(/\/jobs\?.*open=job_/);
  const bar = page.getByRole('dialog').getByRole('progressbar');
  await bar.waitFor();
  await openBadge(visitor, 'jobDone').waitFor();
  t.is(await bar.getAttribute('aria-valuenow'), await bar.getAttribute('aria-valuemax'));
  t.true(receiver.fake.requests.length > before);
  await look('job');
  await page.reload();
  await bar.waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await look('jobs');
}

async function seeEvents(panel: Panel, visitor: Visitor): Promise<void> {
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/events`);
  await page.locator('a.row-link').first().waitFor();
  await look('events');
  await page.locator('a.row-link').first().click();
  await page.getByRole('heading', { name: say('eventDeliveries') }).waitFor();
  await page.getByText(say('payload'), { exact: true }).waitFor();
  await look('event');
}

for (const language of ['fa', 'en'] as const) {
  test.serial(`an endpoint is made, tested, fails, is told again (${language})`, async (t) => {
    const panel = await openPanel(t, { RETRY_SCHEDULE_SECONDS: '3600' });
    const receiver = await openReceiver(t);
    const visitor = await visitAs(t, panel, panel.owner, language);
    await addEndpoint(t, panel, visitor, `${receiver.fake.url}/hooks`);
    await testIt(t, visitor, receiver);
    await seeDelivery(t, panel, visitor, receiver);
    await filterAndGoBack(t, panel, visitor);
    await replayAll(t, panel, visitor, receiver);
    await seeEvents(panel, visitor);
    // What is refused on purpose stands in the console of every browser.
    t.deepEqual(
      visitor.complaints.filter((one) => !one.includes('400 (Bad Request)')),
      [],
    );
  });
}

const initOf = (panel: Panel, key: string) =>
  fetch(`${panel.gateway.url}/i/${panel.app.id}`, {
    method: 'POST',
    headers: { authorization: key, 'content-type': 'application/json' },
    body: '{}',
  });

async function seeErrors(
  t: ExecutionContext,
  panel: Panel,
  visitor: Visitor,
  language: Language,
): Promise<void> {
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/errors`);
  await page.getByRole('heading', { name: say('noErrors') }).waitFor();
  await look('errors-none');
  t.is((await initOf(panel, 'wrong')).status, 401);
  await eventually('the refusal is counted', async () => {
    const { data } = (await panel.owner.must('GET', `${panel.appPath}/errors`)).body;
    return data.length > 0;
  });
  await button(visitor, 'refresh').click();
  const cause = {
    fa: 'کلید شناسایی دیوار یکی نیست.',
    en: 'The identification key is not the same on both sides.',
  };
  await page.getByRole('heading', { name: cause[language] }).waitFor();
  await look('errors');
  await button(visitor, 'errorResolve').click();
  await page.getByRole('heading', { name: say('noErrors') }).waitFor();
  await page.getByLabel(say('errorsShow')).selectOption('resolved');
  await badge(visitor, 'errorsResolved').waitFor();
  t.regex(page.url(), /state=resolved/);
  t.is((await initOf(panel, 'wrong')).status, 401);
  await eventually('it has happened again', async () => {
    const { data } = (await panel.owner.must('GET', `${panel.appPath}/errors`)).body;
    return data[0]?.reopened;
  });
  await page.goBack();
  await button(visitor, 'refresh').click();
  await badge(visitor, 'errorsReopened').waitFor();
  await look('errors-reopened');
}

for (const language of ['fa', 'en'] as const) {
  test.serial(
    `an error says its cause and what to do, is resolved, and comes back (${language})`,
    async (t) => {
      const panel = await openPanel(t);
      const visitor = await visitAs(t, panel, panel.owner, language);
      await seeErrors(t, panel, visitor, language);
      t.deepEqual(visitor.complaints, []);
    },
  );
}

test.serial('an endpoint that is gone is enabled again and told what it has missed', async (t) => {
  const panel = await openPanel(t);
  const receiver = await openReceiver(t);
  const { owner, appPath } = panel;
  const url = `${receiver.fake.url}/hooks`;
  const { id } = (await owner.must('POST', `${appPath}/endpoints`, { url, events: ['*'] }, 201)).body;
  Object.assign(receiver.answer, { status: 410, body: '' });
  await owner.must('POST', `${appPath}/endpoints/${id}/test`, {}, 202);
  await eventually('the endpoint is given up', async () => {
    const { state } = (await owner.must('GET', `${appPath}/endpoints/${id}`)).body;
    return state === 'disabled';
  });
  Object.assign(receiver.answer, { status: 200, body: '' });
  const visitor = await visitAs(t, panel, owner, 'fa');
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/webhooks`);
  await page.getByText(say('disabledGone')).waitFor();
  await look('webhooks-disabled');
  await button(visitor, 'enableAndReplay').click();
  await page.getByRole('heading', { name: say('replayHeading') }).waitFor();
  await inDialog(visitor, 'replayStart').click();
  await page.waitForURL(/\/jobs\?.*open=job_/);
  await openBadge(visitor, 'jobDone').waitFor();
  t.true(receiver.fake.requests.length > 1);
});

test.serial(
  'a long replay shows how far it is, is still there after a reload, and stops when it is told to',
  async (t) => {
    const panel = await openPanel(t);
    const { owner, appPath } = panel;
    let goOn = () => {};
    const isOver = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isSlow = false;
    const fake = await loopbackFake(t, async () => {
      if (isSlow) await isOver;
      return { status: 200 };
    });
    t.teardown(() => goOn());
    const { id } = (await owner.must('POST', `${appPath}/endpoints`, { url: fake.url, events: ['*'] }, 201))
      .body;
    for (let count = 0; count < 12; count += 1)
      await owner.must('POST', `${appPath}/endpoints/${id}/test`, {}, 202);
    await eventually('all of it has arrived', async () => fake.requests.length === 12);
    isSlow = true;
    const job = (await owner.must('POST', `${appPath}/events/replay`, {}, 202)).body;
    const visitor = await visitAs(t, panel, owner, 'fa');
    const { page, goto, look, complaints } = visitor;
    await goto(`/t/${panel.tenant}/jobs/${job.id}`);
    await openBadge(visitor, 'jobRunning').waitFor();
    const bar = page.getByRole('dialog').getByRole('progressbar');
    t.is(await bar.getAttribute('aria-valuemax'), '12');
    t.is(await bar.getAttribute('aria-valuenow'), '0');
    await look('job-running');
    await page.reload();
    await openBadge(visitor, 'jobRunning').waitFor();
    await inDialog(visitor, 'cancelJob').click();
    await page.getByText(visitor.say('cancelJobNote')).waitFor();
    await look('job-cancel');
    await inDialog(visitor, 'cancelJob').click();
    await openBadge(visitor, 'jobCancelled').waitFor();
    t.is((await owner.must('GET', `${appPath}/jobs/${job.id}`)).body.state, 'cancelled');
    t.deepEqual(complaints, []);
  },
);

test.serial('a viewer sees how deliveries fare, none of what they say, and may not act', async (t) => {
  const panel = await openPanel(t);
  const receiver = await openReceiver(t);
  const { owner, appPath } = panel;
  const url = `${receiver.fake.url}/hooks/secret-path`;
  const { id } = (await owner.must('POST', `${appPath}/endpoints`, { url, events: ['*'] }, 201)).body;
  await owner.must('POST', `${appPath}/endpoints/${id}/test`, {}, 202);
  await owner.must(
    'POST',
    `${appPath}/messages`,
    { conversation_id: CHAT, text: 'راز', on_missing_consent: 'hold' },
    202,
  );
  await eventually('the test has arrived', async () => receiver.fake.requests.length > 0);
  const visitor = await visitAs(t, panel, await panel.join('viewer'), 'fa');
  const { page, say, goto, look, complaints } = visitor;
  await goto(`/t/${panel.tenant}/deliveries`);
  t.true(await button(visitor, 'replayMatching').isDisabled());
  await page.locator('a.row-link').first().click();
  await page.getByText(say('bodyHidden')).waitFor();
  t.true(await inDialog(visitor, 'retryDelivery').isDisabled());
  t.false((await page.content()).includes('secret-path'));
  await look('viewer-delivery');
  await goto(`/t/${panel.tenant}/webhooks`);
  await page.locator('a.row-link').first().waitFor();
  t.true(await button(visitor, 'addEndpoint').isDisabled());
  t.deepEqual(complaints, []);
});
