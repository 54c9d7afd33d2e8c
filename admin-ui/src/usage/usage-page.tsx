/** What the apps of a tenant use, day by day; nothing is hidden, zero days neither. */
import { useLoad } from '../api/use-load.ts';
import { ChartOf } from '../health/chart-of.tsx';
import { DAYS_ZONE } from '../health/points.ts';
import { QuotaMeter } from '../health/quota.tsx';
import { useAddressWith } from '../health/range-choice.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { formatBytes } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link, useRouter } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { Environment } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { downloadCsv } from './csv.ts';
import { type AppUsage, KINDS, type Kind, sum, totalsOf, type Usage } from './usage.ts';

const DAYS: readonly (readonly [days: string, name: MessageKey])[] = [
  ['7', 'days7'],
  ['30', 'days30'],
  ['90', 'days90'],
];
const NAMES: Record<Kind, MessageKey> = {
  sessions: 'sessions',
  messages: 'messages',
  sent: 'sentMessages',
  deliveries: 'deliveries',
};

export function UsagePage({ tenant }: TenantPageProps) {
  const { t } = useLanguage();
  const { place } = useRouter();
  const addressWith = useAddressWith();
  const given = place.query.get('days') ?? '';
  const days = DAYS.some(([one]) => one === given) ? given : '30';
  const usage = useLoad<Usage>(`/tenants/${tenant.id}/usage?days=${days}`);
  return (
    <>
      <p>{t('usageNote')}</p>
      <nav aria-label={t('range')} className="segments">
        {DAYS.map(([one, name]) => (
          <Link
            key={one}
            to={addressWith('days', one === '30' ? undefined : one)}
            {...(one === days ? { 'aria-current': 'true' as const } : {})}
          >
            {t(name)}
          </Link>
        ))}
      </nav>
      <ShowLoaded from={usage}>{(value) => <UsageOf usage={value} tenantId={tenant.id} />}</ShowLoaded>
    </>
  );
}

function UsageOf({ usage, tenantId }: { usage: Usage; tenantId: string }) {
  const { t, count } = useLanguage();
  const totals = totalsOf(usage);
  const isEmpty = usage.apps.every((app) => KINDS.every((kind) => sum(app[kind]) === 0));
  const exportAll = () => {
    const head = [t('day'), t('app'), t('appId'), ...KINDS.map((kind) => t(NAMES[kind]))];
    const rows = usage.days.flatMap((day, index) =>
      usage.apps.map((app) => [
        dayName(day),
        app.name,
        app.id,
        ...KINDS.map((kind) => app[kind][index] ?? 0),
      ]),
    );
    downloadCsv('peyvand-usage.csv', [head, ...rows]);
  };
  return (
    <>
      <section aria-labelledby="totals">
        <div className="section-head">
          <h2 id="totals">{t('total')}</h2>
          <button type="button" onClick={exportAll}>
            {t('exportCsv')}
          </button>
        </div>
        {isEmpty ? <p className="note">{t('usageEmpty')}</p> : undefined}
        <dl className="tiles">
          {KINDS.map((kind) => (
            <div key={kind}>
              <dt>{t(NAMES[kind])}</dt>
              <dd>
                <strong>{count(sum(totals[kind]))}</strong>
              </dd>
            </div>
          ))}
          <Storage tenantId={tenantId} />
        </dl>
        <ChartOf
          name={t('byDay')}
          unit="day"
          rows={usage.days.map((at, index) => ({
            at,
            values: (['sessions', 'messages', 'deliveries'] as const).map((kind) => totals[kind][index] ?? 0),
          }))}
          series={[
            { label: t('sessions'), kind: 'bar' },
            { label: t('messages'), kind: 'bar' },
            { label: t('deliveries'), kind: 'bar' },
          ]}
        />
      </section>
      <ByApp apps={usage.apps} />
    </>
  );
}

/** In the calendar that every spreadsheet knows. */
function dayName(at: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: DAYS_ZONE, dateStyle: 'short' }).format(new Date(at));
}

function Storage({ tenantId }: { tenantId: string }) {
  const { t, language } = useLanguage();
  const storage = useLoad<{ message_bytes: number; event_bytes: number }>(
    `/tenants/${tenantId}/usage/storage`,
  );
  return (
    <div>
      <dt>{t('storage')}</dt>
      <dd>
        <ShowLoaded from={storage}>
          {({ message_bytes: messages, event_bytes: events }) => (
            <>
              <strong>{formatBytes(messages + events, language)}</strong>{' '}
              <span>
                {t('storageOf', {
                  messages: formatBytes(messages, language),
                  events: formatBytes(events, language),
                })}
              </span>
            </>
          )}
        </ShowLoaded>
      </dd>
    </div>
  );
}

function ByApp({ apps }: { apps: readonly AppUsage[] }) {
  const { t, count } = useLanguage();
  return (
    <section aria-labelledby="by-app">
      <h2 id="by-app">{t('byApp')}</h2>
      <Table
        caption={t('byApp')}
        rows={apps}
        columns={[
          {
            label: t('app'),
            cell: (app) => (
              <>
                <Foreign text={app.name} /> <Environment app={app} />{' '}
                {app.environment === 'sandbox' ? <small>({t('notCounted')})</small> : undefined}
              </>
            ),
          },
          ...KINDS.map((kind) => ({
            label: t(NAMES[kind]),
            cell: (app: AppUsage) => count(sum(app[kind])),
          })),
          { label: t('quotaToday'), cell: (app) => <QuotaOf app={app} /> },
        ]}
      />
    </section>
  );
}

function QuotaOf({ app }: { app: AppUsage }) {
  const { t, count } = useLanguage();
  const { used, limit } = app.quota;
  if (limit === null)
    return (
      <>
        {count(used)} ({t('noLimit')})
      </>
    );
  return (
    <>
      {t('quotaUsed', { used: count(used), limit: count(limit) })}
      <QuotaMeter used={used} limit={limit} label={t('quotaToday')} />
    </>
  );
}
