import { useLanguage } from '../i18n/language.tsx';
import { CopyButton } from '../show/copyable.tsx';
import { showTurning } from '../show/foreign.tsx';
import { When } from '../show/when.tsx';
import { curlOf, headerText } from './curl.ts';
import { AnswerCode, DeliveryCode } from './pieces.tsx';
import type { DeliveryAttempt, DeliveryWithAttempts } from './shapes.ts';
import { TimingBars } from './timing-bars.tsx';

interface AttemptViewProps {
  attempt: DeliveryAttempt;
  delivery: DeliveryWithAttempts;
  isOpen: boolean;
  mayRead: boolean;
}

/** One try: what went out, what came back, and where the time went. */
export function AttemptView({ attempt, delivery, isOpen, mayRead }: AttemptViewProps) {
  const { t, count } = useLanguage();
  return (
    <details className="attempt" open={isOpen}>
      <summary>
        <span>{t('deliveryTry', { number: count(attempt.number) })}</span>{' '}
        <AnswerCode status={attempt.status} />{' '}
        <span className="quiet">
          {attempt.duration_ms === null
            ? undefined
            : t('milliseconds', { count: count(attempt.duration_ms) })}{' '}
          <When at={attempt.created_at} />
        </span>
      </summary>
      {attempt.code === null ? undefined : (
        <p className="error">
          <DeliveryCode code={attempt.code} />
        </p>
      )}
      <TimingBars attempt={attempt} />
      <h4>{t('request')}</h4>
      <RequestView attempt={attempt} delivery={delivery} mayRead={mayRead} />
      <h4>{t('response')}</h4>
      <AnswerText attempt={attempt} />
    </details>
  );
}

function RequestView({ attempt, delivery, mayRead }: Omit<AttemptViewProps, 'isOpen'>) {
  const { t } = useLanguage();
  const { request } = attempt;
  const { request_body: body, url } = delivery;
  if (!mayRead) return <p>{t('bodyHidden')}</p>;
  if (request === null) return <p>{t('nothingSent')}</p>;
  const headers = headerText(request.headers);
  return (
    <>
      <p className="help">{t('signatureNote')}</p>
      <Raw label={t('headersOfRequest')} text={headers} copyLabel={t('copyHeaders')} />
      {body === null ? (
        <p>{t('bodyErased')}</p>
      ) : (
        <Raw label={t('bodyOfRequest')} text={body} copyLabel={t('copyBody')} />
      )}
      {body === null || url === null ? undefined : (
        <CopyButton text={curlOf(url, request.headers, body)} label={t('copyCurl')} />
      )}
    </>
  );
}

/** As the gateway caps it; whatever is longer was cut there. */
const KEPT_LENGTH = 16 * 1024;

/** What the endpoint said: text of a stranger, shown and never obeyed. */
export function AnswerText({ attempt: { answer, status } }: { attempt: DeliveryAttempt }) {
  const { t } = useLanguage();
  if (answer === null) return <p>{t(status === null ? 'noResponse' : 'responseEmpty')}</p>;
  return (
    <>
      <Raw label={t('response')} text={answer} copyLabel={t('copyAnswer')} />
      {answer.length >= KEPT_LENGTH ? <p className="help">{t('responseCapped')}</p> : undefined}
    </>
  );
}

function Raw({ label, text, copyLabel }: { label: string; text: string; copyLabel: string }) {
  return (
    <div className="raw">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <section className="code" dir="ltr" tabIndex={0} aria-label={label}>
        <pre>
          <code>{showTurning(text)}</code>
        </pre>
      </section>
      <CopyButton text={text} label={copyLabel} />
    </div>
  );
}
