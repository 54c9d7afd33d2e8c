import { Frame } from './frame.tsx';
import { useLanguage, useTitle } from './i18n/language.tsx';
import { Link } from './router.tsx';

/** The same for what does not exist and for what belongs to others. */
export function NotFoundPage() {
  const { t } = useLanguage();
  useTitle('notFoundHeading');
  return (
    <Frame isNarrow>
      <div className="card">
        <h1>{t('notFoundHeading')}</h1>
        <p>{t('notFoundNote')}</p>
        <Link className="button" to="/">
          {t('toStart')}
        </Link>
      </div>
    </Frame>
  );
}

/** Within a page of a tenant. */
export function NotFoundCard() {
  const { t } = useLanguage();
  return (
    <div className="card">
      <h2>{t('notFoundHeading')}</h2>
      <p>{t('notFoundNote')}</p>
      <Link className="button" to="/">
        {t('toStart')}
      </Link>
    </div>
  );
}
