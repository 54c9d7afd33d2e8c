/** Which page stands at which address. The pages of a tenant are one table, to be added to: `tenant/pages.ts`. */
import { type ReactNode, Suspense, useEffect, useRef } from 'react';
import type { Login } from './api/shapes.ts';
import { Frame } from './frame.tsx';
import { useLanguage } from './i18n/language.tsx';
import { lazyPage, PageBoundary } from './load/lazy-page.tsx';
import { mayBeSignedIn, useLogin } from './login/login-state.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { homeOf, LoginCodePage, LoginPage } from './public/login-page.tsx';
import { GoTo, loginWithBack, useRouter } from './router.tsx';
import { FailureNote } from './show/failure-note.tsx';

const EnrolPage = lazyPage(async () => (await import('./public/enrol-page.tsx')).EnrolPage);
const InvitePage = lazyPage(async () => (await import('./public/invite-page.tsx')).InvitePage);
const ForgotPage = lazyPage(async () => (await import('./public/mail-link-pages.tsx')).ForgotPage);
const ResetPage = lazyPage(async () => (await import('./public/mail-link-pages.tsx')).ResetPage);
const VerifyEmailPage = lazyPage(async () => (await import('./public/mail-link-pages.tsx')).VerifyEmailPage);
const SignUpPage = lazyPage(async () => (await import('./public/sign-up-page.tsx')).SignUpPage);
const StartPage = lazyPage(async () => (await import('./start/start-page.tsx')).StartPage);
const AccountPage = lazyPage<{ login: Login; path: string }>(
  async () => (await import('./account/account-page.tsx')).AccountPage,
);
const TenantPage = lazyPage(async () => (await import('./tenant/tenant-page.tsx')).TenantPage);

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
const needsLogin = (path: string): boolean => /^\/(?:t\/|account(?:\/|$)|enrol|login\/)/.test(path);

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
  return (
    <PageBoundary key={place.path.split('/', 2).join('/')}>
      <Suspense fallback={<Waiting />}>
        <PageAt path={place.path} />
      </Suspense>
    </PageBoundary>
  );
}

function PageAt({ path }: { path: string }) {
  if (path === '/') return <Home />;
  const page = PUBLIC_PAGES[path];
  if (page !== undefined) return page();
  if (/^\/(?:t|account)(?:\/|$)/.test(path)) return <MemberPage />;
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
  const [, first, second, ...others] = place.path.split('/');
  if (first === 'account')
    return <AccountPage login={login} path={[second, ...others].filter(Boolean).join('/')} />;
  const tenant = login.tenants.find(({ id }) => id === second);
  if (tenant === undefined) return <NotFoundPage />;
  return <TenantPage key={tenant.id} login={login} tenant={tenant} path={others.join('/')} />;
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
