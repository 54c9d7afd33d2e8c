import { useEffect, useRef, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';

/** How long the tick stays: long enough to be seen, short enough not to be taken for the state of the next click. */
const DONE_MS = 1_500;

/** Something one would paste: always left to right, in monospace, with a button that copies it. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const { t } = useLanguage();
  const code = useRef<HTMLElement>(null);
  const [outcome, setOutcome] = useState<'copied' | 'copyYourself'>();

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
      // Refused, or not there on plain http: the user can still do it by hand.
      if (code.current !== null) window.getSelection()?.selectAllChildren(code.current);
      setOutcome('copyYourself');
    }
  };

  return (
    <span className="copyable">
      <code ref={code} dir="ltr">
        {text}
      </code>
      <button type="button" className="icon" aria-label={label} onClick={() => void copy()}>
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          {outcome === 'copied' ? <path d="M4 10.5l4 4 8-9" /> : <path d="M7 7h9v9H7zM4 13V4h9" />}
        </svg>
      </button>
      <span role="status" className="copy-outcome">
        {outcome === undefined ? '' : t(outcome)}
      </span>
    </span>
  );
}
