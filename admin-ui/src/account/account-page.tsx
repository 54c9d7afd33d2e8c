import type { Login } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { NotFoundCard } from '../not-found-page.tsx';
import { Link } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';
import { MemberFrame } from '../tenant/member-frame.tsx';
import { Devices } from './devices.tsx';
import { Passkeys } from './passkeys.tsx';
import { ChangePassword } from './password.tsx';
import { PreferencesForm } from './preferences-form.tsx';
import { SecondFactor } from './second-factor.tsx';

const TABS: readonly (readonly [path: string, name: MessageKey])[] = [
  ['', 'accountSecurity'],
  ['preferences', 'accountPreferences'],
];

/** @param path what follows `/account/` */
export function AccountPage({ login, path }: { login: Login; path: string }) {
  const { t } = useLanguage();
  return (
    <MemberFrame login={login} tenant={undefined} heading="account">
      <p className="lead">
        <Foreign text={login.member.email} />
      </p>
      {login.tenants.length === 0 ? <p className="note">{t('noTenants')}</p> : undefined}
      <ul className="menu">
        {TABS.map(([to, name]) => (
          <li key={to}>
            <Link
              to={to === '' ? '/account' : `/account/${to}`}
              {...(path === to ? { 'aria-current': 'page' as const } : {})}
            >
              {t(name)}
            </Link>
          </li>
        ))}
      </ul>
      <Tab login={login} path={path} />
    </MemberFrame>
  );
}

function Tab({ login, path }: { login: Login; path: string }) {
  if (path === 'preferences') return <PreferencesForm login={login} />;
  if (path !== '') return <NotFoundCard />;
  return (
    <>
      <SecondFactor login={login} />
      <Passkeys />
      <ChangePassword />
      <Devices />
    </>
  );
}
