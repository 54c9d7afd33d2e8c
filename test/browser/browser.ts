/** A real Chromium that fails a test for whatever a user would never see: console errors, policy violations, axe findings. */
import { AxeBuilder } from '@axe-core/playwright';
import type { ExecutionContext } from 'ava';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { translateIn } from '../../admin-ui/src/i18n/translate.ts';
import { findProgram } from '../helpers/programs.ts';

/** Chromium's own errands look for hosts that a test machine does not reach. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WCAG 2.2 AA and all that it holds. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 375, height: 740 };

export interface TestBrowser {
  context: BrowserContext;
  /** What went wrong in any page so far. */
  complaints: string[];
}

export async function openBrowser(
  t: ExecutionContext,
  options: { viewport: { width: number; height: number }; locale?: string },
): Promise<TestBrowser> {
  const executablePath = process.env.TEST_CHROMIUM_PATH ?? findProgram('chromium');
  if (!executablePath) throw new Error('there is no Chromium; npm test installs it or says how');
  const browser: Browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  t.teardown(() => browser.close());
  const context = await browser.newContext({ locale: 'fa-IR', ...options });
  context.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
    });
  });
  return { context, complaints };
}

/** What holds on every page: no serious or critical finding of axe, nothing to scroll sideways, a direction and a language. */
export async function inspect(t: ExecutionContext, page: Page, language: 'fa' | 'en' = 'fa'): Promise<void> {
  // Our pages have no frames: the other mode opens a page of its own for every look.
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  t.deepEqual(
    grave.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    [],
    page.url(),
  );
  const root = page.locator('html');
  t.is(await root.getAttribute('lang'), language);
  t.is(await root.getAttribute('dir'), language === 'fa' ? 'rtl' : 'ltr');
  const overflowPx = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  t.is(overflowPx, 0, `${page.url()} scrolls sideways`);
}

/** Opens a page of the menu, which on a phone is behind a button. */
export async function goTo(
  page: Page,
  say: ReturnType<typeof translateIn>,
  name: Parameters<ReturnType<typeof translateIn>>[0],
): Promise<void> {
  const link = page.getByRole('navigation').getByRole('link', { name: say(name), exact: true });
  const opener = page.getByRole('button', { name: say('openMenu'), exact: true });
  await link.or(opener).first().waitFor();
  if (await opener.isVisible()) await opener.click();
  await link.click();
}
