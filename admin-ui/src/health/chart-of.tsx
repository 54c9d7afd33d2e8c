/** Numbers over time, as a picture or as a table. The picture is loaded when it is there to be seen; on a phone the table
 *  comes first, because there it says more. */
import { Suspense, useState } from 'react';
import { formatCount, formatDay, formatInstant } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { lazyPage, PageBoundary } from '../load/lazy-page.tsx';
import { Table } from '../show/table.tsx';
import { type ChartProps, type ChartRow, classOf, DAYS_ZONE, sayPoint } from './points.ts';
import './health.css';

const PHONE = '(max-width: 48rem)';

const Chart = lazyPage<ChartProps>(async () => (await import('./chart.tsx')).Chart);

export function ChartOf(props: ChartProps) {
  const { t, language } = useLanguage();
  const { name, unit, rows, series } = props;
  const [isTable, setTable] = useState(() => window.matchMedia(PHONE).matches);
  const columns = [
    { label: t('time'), cell: ({ at }: ChartRow & { id: string }) => <Moment at={at} unit={unit} /> },
    ...series.map(({ label }, index) => ({
      label,
      cell: ({ values }: ChartRow & { id: string }) => {
        const value = values[index] ?? null;
        return value === null ? '–' : formatCount(value, language);
      },
    })),
  ];
  return (
    <div className="chart-box">
      <div className="section-head">
        <h3>{name}</h3>
        <button type="button" onClick={() => setTable(!isTable)}>
          {t(isTable ? 'asChart' : 'asTable')}
        </button>
      </div>
      {unit === 'day' ? <p className="help">{t('chartNote')}</p> : undefined}
      {isTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        <section className="numbers" tabIndex={0} aria-label={name}>
          <Table caption={name} columns={columns} rows={rows.map((row) => ({ ...row, id: row.at }))} />
        </section>
      ) : (
        <figure className="figure">
          <div className="chart" dir="ltr" role="img" aria-label={t('chartDescription', { name })}>
            <PageBoundary>
              <Suspense fallback={null}>
                <Chart {...props} />
              </Suspense>
            </PageBoundary>
          </div>
          <figcaption>
            <ul className="legend">
              {series.map((one, index) => (
                <li key={one.label} className={classOf(one, index)}>
                  {one.label}
                </li>
              ))}
            </ul>
          </figcaption>
        </figure>
      )}
    </div>
  );
}

/** As short as under a bar, and whole for whoever points at it. */
function Moment({ at, unit }: { at: string; unit: ChartProps['unit'] }) {
  const { language } = useLanguage();
  return (
    <time
      dateTime={at}
      title={unit === 'day' ? formatDay(at, language, DAYS_ZONE) : formatInstant(at, language)}
    >
      {sayPoint(at, unit, language)}
    </time>
  );
}
