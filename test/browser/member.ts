/** Somebody who has signed up and in, without the pages of it: those have tests of their own. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import { type Language, translateIn } from '../../admin-ui/src/i18n/translate.ts';
import { createTestDatabase } from '../helpers/database.ts';
import { eventually, type Gateway, startGateway } from '../helpers/gateway.ts';
import { startMailServer } from '../helpers/smtp.ts';
import { addMember, type Browser, type Room, signUp } from '../members/setup.ts';
import { DESKTOP, inspect, openBrowser, PHONE, type TestBrowser } from './browser.ts';

/** The narrowest phone that we promise to fit. */
const NARROW = { ...PHONE, width: 360 };

export interface Panel {
  gateway: Gateway;
  databaseUrl: string;
  /** `/tenants/ten_1/apps/app_1` */
  appPath: string;
  tenant: string;
  app: { id: string; slug: string };
  owner: Browser;
  /** Of a member who was invited for it. */
  join(role: string): Promise<Browser>;
}

/** Everything that `npm start` starts, on a database of the test, and an owner with a sandbox app. */
export async function openPanel(t: ExecutionContext, env: Record<string, string> = {}): Promise<Panel> {
  // Between two looks, on a machine that does other things besides.
  t.timeout(300_000);
  const { ownerUrl } = await createTestDatabase(t);
  const { url, letters } = await startMailServer(t);
  const gateway = await startGateway(t, {
    ...{ databaseUrl: ownerUrl, program: 'start', withSimulator: true },
    env: { SMTP_URL: url, MAIL_FROM: 'Peyvand <no-reply@peyvand.example>', ...env },
  });
  const room = roomOf(gateway, letters);
  const owner = await signUp(room);
  const { data } = (await owner.browser.must('GET', `/tenants/${owner.tenant}/apps`)).body;
  const [app] = data as Panel['app'][];
  if (app === undefined) throw new Error('the tenant has no sandbox app');
  return {
    ...{ gateway, databaseUrl: ownerUrl, app, tenant: owner.tenant, owner: owner.browser },
    appPath: `/tenants/${owner.tenant}/apps/${app.id}`,
    join: async (role) => (await addMember(room, owner, role)).browser,
  };
}

/** What the callers of the members' tests need of a room, with a whole gateway behind it. */
function roomOf(gateway: Gateway, letters: readonly { to: string; text: string }[]): Room {
  let seenCount = 0;
  return {
    ...{ url: gateway.url, adminUrl: gateway.url, mails: letters },
    clock: { now: () => new Date(), advance: () => undefined, set: () => undefined },
    deliver: async () => {
      await eventually('a mail', async () => letters.length > seenCount);
      seenCount = letters.length;
    },
  } as unknown as Room;
}

export interface Visitor extends TestBrowser {
  page: Page;
  say: ReturnType<typeof translateIn>;
  language: Language;
  /** Fails for what must not be on any page, and takes its picture where one is wanted. */
  look(name: string): Promise<void>;
  goto(path: string): Promise<void>;
}

/** What a failed test leaves behind. */
async function tellWhy(t: ExecutionContext, page: Page, complaints: readonly string[]): Promise<void> {
  t.log(page.url(), ...complaints);
  const folder = process.env.TEST_SCREENSHOTS_DIR;
  if (folder) await page.screenshot({ path: path.join(folder, 'failed.png'), fullPage: true });
}

/** Persian at a desk, English on a phone, signed in as `member`. */
export async function visitAs(
  t: ExecutionContext,
  { gateway }: Panel,
  member: Browser,
  language: Language,
): Promise<Visitor> {
  const browser = await openBrowser(t, { viewport: language === 'fa' ? DESKTOP : NARROW });
  const [name = '', value = ''] = (member.cookie() ?? '').split('=');
  await browser.context.addCookies([
    { name, value, url: gateway.url },
    { name: 'pvd_lang', value: language, url: gateway.url },
  ]);
  const page = await browser.context.newPage();
  const look = async (picture: string) => {
    await inspect(t, page, language);
    const folder = process.env.TEST_SCREENSHOTS_DIR;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${language}-${picture}.png`), fullPage: true });
  };
  t.teardown(async () => {
    if (!t.passed) await tellWhy(t, page, browser.complaints);
  });
  const goto = async (to: string) => void (await page.goto(`${gateway.url}/admin${to}`));
  return { ...browser, page, language, say: translateIn(language), look, goto };
}
