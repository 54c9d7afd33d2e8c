import { useLanguage } from '../i18n/language.tsx';
import { Field } from './field.tsx';

/** @param autoComplete `username webauthn`: passkeys are offered in it too */
export function EmailField({ autoComplete = 'username' }: { autoComplete?: string }) {
  const { t } = useLanguage();
  return (
    <Field
      name="email"
      label={t('email')}
      type="email"
      dir="ltr"
      autoComplete={autoComplete}
      maxLength={254}
    />
  );
}
