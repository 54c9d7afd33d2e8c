/** The fields of each part, the same in the wizard and on the settings page. */
import { Field } from '../form/field.tsx';
import { SelectField } from '../form/select-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { AreaField } from './area-field.tsx';
import { pagesText, testUsersText } from './parts.ts';
import type { PartValues } from './shapes.ts';

export function IdentityFields({ value }: { value: PartValues['identity'] }) {
  const { t } = useLanguage();
  return (
    <>
      <Field
        name="name"
        label={t('newAppName')}
        help={t('newAppNameHelp')}
        dir="auto"
        maxLength={200}
        defaultValue={value.name}
      />
      <SelectField
        name="generation"
        label={t('generation')}
        defaultValue={value.generation}
        options={[
          ['v2', t('generationV2')],
          ['v1', t('generationV1')],
        ]}
      />
    </>
  );
}

export function KenarFields({ value }: { value: PartValues['kenar'] }) {
  const { t } = useLanguage();
  return (
    <>
      <SelectField
        name="status"
        label={t('kenarStatus')}
        defaultValue={value.status}
        options={[
          ['DEVELOPMENT', t('statusDevelopment')],
          ['ACTIVE', t('statusActive')],
          ['INACTIVE', t('statusInactive')],
          ['SUSPENDED', t('statusSuspended')],
        ]}
      />
      <label className="check">
        <input type="checkbox" name="published" value="yes" defaultChecked={value.published} />{' '}
        {t('kenarPublished')}
      </label>
      <Field
        name="subtitle"
        label={t('kenarSubtitle')}
        required={false}
        dir="auto"
        maxLength={100}
        defaultValue={value.subtitle}
      />
      <Field
        name="description"
        label={t('kenarDescription')}
        required={false}
        dir="auto"
        maxLength={500}
        defaultValue={value.description}
      />
    </>
  );
}

export function ConsentFields({ value }: { value: PartValues['consent'] }) {
  const { t } = useLanguage();
  return (
    <>
      <SelectField
        name="when"
        label={t('consentWhen')}
        defaultValue={value.when}
        options={[
          ['init', t('consentAtInit')],
          ['on_demand', t('consentOnDemand')],
        ]}
      />
      <AreaField
        name="scopes"
        label={t('consentScopes')}
        help={t('consentScopesHelp')}
        rows={5}
        defaultValue={value.scopes.join('\n')}
      />
    </>
  );
}

export function LandingFields({ value, hasPages }: { value: PartValues['landing']; hasPages: boolean }) {
  const { t } = useLanguage();
  return (
    <>
      <Field
        name="url"
        label={t('landingUrl')}
        help={t('landingUrlHelp')}
        type="url"
        dir="ltr"
        maxLength={2048}
        defaultValue={value.url}
      />
      <Field
        name="staging_url"
        label={t('stagingUrl')}
        help={t('stagingUrlHelp')}
        type="url"
        dir="ltr"
        required={false}
        maxLength={2048}
        defaultValue={value.staging_url ?? ''}
      />
      <SelectField
        name="mode"
        label={t('landingMode')}
        defaultValue={value.mode}
        options={[
          ['code', t('modeCode')],
          ['fragment', t('modeFragment')],
        ]}
      />
      {hasPages ? (
        <AreaField
          name="pages"
          label={t('landingPages')}
          help={t('landingPagesHelp')}
          defaultValue={pagesText(value.pages)}
        />
      ) : undefined}
    </>
  );
}

export function TestUserFields({ value }: { value: PartValues['test_users'] }) {
  const { t } = useLanguage();
  return (
    <AreaField
      name="test_users"
      label={t('testUsers')}
      help={t('testUsersHelp')}
      defaultValue={testUsersText(value)}
    />
  );
}

export function ActionFields({ value }: { value: PartValues['actions'] }) {
  const { t } = useLanguage();
  return (
    <>
      <Field
        name="action_url"
        label={t('actionUrl')}
        help={t('actionUrlHelp')}
        type="url"
        dir="ltr"
        required={false}
        maxLength={2048}
        defaultValue={value.action_url ?? ''}
      />
      <Field
        name="action_fallback_text"
        label={t('actionFallback')}
        help={t('actionFallbackHelp')}
        dir="auto"
        required={false}
        maxLength={500}
        defaultValue={value.action_fallback_text ?? ''}
      />
    </>
  );
}

const LIMITS = [
  ['divar_per_minute', 'limitPerMinute'],
  ['divar_per_day', 'limitPerDay'],
] as const;

export function LimitFields({ value }: { value: PartValues['limits'] }) {
  const { t } = useLanguage();
  return (
    <>
      {LIMITS.map(([name, label]) => (
        <Field
          key={name}
          name={name}
          label={t(label)}
          help={t('limitHelp')}
          dir="ltr"
          inputMode="numeric"
          required={false}
          maxLength={12}
          defaultValue={value[name] ?? ''}
        />
      ))}
    </>
  );
}

export function PrivacyFields({ value }: { value: PartValues['privacy'] }) {
  const { t } = useLanguage();
  return (
    <>
      <Field
        name="contact"
        label={t('privacyContact')}
        help={t('privacyContactHelp')}
        dir="auto"
        required={false}
        maxLength={200}
        defaultValue={value.contact}
      />
      <Field
        name="purpose"
        label={t('privacyPurpose')}
        dir="auto"
        required={false}
        maxLength={500}
        defaultValue={value.purpose}
      />
      <Field
        name="keeps_days"
        label={t('privacyKeeps')}
        help={t('privacyKeepsHelp')}
        dir="ltr"
        inputMode="numeric"
        required={false}
        maxLength={5}
        defaultValue={value.keeps_days ?? ''}
      />
    </>
  );
}
