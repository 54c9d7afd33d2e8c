import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import './list.css';

interface DrawerProps {
  title: string;
  children: ReactNode;
  onClose(): void;
}

/** One row of a list beside it; the whole screen on a phone. Which one is open stands in the address (`?open=`). */
export function Drawer({ title, children, onClose }: DrawerProps) {
  const { t } = useLanguage();
  const titleId = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const drawer = element.current;
    drawer?.showModal();
    return () => drawer?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className="drawer"
      aria-labelledby={titleId}
      onCancel={(event) => {
        // A question over the drawer is closed by itself.
        if (event.target !== element.current) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="icon" aria-label={t('close')} onClick={onClose}>
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="M5 5l10 10M15 5L5 15" />
          </svg>
        </button>
      </div>
      {children}
    </dialog>
  );
}
