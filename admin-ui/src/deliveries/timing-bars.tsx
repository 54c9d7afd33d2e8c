import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import type { DeliveryAttempt } from './shapes.ts';

const PARTS = [
  ['dns', 'timingDns'],
  ['connect', 'timingConnect'],
  ['tls', 'timingTls'],
  ['first_byte', 'timingFirstByte'],
] as const satisfies readonly (readonly [string, MessageKey])[];

/** Where the time went, part after part; time runs from left to right in both languages. */
export function TimingBars({ attempt: { timings, duration_ms: total } }: { attempt: DeliveryAttempt }) {
  const { t, count } = useLanguage();
  if (timings === null || total === null) return null;
  const measured = PARTS.flatMap(([part, name]) => {
    const ms = timings[part];
    return ms === null ? [] : [{ name: name as MessageKey, ms }];
  });
  const sum = measured.reduce((before, { ms }) => before + ms, 0);
  const parts = [...measured, { name: 'timingRest' as const, ms: Math.max(0, total - sum) }];
  const whole = Math.max(1, sum, total);
  let start = 0;
  return (
    <>
      <h4>{t('timings')}</h4>
      {timings.connect === null ? <p className="help">{t('timingReused')}</p> : undefined}
      <ul className="timings">
        {parts.map(({ name, ms }) => {
          const begin = start;
          start += ms;
          return (
            <li key={name}>
              <span>{t(name)}</span>
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" direction="ltr">
                <rect x="0" y="0" width="100" height="8" className="track" />
                <rect x={(100 * begin) / whole} y="0" width={Math.max(1, (100 * ms) / whole)} height="8" />
              </svg>
              <span>{t('milliseconds', { count: count(ms) })}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
