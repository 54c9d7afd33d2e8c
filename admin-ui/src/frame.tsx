/** Around every page: the way to the content, the language, and where one is. */
import type { ReactNode } from 'react';
import { call } from './api/call.ts';
import { useLanguage } from './i18n/language.tsx';
import { useLogin } from './login/login-state.tsx';
import { Link } from './router.tsx';

export function LanguageSwitch() {
  const { t, language, switchLanguage } = useLanguage();
  const { login } = useLogin();
  const change = () => {
    const next = switchLanguage();
    // Our mails speak it too.
    if (login?.stage === 'member') void call('PATCH', '/me', { language: next });
  };
  return (
    <button type="button" lang={language === 'fa' ? 'en' : 'fa'} onClick={change}>
      {t('switchLanguage')}
    </button>
  );
}

interface FrameProps {
  children: ReactNode;
  /** Stands in the header, before the language. */
  tools?: ReactNode;
  /** Between header and content. */
  menu?: ReactNode;
  isNarrow?: boolean;
  isBusy?: boolean;
}

export function Frame({ children, tools, menu, isNarrow = false, isBusy = false }: FrameProps) {
  const { t } = useLanguage();
  return (
    <>
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <header>
        <Link to="/" className="home">
          <img src="/admin/icon.svg" width="32" height="32" alt="" />
          <span>
            <strong>{t('product')}</strong> <small>{t('tagline')}</small>
          </span>
        </Link>
        {tools}
        <LanguageSwitch />
      </header>
      {menu}
      <main id="content" tabIndex={-1} aria-busy={isBusy} className={isNarrow ? 'narrow' : undefined}>
        {children}
      </main>
    </>
  );
}
