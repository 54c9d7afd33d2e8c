/** The language of the page: the server has put it into the document, the switch keeps it for the next time. With it goes how
 *  numbers, dates and colours are wanted. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { MessageKey, Messages } from './fa.ts';
import { formatCount, setStyle } from './format.ts';
import { DEFAULT_PREFERENCES, type Preferences } from './preferences.ts';
import { type Language, speak, type Translate } from './speak.ts';

interface LanguageValue {
  t: Translate;
  language: Language;
  preferences: Preferences;
  /** A number in the digits of the language. */
  count(value: number): string;
  /** Resolves when the page speaks it. */
  setLanguage(language: Language): Promise<void>;
  switchLanguage(): Language;
  setPreferences(preferences: Preferences): void;
  /** Writes the choices down again, after the browser was told to forget all it had. */
  keepLanguage(): void;
}

const LanguageContext = createContext<LanguageValue | undefined>(undefined);

const YEAR_SECONDS = 31_536_000;

/** The server reads it before the first paint. On https it has the name that only this very host can write. */
function writeCookie(name: string, value: string): void {
  const isSecure = window.location.protocol === 'https:';
  const fullName = isSecure ? `__Host-pvd_${name}` : `pvd_${name}`;
  const rest = `Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API exists on https only.
  document.cookie = `${fullName}=${value}; ${rest}`;
}

const DICTIONARIES: Record<Language, () => Promise<Messages>> = {
  fa: async () => (await import('./fa.ts')).fa,
  en: async () => (await import('./en.ts')).en,
};

export interface Spoken {
  language: Language;
  messages: Messages;
}

/** Only the language that is shown is loaded. */
export async function loadLanguage(language: Language): Promise<Spoken> {
  return { language, messages: await DICTIONARIES[language]() };
}

export const languageOfDocument = (): Language => (document.documentElement.lang === 'en' ? 'en' : 'fa');

function readTheme(): Preferences['theme'] {
  const { theme } = document.documentElement.dataset;
  return theme === 'dark' || theme === 'light' ? theme : 'system';
}

function showTheme(theme: Preferences['theme']): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function LanguageProvider({ first, children }: { first: Spoken; children: ReactNode }) {
  const [{ language, messages }, setSpoken] = useState(first);
  const [preferences, setKept] = useState<Preferences>(() => ({
    ...DEFAULT_PREFERENCES,
    theme: readTheme(),
  }));

  const setLanguage = useCallback(async (next: Language) => {
    writeCookie('lang', next);
    try {
      setSpoken(await loadLanguage(next));
    } catch {
      // Its file is gone after a deploy: the new document comes in the language of the cookie.
      window.location.reload();
    }
  }, []);
  const setPreferences = useCallback((next: Preferences) => {
    setStyle(next);
    showTheme(next.theme);
    writeCookie('theme', next.theme);
    setKept(next);
  }, []);

  const value = useMemo(
    (): LanguageValue => ({
      t: speak(messages),
      language,
      preferences,
      count: (number) => formatCount(number, language),
      setLanguage,
      switchLanguage() {
        const next = language === 'fa' ? 'en' : 'fa';
        void setLanguage(next);
        return next;
      },
      setPreferences,
      keepLanguage() {
        writeCookie('lang', language);
        writeCookie('theme', preferences.theme);
      },
    }),
    [language, messages, preferences, setLanguage, setPreferences],
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
