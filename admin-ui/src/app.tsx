/** Which page stands at which address. */
import { type ReactNode, useEffect, useRef } from 'react';
import { Frame } from './frame.tsx';
import { useLanguage } from './i18n/language.tsx';
import { mayBeSignedIn, useLogin } from './login/login-state.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { EnrolPage } from './public/enrol-page.tsx';
import { InvitePage } from './public/invite-page.tsx';
import { homeOf, LoginCodePage, LoginPage } from './public/login-page.tsx';
import { ForgotPage, ResetPage, VerifyEmailPage } from './public/mail-link-pages.tsx';
import { SignUpPage } from './public/sign-up-page.tsx';
import { GoTo, loginWithBack, useRouter } from './router.tsx';
import { FailureNote } from './show/failure-note.tsx';
import { StartPage } from './start/start-page.tsx';
import { AccountPage } from './tenant/account-page.tsx';
import { TenantPage } from './tenant/tenant-page.tsx';

const PUBLIC_PAGES: Record<string, () => ReactNode> = {
  '/login': () => <LoginPage />,
  '/login/code': () => <LoginCodePage isRecovery={false} />,
  '/login/recovery': () => <LoginCodePage isRecovery />,
  '/signup': () => <SignUpPage />,
  '/verify-email': () => <VerifyEmailPage />,
  '/enrol': () => <EnrolPage />,
  '/forgot': () => <ForgotPage />,
  '/reset': () => <ResetPage />,
  '/invite': () => <InvitePage />,
};

/** Pages of somebody who has given a password, at least. */
const needsLogin = (path: string): boolean => /^\/(?:t\/|account|enrol|login\/)/.test(path);

export function App() {
  const { place } = useRouter();
  const { isKnown, refresh } = useLogin();
  const mustKnow = !isKnown && (needsLogin(place.path) || mayBeSignedIn());
  const shown = useRef(place.path);

  useEffect(() => {
    if (mustKnow) void refresh();
  }, [mustKnow, refresh]);
  useEffect(() => {
    // A screen reader goes on where the new page begins.
    if (shown.current !== place.path) document.getElementById('content')?.focus({ preventScroll: true });
    shown.current = place.path;
  }, [place.path]);

  if (mustKnow) return <Waiting />;
  if (place.path === '/') return <Home />;
  const page = PUBLIC_PAGES[place.path];
  if (page !== undefined) return page();
  if (/^\/(?:t\/|account$)/.test(place.path)) return <MemberPage />;
  return <NotFoundPage />;
}

function Home() {
  const { login } = useLogin();
  return login?.stage === 'member' ? <GoTo to={homeOf(login)} /> : <StartPage />;
}

function MemberPage() {
  const { place } = useRouter();
  const { login, failure, hasEnded, refresh } = useLogin();
  const { t } = useLanguage();
  if (login === undefined && failure !== undefined)
    return (
      <Frame isNarrow>
        <div className="card">
          <h1>{t('failedHeading')}</h1>
          <FailureNote failure={failure} />
          <button type="button" onClick={() => void refresh()}>
            {t('retry')}
          </button>
        </div>
      </Frame>
    );
  if (login === undefined) return <GoTo to={loginWithBack(place, hasEnded ? 'ended' : undefined)} />;
  if (login.stage === 'second_factor')
    return <GoTo to={login.second_factor.enrolled ? '/login/code' : '/enrol'} />;
  if (place.path === '/account') return <AccountPage login={login} />;
  const [, , tenantId, page = 'overview'] = place.path.split('/');
  const tenant = login.tenants.find(({ id }) => id === tenantId);
  if (tenant === undefined) return <NotFoundPage />;
  return <TenantPage key={tenant.id} login={login} tenant={tenant} page={page} />;
}

function Waiting() {
  const { t } = useLanguage();
  return (
    <Frame isNarrow isBusy>
      <div className="skeleton">
        <h1>{t('reading')}</h1>
        <div />
      </div>
    </Frame>
  );
}
