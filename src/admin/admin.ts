/** What the panel's files and its first page need, as decisions. @see CONTRACT section 4 */
import { z } from 'zod';

/** What runs in this installation; nothing of any tenant, because nobody has signed in when it is read. */
export interface StartInfo {
  version: string;
  isReady: boolean;
  publicUrl: string;
  /** Null where the simulator is off. */
  simulatorUrl: string | null;
  /** Null where the demo tenant is off. */
  demoUrl: string | null;
  docsUrl: string;
  /** Null where mails are sent to their receivers. */
  mailboxUrl: string | null;
}

export const StartView = z
  .object({
    version: z.string(),
    ready: z.boolean(),
    public_url: z.url(),
    simulator_url: z.url().nullable(),
    demo_url: z.url().nullable(),
    docs_url: z.url(),
    mailbox_url: z.url().nullable(),
  })
  .meta({ id: 'Start' });
export type StartView = z.infer<typeof StartView>;

export function presentStart(info: StartInfo): StartView {
  return StartView.parse({
    version: info.version,
    ready: info.isReady,
    public_url: info.publicUrl,
    simulator_url: info.simulatorUrl,
    demo_url: info.demoUrl,
    docs_url: info.docsUrl,
    mailbox_url: info.mailboxUrl,
  });
}

/** The panel loads everything from its own origin, by file: no inline script or style, no third party. */
export const PANEL_POLICY =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** `path` as it stands after `/admin/`. A missing file or call is a 404: a browser that got the document instead of a script
 *  would only say "unexpected token <". */
export function isPanelPage(path: string): boolean {
  return !/^(?:api|assets)(?:\/|$)/.test(path) && !/\.[a-z0-9]+$/i.test(path);
}

/** Preferences, not secrets: the panel's script writes them. */
const LANGUAGE_COOKIE = 'pvd_lang';
const THEME_COOKIE = 'pvd_theme';

export interface Look {
  language: 'fa' | 'en';
  /** `system`: as the device has it. */
  theme: 'system' | 'light' | 'dark';
}

/** Persian, whatever the browser asks for, until its user has chosen English. */
export function lookOf(cookies: ReadonlyMap<string, string>): Look {
  const theme = cookies.get(THEME_COOKIE);
  return {
    language: cookies.get(LANGUAGE_COOKIE) === 'en' ? 'en' : 'fa',
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
  };
}

export type Encoding = 'br' | 'gzip';

/** The smallest encoding that the browser takes. `*` is not read: it never comes alone. @see RFC 9110 section 12.5.3 */
export function pickEncoding(header: string | undefined, offered: readonly Encoding[]): Encoding | undefined {
  const accepted = new Set<string>();
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) accepted.add(name);
  }
  return offered.find((encoding) => accepted.has(encoding));
}
