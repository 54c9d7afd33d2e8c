/** Around every page: the way to the content, the language, and where one is. */
import { type ReactNode, useEffect, useState } from 'react';
import { call } from './api/call.ts';
import { useLanguage } from './i18n/language.tsx';
import { useLogin } from './login/login-state.tsx';
import { Link, useRouter } from './router.tsx';
import './frame.css';

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
  /** Beside the content; on a phone behind a button. */
  side?: ReactNode;
  isNarrow?: boolean;
  isBusy?: boolean;
}

export function Frame({ children, tools, menu, side, isNarrow = false, isBusy = false }: FrameProps) {
  const { t } = useLanguage();
  const main = (
    <main id="content" tabIndex={-1} aria-busy={isBusy} className={isNarrow ? 'narrow' : undefined}>
      {children}
    </main>
  );
  return (
    <div className={side === undefined ? undefined : 'with-side'}>
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
      {side === undefined ? main : <WithSide side={side}>{main}</WithSide>}
    </div>
  );
}

function WithSide({ side, children }: { side: ReactNode; children: ReactNode }) {
  const { t } = useLanguage();
  const { place } = useRouter();
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has chosen a page wants to see it.
  useEffect(() => setOpen(false), [place.path]);
  return (
    <div className="shell">
      <button
        type="button"
        className="menu-button"
        aria-expanded={isOpen}
        aria-controls="side"
        onClick={() => setOpen(!isOpen)}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M3 5h14M3 10h14M3 15h14" />
        </svg>
        {t(isOpen ? 'closeMenu' : 'openMenu')}
      </button>
      <div id="side" className={isOpen ? 'side open' : 'side'}>
        {side}
      </div>
      {children}
    </div>
  );
}
