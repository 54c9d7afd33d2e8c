import type { Overview } from '../api/shapes.ts';
import { formatInstant, formatPercent } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import './health.css';

/** Beyond it somebody should ask Divar for more. */
export const NEAR_SHARE = 0.8;

/** A bar that is filled as far as the day's budget is used; the browser gives it another colour beyond four fifths. */
export function QuotaMeter({ used, limit, label }: { used: number; limit: number; label: string }) {
  return (
    <meter
      aria-label={label}
      min={0}
      max={limit}
      high={limit * NEAR_SHARE}
      optimum={0}
      value={Math.min(used, limit)}
    />
  );
}

export function Quota({ quota }: { quota: Overview['quota'] }) {
  const { t, count, language } = useLanguage();
  const { used, limit } = quota;
  return (
    <section aria-labelledby="quota">
      <h2 id="quota">{t('quotaHeading')}</h2>
      {limit === null ? (
        <p>{t('quotaUnknown', { used: count(used) })}</p>
      ) : (
        <>
          <p>
            {t('quotaUsed', { used: count(used), limit: count(limit) })} (
            {formatPercent(limit === 0 ? 1 : used / limit, language)})
          </p>
          <QuotaMeter used={used} limit={limit} label={t('quotaHeading')} />
          {limit > 0 && used / limit >= NEAR_SHARE ? <p className="note bad">{t('quotaNear')}</p> : undefined}
        </>
      )}
      <p className="help">{t('quotaResets', { time: formatInstant(quota.resets_at, language) })}</p>
    </section>
  );
}
