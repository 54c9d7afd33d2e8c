import type { List } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { useLivePages } from '../api/use-pages.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Drawer } from '../show/drawer.tsx';
import { FilterBar, FilterSelect, FilterText } from '../show/filter-bar.tsx';
import { Json } from '../show/json.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { type Filters, useFilters } from '../show/use-filters.ts';
import { When } from '../show/when.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { Action, Facts, MaskedNote } from '../visits/pieces.tsx';
import { TIME_RANGES, useFrom } from '../visits/time-filter.ts';
import { AnswerCode, EventType, OpenInList, StateBadge, useDialog } from './pieces.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import type { AppEvent, Delivery } from './shapes.ts';
import type { OfApp } from './webhooks-page.tsx';
import { DELIVERY_STATES, EVENT_TYPES } from './words.ts';

const NAMES = ['type', 'conversation_id', 'time'] as const;

export function EventsPage({ tenant, rest: [id] }: TenantPageProps) {
  if (id !== undefined) return <OpenInList tenant={tenant} page="events" id={id} />;
  return <ChooseApp tenant={tenant}>{(app) => <Events key={app.id} tenant={tenant} app={app} />}</ChooseApp>;
}

function Events({ tenant, app }: OfApp) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const filters = useFilters(NAMES);
  const from = useFrom(filters.values.time ?? '');
  const query = queryOf(filters, from);
  const pages = useLivePages<AppEvent>({ appPath, resource: 'events', query, kind: 'event' });
  return (
    <section aria-label={t('events')}>
      <p>{t('eventsNote')}</p>
      <MaskedNote tenant={tenant} />
      <EventFilters filters={filters} />
      <PageList
        pages={pages}
        filters={filters}
        caption={t('events')}
        empty={<p>{t('noEventsYet')}</p>}
        columns={[
          {
            label: t('event'),
            cell: ({ id, type, simulated }) => (
              <>
                <RowLink to={filters.openPath(id)}>
                  <EventType type={type} />
                </RowLink>
                {simulated ? <span className="state starting">{t('simulatedEvent')}</span> : undefined}
              </>
            ),
          },
          {
            label: t('conversationId'),
            isMinor: true,
            cell: ({ conversation_id: id }) => (id === null ? '–' : <code dir="ltr">{id}</code>),
          },
          { label: t('time'), cell: ({ created_at: at }) => <When at={at} /> },
        ]}
      />
      {filters.openId === undefined ? undefined : (
        <EventDrawer
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

/** The list is for people: newest first. */
function queryOf({ values }: Filters, from: string | undefined): string {
  const query = new URLSearchParams({ order: 'desc' });
  if (values.type) query.set('type', values.type);
  if (values.conversation_id) query.set('conversation_id', values.conversation_id);
  if (from !== undefined) query.set('from', from);
  return query.toString();
}

function EventFilters({ filters }: { filters: Filters }) {
  const { t } = useLanguage();
  return (
    <FilterBar filters={filters}>
      <FilterSelect
        filters={filters}
        name="type"
        label={t('eventType')}
        options={EVENT_TYPES.map(([type, name]) => [type, t(name)])}
      />
      <FilterText filters={filters} name="conversation_id" label={t('conversationId')} />
      <FilterSelect
        filters={filters}
        name="time"
        label={t('timeRange')}
        options={TIME_RANGES.map(([range, name]) => [range, t(name)])}
      />
    </FilterBar>
  );
}

function EventDrawer({ tenant, app, id, onClose }: OfApp & { id: string; onClose(): void }) {
  const { t, count } = useLanguage();
  const dialog = useDialog();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const event = useLoad<AppEvent>(`${appPath}/events/${id}`);
  return (
    <Drawer title={t('event')} onClose={onClose}>
      <ShowLoaded from={event}>
        {(value) => (
          <>
            <Facts
              rows={[
                [t('eventType'), <EventType key="type" type={value.type} />],
                [t('time'), <When key="time" at={value.created_at} />],
                [
                  t('conversationId'),
                  value.conversation_id && (
                    <Link
                      key="conversation"
                      to={`/t/${tenant.id}/conversations/${value.conversation_id}?app=${app.id}`}
                    >
                      <code dir="ltr">{value.conversation_id}</code>
                    </Link>
                  ),
                ],
                [t('sequence'), value.sequence === null ? null : count(value.sequence)],
                [t('eventId'), <Copyable key="id" text={value.id} label={t('copyId')} />],
              ]}
            />
            {value.data === null ? (
              <p>{t('payloadErased')}</p>
            ) : (
              <Json value={value.data} label={t('payload')} isOpen />
            )}
            <p className="actions">
              <Action tenant={tenant} may="events.replay" onClick={() => dialog.open('replay')}>
                {t('replayThis')}
              </Action>
            </p>
            <DeliveriesOfEvent tenant={tenant} app={app} id={id} />
            {dialog.name === 'replay' ? (
              <ReplayDialog
                appPath={appPath}
                tenantId={tenant.id}
                request={{ from: value.created_at }}
                onClose={dialog.close}
              />
            ) : undefined}
          </>
        )}
      </ShowLoaded>
    </Drawer>
  );
}

function DeliveriesOfEvent({ tenant, app, id }: OfApp & { id: string }) {
  const { t } = useLanguage();
  const found = useLoad<List<Delivery>>(
    `/tenants/${tenant.id}/apps/${app.id}/deliveries?limit=20&event_id=${id}`,
  );
  return (
    <section aria-labelledby="event-deliveries">
      <h3 id="event-deliveries">{t('eventDeliveries')}</h3>
      <ShowLoaded from={found}>
        {({ data }) =>
          data.length === 0 ? (
            <p>{t('eventNotDelivered')}</p>
          ) : (
            <ul className="plain-rows">
              {data.map((delivery) => (
                <li key={delivery.id}>
                  <Link to={`/t/${tenant.id}/deliveries?app=${app.id}&open=${delivery.id}`}>
                    <code dir="ltr">{delivery.id}</code>
                  </Link>{' '}
                  <StateBadge of={DELIVERY_STATES[delivery.state]} />{' '}
                  {delivery.attempts === 0 ? undefined : <AnswerCode status={delivery.last_status} />}
                </li>
              ))}
            </ul>
          )
        }
      </ShowLoaded>
    </section>
  );
}
