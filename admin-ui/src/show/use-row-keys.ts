import { useEffect } from 'react';
import { useLanguage } from '../i18n/language.tsx';

/** J and K go from row to row, by the place of the key: on a Persian layout they type «ت» and «ن». Enter opens, as on any
 *  link; Escape closes what is open, as in any dialog. */
export function useRowKeys(): void {
  const { shortcuts } = useLanguage().preferences;
  useEffect(() => {
    if (!shortcuts) return;
    const move = (event: KeyboardEvent) => {
      const step = { KeyJ: 1, KeyK: -1 }[event.code];
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      const links = [...document.querySelectorAll<HTMLElement>('a.row-link')];
      const at = links.indexOf(document.activeElement as HTMLElement);
      const next = links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
    };
    document.addEventListener('keydown', move);
    return () => document.removeEventListener('keydown', move);
  }, [shortcuts]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}
