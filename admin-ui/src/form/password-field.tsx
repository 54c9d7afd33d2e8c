import { useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { Field } from './field.tsx';

const MIN_LENGTH = 12;

interface PasswordFieldProps {
  name?: string;
  label?: string;
  /** A new one is told what it needs. */
  isNew?: boolean;
}

/** Pasting and password managers are welcome, and one may look at what one has typed. */
export function PasswordField({ name = 'password', label, isNew = false }: PasswordFieldProps) {
  const { t } = useLanguage();
  const [isShown, setShown] = useState(false);
  return (
    <>
      <Field
        name={name}
        label={label ?? t('password')}
        type={isShown ? 'text' : 'password'}
        dir="auto"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        maxLength={256}
        {...(isNew ? { minLength: MIN_LENGTH, help: t('passwordHelp') } : {})}
      />
      <label className="check">
        <input type="checkbox" checked={isShown} onChange={() => setShown(!isShown)} /> {t('showPassword')}
      </label>
    </>
  );
}
