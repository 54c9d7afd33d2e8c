import { formatInstant } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';

/** A moment as its reader says it; the exact one for whoever points at it. */
export function When({ at }: { at: string | null }) {
  const { t, language } = useLanguage();
  if (at === null) return <>{t('never')}</>;
  return (
    <time dateTime={at} title={at}>
      {formatInstant(at, language)}
    </time>
  );
}
