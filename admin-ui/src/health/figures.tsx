/** Tiles of a time beside the time before, what is in trouble, and the same over time. */
import type { App, Overview, Range } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { formatPercent } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { ChartOf } from './chart-of.tsx';

interface FiguresProps {
  tenantId: string;
  app: App;
  range: Range;
  overview: Overview;
}

export function Figures({ tenantId, app, range, overview }: FiguresProps) {
  const { t, count } = useLanguage();
  const { sessions, messages, deliveries, trouble } = overview;
  const to = (page: string) => `/t/${tenantId}/${page}?app=${app.id}&time=${range}`;
  const troubles = Object.values(trouble).reduce((sum, one) => sum + one, 0);
  return (
    <>
      <dl className="tiles">
        <Tile
          name="sessions"
          to={to('sessions')}
          {...sessions}
          note={t('ofWhichLanded', { count: count(sessions.landed) })}
        />
        <Tile
          name="messages"
          to={to('messages')}
          {...messages}
          note={t('ofWhichSent', { count: count(messages.sent) })}
        />
        <Deliveries deliveries={deliveries} to={to('deliveries')} />
        <div>
          <dt>
            <Link to={to('errors')}>{t('openTrouble')}</Link>
          </dt>
          <dd>
            <strong className={troubles === 0 ? 'good' : 'bad'}>{count(troubles)}</strong>{' '}
            <span>{troubles === 0 ? t('allGood') : t('seeErrors')}</span>
          </dd>
        </div>
      </dl>
      <Trouble trouble={trouble} />
      <ChartOf
        name={t('chartHeading')}
        unit={range === '24h' ? 'hour' : 'day'}
        rows={overview.series.map((one) => ({
          at: one.at,
          values: [one.sessions, one.messages, one.deliveries],
        }))}
        series={[
          { label: t('sessions'), kind: 'bar' },
          { label: t('messages'), kind: 'bar' },
          { label: t('deliveries'), kind: 'bar' },
        ]}
      />
    </>
  );
}

interface TileProps {
  name: MessageKey;
  to: string;
  total: number;
  before: number;
  note: string;
}

function Tile({ name, to, total, before, note }: TileProps) {
  const { t, count } = useLanguage();
  return (
    <div>
      <dt>
        <Link to={to}>{t(name)}</Link>
      </dt>
      <dd>
        <strong>{count(total)}</strong> <span>{note}</span> <Delta now={total} before={before} />
      </dd>
    </div>
  );
}

/** In words: an arrow alone says nothing to whoever does not see it. */
function Delta({ now, before }: { now: number; before: number }) {
  const { t, language } = useLanguage();
  if (before === 0) return now === 0 ? null : <span>{t('deltaNew')}</span>;
  const share = (now - before) / before;
  if (Math.abs(share) < 0.005) return <span>{t('deltaSame')}</span>;
  const said = formatPercent(Math.round(Math.abs(share) * 100) / 100, language);
  return <span>{t(share > 0 ? 'deltaUp' : 'deltaDown', { share: said })}</span>;
}

function Deliveries({ deliveries, to }: { deliveries: Overview['deliveries']; to: string }) {
  const { t, count, language } = useLanguage();
  const { delivered, dead, total, before } = deliveries;
  const final = delivered + dead;
  return (
    <div className={final === 0 ? 'quiet' : undefined}>
      <dt>
        <Link to={to}>{t('deliverySuccess')}</Link>
      </dt>
      <dd>
        <strong>{final === 0 ? t('noDeliveries') : formatPercent(delivered / final, language)}</strong>{' '}
        {total === 0 ? undefined : <span>{t('ofAllDeliveries', { count: count(total) })}</span>}{' '}
        <Delta now={total} before={before} />
      </dd>
    </div>
  );
}

const TROUBLES = [
  ['unknown_messages', 'troubleUnknown'],
  ['failed_messages', 'troubleFailed'],
  ['dead_deliveries', 'troubleDead'],
  ['broken_grants', 'troubleGrants'],
] as const satisfies [keyof Overview['trouble'], MessageKey][];

function Trouble({ trouble }: Pick<Overview, 'trouble'>) {
  const { t, count } = useLanguage();
  const found = TROUBLES.filter(([name]) => trouble[name] > 0);
  if (found.length === 0) return <p className="good">{t('noTrouble')}</p>;
  return (
    <div className="note bad">
      <h3>{t('troubleHeading')}</h3>
      <ul>
        {found.map(([name, text]) => (
          <li key={name}>{t(text, { count: count(trouble[name]) })}</li>
        ))}
      </ul>
    </div>
  );
}
