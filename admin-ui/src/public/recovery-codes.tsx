import { type SubmitEvent, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { CopyButton } from '../show/copyable.tsx';

/** Shown once: one goes on only after saying that they are put away. */
export function RecoveryCodes({ codes, onSaved }: { codes: readonly string[]; onSaved(): void }) {
  const { t } = useLanguage();
  const [isSaved, setSaved] = useState(false);
  const text = codes.join('\n');
  const download = () => {
    const url = URL.createObjectURL(new Blob([`Peyvand\n${text}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'peyvand-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(url);
  };
  const finish = (event: SubmitEvent) => {
    event.preventDefault();
    if (isSaved) onSaved();
  };
  return (
    <form onSubmit={finish}>
      <p>{t('recoveryCodesNote')}</p>
      <ul className="codes" dir="ltr">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p className="actions">
        <CopyButton text={text} label={t('copyAll')} />
        <button type="button" onClick={download}>
          {t('download')}
        </button>
        <button type="button" onClick={() => window.print()}>
          {t('print')}
        </button>
      </p>
      <label className="check">
        <input type="checkbox" checked={isSaved} onChange={() => setSaved(!isSaved)} /> {t('savedCodes')}
      </label>
      <p className="actions">
        <button type="submit" className="button" disabled={!isSaved}>
          {t('continue')}
        </button>
      </p>
    </form>
  );
}
