/** What our mails say: plain text, small, in the language of whoever reads them. */
import type { Mail } from '../ports.ts';
import type { Language, Role } from './members.ts';

export const MAILS_TOPIC = 'mails';

/** `nobody`: takes the place of a mail to an address that we do not know, so that both take the same time. */
export type Letter =
  | { kind: 'confirm'; organization: string; link: string }
  | { kind: 'known'; link: string; resetLink: string }
  | { kind: 'reset'; link: string }
  | { kind: 'invitation'; organization: string; role: Role; link: string }
  | { kind: 'password_changed' }
  | { kind: 'passkey_added' }
  | { kind: 'nobody' };

export const ROLE_NAMES: Record<Language, Record<Role, string>> = {
  fa: { owner: 'مالک', admin: 'مدیر', developer: 'توسعه‌دهنده', support: 'پشتیبان', viewer: 'بیننده' },
  en: { owner: 'owner', admin: 'admin', developer: 'developer', support: 'support', viewer: 'viewer' },
};

const WRITERS: Record<
  Language,
  (letter: Exclude<Letter, { kind: 'nobody' }>) => [subject: string, lines: string[]]
> = {
  fa: (letter) => {
    switch (letter.kind) {
      case 'confirm':
        return [
          'نشانی ایمیل خود را تأیید کنید',
          [
            `برای ساختن حساب «${letter.organization}» در پیوند، این نشانی را باز کنید:`,
            letter.link,
            'این نشانی ۲۴ ساعت اعتبار دارد و یک بار کار می‌کند.',
            'اگر شما ثبت‌نام نکرده‌اید، این نامه را نادیده بگیرید؛ هیچ حسابی ساخته نمی‌شود.',
          ],
        ];
      case 'known':
        return [
          'شما از پیش در پیوند حساب دارید',
          [
            'کسی (شاید خودتان) خواست با این ایمیل ثبت‌نام کند، ولی این ایمیل از پیش حساب دارد.',
            'برای ورود:',
            letter.link,
            'اگر رمز عبور را فراموش کرده‌اید:',
            letter.resetLink,
            'اگر شما نبوده‌اید، لازم نیست کاری بکنید.',
          ],
        ];
      case 'reset':
        return [
          'رمز عبور تازه بگذارید',
          [
            'برای گذاشتن رمز عبور تازه، این نشانی را باز کنید:',
            letter.link,
            'این نشانی یک ساعت اعتبار دارد و یک بار کار می‌کند. پس از آن در همهٔ دستگاه‌ها باید دوباره وارد شوید؛ کد دومرحله‌ای همان می‌ماند.',
            'اگر شما نخواسته‌اید، این نامه را نادیده بگیرید؛ رمز شما همان است که بود.',
          ],
        ];
      case 'invitation':
        return [
          `دعوت به «${letter.organization}» در پیوند`,
          [
            `شما با نقش «${ROLE_NAMES.fa[letter.role]}» به «${letter.organization}» دعوت شده‌اید. برای پذیرفتن:`,
            letter.link,
            'این دعوت هفت روز اعتبار دارد.',
            'اگر این سازمان را نمی‌شناسید، این نامه را نادیده بگیرید.',
          ],
        ];
      case 'password_changed':
        return [
          'رمز عبور شما عوض شد',
          [
            'رمز عبور حساب شما در پیوند همین حالا عوض شد و دستگاه‌های دیگر از حساب بیرون شدند.',
            'اگر شما این کار را نکرده‌اید، بی‌درنگ رمز عبور را از راه «فراموشی رمز» عوض کنید و به مالک سازمان خبر دهید.',
          ],
        ];
      case 'passkey_added':
        return [
          'گذرکلیدی به حساب شما اضافه شد',
          [
            'همین حالا گذرکلید (Passkey) تازه‌ای به حساب شما در پیوند اضافه شد.',
            'اگر شما این کار را نکرده‌اید، وارد حساب شوید، آن را از «حساب من» بردارید، رمز عبور را عوض کنید و به مالک سازمان خبر دهید.',
          ],
        ];
    }
  },
  en: (letter) => {
    switch (letter.kind) {
      case 'confirm':
        return [
          'Confirm your e-mail address',
          [
            `Open this address to create the account of “${letter.organization}” at Peyvand:`,
            letter.link,
            'It is valid for 24 hours and works once.',
            'If you did not sign up, ignore this mail; no account is created.',
          ],
        ];
      case 'known':
        return [
          'You already have an account at Peyvand',
          [
            'Somebody (perhaps you) wanted to sign up with this address, which has an account already.',
            'To sign in:',
            letter.link,
            'If you have forgotten the password:',
            letter.resetLink,
            'If it was not you, there is nothing to do.',
          ],
        ];
      case 'reset':
        return [
          'Set a new password',
          [
            'Open this address to set a new password:',
            letter.link,
            'It is valid for one hour and works once. Afterwards you sign in again on every device; the second factor stays as it is.',
            'If you did not ask for this, ignore this mail; your password has not changed.',
          ],
        ];
      case 'invitation':
        return [
          `Invitation to “${letter.organization}” at Peyvand`,
          [
            `You are invited to “${letter.organization}” with the role ${ROLE_NAMES.en[letter.role]}. To accept:`,
            letter.link,
            'The invitation is valid for seven days.',
            'If you do not know this organization, ignore this mail.',
          ],
        ];
      case 'password_changed':
        return [
          'Your password was changed',
          [
            'The password of your account at Peyvand has just been changed, and other devices were signed out.',
            'If it was not you, set a new password at once by “forgot password”, and tell the owner of your organization.',
          ],
        ];
      case 'passkey_added':
        return [
          'A passkey was added to your account',
          [
            'A passkey has just been added to your account at Peyvand.',
            'If it was not you, sign in, remove it under “My account”, change the password, and tell the owner of your organization.',
          ],
        ];
    }
  },
};

/** Undefined: nobody is written to. */
export function writeMail(to: string, language: Language, letter: Letter): Mail | undefined {
  if (letter.kind === 'nobody') return undefined;
  const [subject, lines] = WRITERS[language](letter);
  return { to, subject, text: `${lines.join('\n\n')}\n\n— ${language === 'fa' ? 'پیوند' : 'Peyvand'}\n` };
}

/** One-time secrets stand behind the `#`: no server, proxy or log ever sees them. */
export function createLinks(adminUrl: string) {
  const link = (page: string, token?: string) => `${adminUrl}/admin/${page}${token ? `#${token}` : ''}`;
  return {
    confirm: (token: string) => link('verify-email', token),
    reset: (token: string) => link('reset', token),
    invitation: (token: string) => link('invite', token),
    login: link('login'),
    forgot: link('forgot'),
  };
}
export type Links = ReturnType<typeof createLinks>;
