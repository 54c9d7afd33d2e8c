/** The live pages: what happens stands in the lists by itself, is looked into, and is acted on. */
import test, { type ExecutionContext } from 'ava';
import type { Language } from '../../admin-ui/src/i18n/translate.ts';
import { eventually } from '../helpers/gateway.ts';
import { openPanel, type Panel, type Visitor, visitAs } from './member.ts';

const CHAT = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const HOSTILE = `<img src=x onerror="window.__x=1"> "><svg onload=window.__x=1> \u202Etxt.exe ${'x'.repeat(2000)}`;

const digits = (language: Language, count: number) =>
  language === 'en' ? String(count) : String(count).replace(/\d/g, (one) => '۰۱۲۳۴۵۶۷۸۹'[Number(one)] ?? '');

/** A message that waits for a consent that nobody has given. */
async function sendHeld(
  { owner, appPath }: Panel,
  text: string,
): Promise<{ id: string; conversation_id: string }> {
  const body = { conversation_id: CHAT, text, on_missing_consent: 'hold' };
  return (await owner.must('POST', `${appPath}/messages`, body, 202)).body;
}

const inSimulator = ({ gateway }: Panel, path: string, body: object) =>
  fetch(gateway.simulatorUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** A person taps the add-on in the simulator; the path that opens its page. */
async function tap(panel: Panel): Promise<string> {
  const reply = await eventually('a tap', async () => {
    const tried = await inSimulator(panel, '/__tap', { app: panel.app.slug, as: 'seller', kind: 'chat' });
    return tried.ok && tried;
  });
  return ((await reply.json()) as { open: string }).open;
}

const isLive = ({ page, say }: Visitor) =>
  page
    .locator('.live-dot.live')
    .filter({ hasText: say('liveOn') })
    .first()
    .waitFor();
const button = ({ page, say }: Visitor, key: Parameters<Visitor['say']>[0]) =>
  page.getByRole('button', { name: say(key), exact: true });
const inDialog = ({ page, say }: Visitor, key: Parameters<Visitor['say']>[0]) =>
  page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: say(key), exact: true });

