/** A form that can be sent once at a time: what is wrong stands at its field and is named above, linked to it. */
import {
  createContext,
  type ReactNode,
  type SubmitEvent,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import type { Failure, Issue, Outcome } from '../api/call.ts';
import { FailureNote } from '../show/failure-note.tsx';

interface FormState {
  formId: string;
  issues: readonly Issue[];
  isBusy: boolean;
}
const FormContext = createContext<FormState>({ formId: '', issues: [], isBusy: false });
export const useFormState = () => useContext(FormContext);

export type Values = Record<string, string>;

interface FormProps<T> {
  label: string;
  run(values: Values, form: FormData): Promise<Outcome<T>>;
  done(value: T): void | Promise<void>;
  children: ReactNode;
  /** Something besides the main button, such as the way out. */
  beside?: ReactNode;
}

export function Form<T>({ label, run, done, children, beside }: FormProps<T>) {
  const formId = useId();
  const element = useRef<HTMLFormElement>(null);
  const [failure, setFailure] = useState<Failure>();
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  const [isBusy, setBusy] = useState(false);

  useEffect(() => {
    if (issues.length > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [issues]);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    const found = [...form.elements].flatMap(checkElement);
    setIssues(found);
    setFailure(undefined);
    if (found.length > 0) return;
    setBusy(true);
    const data = new FormData(form);
    const values = Object.fromEntries([...data].map(([name, value]) => [name, String(value)]));
    const outcome = await run(values, data);
    if (outcome.ok) await done(outcome.value);
    else {
      setFailure(outcome.failure);
      setIssues(outcome.failure.issues);
    }
    setBusy(false);
  };

  return (
    <FormContext value={{ formId, issues, isBusy }}>
      <form ref={element} noValidate onSubmit={(event) => void submit(event)}>
        {failure === undefined ? undefined : <FailureNote failure={failure} />}
        {children}
        <p className="actions">
          <button type="submit" className="button" aria-disabled={isBusy}>
            {label}
          </button>
          {beside}
        </p>
      </form>
    </FormContext>
  );
}

/** What can be said without asking the gateway, in our words: the browser's own bubbles speak its language. */
function checkElement(element: Element): Issue[] {
  if (!(element instanceof HTMLInputElement)) return [];
  const { name, value, validity, minLength } = element;
  const issue = (code: string) => [{ path: `body.${name}`, code, message: '' }];
  if (validity.valueMissing) return issue('missing');
  if (validity.typeMismatch) return issue(element.type);
  return minLength > 0 && [...value].length < minLength ? issue('too_small') : [];
}
