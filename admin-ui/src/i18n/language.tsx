/** The language of the page: the server has put it into the document, the switch keeps it for the next time. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { type Language, type Translate, translateIn } from './translate.ts';

interface LanguageValue {
  t: Translate;
  language: Language;
  switchLanguage(): void;
}

const LanguageContext = createContext<LanguageValue | undefined>(undefined);

const YEAR_SECONDS = 31_536_000;

/** The server reads it before the first paint. On https it has the name that only this very host can write. */
function keepLanguage(language: Language): void {
  const [name, secure] =
    window.location.protocol === 'https:' ? ['__Host-pvd_lang', '; Secure'] : ['pvd_lang', ''];
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API exists on https only.
  document.cookie = `${name}=${language}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(document.documentElement.lang === 'en' ? 'en' : 'fa');
  const value = useMemo(
    (): LanguageValue => ({
      t: translateIn(language),
      language,
      switchLanguage() {
        const next = language === 'fa' ? 'en' : 'fa';
        keepLanguage(next);
        setLanguage(next);
      },
    }),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = language === 'fa' ? 'rtl' : 'ltr';
    document.title = `${value.t('title')} · ${value.t('product')}`;
  }, [language, value]);
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageValue {
  const value = useContext(LanguageContext);
  if (value === undefined) throw new Error('outside of LanguageProvider');
  return value;
}
