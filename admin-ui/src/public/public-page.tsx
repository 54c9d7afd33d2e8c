import type { ReactNode } from 'react';
import { Frame } from '../frame.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage, useTitle } from '../i18n/language.tsx';

interface PublicPageProps {
  heading: MessageKey;
  /** What comes after the card, such as the other way in. */
  after?: ReactNode;
  children: ReactNode;
}

/** One thing to do, in one card. */
export function PublicPage({ heading, after, children }: PublicPageProps) {
  const { t } = useLanguage();
  useTitle(heading);
  return (
    <Frame isNarrow>
      <div className="card">
        <h1>{t(heading)}</h1>
        {children}
      </div>
      {after === undefined ? undefined : <p className="after">{after}</p>}
    </Frame>
  );
}
