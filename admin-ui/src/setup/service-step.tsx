import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { LandingFields, TestUserFields } from '../settings/fields.tsx';
import { readLanding, readTestUsers } from '../settings/parts.ts';
import { PartsForm } from '../settings/parts-form.tsx';
import type { StepProps } from './setup-page.tsx';
import { SideBySide } from './side-by-side.tsx';

export function ServiceStep({ app, tenantId, appPath, settings, reload, next, ways }: StepProps) {
  const { t } = useLanguage();
  const { landing, test_users: testUsers } = settings.sections;
  return (
    <SideBySide step="service" first="none">
      <p>{t('serviceNote')}</p>
      <PartsForm
        {...{ appPath, settings, reload }}
        parts={['landing', 'test_users']}
        read={(form) => ({
          landing: readLanding(form, landing.value),
          test_users: readTestUsers(form),
        })}
        label={t('saveAndNext')}
        onSaved={() => next('done')}
        beside={ways}
      >
        <LandingFields value={landing.value} hasPages={false} />
        <TestUserFields value={testUsers.value} />
      </PartsForm>
      <h3>{t('serviceWebhook')}</h3>
      <p className="help">{t('serviceWebhookNote')}</p>
      <p>
        <Link to={`/t/${tenantId}/webhooks?app=${app.id}`}>{t('serviceToWebhooks')}</Link>
      </p>
    </SideBySide>
  );
}
