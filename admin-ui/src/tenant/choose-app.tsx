import type { ReactNode } from 'react';
import type { App, List, TenantOfLogin } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useRouter } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';

interface ChooseAppProps {
  tenant: TenantOfLogin;
  children(app: App): ReactNode;
}

/** What belongs to one app; which one stands in the address. */
export function ChooseApp({ tenant, children }: ChooseAppProps) {
  const { t } = useLanguage();
  const { place, go } = useRouter();
  const apps = useLoad<List<App>>(`/tenants/${tenant.id}/apps`);
  return (
    <ShowLoaded from={apps}>
      {({ data }) => {
        const app = data.find(({ id }) => id === place.query.get('app')) ?? data[0];
        if (app === undefined)
          return (
            <div className="card">
              <h2>{t('noApps')}</h2>
              <p>{t('noAppsNote')}</p>
            </div>
          );
        return (
          <>
            {data.length > 1 ? (
              <p className="field inline">
                <label htmlFor="app">{t('app')}</label>
                <select
                  id="app"
                  value={app.id}
                  onChange={(event) => go(`${place.path}?app=${event.currentTarget.value}`)}
                >
                  {data.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </select>
              </p>
            ) : (
              <p className="lead">
                <Foreign text={app.name} /> <Environment app={app} />
              </p>
            )}
            {children(app)}
          </>
        );
      }}
    </ShowLoaded>
  );
}

export function Environment({ app }: { app: App }) {
  const { t } = useLanguage();
  return (
    <span className={`state ${app.environment === 'live' ? 'on' : 'starting'}`}>
      {t(app.environment === 'live' ? 'live' : 'sandbox')}
    </span>
  );
}
