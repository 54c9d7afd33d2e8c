/** Mail: through a server, or into a box of this process that the embedded start shows as a page. */
import { createTransport } from 'nodemailer';
import type { Clock, Mail, Mailbox, SendMail } from '../ports.ts';

/** To connect, to be greeted, and between two answers of the server. */
const STEP_TIMEOUT_MS = 10_000;
/** Of a whole mail. */
const MAIL_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 3;
/** Enough for a person who tries things out. */
const KEPT_MAIL_COUNT = 100;

export interface MailDriver {
  send: SendMail;
  /** Where there is one, mails end in it. */
  mailbox: Mailbox | undefined;
  close(): Promise<void>;
}

export function createSmtp({ url, from }: { url: string; from: string }): MailDriver {
  const transport = createTransport(
    {
      url,
      pool: true,
      maxConnections: MAX_CONNECTIONS,
      connectionTimeout: STEP_TIMEOUT_MS,
      greetingTimeout: STEP_TIMEOUT_MS,
      socketTimeout: STEP_TIMEOUT_MS,
      // A text of ours is a text: nothing of it may name a file or an address to fetch.
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  return {
    send: async ({ to, subject, text }) => {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        const error = Object.assign(new Error('the mail server does not answer'), { code: 'ETIMEDOUT' });
        timer = setTimeout(() => reject(error), MAIL_TIMEOUT_MS);
      });
      try {
        await Promise.race([transport.sendMail({ to: { name: '', address: to }, subject, text }), tooLate]);
      } finally {
        clearTimeout(timer);
      }
    },
    mailbox: undefined,
    close: async () => transport.close(),
  };
}

export function createMailboxDriver({ clock }: { clock: Clock }): MailDriver {
  const kept: { mail: Mail; at: Date }[] = [];
  return {
    send: async (mail) => {
      kept.unshift({ mail, at: clock.now() });
      kept.length = Math.min(kept.length, KEPT_MAIL_COUNT);
    },
    mailbox: { list: () => kept },
    close: async () => undefined,
  };
}

/** Where no mail server is named: what should go out waits, and the log says why. */
export function createNoMail(): MailDriver {
  const refuse = () => Object.assign(new Error('SMTP_URL is not set'), { code: 'no_smtp_url' });
  return { send: () => Promise.reject(refuse()), mailbox: undefined, close: async () => undefined };
}
