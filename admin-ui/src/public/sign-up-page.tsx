import { useState } from 'react';
import { call } from '../api/call.ts';
import { EmailField } from '../form/email-field.tsx';
import { Field } from '../form/field.tsx';
import { Form, type Values } from '../form/form.tsx';
import { PasswordField } from '../form/password-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { MailSent } from './mail-sent.tsx';
import { PublicPage } from './public-page.tsx';

export function SignUpPage() {
  const { t, language } = useLanguage();
  const [asked, setAsked] = useState<Values>();
  const ask = ({ organization, email, password }: Values) =>
    call('POST', '/signup', { organization, email, password, language });
  if (asked !== undefined)
    return (
      <PublicPage heading="mailSentHeading">
        <MailSent email={asked.email ?? ''} sendAgain={() => ask(asked)} />
      </PublicPage>
    );
  return (
    <PublicPage
      heading="signUp"
      after={
        <>
          {t('haveAccount')} <Link to="/login">{t('login')}</Link>
        </>
      }
    >
      <p>{t('signUpNote')}</p>
      <Form
        label={t('createAccount')}
        run={async (values) => {
          const outcome = await ask(values);
          if (outcome.ok) setAsked(values);
          return outcome;
        }}
        done={() => undefined}
      >
        <Field
          name="organization"
          label={t('organization')}
          help={t('organizationHelp')}
          dir="auto"
          autoComplete="organization"
          maxLength={200}
        />
        <EmailField />
        <PasswordField isNew />
      </Form>
    </PublicPage>
  );
}
