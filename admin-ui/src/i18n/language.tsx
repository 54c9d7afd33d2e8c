/** The language of the page: the server has put it into the document, the switch keeps it for the next time. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { MessageKey } from './fa.ts';
import { formatCount } from './format.ts';
import { type Language, type Translate, translateIn } from './translate.ts';

interface LanguageValue {
  t: Translate;
  language: Language;
  /** A number in the digits of the language. */
  count(value: number): string;
  switchLanguage(): Language;
  /** Writes the choice down again, after the browser was told to forget all it had. */
  keepLanguage(): void;
}

const LanguageContext = createContext<LanguageValue | undefined>(undefined);

const YEAR_SECONDS = 31_536_000;

/** The server reads it before the first paint. On https it has the name that only this very host can write. */
function writeCookie(language: Language): void {
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
      count: (number) => formatCount(number, language),
      switchLanguage() {
        const next = language === 'fa' ? 'en' : 'fa';
        writeCookie(next);
        setLanguage(next);
        return next;
      },
      keepLanguage: () => writeCookie(language),
    }),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = language === 'fa' ? 'rtl' : 'ltr';
  }, [language]);
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageValue {
  const value = useContext(LanguageContext);
  if (value === undefined) throw new Error('outside of LanguageProvider');
  return value;
}

/** The name of the page, in the tab and in the history. */
export function useTitle(key: MessageKey, of?: string): void {
  const { t } = useLanguage();
  const title = [t(key), of ?? t('product')].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
