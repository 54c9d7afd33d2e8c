import type { App, TenantOfLogin } from '../api/shapes.ts';
import { useLivePages } from '../api/use-pages.ts';
import { useLanguage } from '../i18n/language.tsx';
import { FilterBar, FilterSelect, FilterText } from '../show/filter-bar.tsx';
import { Foreign } from '../show/foreign.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { type Filters, useFilters } from '../show/use-filters.ts';
import { When } from '../show/when.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { MessageDrawer } from './message-drawer.tsx';
import { MaskedNote, State, shorten } from './pieces.tsx';
import type { Message } from './shapes.ts';
import { TIME_RANGES, useFrom } from './time-filter.ts';
import { LANES, MESSAGE_CODES, MESSAGE_STATES } from './words.ts';

const NAMES = ['state', 'lane', 'code', 'time', 'conversation_id', 'session_id'] as const;

export function MessagesPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>{(app) => <Messages key={app.id} tenant={tenant} app={app} />}</ChooseApp>
  );
}

function Messages({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  const { t, count } = useLanguage();
  const filters = useFilters(NAMES);
  const from = useFrom(filters.values.time ?? '');
  const query = new URLSearchParams(filters.query);
  query.delete('time');
  if (from !== undefined) query.set('from', from);
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const pages = useLivePages<Message>({
    ...{ appPath, resource: 'messages', kind: 'message' },
    query: query.toString(),
  });
  return (
    <section aria-label={t('messages')}>
      <MaskedNote tenant={tenant} />
      <MessageFilters filters={filters} />
      <PageList
        pages={pages}
        filters={filters}
        caption={t('messages')}
        empty={<p>{t('messagesNone')}</p>}
        columns={[
          {
            label: t('messageText'),
            cell: (message) => (
              <RowLink to={filters.openPath(message.id)}>
                <Text message={message} />
              </RowLink>
            ),
          },
          {
            label: t('state'),
            cell: (message) => (
              <>
                <State name={message.state} names={MESSAGE_STATES} />
                <Why message={message} />
              </>
            ),
          },
          { label: t('messageLane'), isMinor: true, cell: ({ lane }) => t(LANES[lane]) },
          { label: t('messageAttempts'), isMinor: true, cell: ({ attempts }) => count(attempts) },
          { label: t('time'), cell: ({ created_at }) => <When at={created_at} /> },
        ]}
      />
      {filters.openId === undefined ? undefined : (
        <MessageDrawer
          key={filters.openId}
          tenant={tenant}
          app={app}
          id={filters.openId}
          onChange={(id) => void pages.refreshRow(id)}
          onClose={filters.close}
        />
      )}
    </section>
  );
}

function MessageFilters({ filters }: { filters: Filters }) {
  const { t } = useLanguage();
  return (
    <FilterBar filters={filters}>
      <FilterSelect
        filters={filters}
        name="state"
        label={t('state')}
        options={Object.entries(MESSAGE_STATES).map(([state, name]) => [state, t(name)])}
      />
      <FilterSelect
        filters={filters}
        name="lane"
        label={t('messageLane')}
        options={Object.entries(LANES).map(([lane, name]) => [lane, t(name)])}
      />
      <FilterSelect
        filters={filters}
        name="time"
        label={t('timeRange')}
        options={TIME_RANGES.map(([range, name]) => [range, t(name)])}
      />
      <FilterText filters={filters} name="conversation_id" label={t('conversationFind')} />
    </FilterBar>
  );
}

export function Text({
  message: { text, media_id: media },
}: {
  message: Pick<Message, 'text' | 'media_id'>;
}) {
  const { t } = useLanguage();
  if (text !== null) return <Foreign text={shorten(text)} />;
  return <>{t(media === null ? 'messageNoText' : 'messageMedia')}</>;
}

/** Of what went wrong or waits; what went well needs no reason. */
function Why({ message: { code, state } }: { message: Message }) {
  const { t } = useLanguage();
  if (code === null || state === 'sent' || state === 'cancelled') return null;
  const key = MESSAGE_CODES[code];
  return <p className="quiet why">{key === undefined ? <code dir="ltr">{code}</code> : t(key)}</p>;
}
