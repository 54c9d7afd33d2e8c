/** What Divar measures, and what it does not: whose fault each lost minute was. */
import type { App, Range } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { formatPercent } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';
import { ChartOf } from './chart-of.tsx';
import type { Fault, Health, HealthWindow } from './shapes.ts';

const FAULTS: Record<Fault, MessageKey> = {
  away: 'faultAway',
  ours: 'faultOurs',
  key: 'faultKey',
  request: 'faultRequest',
};

export function HealthSection({ tenantId, app, range }: { tenantId: string; app: App; range: Range }) {
  const { t } = useLanguage();
  const health = useLoad<Health>(`/tenants/${tenantId}/apps/${app.id}/health?range=${range}`);
  return (
    <section aria-labelledby="health">
      <h2 id="health">{t('healthHeading')}</h2>
      <p>{t('healthNote')}</p>
      <ShowLoaded from={health}>
        {(value) => (
          <>
            <dl className="tiles">
              <P99 {...value.p99} />
              {value.windows.map((one) => (
                <Availability key={one.name} window={one} />
              ))}
            </dl>
            <LostMinutes health={value} />
            <CallsChart health={value} range={range} />
          </>
        )}
      </ShowLoaded>
    </section>
  );
}

/** Said in a word, not by colour alone. */
function Verdict({ isGood }: { isGood: boolean | undefined }) {
  const { t } = useLanguage();
  if (isGood === undefined) return <span className="state off verdict">{t('healthUnknown')}</span>;
  return (
    <span className={`state verdict ${isGood ? 'on' : 'bad'}`}>{t(isGood ? 'healthGood' : 'healthBad')}</span>
  );
}

function P99({ ms, target_ms: target, calls }: Health['p99']) {
  const { t, count } = useLanguage();
  return (
    <div className={ms === null ? 'quiet' : undefined}>
      <dt>{t('healthP99')}</dt>
      <dd>
        <strong>{ms === null ? t('noCalls') : t('healthMs', { ms: count(ms) })}</strong>{' '}
        <Verdict isGood={ms === null ? undefined : ms <= target} />{' '}
        <span>{t('healthP99Target', { ms: count(target), count: count(calls) })}</span>
      </dd>
    </div>
  );
}

/** Parts of a minute count up; what is less than a tenth is none. */
const roundMinutes = (minutes: number) => Math.round(minutes * 10) / 10;

function Availability({ window }: { window: HealthWindow }) {
  const { t, count, language } = useLanguage();
  const { availability, target, lost } = window;
  const sum = roundMinutes(Object.values(lost).reduce((total, minutes) => total + minutes, 0));
  return (
    <div className={availability === null ? 'quiet' : undefined}>
      <dt>{t(window.name === 'day' ? 'availabilityDay' : 'availabilityWeek')}</dt>
      <dd>
        <strong>{availability === null ? t('healthUnknown') : formatPercent(availability, language)}</strong>{' '}
        {availability === null ? undefined : <Verdict isGood={availability >= target} />}{' '}
        <span>
          {t('availabilityTarget', {
            target: formatPercent(target, language),
            left: t('lostMinutes', { count: count(sum) }),
          })}
        </span>
      </dd>
    </div>
  );
}

function LostMinutes({ health }: { health: Health }) {
  const { t, count } = useLanguage();
  const week = health.windows.find(({ name }) => name === 'week');
  const rows = health.lost_minutes.map((one) => ({ ...one, id: `${one.at}/${one.fault}` }));
  const found = Object.entries(week?.lost ?? {}).filter(([, minutes]) => roundMinutes(minutes) > 0);
  return (
    <>
      <h3>{t('lostHeading')}</h3>
      {rows.length === 0 ? (
        <p className="good">{t('lostNone')}</p>
      ) : (
        <>
          <ul className="lost">
            {found.map(([fault, minutes]) => (
              <li key={fault}>
                <strong>{t('lostMinutes', { count: count(roundMinutes(minutes)) })}</strong>:{' '}
                {t(FAULTS[fault as Fault])}
                {fault === 'key' ? `. ${t('faultKeyHelp')}` : ''}
              </li>
            ))}
          </ul>
          <details>
            <summary>{t('asTable')}</summary>
            <Table
              caption={t('lostHeading')}
              rows={rows}
              columns={[
                { label: t('lostAt'), cell: ({ at }) => <When at={at} /> },
                {
                  label: t('lostHeading'),
                  cell: ({ minutes }) => t('lostMinutes', { count: count(minutes) }),
                },
                { label: t('lostFault'), cell: ({ fault }) => t(FAULTS[fault]) },
                {
                  label: t('lostCalls'),
                  cell: ({ calls, failed }) =>
                    calls === 0 ? '–' : t('lostOf', { failed: count(failed), calls: count(calls) }),
                },
              ]}
            />
          </details>
        </>
      )}
    </>
  );
}

function CallsChart({ health, range }: { health: Health; range: Range }) {
  const { t } = useLanguage();
  if (health.series.length === 0) return null;
  return (
    <ChartOf
      name={t('chartCalls')}
      unit={range === '24h' ? 'hour' : 'instant'}
      rows={health.series.map(({ at, calls, failed, p99_ms }) => ({
        at,
        values: [calls, failed, p99_ms],
      }))}
      series={[
        { label: t('calls'), kind: 'bar' },
        { label: t('failedCalls'), kind: 'bar', isBad: true },
        { label: t('p99'), kind: 'line' },
      ]}
    />
  );
}
