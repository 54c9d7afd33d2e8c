import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { CopyButton } from '../show/copyable.tsx';
import { When } from '../show/when.tsx';
import { type Check, type Exchange, isAwaited } from './shapes.ts';
import { CHECK_NAMES, CHECK_NOTES, EXCHANGE_NAMES, STATE_CLASSES, STATE_NAMES } from './words.ts';

interface CheckRowProps {
  check: Check;
  isRunning: boolean;
  isLive: boolean;
  consentUrl: string | null;
  fixPath: string;
  run(): void;
}

export function CheckRow({ check, isRunning, isLive, consentUrl, fixPath, run }: CheckRowProps) {
  const { t } = useLanguage();
  const state = isRunning ? 'running' : check.state;
  const name = t(CHECK_NAMES[check.name]);
  return (
    <li className={`check-row ${state}`}>
      <div className="check-head">
        <h3>
          {name} {check.required ? <span className="quiet">({t('checkRequired')})</span> : undefined}
        </h3>
        <span role="status" className={`state ${STATE_CLASSES[state]}`}>
          {t(STATE_NAMES[state])}
        </span>
        {isLive && isAwaited(check.name) ? undefined : (
          <button
            type="button"
            aria-label={t('runCheckOf', { name })}
            aria-disabled={isRunning}
            onClick={run}
          >
            {t(check.ran_at === null ? 'runOne' : 'runAgain')}
          </button>
        )}
      </div>
      <p className="help">{t(CHECK_NOTES[check.name])}</p>
      {check.name === 'redirect' && consentUrl !== null && check.state !== 'passed' ? (
        <p>
          <a className="button plain" href={consentUrl} target="_blank" rel="noopener">
            {t('giveRealConsent')}
          </a>
        </p>
      ) : undefined}
      {isRunning ? undefined : <Result check={check} fixPath={fixPath} />}
    </li>
  );
}

function Result({ check, fixPath }: { check: Check; fixPath: string }) {
  const { t, language } = useLanguage();
  const { cause, exchanges, ran_at: ranAt } = check;
  const isFailed = check.state === 'failed';
  return (
    <>
      {cause === null ? undefined : (
        <div className={isFailed ? 'note bad' : 'note'}>
          <p>
            <strong>{cause[language].cause}</strong>
          </p>
          <p>
            {t('checkFix')}: {cause[language].fix}{' '}
            {isFailed ? <Link to={fixPath}>{t('checklistGo')}</Link> : undefined}
          </p>
        </div>
      )}
      {exchanges.length === 0 ? undefined : <Exchanges exchanges={exchanges} />}
      {exchanges.length === 0 && cause === null ? undefined : (
        <p className="check-foot">
          {ranAt === null ? undefined : (
            <span className="quiet">
              <When at={ranAt} />
            </span>
          )}
          <CopyButton text={reportOf(check)} label={t('copyReport')} />
        </p>
      )}
    </>
  );
}

/** What was sent, and what came back. */
function Exchanges({ exchanges }: { exchanges: readonly Exchange[] }) {
  const { t, count } = useLanguage();
  const nameOf = (label: string) => {
    const key = EXCHANGE_NAMES[label];
    return key === undefined ? <code dir="ltr">{label}</code> : t(key);
  };
  return (
    <ul className="exchanges">
      {exchanges.map((exchange) => (
        <li key={exchange.label}>
          <strong>{nameOf(exchange.label)}</strong>
          <span>
            {t('checkSent')}:{' '}
            <code dir="ltr">
              {exchange.method} {exchange.address}
            </code>
          </span>
          <span>
            {t('checkCame')}:{' '}
            {exchange.status === null
              ? t('checkNoAnswer', { code: exchange.code ?? '' })
              : t('checkStatus', { status: String(exchange.status) })}
            {exchange.status !== null && exchange.code !== null ? (
              <>
                {' '}
                <code dir="ltr">{exchange.code}</code>
              </>
            ) : undefined}
            {exchange.duration_ms === null ? undefined : (
              <> · {t('checkMs', { count: count(exchange.duration_ms) })}</>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** For a ticket or the support: the same in every language. */
function reportOf({ name, state, cause, exchanges, ran_at: at }: Check): string {
  const lines = exchanges.map(
    (one) =>
      `${one.label}: ${one.method} ${one.address} -> ${one.status ?? '-'} ${one.code ?? ''} ${one.duration_ms ?? '-'} ms`,
  );
  return [`${name}: ${state}${cause === null ? '' : ` (${cause.key})`}`, `at ${at ?? '-'}`, ...lines].join(
    '\n',
  );
}
