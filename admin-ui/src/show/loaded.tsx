/** The states of whatever a page reads: coming, failed, there (and perhaps out of date). */
import type { ReactNode } from 'react';
import type { Loaded } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { FailureNote } from './failure-note.tsx';

export function ShowLoaded<T>({ from, children }: { from: Loaded<T>; children: (value: T) => ReactNode }) {
  const { t } = useLanguage();
  const retry = (
    <button type="button" onClick={() => void from.reload()} aria-disabled={from.isLoading}>
      {t('retry')}
    </button>
  );
  if (from.value === undefined && from.failure === undefined)
    return (
      <div className="skeleton">
        <p>{t('reading')}</p>
        <div />
      </div>
    );
  return (
    <>
      {from.failure === undefined ? undefined : (
        <div className="card">
          <FailureNote failure={from.failure} />
          {retry}
        </div>
      )}
      {from.value === undefined ? undefined : children(from.value)}
    </>
  );
}
