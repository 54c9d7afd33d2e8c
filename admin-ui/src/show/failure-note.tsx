import type { Failure } from '../api/call.ts';
import { sayFailure } from '../form/failures.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Copyable } from './copyable.tsx';

/** Nothing has failed when somebody changes his mind. */
export function FailureNote({ failure }: { failure: Failure }) {
  const { t, count } = useLanguage();
  if (failure.reason === 'cancelled') return null;
  return (
    <div className="note bad" role="alert">
      <p>{sayFailure(failure, t, count)}</p>
      {failure.requestId === undefined || failure.status < 500 ? undefined : (
        <p>
          {t('requestId')}: <Copyable text={failure.requestId} label={t('copyRequestId')} />
        </p>
      )}
    </div>
  );
}
