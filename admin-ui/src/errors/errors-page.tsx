import { useLoad } from '../api/use-load.ts';
import type { OfApp } from '../deliveries/webhooks-page.tsx';
import { formatInstant } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { LiveStatus } from '../live/live-status.tsx';
import { useLive } from '../live/use-live.ts';
import { FilterBar, FilterSelect } from '../show/filter-bar.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { type Filters, useFilters } from '../show/use-filters.ts';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { ErrorGroupCard } from './error-group.tsx';
import type { Errors } from './shapes.ts';
import { KINDS } from './words.ts';
import '../show/list.css';
import './errors.css';

export function ErrorsPage({ tenant }: TenantPageProps) {
  return <ChooseApp tenant={tenant}>{(app) => <Groups key={app.id} tenant={tenant} app={app} />}</ChooseApp>;
}

function Groups({ tenant, app }: OfApp) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const filters = useFilters(['state', 'kind']);
  const errors = useLoad<Errors>(`${appPath}/errors`);
  useLive(appPath, ({ name }) => {
    if (name === 'error.updated' || name === 'resync') void errors.reload();
  });
  return (
    <section aria-label={t('errors')}>
      <p>{t('errorsNote')}</p>
      <ErrorFilters filters={filters} />
      <div className="list-head">
        <LiveStatus />
        <button type="button" onClick={() => void errors.reload()} aria-disabled={errors.isLoading}>
          {t('refresh')}
        </button>
      </div>
      <ShowLoaded from={errors}>
        {(value) => (
          <Found tenant={tenant} app={app} errors={value} filters={filters} reload={errors.reload} />
        )}
      </ShowLoaded>
    </section>
  );
}

function ErrorFilters({ filters }: { filters: Filters }) {
  const { t } = useLanguage();
  return (
    <FilterBar filters={filters}>
      <FilterSelect
        filters={filters}
        name="state"
        label={t('errorsShow')}
        any={t('errorsOpen')}
        options={[
          ['resolved', t('errorsResolved')],
          ['muted', t('errorsMuted')],
          ['all', t('errorsAll')],
        ]}
      />
      <FilterSelect
        filters={filters}
        name="kind"
        label={t('errorPart')}
        options={Object.entries(KINDS).map(([kind, name]) => [kind, t(name)])}
      />
    </FilterBar>
  );
}

type FoundProps = OfApp & { errors: Errors; filters: Filters; reload(): Promise<void> };

function Found({ tenant, app, errors, filters, reload }: FoundProps) {
  const { t, language, count } = useLanguage();
  const { state, kind } = filters.values;
  const wanted = state || 'open';
  const shown = errors.data.filter(
    (group) => (wanted === 'all' || group.state === wanted) && (!kind || group.kind === kind),
  );
  return (
    <>
      {shown.length > 0 ? undefined : filters.isNarrowed ? (
        <div className="card empty">
          <p>{t('errorsNoneHere')}</p>
          <button type="button" onClick={filters.clear}>
            {t('clearFilters')}
          </button>
        </div>
      ) : (
        <div className="card empty">
          <h2 className="good">{t('noErrors')}</h2>
          <p>{t('noErrorsChecked', { at: formatInstant(errors.checked_at, language) })}</p>
        </div>
      )}
      {shown.map((group) => (
        <ErrorGroupCard key={group.id} tenant={tenant} app={app} group={group} reload={reload} />
      ))}
      {errors.refused_consent_count === 0 ? undefined : (
        <p className="note">{t('errorsRefused', { count: count(errors.refused_consent_count) })}</p>
      )}
    </>
  );
}
