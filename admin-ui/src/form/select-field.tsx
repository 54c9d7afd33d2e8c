import { useField } from './field.tsx';

interface SelectFieldProps {
  name: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
  defaultValue: string;
}

export function SelectField({ name, label, options, defaultValue }: SelectFieldProps) {
  const { id, error, errorId } = useField(name);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        name={name}
        defaultValue={defaultValue}
        aria-invalid={error !== undefined}
        {...(error === undefined ? {} : { 'aria-describedby': errorId })}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {error ? (
        <p id={errorId} className="error">
          {error}
        </p>
      ) : undefined}
    </div>
  );
}
