import { useState } from 'react';
import { call } from '../api/call.ts';
import { useLoad } from '../api/use-load.ts';
import { useLivePages } from '../api/use-pages.ts';
import { Ask } from '../form/ask.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLive } from '../live/use-live.ts';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Drawer } from '../show/drawer.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { PageList, RowLink } from '../show/page-list.tsx';
import { useFilters } from '../show/use-filters.ts';
import { When } from '../show/when.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { Action, Facts } from '../visits/pieces.tsx';
import { isRunning, JobProgress, JobScope } from './job-progress.tsx';
import { OpenInList, StateBadge, useDialog } from './pieces.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import type { Job } from './shapes.ts';
import type { OfApp } from './webhooks-page.tsx';
import { JOB_STATES } from './words.ts';

export function JobsPage({ tenant, rest: [id] }: TenantPageProps) {
  if (id !== undefined) return <OpenInList tenant={tenant} page="jobs" id={id} />;
  return <ChooseApp tenant={tenant}>{(app) => <Jobs key={app.id} tenant={tenant} app={app} />}</ChooseApp>;
}

function Jobs({ tenant, app }: OfApp) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const filters = useFilters([]);
  const pages = useLivePages<Job>({ appPath, resource: 'jobs', kind: 'job' });
  return (
    <section aria-label={t('jobs')}>
      <PageList
        pages={pages}
        filters={filters}
        caption={t('jobs')}
        empty={
          <>
            <p>{t('noJobs')}</p>
            <p className="quiet">{t('noJobsNote')}</p>
            <p>
              <Link to={`/t/${tenant.id}/deliveries?app=${app.id}`}>{t('deliveries')}</Link>
            </p>
          </>
        }
        columns={[
          {
            label: t('job'),
            cell: ({ id }) => <RowLink to={filters.openPath(id)}>{t('jobReplay')}</RowLink>,
          },
          { label: t('deliveryState'), cell: ({ state }) => <StateBadge of={JOB_STATES[state]} /> },
          { label: t('jobProgress'), cell: (job) => <JobProgress job={job} isShort /> },
          { label: t('jobScope'), isMinor: true, cell: (job) => <JobScope request={job.request} /> },
          { label: t('created'), cell: ({ created_at: at }) => <When at={at} /> },
        ]}
      />
      {filters.openId === undefined ? undefined : (
        <JobDrawer
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

/** All of a job stands with the gateway: it goes on whoever looks, and is found again after a reload. */
function JobDrawer({ tenant, app, id, onClose }: OfApp & { id: string; onClose(): void }) {
  const { t } = useLanguage();
  const dialog = useDialog();
  const [isAsking, setAsking] = useState(false);
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const job = useLoad<Job>(`${appPath}/jobs/${id}`);
  useLive(appPath, (event) => {
    if (event.id === id || event.name === 'resync') void job.reload();
  });
  const ofJob = `/t/${tenant.id}/deliveries?app=${app.id}&replay_of=${id}`;
  return (
    <Drawer title={t('jobReplay')} onClose={onClose}>
      <ShowLoaded from={job}>
        {(value) => (
          <>
            <p>
              <StateBadge of={JOB_STATES[value.state]} />
            </p>
            <JobProgress job={value} />
            <Facts
              rows={[
                [t('jobScope'), <JobScope key="scope" request={value.request} />],
                [t('jobStarted'), value.started_at && <When key="start" at={value.started_at} />],
                [t('jobEnded'), value.final_at && <When key="end" at={value.final_at} />],
                [t('jobId'), <Copyable key="id" text={value.id} label={t('copyId')} />],
              ]}
            />
            <p>
              <Link to={ofJob}>{t('jobDeliveries')}</Link>
            </p>
            {value.failed > 0 ? (
              <p>
                <Link to={`${ofJob}&state=dead`}>{t('jobFailedDeliveries')}</Link>
              </p>
            ) : undefined}
            <p className="actions">
              {isRunning(value) ? (
                <Action tenant={tenant} may="events.replay" isDangerous onClick={() => setAsking(true)}>
                  {t('cancelJob')}
                </Action>
              ) : (
                <Action tenant={tenant} may="events.replay" onClick={() => dialog.open('replay')}>
                  {t('jobAgain')}
                </Action>
              )}
            </p>
            {dialog.name === 'replay' ? (
              <ReplayDialog
                appPath={appPath}
                tenantId={tenant.id}
                request={{ ...value.request, ...(value.failed > 0 ? { undelivered: true } : {}) }}
                onClose={dialog.close}
              />
            ) : undefined}
          </>
        )}
      </ShowLoaded>
      {isAsking ? (
        <Ask
          title={t('cancelJobHeading')}
          note={t('cancelJobNote')}
          label={t('cancelJob')}
          run={() => call('POST', `${appPath}/jobs/${id}/cancel`, {})}
          done={job.reload}
          onClose={() => setAsking(false)}
        />
      ) : undefined}
    </Drawer>
  );
}
