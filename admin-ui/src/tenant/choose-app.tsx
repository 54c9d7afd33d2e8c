import type { ReactNode } from 'react';
import type { App, TenantOfLogin } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { NotFoundCard } from '../not-found-page.tsx';
import { NewAppButton } from '../setup/new-app.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { useCurrentApp } from './current-app.tsx';

interface ChooseAppProps {
  tenant: TenantOfLogin;
  children(app: App): ReactNode;
}

/** What belongs to one app; which one stands in the address, and is chosen in the frame. */
export function ChooseApp({ tenant, children }: ChooseAppProps) {
  const { t } = useLanguage();
  const current = useCurrentApp();
  if (current === undefined) throw new Error('outside of CurrentAppProvider');
  const { apps, app, isUnknown } = current;
  return (
    <ShowLoaded from={apps}>
      {() => {
        if (isUnknown) return <NotFoundCard />;
        if (app !== undefined) return children(app);
        return (
          <div className="card">
            <h2>{t('noApps')}</h2>
            <p>{t('noAppsNote')}</p>
            {tenant.permissions.includes('apps.change') ? <NewAppButton tenantId={tenant.id} /> : undefined}
          </div>
        );
      }}
    </ShowLoaded>
  );
}

export function Environment({ app }: { app: Pick<App, 'environment'> }) {
  const { t } = useLanguage();
  return (
    <span className={`state ${app.environment === 'live' ? 'on' : 'starting'}`}>
      {t(app.environment === 'live' ? 'live' : 'sandbox')}
    </span>
  );
}
