import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';

/** How long the tick stays: long enough to be seen, short enough not to be taken for the state of the next click. */
const DONE_MS = 1_500;

type CopyOutcome = 'copied' | 'copyYourself';

/** @param onRefused the clipboard is not there on plain http, or the browser says no */
function useCopy(text: string, onRefused: () => void) {
  const { t } = useLanguage();
  const [outcome, setOutcome] = useState<CopyOutcome>();
  useEffect(() => {
    if (outcome !== 'copied') return;
    const timer = setTimeout(() => setOutcome(undefined), DONE_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      onRefused();
      setOutcome('copyYourself');
    }
  };
  const said: ReactNode = (
    <span role="status" className="copy-outcome">
      {outcome === undefined ? '' : t(outcome)}
    </span>
  );
  return { copy: () => void copy(), isCopied: outcome === 'copied', said };
}

interface CopyableProps {
  text: string;
  label: string;
  /** The same, easier to read. */
  shown?: string;
}

/** Something one would paste: always left to right, in monospace, with a button that copies it. */
export function Copyable({ text, label, shown = text }: CopyableProps) {
  const code = useRef<HTMLElement>(null);
  const { copy, isCopied, said } = useCopy(text, () => {
    if (code.current !== null) window.getSelection()?.selectAllChildren(code.current);
  });
  return (
    <span className="copyable">
      <code ref={code} dir="ltr">
        {shown}
      </code>
      <button type="button" className="icon" aria-label={label} onClick={copy}>
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          {isCopied ? <path d="M4 10.5l4 4 8-9" /> : <path d="M7 7h9v9H7zM4 13V4h9" />}
        </svg>
      </button>
      {said}
    </span>
  );
}

/** Copies what stands beside it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { copy, said } = useCopy(text, () => undefined);
  return (
    <span>
      <button type="button" onClick={copy}>
        {label}
      </button>{' '}
      {said}
    </span>
  );
}
