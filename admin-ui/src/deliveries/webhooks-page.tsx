import { useEffect, useRef } from 'react';
import type { App, List, TenantOfLogin } from '../api/shapes.ts';
import { type Loaded, useLoad } from '../api/use-load.ts';
import { useLivePages } from '../api/use-pages.ts';
import { formatPercent } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLive } from '../live/use-live.ts';
import { Foreign } from '../show/foreign.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { useFilters } from '../show/use-filters.ts';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { Action } from '../visits/pieces.tsx';
import { DisabledBanners } from './disabled-banners.tsx';
import { EndpointDrawer } from './endpoint-drawer.tsx';
import { NewEndpoint } from './new-endpoint.tsx';
import { StateBadge, useDialog, useNow, useSpan } from './pieces.tsx';
import { ReceiverSnippet } from './receiver-snippet.tsx';
import type { Endpoint, EndpointFigures } from './shapes.ts';
import { ENDPOINT_STATES, hostOf } from './words.ts';

const FIGURES_MS = 2000;

export function WebhooksPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>{(app) => <Webhooks key={app.id} tenant={tenant} app={app} />}</ChooseApp>
  );
}

/** Figures are read again a while after something was delivered: many come at once. */
function useLater(appPath: string, reload: () => Promise<void>): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(appPath, ({ name }) => {
    if (!name.startsWith('delivery.')) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void reload();
    }, FIGURES_MS);
  });
}

export interface OfApp {
  tenant: TenantOfLogin;
  app: App;
}

function Webhooks({ tenant, app }: OfApp) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const filters = useFilters([]);
  const dialog = useDialog();
  const endpoints = useLivePages<Endpoint>({ appPath, resource: 'endpoints', kind: 'endpoint' });
  const figures = useLoad<List<EndpointFigures>>(`${appPath}/endpoint-figures`);
  useLater(appPath, figures.reload);
  const open = endpoints.value?.find(({ id }) => id === filters.openId);
  const reload = async () => {
    await Promise.all([endpoints.reload(), figures.reload()]);
  };
  const add = (
    <Action tenant={tenant} may="endpoints.change" isMain onClick={() => dialog.open('new')}>
      {t('addEndpoint')}
    </Action>
  );
  return (
    <>
      <section aria-labelledby="endpoints">
        <div className="section-head">
          <h2 id="endpoints">{t('endpointsHeading')}</h2>
          {endpoints.value?.length === 0 ? undefined : add}
        </div>
        <p>{t('webhooksNote')}</p>
        <DisabledBanners
          appPath={appPath}
          tenant={tenant}
          endpoints={endpoints.value ?? []}
          reload={reload}
        />
        <PageList
          pages={endpoints}
          filters={filters}
          caption={t('webhooks')}
          columns={useColumns(figures, filters.openPath)}
          empty={
            <>
              <h3>{t('noEndpoints')}</h3>
              <p>{t('noEndpointsNote')}</p>
              {add}
            </>
          }
        />
      </section>
      <ReceiverSnippet />
      {dialog.name === 'new' ? (
        <NewEndpoint appPath={appPath} reload={reload} onClose={dialog.close} />
      ) : undefined}
      {open === undefined ? undefined : (
        <EndpointDrawer
          key={open.id}
          tenant={tenant}
          app={app}
          endpoint={open}
          reload={reload}
          onClose={filters.close}
        />
      )}
    </>
  );
}

function useColumns(figures: Loaded<List<EndpointFigures>>, openPath: (id: string) => string) {
  const { t, language, count } = useLanguage();
  const span = useSpan();
  const now = useNow(60_000);
  const figuresOf = (id: string) => figures.value?.data.find((one) => one.id === id);
  return [
    {
      label: t('endpointUrl'),
      cell: ({ id, url }: Endpoint) => (
        <RowLink to={openPath(id)}>
          <span dir="ltr">
            <Foreign text={hostOf(url)} />
          </span>
        </RowLink>
      ),
    },
    { label: t('state'), cell: ({ state }: Endpoint) => <StateBadge of={ENDPOINT_STATES[state]} /> },
    {
      label: t('events'),
      isMinor: true,
      cell: ({ events }: Endpoint) =>
        events.includes('*') ? t('filterAny') : t('countEvents', { count: count(events.length) }),
    },
    {
      label: t('success24h'),
      cell: ({ id }: Endpoint) => {
        const { delivered = 0, dead = 0 } = figuresOf(id) ?? {};
        if (delivered + dead === 0) return <span className="quiet">{t('noDeliveries24h')}</span>;
        const share = formatPercent(delivered / (delivered + dead), language);
        const of = t('ofDeliveries', { done: count(delivered), total: count(delivered + dead) });
        return (
          <>
            {share} <span className="quiet">({of})</span>
          </>
        );
      },
    },
    {
      label: t('slowest'),
      isMinor: true,
      cell: ({ id }: Endpoint) => {
        const ms = figuresOf(id)?.p95_ms;
        return ms == null ? '–' : t('milliseconds', { count: count(ms) });
      },
    },
    {
      label: t('secretAge'),
      isMinor: true,
      cell: ({ secret_made_at: at }: Endpoint) => span(now - Date.parse(at)),
    },
  ];
}
