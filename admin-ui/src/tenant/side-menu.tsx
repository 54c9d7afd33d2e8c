/** Which tenant, which app, which page. */
import type { Login, TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link, useRouter } from '../router.tsx';
import { useCurrentApp } from './current-app.tsx';
import type { MenuGroup, TenantPageLine } from './page-props.ts';
import { addressOf, findTenantPage, TENANT_PAGES } from './pages.ts';

const GROUPS: readonly (readonly [MenuGroup | undefined, MessageKey | undefined])[] = [
  [undefined, undefined],
  ['live', 'menuLive'],
  ['build', 'menuBuild'],
  ['manage', 'menuManage'],
];

/** What a member may open, and where it is in a tenant and an app. Pages of an app need one. */
export function linesFor(tenant: TenantOfLogin, appId: string | undefined): readonly TenantPageLine[] {
  return TENANT_PAGES.filter(
    ({ permission, noMenu, path }) =>
      !noMenu && tenant.permissions.includes(permission) && (appId !== undefined || !path.includes(':app')),
  );
}

export function SideMenu({ login, tenant }: { login: Login; tenant: TenantOfLogin | undefined }) {
  return (
    <>
      <TenantChoice login={login} tenant={tenant} />
      {tenant === undefined ? undefined : (
        <>
          <AppChoice tenant={tenant} />
          <Menu tenant={tenant} />
        </>
      )}
      {tenant === undefined ? <TenantLinks login={login} /> : undefined}
    </>
  );
}

/** On the pages of the member himself: the way back. */
function TenantLinks({ login }: { login: Login }) {
  const { t } = useLanguage();
  return (
    <nav aria-label={t('menu')}>
      <ul className="side-menu">
        {login.tenants.map(({ id, name }) => (
          <li key={id}>
            <Link to={`/t/${id}/overview`}>{name}</Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function TenantChoice({ login, tenant }: { login: Login; tenant: TenantOfLogin | undefined }) {
  const { t } = useLanguage();
  const { go } = useRouter();
  if (tenant === undefined || login.tenants.length < 2) return null;
  return (
    <div className="field">
      <label htmlFor="tenant">{t('organization')}</label>
      <select
        id="tenant"
        value={tenant.id}
        onChange={(event) => go(`/t/${event.currentTarget.value}/overview`)}
      >
        {login.tenants.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The same page of another app. */
function AppChoice({ tenant }: { tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  const { place, go } = useRouter();
  const current = useCurrentApp();
  const apps = current?.apps.value?.data ?? [];
  if (current?.app === undefined || apps.length < 2) return null;
  const change = (appId: string) => {
    const found = findTenantPage(place.path.split('/').slice(3).join('/'));
    go(addressOf(tenant.id, found?.line ?? { path: 'overview' }, appId));
  };
  return (
    <div className="field">
      <label htmlFor="app">{t('app')}</label>
      <select id="app" value={current.app.id} onChange={(event) => change(event.currentTarget.value)}>
        {apps.map(({ id, name, environment }) => (
          <option key={id} value={id}>
            {name} ({t(environment === 'live' ? 'live' : 'sandbox')})
          </option>
        ))}
      </select>
    </div>
  );
}

function Menu({ tenant }: { tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  const { place } = useRouter();
  const current = useCurrentApp();
  const appId = current?.app?.id;
  // With one app its id in every address says nothing.
  const shownId = (current?.apps.value?.data.length ?? 0) > 1 ? appId : undefined;
  const here = findTenantPage(place.path.split('/').slice(3).join('/'))?.line.path;
  const lines = linesFor(tenant, appId);
  return (
    <nav aria-label={t('menu')}>
      {GROUPS.map(([group, heading]) => {
        const links = lines.filter((line) => line.group === group);
        if (links.length === 0) return undefined;
        return (
          <div key={group ?? 'first'}>
            {heading === undefined ? undefined : <p className="menu-group">{t(heading)}</p>}
            <ul className="side-menu">
              {links.map((line) => (
                <li key={line.path}>
                  <Link
                    to={addressOf(tenant.id, line, line.path.includes(':app') ? appId : shownId)}
                    {...(here === line.path ? { 'aria-current': 'page' as const } : {})}
                  >
                    {t(line.name)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}
