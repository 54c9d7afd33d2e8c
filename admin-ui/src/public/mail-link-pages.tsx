/** Where the links of our mails lead. The one-time secret is used by a click: a mail scanner that opens pages spends nothing. */
import { useState } from 'react';
import { call } from '../api/call.ts';
import type { Next } from '../api/shapes.ts';
import { EmailField } from '../form/email-field.tsx';
import { Form } from '../form/form.tsx';
import { PasswordField } from '../form/password-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { Link, useRouter } from '../router.tsx';
import { MailSent } from './mail-sent.tsx';
import { PublicPage } from './public-page.tsx';

export function VerifyEmailPage() {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const { place, go } = useRouter();
  const token = place.fragment;
  return (
    <PublicPage
      heading="verifyEmail"
      after={
        <>
          {t('linkTooOld')} <Link to="/signup">{t('signUpAgain')}</Link>
        </>
      }
    >
      <p>{t('verifyEmailNote')}</p>
      <Form
        label={t('confirmAndContinue')}
        run={() => call<Next>('POST', '/verify-email', { token })}
        done={async () => {
          await refresh();
          go('/enrol', { replace: true });
        }}
      >
        {undefined}
      </Form>
    </PublicPage>
  );
}

export function ForgotPage() {
  const { t, language } = useLanguage();
  const [email, setEmail] = useState<string>();
  const ask = (address: string) => call('POST', '/forgot', { email: address, language });
  if (email !== undefined)
    return (
      <PublicPage heading="mailSentHeading">
        <MailSent email={email} sendAgain={() => ask(email)} />
      </PublicPage>
    );
  return (
    <PublicPage heading="forgotHeading" after={<Link to="/login">{t('backToLogin')}</Link>}>
      <p>{t('forgotNote')}</p>
      <Form
        label={t('sendLink')}
        run={async (values) => {
          const outcome = await ask(values.email ?? '');
          if (outcome.ok) setEmail(values.email);
          return outcome;
        }}
        done={() => undefined}
      >
        <EmailField />
      </Form>
    </PublicPage>
  );
}

export function ResetPage() {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const { place, go } = useRouter();
  const token = place.fragment;
  return (
    <PublicPage
      heading="resetHeading"
      after={
        <>
          {t('linkTooOld')} <Link to="/forgot">{t('askLinkAgain')}</Link>
        </>
      }
    >
      <p>{t('resetNote')}</p>
      <Form
        label={t('setPassword')}
        run={({ password }) => call('POST', '/reset', { token, password })}
        done={async () => {
          // Whoever was signed in here no longer is.
          await refresh();
          go('/login?because=reset', { replace: true });
        }}
      >
        <PasswordField isNew label={t('newPassword')} />
      </Form>
    </PublicPage>
  );
}
