import type { ReactNode } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { ApiKeysPage } from './api-keys-page.tsx';
import { AuditPage } from './audit-page.tsx';
import { MemberFrame, TENANT_PAGES, type TenantPageProps } from './member-frame.tsx';
import { OverviewPage } from './overview-page.tsx';
import { ROLE_KEYS } from './roles.ts';
import { TeamPage } from './team-page.tsx';

const PAGES: Record<(typeof TENANT_PAGES)[number][0], (props: TenantPageProps) => ReactNode> = {
  overview: (props) => <OverviewPage {...props} />,
  'api-keys': (props) => <ApiKeysPage {...props} />,
  team: (props) => <TeamPage {...props} />,
  audit: (props) => <AuditPage {...props} />,
};

export function TenantPage({ login, tenant, page }: TenantPageProps & { page: string }) {
  const { t } = useLanguage();
  const known = TENANT_PAGES.find(([path]) => path === page);
  if (known === undefined) return <NotFoundPage />;
  const [path, name, permission] = known;
  return (
    <MemberFrame login={login} tenant={tenant} heading={name}>
      {tenant.permissions.includes(permission) ? (
        PAGES[path]({ login, tenant })
      ) : (
        <div className="card">
          <p>{t('pageForbidden', { role: t(ROLE_KEYS[tenant.role]) })}</p>
        </div>
      )}
    </MemberFrame>
  );
}
