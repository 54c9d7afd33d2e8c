import type { List } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { useLivePages } from '../api/use-pages.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { FilterBar, FilterSelect, FilterText } from '../show/filter-bar.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { type Filters, useFilters } from '../show/use-filters.ts';
import { When } from '../show/when.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { Action } from '../visits/pieces.tsx';
import { TIME_RANGES, useFrom } from '../visits/time-filter.ts';
import { DeliveryDrawer } from './delivery-drawer.tsx';
import { NextAttempt } from './next-attempt.tsx';
import { AnswerCode, EventType, OpenInList, StateBadge, useDialog } from './pieces.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import type { Delivery, Endpoint, ReplayRequest } from './shapes.ts';
import type { OfApp } from './webhooks-page.tsx';
import { DELIVERY_CODES, DELIVERY_STATES, EVENT_TYPES, hostOf } from './words.ts';

const NAMES = ['state', 'endpoint_id', 'type', 'code', 'time', 'event_id', 'replay_of'] as const;

export function DeliveriesPage({ tenant, rest: [id] }: TenantPageProps) {
  if (id !== undefined) return <OpenInList tenant={tenant} page="deliveries" id={id} />;
  return (
    <ChooseApp tenant={tenant}>{(app) => <Deliveries key={app.id} tenant={tenant} app={app} />}</ChooseApp>
  );
}

function Deliveries({ tenant, app }: OfApp) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const filters = useFilters(NAMES);
  const dialog = useDialog();
  const from = useFrom(filters.values.time ?? '');
  const endpoints = useLoad<List<Endpoint>>(`${appPath}/endpoints?limit=100`);
  const query = queryOf(filters, from);
  const pages = useLivePages<Delivery>({ appPath, resource: 'deliveries', query, kind: 'delivery' });
  const known = endpoints.value?.data ?? [];
  return (
    <section aria-label={t('deliveries')}>
      <DeliveryFilters filters={filters} endpoints={known} />
      <p className="actions">
        <Action tenant={tenant} may="events.replay" onClick={() => dialog.open('replay')}>
          {t('replayMatching')}
        </Action>
      </p>
      <PageList
        pages={pages}
        filters={filters}
        caption={t('deliveries')}
        columns={useColumns(filters, known)}
        empty={<Empty tenant={tenant} app={app} hasEndpoint={known.length > 0} />}
      />
      {dialog.name === 'replay' ? (
        <ReplayDialog
          appPath={appPath}
          tenantId={tenant.id}
          request={replayOf(filters, from)}
          isWider={Boolean(filters.values.code || filters.values.replay_of)}
          endpoints={known}
          onClose={dialog.close}
        />
      ) : undefined}
      {filters.openId === undefined ? undefined : (
        <DeliveryDrawer
          key={filters.openId}
          tenant={tenant}
          app={app}
          id={filters.openId}
          onClose={filters.close}
        />
      )}
    </section>
  );
}

function queryOf({ values }: Filters, from: string | undefined): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (name !== 'time' && values[name]) query.set(name, values[name]);
  if (from !== undefined) query.set('from', from);
  return query.toString();
}

/** What of the filters a replay knows; it speaks of events, not of what became of them. */
function replayOf({ values }: Filters, from: string | undefined): ReplayRequest {
  const { endpoint_id: endpointId, type, state } = values;
  return {
    ...(state === 'dead' || state === 'pending' || state === 'cancelled' ? { undelivered: true } : {}),
    ...(endpointId ? { endpoint_id: endpointId } : {}),
    ...(type ? { types: [type] } : {}),
    ...(from === undefined ? {} : { from }),
  };
}

function DeliveryFilters({ filters, endpoints }: { filters: Filters; endpoints: readonly Endpoint[] }) {
  const { t } = useLanguage();
  return (
    <FilterBar filters={filters}>
      <FilterSelect
        filters={filters}
        name="state"
        label={t('deliveryState')}
        options={Object.entries(DELIVERY_STATES).map(([state, [name]]) => [state, t(name)])}
      />
      <FilterSelect
        filters={filters}
        name="endpoint_id"
        label={t('endpoint')}
        options={endpoints.map(({ id, url }) => [id, hostOf(url)])}
      />
      <FilterSelect
        filters={filters}
        name="type"
        label={t('eventType')}
        options={EVENT_TYPES.map(([type, name]) => [type, t(name)])}
      />
      <FilterSelect
        filters={filters}
        name="code"
        label={t('answerCode')}
        options={Object.entries(DELIVERY_CODES).map(([code, name]) => [code, t(name)])}
      />
      <FilterSelect
        filters={filters}
        name="time"
        label={t('timeRange')}
        options={TIME_RANGES.map(([range, name]) => [range, t(name)])}
      />
      {filters.values.event_id ? (
        <FilterText filters={filters} name="event_id" label={t('eventId')} />
      ) : undefined}
      {filters.values.replay_of ? (
        <FilterText filters={filters} name="replay_of" label={t('filterJob')} />
      ) : undefined}
    </FilterBar>
  );
}

function useColumns(filters: Filters, endpoints: readonly Endpoint[]) {
  const { t, count } = useLanguage();
  const hostOfId = (id: string) => {
    const url = endpoints.find((one) => one.id === id)?.url;
    return url === undefined ? id : hostOf(url);
  };
  return [
    {
      label: t('event'),
      cell: ({ id, event_type: type, replay_of: job }: Delivery) => (
        <>
          <RowLink to={filters.openPath(id)}>
            <EventType type={type} />
          </RowLink>
          {job === null ? undefined : <span className="state off">{t('replayed')}</span>}
        </>
      ),
    },
    {
      label: t('endpoint'),
      isMinor: true,
      cell: ({ endpoint_id: id }: Delivery) => <bdi dir="ltr">{hostOfId(id)}</bdi>,
    },
    { label: t('deliveryState'), cell: ({ state }: Delivery) => <StateBadge of={DELIVERY_STATES[state]} /> },
    {
      label: t('answerCode'),
      cell: (delivery: Delivery) =>
        delivery.attempts === 0 ? '–' : <AnswerCode status={delivery.last_status} />,
    },
    {
      label: t('attempt'),
      isMinor: true,
      cell: ({ attempts, max_attempts: max }: Delivery) =>
        t('attemptOf', { number: count(attempts), max: count(max) }),
    },
    {
      label: t('nextAttempt'),
      isMinor: true,
      cell: (delivery: Delivery) => <NextAttempt delivery={delivery} />,
    },
    { label: t('time'), cell: ({ created_at: at }: Delivery) => <When at={at} /> },
  ];
}

function Empty({ tenant, app, hasEndpoint }: OfApp & { hasEndpoint: boolean }) {
  const { t } = useLanguage();
  const path = `/t/${tenant.id}/webhooks?app=${app.id}`;
  return (
    <>
      <p>{t(hasEndpoint ? 'noDeliveriesYet' : 'noEndpointYet')}</p>
      <p>
        <Link className="button" to={hasEndpoint ? path : `${path}&dialog=new`}>
          {t(hasEndpoint ? 'sendTestEvent' : 'addEndpoint')}
        </Link>
      </p>
    </>
  );
}
