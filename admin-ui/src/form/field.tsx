import type { InputHTMLAttributes, ReactNode } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { sayIssue } from './failures.ts';
import { useFormState } from './form.tsx';

/** Ids and messages that tie a label, a help text and an error to one control. */
export function useField(name: string, min?: number) {
  const { t, count } = useLanguage();
  const { formId, issues } = useFormState();
  const issue = issues.find(({ path }) => path === `body.${name}` || path.startsWith(`body.${name}.`));
  const id = `${formId}-${name}`;
  const error = issue && sayIssue(issue, t, min === undefined ? undefined : count(min));
  return { id, error, helpId: `${id}-help`, errorId: `${id}-error` };
}

type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'name'> & {
  name: string;
  label: string;
  help?: ReactNode;
};

/** Required unless it says otherwise: no form here asks for what it does not need. */
export function Field({ name, label, help, required = true, ...input }: FieldProps) {
  const { id, error, helpId, errorId } = useField(name, input.minLength);
  const described = [help && helpId, error && errorId].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        required={required}
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
