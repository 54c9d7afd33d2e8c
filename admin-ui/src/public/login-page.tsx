import { call } from '../api/call.ts';
import type { Login, Next } from '../api/shapes.ts';
import { CodeField } from '../form/code-field.tsx';
import { EmailField } from '../form/email-field.tsx';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { PasswordField } from '../form/password-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { PasskeyEntry } from '../login/passkey-entry.tsx';
import { PasskeyProof } from '../login/passkey-proof.tsx';
import { GoTo, Link, readBack, useRouter } from '../router.tsx';
import { PublicPage } from './public-page.tsx';

/** The first page of somebody who is in. */
export function homeOf(login: Login): string {
  const [tenant] = login.tenants;
  return tenant === undefined ? '/account' : `/t/${tenant.id}/overview`;
}

/** Of somebody who has just signed up: whoever may set an app up is led through it. */
export function firstPageOf(login: Login): string {
  const [tenant] = login.tenants;
  return tenant?.permissions.includes('apps.change') ? `/t/${tenant.id}/setup` : homeOf(login);
}

export function LoginPage() {
  const { t } = useLanguage();
  const { refresh, login } = useLogin();
  const { place, go } = useRouter();
  const back = place.query.get('back');
  const withBack = back === null ? '' : `?${new URLSearchParams({ back })}`;
  if (login?.stage === 'member') return <GoTo to={readBack(place.query) ?? homeOf(login)} />;
  const enter = async ({ next }: Next) => {
    await refresh();
    go(next === 'enrol' ? '/enrol' : `/login/code${withBack}`);
  };
  return (
    <PublicPage
      heading="login"
      after={
        <>
          {t('noAccount')} <Link to="/signup">{t('signUp')}</Link>
        </>
      }
    >
      {place.query.get('because') === 'ended' ? <p className="note">{t('loginEnded')}</p> : undefined}
      {place.query.get('because') === 'reset' ? <p className="note">{t('passwordSet')}</p> : undefined}
      <Form
        label={t('login')}
        run={({ email, password }) => call<Next>('POST', '/login', { email, password })}
        done={enter}
        beside={<Link to="/forgot">{t('forgot')}</Link>}
      >
        <EmailField autoComplete="username webauthn" />
        <PasswordField />
      </Form>
      <PasskeyEntry done={enter} />
    </PublicPage>
  );
}

/** The second factor: the authenticator, or one of the codes that were put away for the day it is lost. */
export function LoginCodePage({ isRecovery }: { isRecovery: boolean }) {
  const { t } = useLanguage();
  const { refresh, login, signOut } = useLogin();
  const { place, go } = useRouter();
  const search = place.query.size > 0 ? `?${place.query}` : '';
  if (login === undefined) return <GoTo to={`/login${search}`} />;
  const done = async () => {
    const now = await refresh();
    go((now && (readBack(place.query) ?? homeOf(now))) ?? '/login', { replace: true });
  };
  return (
    <PublicPage
      heading={isRecovery ? 'recoveryLogin' : 'secondFactor'}
      after={
        <button type="button" onClick={() => void signOut().then(() => go('/login'))}>
          {t('otherAccount')}
        </button>
      }
    >
      <p>{t(isRecovery ? 'recoveryLoginNote' : 'secondFactorNote', { email: login.member.email })}</p>
      <PasskeyProof done={done} />
      <Form
        key={String(isRecovery)}
        label={t('continue')}
        run={({ code }) => call<Next>('POST', isRecovery ? '/login/recovery-code' : '/login/code', { code })}
        done={done}
        beside={
          isRecovery ? (
            <Link to={`/login/code${search}`}>{t('useAuthenticator')}</Link>
          ) : (
            <Link to={`/login/recovery${search}`}>{t('useRecoveryCode')}</Link>
          )
        }
      >
        {isRecovery ? (
          <Field
            name="code"
            label={t('recoveryCode')}
            dir="ltr"
            className="code-input"
            autoComplete="off"
            maxLength={64}
          />
        ) : (
          <CodeField />
        )}
      </Form>
    </PublicPage>
  );
}
