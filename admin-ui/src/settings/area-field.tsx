import type { ReactNode } from 'react';
import { useField } from '../form/field.tsx';

interface AreaFieldProps {
  name: string;
  label: string;
  help?: ReactNode;
  defaultValue: string;
  rows?: number;
  dir?: 'ltr' | 'auto';
  maxLength?: number;
}

/** Several lines; never required. */
export function AreaField({
  name,
  label,
  help,
  defaultValue,
  rows = 4,
  dir = 'ltr',
  maxLength,
}: AreaFieldProps) {
  const { id, error, helpId, errorId } = useField(name);
  const described = [help && helpId, error && errorId].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        rows={rows}
        dir={dir}
        spellCheck={false}
        defaultValue={defaultValue}
        {...(maxLength === undefined ? {} : { maxLength })}
        aria-invalid={error !== undefined}
        {...(described === '' ? {} : { 'aria-describedby': described })}
      />
      {help ? (
        <p id={helpId} className="help">
          {help}
        </p>
      ) : undefined}
      {error ? (
        <p id={errorId} className="error">
          {error}
        </p>
      ) : undefined}
    </div>
  );
}
