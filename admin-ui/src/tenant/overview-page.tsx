import type { App, Overview } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Figures } from '../health/figures.tsx';
import { HealthSection } from '../health/health-section.tsx';
import { LastErrors } from '../health/last-errors.tsx';
import { Quota } from '../health/quota.tsx';
import { RangeChoice, useRange } from '../health/range-choice.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { SetupChecklist } from '../setup/checklist.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { ChooseApp } from './choose-app.tsx';
import { FirstSteps } from './first-steps.tsx';
import type { TenantPageProps } from './page-props.ts';
import { useFreshFigures } from './use-fresh-figures.ts';

export function OverviewPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>{(app) => <OverviewOf key={app.id} tenant={tenant} app={app} />}</ChooseApp>
  );
}

function OverviewOf({ tenant, app }: { tenant: TenantPageProps['tenant']; app: App }) {
  const { t } = useLanguage();
  const range = useRange();
  const overview = useLoad<Overview>(`/tenants/${tenant.id}/apps/${app.id}/overview?range=${range}`);
  useFreshFigures(`/tenants/${tenant.id}/apps/${app.id}`, overview.reload);
  const isNew = overview.value !== undefined && isUntouched(overview.value);
  return (
    <>
      <SetupChecklist tenant={tenant} app={app} />
      <RangeChoice />
      <section aria-labelledby="figures">
        <div className="section-head">
          <h2 id="figures">{t('figuresHeading')}</h2>
          <button type="button" onClick={() => void overview.reload()} aria-disabled={overview.isLoading}>
            {t('refresh')}
          </button>
        </div>
        <ShowLoaded from={overview}>
          {(value) => (
            <>
              {isNew ? <p className="note">{t('noVisitsYet')}</p> : undefined}
              <Figures tenantId={tenant.id} app={app} range={range} overview={value} />
            </>
          )}
        </ShowLoaded>
      </section>
      <HealthSection tenantId={tenant.id} app={app} range={range} />
      {overview.value === undefined ? undefined : (
        <>
          <Quota quota={overview.value.quota} />
          <LastErrors tenantId={tenant.id} app={app} errors={overview.value.errors} />
        </>
      )}
      <FirstSteps tenant={tenant} app={app} />
    </>
  );
}

/** Neither Divar nor anybody of the tenant has done anything yet, as far back as one looks. */
function isUntouched({ sessions, messages, deliveries }: Overview): boolean {
  return [sessions, messages, deliveries].every(({ total, before }) => total + before === 0);
}
