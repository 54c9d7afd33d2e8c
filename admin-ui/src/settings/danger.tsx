import { useState } from 'react';
import { call } from '../api/call.ts';
import type { App } from '../api/shapes.ts';
import { Ask } from '../form/ask.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import type { AppSettings } from './shapes.ts';

interface DangerProps {
  app: App;
  appPath: string;
  settings: AppSettings;
  reload(): Promise<void>;
}

export function Danger({ app, appPath, settings, reload }: DangerProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [isAsking, setAsking] = useState(false);
  const isDisabled = settings.disabled_at !== null;
  const label = isDisabled ? t('enableApp') : t('disableAppOf', { name: app.name });
  return (
    <section aria-labelledby="danger">
      <h2 id="danger">{t('dangerHeading')}</h2>
      <p>{t('dangerNote')}</p>
      <button type="button" className={isDisabled ? 'button' : 'danger'} onClick={() => setAsking(true)}>
        {t(isDisabled ? 'enableApp' : 'disableApp')}
      </button>
      {isAsking ? (
        <Ask
          title={label}
          note={t('dangerNote')}
          label={label}
          run={() => withStepUp(() => call('POST', `${appPath}/${isDisabled ? 'enable' : 'disable'}`))}
          done={reload}
          onClose={() => setAsking(false)}
        />
      ) : undefined}
    </section>
  );
}
