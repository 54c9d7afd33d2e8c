import { useField } from './field.tsx';

interface TextAreaProps {
  name: string;
  label: string;
  maxLength: number;
}

/** Several lines of text that somebody will read; they keep their own direction. */
export function TextArea({ name, label, maxLength }: TextAreaProps) {
  const { id, error, errorId } = useField(name);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        dir="auto"
        maxLength={maxLength}
        aria-invalid={error !== undefined}
        {...(error === undefined ? {} : { 'aria-describedby': errorId })}
      />
      {error ? (
        <p id={errorId} className="error">
          {error}
        </p>
      ) : undefined}
    </div>
  );
}
