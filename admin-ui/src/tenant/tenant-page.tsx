import { Suspense } from 'react';
import type { Login, TenantOfLogin } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { PageBoundary, PageComing } from '../load/lazy-page.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { CurrentAppProvider } from './current-app.tsx';
import { MemberFrame } from './member-frame.tsx';
import { findTenantPage } from './pages.ts';
import { ROLE_KEYS } from './roles.ts';

interface Props {
  login: Login;
  tenant: TenantOfLogin;
  /** What follows `/t/:tenant/` in the address. */
  path: string;
}

export function TenantPage({ login, tenant, path }: Props) {
  const { t } = useLanguage();
  const found = findTenantPage(path);
  if (found === undefined) return <NotFoundPage />;
  const { line, rest } = found;
  const { Page } = line;
  return (
    <CurrentAppProvider tenant={tenant}>
      <MemberFrame login={login} tenant={tenant} heading={line.name}>
        {tenant.permissions.includes(line.permission) ? (
          <PageBoundary key={line.path}>
            <Suspense fallback={<PageComing />}>
              <Page login={login} tenant={tenant} rest={rest} />
            </Suspense>
          </PageBoundary>
        ) : (
          <div className="card">
            <p>{t('pageForbidden', { role: t(ROLE_KEYS[tenant.role]) })}</p>
          </div>
        )}
      </MemberFrame>
    </CurrentAppProvider>
  );
}
