import type { App, TenantOfLogin } from '../api/shapes.ts';
import { useLivePages } from '../api/use-pages.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { FilterBar, FilterSelect } from '../show/filter-bar.tsx';
import { Foreign } from '../show/foreign.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { type Filters, useFilters } from '../show/use-filters.ts';
import { When } from '../show/when.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { MaskedNote, SimulatedBadge, State } from './pieces.tsx';
import { SessionDrawer } from './session-drawer.tsx';
import type { Session } from './shapes.ts';
import { TIME_RANGES, useFrom } from './time-filter.ts';
import { CONSENTS, ENTRIES, SESSION_STATES, SIDES } from './words.ts';

const NAMES = ['state', 'entry', 'consent', 'time', 'simulated'] as const;

export function SessionsPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>{(app) => <Sessions key={app.id} tenant={tenant} app={app} />}</ChooseApp>
  );
}

function Sessions({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  const { t } = useLanguage();
  const filters = useFilters(NAMES);
  const query = useSessionsQuery(filters, app);
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const pages = useLivePages<Session>({ appPath, resource: 'sessions', query, kind: 'session' });
  return (
    <section aria-label={t('sessions')}>
      <MaskedNote tenant={tenant} />
      <SessionFilters filters={filters} app={app} />
      <PageList
        pages={pages}
        filters={filters}
        caption={t('sessions')}
        empty={<Empty tenant={tenant} app={app} />}
        columns={[
          {
            label: t('time'),
            cell: ({ id, created_at }) => (
              <RowLink to={filters.openPath(id)}>
                <When at={created_at} />
              </RowLink>
            ),
          },
          { label: t('sessionSide'), cell: (session) => <Side session={session} /> },
          {
            label: t('sessionSource'),
            isMinor: true,
            cell: ({ source }) => (source === null ? '–' : <code dir="ltr">{source}</code>),
          },
          {
            label: t('sessionPost'),
            isMinor: true,
            cell: ({ post_token: post }) => (post === null ? '–' : <Foreign text={post} />),
          },
          { label: t('sessionConsent'), isMinor: true, cell: ({ consent }) => t(CONSENTS[consent]) },
          {
            label: t('state'),
            cell: ({ state, simulated }) => (
              <>
                <State name={state} names={SESSION_STATES} /> {simulated ? <SimulatedBadge /> : undefined}
              </>
            ),
          },
        ]}
      />
      {filters.openId === undefined ? undefined : (
        <SessionDrawer
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

/** What the simulator did is left out of the lists of an app that lives from real visits. */
function useSessionsQuery({ values }: Filters, app: App): string {
  const from = useFrom(values.time ?? '');
  const query = new URLSearchParams();
  for (const name of ['state', 'entry', 'consent'] as const) if (values[name]) query.set(name, values[name]);
  if (from !== undefined) query.set('from', from);
  if (values.simulated === 'only') query.set('simulated', 'true');
  else if (app.environment === 'live' && values.simulated !== 'too') query.set('simulated', 'false');
  return query.toString();
}

function SessionFilters({ filters, app }: { filters: Filters; app: App }) {
  const { t } = useLanguage();
  const optionsOf = <Name extends string>(names: Record<Name, Parameters<typeof t>[0]>) =>
    (Object.keys(names) as Name[]).map((name) => [name, t(names[name])] as const);
  return (
    <FilterBar filters={filters}>
      <FilterSelect filters={filters} name="state" label={t('state')} options={optionsOf(SESSION_STATES)} />
      <FilterSelect filters={filters} name="entry" label={t('sessionEntry')} options={optionsOf(ENTRIES)} />
      <FilterSelect
        filters={filters}
        name="consent"
        label={t('sessionConsent')}
        options={optionsOf(CONSENTS)}
      />
      <FilterSelect
        filters={filters}
        name="time"
        label={t('timeRange')}
        options={TIME_RANGES.map(([range, name]) => [range, t(name)])}
      />
      {app.environment === 'live' ? (
        <FilterSelect
          filters={filters}
          name="simulated"
          label={t('simulatedRows')}
          any={t('simulatedHidden')}
          options={[
            ['too', t('simulatedToo')],
            ['only', t('simulatedOnly')],
          ]}
        />
      ) : undefined}
    </FilterBar>
  );
}

function Side({ session: { user, entry } }: { session: Session }) {
  const { t } = useLanguage();
  const side = user.side === null ? '–' : t(SIDES[user.side]);
  return (
    <>
      {side} <span className="quiet">· {t(ENTRIES[entry])}</span>
    </>
  );
}

function Empty({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  const { t } = useLanguage();
  return (
    <>
      <p>{t('sessionsNone')}</p>
      {app.environment === 'sandbox' ? (
        <p>
          <Link className="button" to={`/t/${tenant.id}/apps/${app.id}/simulator`}>
            {t('openSimulatorPage')}
          </Link>
        </p>
      ) : undefined}
    </>
  );
}