async function seeSessions(t: ExecutionContext, panel: Panel, visitor: Visitor): Promise<void> {
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/sessions`);
  await page.getByText(say('sessionsNone')).waitFor();
  await isLive(visitor);
  await look('sessions-none');
  await tap(panel);
  await page.locator('a.row-link').first().waitFor();
  await look('sessions');
  await page.getByLabel(say('state'), { exact: true }).selectOption('completed');
  await page.getByText(say('noMatch')).waitFor();
  t.regex(page.url(), /[?&]state=completed/);
  await look('sessions-no-match');
  await button(visitor, 'clearFilters').first().click();
  await page.locator('a.row-link').first().click();
  await page.getByRole('heading', { name: say('sessionTimeline') }).waitFor();
  await page.getByText(say('stepCreated')).waitFor();
  t.regex(page.url(), /[?&]open=ses_/);
  await look('session');
  await page.goBack();
  await page.getByRole('heading', { name: say('sessionTimeline') }).waitFor({ state: 'detached' });
}

async function seeMessages(t: ExecutionContext, panel: Panel, visitor: Visitor): Promise<string> {
  const { page, say, look, goto, language } = visitor;
  await goto(`/t/${panel.tenant}/messages?app=${panel.app.id}`);
  await page.getByText(say('messagesNone')).waitFor();
  await isLive(visitor);
  const first = await sendHeld(panel, HOSTILE);
  await page.locator('a.row-link').filter({ hasText: '⟦202E⟧' }).waitFor();
  for (let count = 1; count <= 24; count += 1) await sendHeld(panel, `سفارش شمارهٔ ${count} ثبت شد`);
  await page.locator('a.row-link').filter({ hasText: 'سفارش شمارهٔ 24' }).waitFor();
  await look('messages');

  await page.evaluate('window.scrollTo(0, 600)');
  await sendHeld(panel, 'تازهٔ یک');
  await sendHeld(panel, 'تازهٔ دو');
  await page.getByText(say('freshRows', { count: digits(language, 2) })).waitFor();
  await look('messages-fresh');
  await page.getByText(say('freshRows', { count: digits(language, 2) })).click();
  await page.locator('a.row-link').filter({ hasText: 'تازهٔ دو' }).waitFor();

  await button(visitor, 'livePause').click();
  await page.locator('.live-dot.paused').first().waitFor();
  await sendHeld(panel, 'هنگام مکث');
  t.is(await page.locator('a.row-link').filter({ hasText: 'هنگام مکث' }).count(), 0);
  await button(visitor, 'liveResume').click();
  await page.locator('a.row-link').filter({ hasText: 'هنگام مکث' }).waitFor();
  return first.conversation_id;
}

async function seeMessage(t: ExecutionContext, visitor: Visitor): Promise<void> {
  const { page, say, look } = visitor;
  await page.locator('body').press('KeyJ');
  await page.locator('a.row-link').first().and(page.locator(':focus')).waitFor();
  await page.keyboard.press('KeyJ');
  await page.locator('a.row-link').nth(1).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('KeyK');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog');
  await drawer.getByText(say('codeConsentRequired')).waitFor();
  await look('message');
  await inDialog(visitor, 'cancelMessage').click();
  await page.getByText(say('cancelMessageNote')).waitFor();
  await look('message-cancel');
  await inDialog(visitor, 'cancelMessage').click();
  await drawer
    .locator('.state')
    .filter({ hasText: say('messageCancelled') })
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await page
    .locator('td .state')
    .filter({ hasText: say('messageCancelled') })
    .first()
    .waitFor();
  t.is(await page.evaluate('window.__x'), undefined);
}

/** Somebody comes, consents, and gets a message: how it went stands in the session, and the message in the transcript. */
async function seeVisit(panel: Panel, visitor: Visitor): Promise<void> {
  const { page, say, look, goto } = visitor;
  await inSimulator(panel, '/__follow', { open: await tap(panel), decision: 'grant' });
  const { data } = (await panel.owner.must('GET', `${panel.appPath}/sessions?limit=1&consent=granted`)).body;
  const [session] = data as { id: string }[];
  const body = { session_id: session?.id, text: 'پیک در راه است' };
  const message = (await panel.owner.must('POST', `${panel.appPath}/messages`, body, 202)).body;
  await goto(`/t/${panel.tenant}/sessions?open=${session?.id}`);
  await page.getByText(say('stepGrant')).waitFor();
  await page
    .getByRole('dialog')
    .locator('.state')
    .filter({ hasText: say('messageSent') })
    .first()
    .waitFor();
  await look('session-granted');
  await goto(`/t/${panel.tenant}/messages?open=${message.id}`);
  await page.getByText(say('attemptAnswered')).waitFor();
  await look('message-sent');
  await goto(`/t/${panel.tenant}/conversations/${message.conversation_id}`);
  await page.getByRole('log').getByText('پیک در راه است').first().waitFor();
  await look('conversation-transcript');
}

async function seeConversation(panel: Panel, visitor: Visitor, conversation: string): Promise<void> {
  const { page, say, look, goto } = visitor;
  await goto(`/t/${panel.tenant}/conversations`);
  await page.locator('a.row-link').first().waitFor();
  await look('conversations');
  await page.getByLabel(say('conversationFind')).fill(CHAT);
  await button(visitor, 'conversationGo').click();
  await page.getByText(conversation).first().waitFor();
  await page
    .locator('.state')
    .filter({ hasText: say('waitGrant') })
    .first()
    .waitFor();
  await look('conversation');
  await button(visitor, 'holdConversation').click();
  await inDialog(visitor, 'holdConversation').click();
  await page
    .locator('.state')
    .filter({ hasText: say('waitHeld') })
    .first()
    .waitFor();
  await button(visitor, 'resumeConversation').click();
  await page
    .locator('.state')
    .filter({ hasText: say('waitGrant') })
    .first()
    .waitFor();
  await button(visitor, 'sendTest').click();
  await inDialog(visitor, 'sendTestButton').click();
  await page.getByRole('dialog').locator('.error, .note.bad').first().waitFor();
  await look('conversation-send');
}

for (const language of ['fa', 'en'] as const) {
  test.serial(
    `what happens stands in the lists by itself, and can be looked into (${language})`,
    async (t) => {
      const panel = await openPanel(t);
      const visitor = await visitAs(t, panel, panel.owner, language);
      await seeSessions(t, panel, visitor);
      const conversation = await seeMessages(t, panel, visitor);
      await seeMessage(t, visitor);
      await seeConversation(panel, visitor, conversation);
      await seeVisit(panel, visitor);
      // The empty message is refused, and browsers write every refusal into their console.
      t.deepEqual(
        visitor.complaints.filter((one) => !one.includes('400 (Bad Request)')),
        [],
      );
    },
  );
}

test.serial('a viewer sees the rows, none of their words, and why he may not act', async (t) => {
  const panel = await openPanel(t);
  await sendHeld(panel, 'راز مشتری');
  const visitor = await visitAs(t, panel, await panel.join('viewer'), 'fa');
  const { page, say, look, goto, complaints } = visitor;
  await goto(`/t/${panel.tenant}/messages`);
  await page.locator('a.row-link').first().waitFor();
  await page.getByText(say('maskedNote')).waitFor();
  t.false((await page.content()).includes('راز مشتری'));
  await look('viewer-messages');
  await page.locator('a.row-link').first().click();
  t.true(await inDialog(visitor, 'cancelMessage').isDisabled());
  await look('viewer-message');
  t.deepEqual(complaints, []);
});

test.serial('a login that ends shows the login page, and the stream with it', async (t) => {
  const panel = await openPanel(t);
  const visitor = await visitAs(t, panel, panel.owner, 'fa');
  const { page, say, goto } = visitor;
  await goto(`/t/${panel.tenant}/messages`);
  await isLive(visitor);
  // In the browser's own name, so that only the stream can tell it.
  await panel.owner.must('POST', '/logout', undefined, 204);
  await page.getByText(say('loginEnded')).waitFor();
  t.pass();
});
