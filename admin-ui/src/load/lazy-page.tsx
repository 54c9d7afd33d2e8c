/** Pages are loaded when somebody opens them. After a deploy the files of an open tab are gone: it reloads once by itself. */
import { Component, type ComponentType, lazy, type ReactNode } from 'react';
import { useLanguage } from '../i18n/language.tsx';

/** When the tab has reloaded last: a file that is still missing after it is said, and not tried for ever. */
const RELOADED_AT = 'peyvand_reloaded_at';
const AGAIN_AFTER_MS = 60_000;

function mayReload(): boolean {
  const at = Number(window.sessionStorage.getItem(RELOADED_AT) ?? 0);
  return navigator.onLine && Date.now() - at > AGAIN_AFTER_MS;
}

/** @param load `async () => (await import('./team-page.tsx')).TeamPage` */
export function lazyPage<Props>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  return lazy(async () => {
    try {
      return { default: await load() };
    } catch (error) {
      if (!mayReload()) throw error;
      window.sessionStorage.setItem(RELOADED_AT, String(Date.now()));
      window.location.reload();
      // Nothing is shown any more until the document is there again.
      return new Promise<never>(() => undefined);
    }
  }) as unknown as ComponentType<Props>;
}

interface BoundaryProps {
  children: ReactNode;
}

/** A page that cannot be loaded, or breaks, takes the rest of the panel with it no longer than until the next click. */
export class PageBoundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? <PageFailed /> : this.props.children;
  }
}

function PageFailed() {
  const { t } = useLanguage();
  return (
    <div className="card" role="alert">
      <h2>{t('pageFailedHeading')}</h2>
      <p>{t('pageFailedNote')}</p>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        {t('reloadPage')}
      </button>
    </div>
  );
}

/** What stands where a page will be. */
export function PageComing() {
  const { t } = useLanguage();
  return (
    <div className="skeleton">
      <p>{t('reading')}</p>
      <div />
    </div>
  );
}
