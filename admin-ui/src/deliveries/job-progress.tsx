import { formatPercent } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { When } from '../show/when.tsx';
import { Facts } from '../visits/pieces.tsx';
import { EventType, useNow, useSpan } from './pieces.tsx';
import type { Job, ReplayRequest } from './shapes.ts';

export function isRunning({ state }: Job): boolean {
  return state === 'planned' || state === 'running';
}

/** How far it is: in a bar, and in numbers for whoever does not see the bar. */
export function JobProgress({ job, isShort = false }: { job: Job; isShort?: boolean }) {
  const { t, language, count } = useLanguage();
  const settled = job.done + job.failed;
  const share = job.total === 0 ? 0 : Math.min(1, settled / job.total);
  const said = t('jobDoneOf', { done: count(settled), total: count(job.total) });
  return (
    <div className="job-progress">
      {/* Not <progress>: its colours are the browser's, and too pale. */}
      <div
        role="progressbar"
        aria-label={t('jobProgress')}
        aria-valuemin={0}
        aria-valuemax={job.total}
        aria-valuenow={settled}
        aria-valuetext={said}
        tabIndex={isShort ? undefined : 0}
      >
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect x="0" y="0" width="100" height="8" className="track" />
          <rect x="0" y="0" width={100 * share} height="8" className={job.state === 'failed' ? 'bad' : ''} />
        </svg>
      </div>
      <p>
        {formatPercent(share, language)} ({said})
        {job.failed > 0 ? (
          <>
            {' '}
            <span className="error">{t('jobFailedCount', { count: count(job.failed) })}</span>
          </>
        ) : undefined}
      </p>
      {isShort || !isRunning(job) ? undefined : <Speed job={job} settled={settled} />}
    </div>
  );
}

function Speed({ job: { started_at: startedAt, eta }, settled }: { job: Job; settled: number }) {
  const { t, count } = useLanguage();
  const span = useSpan();
  const now = useNow();
  if (startedAt === null) return null;
  const spentMs = Math.max(1000, now - Date.parse(startedAt));
  const rate = Math.round((settled / spentMs) * 10_000) / 10;
  return (
    <Facts
      rows={[
        ...(settled === 0 ? [] : ([[t('jobRate'), t('perSecond', { count: count(rate) })]] as const)),
        [t('jobElapsed'), span(spentMs)],
        [t('jobEta'), eta && <When key="eta" at={eta} />],
      ]}
    />
  );
}

/** What was asked for. */
export function JobScope({ request }: { request: ReplayRequest }) {
  const { t } = useLanguage();
  const { from, to, types = [], endpoint_id: endpoint, conversation_id: conversation } = request;
  const isWhole = !from && !to && types.length === 0 && !endpoint && !conversation && !request.undelivered;
  if (isWhole) return <>{t('jobWhole')}</>;
  return (
    <ul className="job-scope">
      {request.undelivered ? <li>{t('replayMissing')}</li> : undefined}
      {from === undefined ? undefined : (
        <li>
          {t('fromTime')} <When at={from} />
        </li>
      )}
      {to === undefined ? undefined : (
        <li>
          {t('untilTime')} <When at={to} />
        </li>
      )}
      {types.map((type) => (
        <li key={type}>
          <EventType type={type} />
        </li>
      ))}
      {[endpoint, conversation].map((id) =>
        id === undefined ? undefined : (
          <li key={id}>
            <code dir="ltr">{id}</code>
          </li>
        ),
      )}
    </ul>
  );
}
