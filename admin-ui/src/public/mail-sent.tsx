import { useEffect, useState } from 'react';
import type { Failure, Outcome } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { useStart } from '../start/use-start.ts';

const AGAIN_AFTER_SECONDS = 60;

interface MailSentProps {
  email: string;
  sendAgain(): Promise<Outcome<unknown>>;
}

/** The same whether the address is known or not. */
export function MailSent({ email, sendAgain }: MailSentProps) {
  const { t, count } = useLanguage();
  const [secondsLeft, setSecondsLeft] = useState(AGAIN_AFTER_SECONDS);
  const [failure, setFailure] = useState<Failure>();
  const [wasSentAgain, setSentAgain] = useState(false);
  const { info } = useStart();
  const isWaiting = secondsLeft > 0;

  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => setSecondsLeft((left) => left - 1), 1_000);
    return () => clearInterval(timer);
  }, [isWaiting]);

  const again = async () => {
    if (isWaiting) return;
    setSecondsLeft(AGAIN_AFTER_SECONDS);
    const outcome = await sendAgain();
    setSentAgain(outcome.ok);
    setFailure(outcome.ok ? undefined : outcome.failure);
  };

  return (
    <>
      <p role="status">{t(wasSentAgain ? 'mailSentAgain' : 'mailSentNote', { email })}</p>
      <p className="help">{t('mailSentHint')}</p>
      {info?.mailboxUrl ? (
        <p>
          <a className="button" href={info.mailboxUrl} target="_blank" rel="noopener">
            {t('openMailbox')}
          </a>
        </p>
      ) : undefined}
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <button type="button" onClick={() => void again()} aria-disabled={isWaiting}>
        {isWaiting ? t('sendAgainIn', { seconds: count(secondsLeft) }) : t('sendAgain')}
      </button>
    </>
  );
}
