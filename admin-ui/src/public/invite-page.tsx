import { useEffect, useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { InvitationLink, Next } from '../api/shapes.ts';
import { Form } from '../form/form.tsx';
import { PasswordField } from '../form/password-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { Link, useRouter } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ROLE_KEYS } from '../tenant/roles.ts';
import { homeOf } from './login-page.tsx';
import { PublicPage } from './public-page.tsx';

/** Outlives the way over the login page, but not the tab. */
let held = '';

export function InvitePage() {
  const { t } = useLanguage();
  const { place } = useRouter();
  const [token] = useState(() => place.fragment || held);
  const [link, setLink] = useState<InvitationLink>();
  const [failure, setFailure] = useState<Failure>();

  useEffect(() => {
    held = token;
    const lookUp = async () => {
      const outcome = await call<InvitationLink>('POST', '/invitations/look-up', { token });
      if (outcome.ok) setLink(outcome.value);
      else setFailure(outcome.failure);
    };
    void lookUp();
  }, [token]);

  return (
    <PublicPage heading="inviteHeading">
      {failure === undefined ? undefined : (
        <>
          <FailureNote failure={failure} />
          <p>{t('inviteAskAgain')}</p>
        </>
      )}
      {link === undefined && failure === undefined ? <p role="status">{t('reading')}</p> : undefined}
      {link === undefined ? undefined : (
        <>
          <dl className="facts">
            <dt>{t('organization')}</dt>
            <dd>
              <Foreign text={link.organization} />
            </dd>
            <dt>{t('role')}</dt>
            <dd>{t(ROLE_KEYS[link.role])}</dd>
            <dt>{t('email')}</dt>
            <dd>
              <Foreign text={link.email} />
            </dd>
          </dl>
          {link.has_account ? <Join token={token} /> : <Accept token={token} />}
        </>
      )}
    </PublicPage>
  );
}

function Accept({ token }: { token: string }) {
  const { t, language } = useLanguage();
  const { refresh } = useLogin();
  const { go } = useRouter();
  return (
    <Form
      label={t('acceptInvite')}
      run={({ password }) => call<Next>('POST', '/invitations/accept', { token, password, language })}
      done={async () => {
        held = '';
        await refresh();
        go('/enrol', { replace: true });
      }}
    >
      <p>{t('acceptNote')}</p>
      <PasswordField isNew />
    </Form>
  );
}

function Join({ token }: { token: string }) {
  const { t } = useLanguage();
  const { login, refresh } = useLogin();
  const { go } = useRouter();
  if (login?.stage !== 'member')
    return (
      <>
        <p>{t('joinLoginNote')}</p>
        <Link className="button" to={`/login?${new URLSearchParams({ back: '/invite' })}`}>
          {t('login')}
        </Link>
      </>
    );
  const before = new Set(login.tenants.map(({ id }) => id));
  return (
    <Form
      label={t('acceptInvite')}
      run={() => call<Next>('POST', '/invitations/join', { token })}
      done={async () => {
        held = '';
        const now = await refresh();
        const joined = now?.tenants.find(({ id }) => !before.has(id));
        if (joined !== undefined) go(`/t/${joined.id}/overview`, { replace: true });
        else go(now === undefined ? '/login' : homeOf(now), { replace: true });
      }}
    >
      {undefined}
    </Form>
  );
}
