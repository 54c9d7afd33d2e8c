import { useLanguage } from '../i18n/language.tsx';
import { Secrets } from '../settings/secrets.tsx';
import { NextButton } from './next-button.tsx';
import type { StepProps } from './setup-page.tsx';
import { SideBySide } from './side-by-side.tsx';

export function KeysStep({ app, appPath, settings, reload, next, ways }: StepProps) {
  const { t } = useLanguage();
  return (
    <SideBySide step="keys" first="identification_key">
      <p>{t(app.environment === 'sandbox' ? 'keysSandboxNote' : 'keysNote')}</p>
      <Secrets {...{ appPath, settings, reload }} />
      <NextButton next={next} ways={ways} />
    </SideBySide>
  );
}
