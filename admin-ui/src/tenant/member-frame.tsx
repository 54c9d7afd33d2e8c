import { type ReactNode, useState } from 'react';
import type { Login, TenantOfLogin } from '../api/shapes.ts';
import { Frame } from '../frame.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage, useTitle } from '../i18n/language.tsx';
import { IdleWatch } from '../login/idle.tsx';
import { useLogin } from '../login/login-state.tsx';
import { Link, useRouter } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';

export interface TenantPageProps {
  login: Login;
  tenant: TenantOfLogin;
}

export const TENANT_PAGES = [
  ['overview', 'overview', 'apps.read'],
  ['api-keys', 'apiKeys', 'api_keys.read'],
  ['team', 'team', 'members.read'],
  ['audit', 'audit', 'audit.read'],
] as const satisfies [path: string, name: MessageKey, permission: string][];

interface MemberFrameProps {
  login: Login;
  /** Undefined on the pages of the member himself. */
  tenant: TenantOfLogin | undefined;
  heading: MessageKey;
  children: ReactNode;
}

export function MemberFrame({ login, tenant, heading, children }: MemberFrameProps) {
  const { t } = useLanguage();
  useTitle(heading, tenant?.name);
  return (
    <Frame
      tools={<Tools login={login} tenant={tenant} />}
      menu={
        <>
          {tenant === undefined ? undefined : <Menu tenant={tenant} />}
          <IdleWatch login={login} />
        </>
      }
    >
      <h1>{t(heading)}</h1>
      {tenant?.suspended ? <p className="note bad">{t('suspendedNote')}</p> : undefined}
      {children}
    </Frame>
  );
}

function Menu({ tenant }: { tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  const { place } = useRouter();
  return (
    <nav aria-label={t('menu')}>
      <ul className="menu">
        {TENANT_PAGES.filter(([, , permission]) => tenant.permissions.includes(permission)).map(
          ([path, name]) => {
            const to = `/t/${tenant.id}/${path}`;
            return (
              <li key={path}>
                <Link to={to} {...(place.path === to ? { 'aria-current': 'page' as const } : {})}>
                  {t(name)}
                </Link>
              </li>
            );
          },
        )}
      </ul>
    </nav>
  );
}

function Tools({ login, tenant }: { login: Login; tenant: TenantOfLogin | undefined }) {
  const { t } = useLanguage();
  const { signOut } = useLogin();
  const { go } = useRouter();
  const [isLeaving, setLeaving] = useState(false);
  const leave = async () => {
    if (isLeaving) return;
    setLeaving(true);
    await signOut();
    go('/login');
  };
  return (
    <div className="tools">
      <TenantChoice login={login} tenant={tenant} />
      <Link to="/account">{t('account')}</Link>
      <button type="button" onClick={() => void leave()} aria-disabled={isLeaving}>
        {t('logout')}
      </button>
    </div>
  );
}

function TenantChoice({ login, tenant }: { login: Login; tenant: TenantOfLogin | undefined }) {
  const { t } = useLanguage();
  const { go } = useRouter();
  const [only] = login.tenants;
  if (login.tenants.length > 1)
    return (
      <select
        aria-label={t('organization')}
        value={tenant?.id ?? ''}
        onChange={(event) => go(`/t/${event.currentTarget.value}/overview`)}
      >
        {tenant === undefined ? <option value="">{t('chooseOrganization')}</option> : undefined}
        {login.tenants.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    );
  if (only === undefined) return null;
  return (
    <Link className="tenant" to={`/t/${only.id}/overview`}>
      <Foreign text={only.name} />
    </Link>
  );
}
