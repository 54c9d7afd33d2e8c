/** Fields as somebody sent them: text, never markup, with a button that copies it. */
import { useLanguage } from '../i18n/language.tsx';
import { CopyButton } from './copyable.tsx';
import { showTurning } from './foreign.tsx';

interface JsonProps {
  value: unknown;
  /** Of what it is. */
  label: string;
  isOpen?: boolean;
}

export function Json({ value, label, isOpen = false }: JsonProps) {
  const { t } = useLanguage();
  const text = JSON.stringify(value, null, 2) ?? 'null';
  return (
    <details className="json" open={isOpen}>
      <summary>{label}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <pre dir="ltr" tabIndex={0}>
        <code>{showTurning(text)}</code>
      </pre>
      <CopyButton text={text} label={t('copyJson')} />
    </details>
  );
}
