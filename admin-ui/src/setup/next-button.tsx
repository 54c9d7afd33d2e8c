import { type ReactNode, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import type { StepProps } from './setup-page.tsx';

/** Of a step whose parts save themselves. */
export function NextButton({ next, ways }: { next: StepProps['next']; ways: ReactNode }) {
  const { t } = useLanguage();
  const [isBusy, setBusy] = useState(false);
  const go = async () => {
    if (isBusy) return;
    setBusy(true);
    await next('done');
    setBusy(false);
  };
  return (
    <p className="actions">
      <button type="button" className="button" aria-disabled={isBusy} onClick={() => void go()}>
        {t('nextStep')}
      </button>
      {ways}
    </p>
  );
}
