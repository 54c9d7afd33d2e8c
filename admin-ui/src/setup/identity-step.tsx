import { useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { IdentityFields, KenarFields } from '../settings/fields.tsx';
import { readIdentity, readKenar } from '../settings/parts.ts';
import { PartsForm } from '../settings/parts-form.tsx';
import { Copyable } from '../show/copyable.tsx';
import { NewApp } from './new-app.tsx';
import type { StepProps } from './setup-page.tsx';
import { SideBySide } from './side-by-side.tsx';

export function IdentityStep({ app, tenantId, appPath, settings, reload, next, ways }: StepProps) {
  const { t } = useLanguage();
  const { identity, kenar } = settings.sections;
  return (
    <>
      {app.environment === 'sandbox' ? <SandboxWelcome tenantId={tenantId} appId={app.id} /> : undefined}
      <SideBySide step="identity" first="slug">
        <p>{t('identityNote')}</p>
        <p data-kenar="slug">
          {t('slug')}: <Copyable text={settings.slug} label={t('copySlug')} />
        </p>
        <PartsForm
          {...{ appPath, settings, reload }}
          parts={['identity', 'kenar']}
          read={(form) => ({ identity: readIdentity(form), kenar: readKenar(form) })}
          label={t('saveAndNext')}
          onSaved={() => next('done')}
          beside={ways}
        >
          <IdentityFields value={identity.value} />
          <KenarFields value={kenar.value} />
        </PartsForm>
        {app.environment === 'live' ? <p className="help">{t('testAppNote')}</p> : undefined}
      </SideBySide>
    </>
  );
}

/** The first minute: everything works already; the real app comes when somebody wants it. */
function SandboxWelcome({ tenantId, appId }: { tenantId: string; appId: string }) {
  const { t } = useLanguage();
  const [isMaking, setMaking] = useState(false);
  const home = `/t/${tenantId}/apps/${appId}`;
  return (
    <div className="note">
      <p>{t('setupSandboxNote')}</p>
      <p className="actions">
        <Link className="button" to={`${home}/setup/checks`}>
          {t('setupRunNow')}
        </Link>
        <Link className="button plain" to={`${home}/simulator`}>
          {t('setupToSimulator')}
        </Link>
        <button type="button" onClick={() => setMaking(true)}>
          {t('setupNewLive')}
        </button>
      </p>
      <p className="help">{t('setupNewLiveNote')}</p>
      {isMaking ? <NewApp tenantId={tenantId} onClose={() => setMaking(false)} /> : undefined}
    </div>
  );
}
