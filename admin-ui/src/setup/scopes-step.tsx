import { useRef } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { ConsentFields } from '../settings/fields.tsx';
import { readConsent } from '../settings/parts.ts';
import { PartsForm } from '../settings/parts-form.tsx';
import { CopyButton } from '../show/copyable.tsx';
import { PRESETS, type Preset, permissionsFor, ticketText } from './scopes.ts';
import type { StepProps } from './setup-page.tsx';
import { SideBySide } from './side-by-side.tsx';

export function ScopesStep({ app, appPath, settings, reload, next, ways }: StepProps) {
  const { t } = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const { consent, identity, kenar } = settings.sections;
  const { scopes } = consent.value;
  /** Adds to what is there: presets may be combined. */
  const add = (preset: Preset) => {
    const area = box.current?.querySelector('textarea');
    if (!area) return;
    const lines = area.value.split('\n').filter((line) => line.trim() !== '');
    area.value = [...new Set([...lines, ...preset.scopes])].join('\n');
    // The form listens to what is typed, and this counts as typed.
    area.dispatchEvent(new Event('input', { bubbles: true }));
    area.focus();
  };
  return (
    <SideBySide step="scopes" first="scopes">
      <p>{t('scopesNote')}</p>
      <h3>{t('scopesPresets')}</h3>
      <p className="actions">
        {PRESETS[identity.value.generation].map((preset) => (
          <button key={preset.name} type="button" onClick={() => add(preset)}>
            {t(preset.name)}
          </button>
        ))}
      </p>
      <div ref={box}>
        <PartsForm
          {...{ appPath, settings, reload }}
          parts={['consent']}
          read={(form) => ({ consent: readConsent(form) })}
          label={t('saveAndNext')}
          onSaved={() => next('done')}
          beside={ways}
        >
          <ConsentFields value={consent.value} />
        </PartsForm>
      </div>
      <div data-kenar="permissions">
        <h3>{t('permissionsOfKey')}</h3>
        <p className="help">{t('permissionsNote')}</p>
        <ul className="chips">
          {permissionsFor(scopes).map((permission) => (
            <li key={permission}>
              <code dir="ltr">{permission}</code>
            </li>
          ))}
        </ul>
      </div>
      {kenar.value.published || app.environment === 'live' ? (
        <div>
          <h3>{t('ticketHeading')}</h3>
          <p className="help">{t('ticketNote')}</p>
          <CopyButton
            text={ticketText({ slug: settings.slug, name: app.name }, scopes)}
            label={t('copyTicket')}
          />
        </div>
      ) : undefined}
    </SideBySide>
  );
}
