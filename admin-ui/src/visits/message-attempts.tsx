import { useLanguage } from '../i18n/language.tsx';
import { When } from '../show/when.tsx';
import { State, useDuration } from './pieces.tsx';
import type { Attempt } from './shapes.ts';
import { ATTEMPT_OUTCOMES, ATTEMPT_STAGES, MESSAGE_CODES } from './words.ts';

/** Every try, newest first: how far it got, what Divar said, how long it took. */
export function MessageAttempts({ attempts }: { attempts: readonly Attempt[] }) {
  const { t } = useLanguage();
  if (attempts.length === 0) return <p className="quiet">{t('messageNoAttempts')}</p>;
  return (
    <ol className="timeline">
      {attempts.map((attempt) => (
        <li key={attempt.id}>
          <One attempt={attempt} />
        </li>
      ))}
    </ol>
  );
}

function One({ attempt }: { attempt: Attempt }) {
  const { t, count } = useLanguage();
  const say = useDuration();
  const { number, stage, status, outcome, code, duration_ms: ms } = attempt;
  const codeKey = code === null ? undefined : MESSAGE_CODES[code];
  return (
    <>
      <span>{t('attemptNumber', { count: count(number) })}</span>{' '}
      {outcome === null ? undefined : <State name={outcome} names={ATTEMPT_OUTCOMES} />}
      <p className="quiet">
        <When at={attempt.created_at} /> · {t(stage === null ? 'attemptRunning' : ATTEMPT_STAGES[stage])}
        {status === null ? undefined : (
          <>
            {' '}
            · {t('attemptStatus')}: <code dir="ltr">{status}</code>
          </>
        )}
        {ms === null ? undefined : (
          <>
            {' '}
            · {t('attemptTook')}: {say(ms)}
          </>
        )}
      </p>
      {codeKey === undefined ? undefined : <p>{t(codeKey)}</p>}
    </>
  );
}
