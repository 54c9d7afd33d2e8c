/** The seven stations of a visit and what came after it, each with the last that is known of it. */
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import type { TraceHop } from './shapes.ts';

const STATIONS: readonly [kind: string, name: MessageKey][] = [
  ['init', 'simStationInit'],
  ['consent', 'simStationConsent'],
  ['token', 'simStationToken'],
  ['landing', 'simStationLanding'],
  ['send', 'simStationSend'],
  ['event', 'simStationEvent'],
  ['webhook', 'simStationWebhook'],
];

interface StationsProps {
  trace: readonly TraceHop[];
  onChoose(hop: TraceHop): void;
}

export function Stations({ trace, onChoose }: StationsProps) {
  const { t, count } = useLanguage();
  return (
    <ol className="sim-stations" aria-label={t('simStations')}>
      {STATIONS.map(([kind, name]) => {
        const hop = trace.filter((one) => one.kind === kind).at(-1);
        const state = hop === undefined ? 'none' : hop.outcome;
        return (
          <li key={kind} className={state} data-station={kind} data-state={state}>
            {hop === undefined ? (
              <span>
                {t(name)} <small>{t('simNotYet')}</small>
              </span>
            ) : (
              <button type="button" onClick={() => onChoose(hop)}>
                {t(name)} <small className="sim-outcome">{t(OUTCOMES[hop.outcome])}</small>{' '}
                {hop.ms === null ? undefined : (
                  <small>{t('simMs', { count: count(Math.round(hop.ms)) })}</small>
                )}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}

export const OUTCOMES = {
  ok: 'simOk',
  warned: 'simWarned',
  failed: 'simFailed',
  waiting: 'simWaiting',
} as const satisfies Record<TraceHop['outcome'], MessageKey>;
