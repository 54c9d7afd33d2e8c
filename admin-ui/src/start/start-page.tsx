/** The first page of a fresh gateway: what runs here and what to click. */
import { Frame } from '../frame.tsx';
import { useLanguage, useTitle } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Develop, Running, Steps } from './sections.tsx';
import type { StartFailure, StartInfo } from './start-info.ts';
import { useStart } from './use-start.ts';

export function StartPage() {
  const { t } = useLanguage();
  const { info, failure, isLoading, isOnline, reload } = useStart();
  useTitle('title');
  return (
    <Frame
      isBusy={isLoading}
      menu={
        <div role="status">
          {info !== undefined && !isOnline ? <p className="bar">{t('offlineBar')}</p> : undefined}
          {info !== undefined && isOnline && failure !== undefined ? (
            <p className="bar">{t('staleBar')}</p>
          ) : undefined}
        </div>
      }
    >
      {info !== undefined ? <Overview info={info} /> : undefined}
      {info === undefined && failure === undefined ? <Loading /> : undefined}
      {info === undefined && failure !== undefined ? (
        <Failure failure={failure} isLoading={isLoading} reload={reload} />
      ) : undefined}
    </Frame>
  );
}

/** For whoever has not signed in. */
function FirstActions({ mailboxUrl }: { mailboxUrl: string | null }) {
  const { t } = useLanguage();
  return (
    <p className="actions">
      <Link className="button" to="/signup">
        {t('signUp')}
      </Link>
      <Link className="button plain" to="/login">
        {t('login')}
      </Link>
      {mailboxUrl === null ? undefined : (
        <a href={mailboxUrl} target="_blank" rel="noopener">
          {t('openMailbox')}
        </a>
      )}
    </p>
  );
}

function Overview({ info }: { info: StartInfo }) {
  const { t } = useLanguage();
  return (
    <>
      <h1>{t(info.isReady ? 'readyHeading' : 'notReadyHeading')}</h1>
      <p className="lead">{t(info.isReady ? 'intro' : 'notReadyIntro')}</p>
      {info.isReady ? <p>{t('startSignUpNote')}</p> : undefined}
      <FirstActions mailboxUrl={info.mailboxUrl} />
      <Steps info={info} />
      <Running info={info} />
      <Develop info={info} />
      <p className="foot">{t('version', { version: info.version })}</p>
    </>
  );
}

function Loading() {
  const { t } = useLanguage();
  return (
    <div className="skeleton">
      <h1>{t('loading')}</h1>
      <div />
      <div />
      <div />
    </div>
  );
}

const FAILURE_TEXTS = {
  offline: 'errorOffline',
  timeout: 'errorTimeout',
  unreachable: 'errorUnreachable',
  unreadable: 'errorUnreadable',
  refused: 'errorRefused',
} as const;

function Failure({
  failure,
  isLoading,
  reload,
}: {
  failure: StartFailure;
  isLoading: boolean;
  reload(): void;
}) {
  const { t } = useLanguage();
  const refused = failure.reason === 'refused' ? failure : undefined;
  return (
    <div className="card">
      <h1>{t('errorHeading')}</h1>
      <p role="alert">
        {t(FAILURE_TEXTS[failure.reason], refused === undefined ? {} : { status: String(refused.status) })}
      </p>
      {refused?.requestId === undefined ? undefined : (
        <p>
          {t('requestId')}: <Copyable text={refused.requestId} label={t('copyRequestId')} />
        </p>
      )}
      <button type="button" className="button" onClick={reload} aria-disabled={isLoading}>
        {t('retry')}
      </button>
    </div>
  );
}
