import { useLanguage } from '../i18n/language.tsx';
import { Field } from './field.tsx';

/** Six digits of an authenticator; Persian digits and spaces are fine. */
export function CodeField() {
  const { t } = useLanguage();
  return (
    <Field
      name="code"
      label={t('totpCode')}
      help={t('totpCodeHelp')}
      dir="ltr"
      className="code-input"
      inputMode="numeric"
      autoComplete="one-time-code"
      maxLength={32}
    />
  );
}
